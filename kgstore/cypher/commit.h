/* The changes of a session written to the store. */
#ifndef KG_CYPHER_COMMIT_H
#define KG_CYPHER_COMMIT_H

#include "kgstore/cypher/changes.h"

/* Give all changes to a writer, which is begun and is the caller's to commit. */
kg_status cy_commit(kg_writer *writer, cy_graph *graph, kg_error *err);

#endif
