#include "import/import.h"

#include "import/format.h"
#include "import/graph_schema.h"

static kg_status read_all(kg_reader *r, const char *const *paths, size_t n_paths, kg_error *err) {
    kg_status st;
    const kg_format *format;
    if (n_paths == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT, "no file was named; expected the graph's");
    if (r->options->format)
        KG_TRY(st, kg_format_find(&format, r->options->format, err));
    else
        KG_TRY(st, kg_format_detect(&format, r, paths[0], err));
    r->counts->format = format->name;
    if (r->opened_group && format != &kg_format_neo4j)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found \"%s\", which is no file; several files joined by commas, or "
                            "with NAME= before them, are for neo4j, and the format is %s",
                            paths[0], format->name);
    if (r->options->columns && format != &kg_format_tsv)
        return kg_error_set(err, KG_ERR_ARGUMENT, "--columns is for tsv; the format is %s",
                            format->name);
    if (r->options->nodes)
        KG_TRY(st, kg_nodes_read(r, r->options->nodes, err));
    KG_TRY(st, format->read(r, paths, n_paths, err));
    if (r->options->aliases)
        KG_TRY(st, kg_aliases_read(r, r->options->aliases, err));
    return KG_OK;
}

static kg_status read_and_close(kg_reader *r, const char *const *paths, size_t n_paths,
                                kg_error *err) {
    kg_status st = read_all(r, paths, n_paths, err);
    kg_lines_close(r->opened);
    return st;
}

/* The same through the filter of a schema. */
static kg_status read_by_schema(kg_reader *r, const char *const *paths, size_t n_paths,
                                kg_error *err) {
    kg_status st;
    kg_graph_schema *schema;
    kg_reader filtered = *r;
    KG_TRY(st, kg_graph_schema_load(&schema, r->options->schema, r, err));
    filtered.sink = kg_graph_schema_statement;
    filtered.sink_context = schema;
    st = read_and_close(&filtered, paths, n_paths, err);
    kg_graph_schema_free(schema);
    return st;
}

kg_status kg_import_read(kg_import_counts *counts, const char *const *paths, size_t n_paths,
                         const kg_import_options *options, kg_sink_fn sink, void *sink_context,
                         kg_error *err) {
    kg_error own = KG_ERROR_INIT;
    kg_import_counts none;
    kg_drops drops = {0};
    kg_reader reader = {.options = options,
                        .counts = counts ? counts : &none,
                        .drops = &drops,
                        .sink = sink,
                        .sink_context = sink_context};
    kg_status st;
    *reader.counts = (kg_import_counts){0};
    st = options->schema ? read_by_schema(&reader, paths, n_paths, err ? err : &own)
                         : read_and_close(&reader, paths, n_paths, err ? err : &own);
    for (size_t i = 0; st == KG_OK && options->dropped && i < drops.counts.len; i++)
        st = options->dropped(options->context, drops.names.names.data[i], drops.counts.data[i]);
    kg_nameset_free(&drops.names);
    kg_array_free(&drops.counts);
    return st;
}
