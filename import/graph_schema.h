/* A graph schema: the types there are, and the types that each relation may join (domain and
 * range). It stands between a reader and its sink and looks at what passes.
 * schemas/graph.schema.json describes the file. */
#ifndef KG_IMPORT_GRAPH_SCHEMA_H
#define KG_IMPORT_GRAPH_SCHEMA_H

#include "import/reader.h"

typedef struct kg_graph_schema kg_graph_schema;

/* Read the schema file. What passes goes on to reader's sink; a breach is counted in reader's
 * counts and told to its options' problem callback. reader is borrowed until kg_graph_schema_free.
 * KG_ERR_FORMAT with the line, KG_ERR_NOT_FOUND, KG_ERR_IO, KG_ERR_MEMORY. */
kg_status kg_graph_schema_load(kg_graph_schema **out, const char *path, kg_reader *reader,
                               kg_error *err);

/* A kg_sink_fn; context is the kg_graph_schema. A triple whose relation, or whose ends' types, the
 * schema does not have is a breach; an end of which no type was told so far is not judged. Where
 * the schema says "violations": "refuse", a breach is KG_ERR_FORMAT and goes no further. */
kg_status kg_graph_schema_statement(void *schema, const kg_statement *statement, kg_error *err);

/* NULL is safe. */
void kg_graph_schema_free(kg_graph_schema *schema);

#endif
