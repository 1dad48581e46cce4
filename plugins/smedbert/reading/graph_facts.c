#include "plugins/smedbert/reading/graph_facts.h"

#include <stdlib.h>
#include <string.h>

enum { USES_A_SNAPSHOT = 4096 };

struct kg_graph_facts {
    bool has_store;
    uint32_t *primary_types;
    uint64_t entities;
    uint32_t untyped;
    kg_negatives *negatives;
};

static kg_status failed(kgp_status status, const kgp_error *detail, kg_error *err) {
    const char *text = detail->text[0] ? detail->text : kg_strerror((kg_status)status);
    return kg_error_set(err, (kg_status)status, "%s", text);
}

/* The table of mention counts as an array of `entities` numbers (0 beyond its rows); NULL where the
 * store has none. */
static kg_status read_mentions(uint32_t **out, const kgp_graph_read *graph, kgp_snapshot *snapshot,
                               uint64_t entities, kg_error *err) {
    kgp_table table;
    kgp_error detail = {""};
    *out = NULL;
    kgp_status st = graph->table(&table, snapshot, "mention_counts", &detail);
    if (st == KGP_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KGP_OK)
        return failed(st, &detail, err);
    if (table.dtype != KGP_U32 || table.columns != 1)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the table mention_counts is not one column of u32; kg link --count "
                            "writes it anew");
    uint32_t *counts = calloc(entities + 1, sizeof *counts);
    if (!counts)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading mention_counts");
    uint64_t rows = table.rows < entities ? table.rows : entities;
    for (uint64_t row = 0; row < rows && st == KGP_OK;) {
        const void *data;
        uint64_t first, n;
        st = graph->table_block(&data, &first, &n, snapshot, "mention_counts", row);
        if (st != KGP_OK)
            break;
        uint64_t end = first + n < rows ? first + n : rows;
        memcpy(counts + row, (const uint32_t *)data + (row - first), (end - row) * sizeof *counts);
        row = end;
    }
    if (st != KGP_OK) {
        free(counts);
        return failed(st, &detail, err);
    }
    *out = counts;
    return KG_OK;
}

static kg_status check_weights(const kgp_graph_stats *stats, const kg_example_options *options,
                               kg_error *err) {
    bool pepr = options->weights == KGP_PEPR;
    if (options->neighbors == 0 || (pepr ? stats->pepr : stats->ranked))
        return KG_OK;
    return kg_error_set(err, KG_ERR_NOT_FOUND, "the store has no %s weights; run kg rank%s first",
                        pepr ? "personalised" : "PageRank", pepr ? " --personalized" : "");
}

static kg_status gather(kg_graph_facts *f, const kgp_graph_read *graph, kgp_snapshot *snapshot,
                        const kg_example_options *options, kg_error *err) {
    kg_status st;
    kgp_graph_stats stats;
    kgp_error detail = {""};
    uint32_t *mentions;
    kgp_status got = graph->stats(&stats, snapshot, &detail);
    if (got != KGP_OK)
        return failed(got, &detail, err);
    KG_TRY(st, check_weights(&stats, options, err));
    f->entities = stats.entities;
    if (options->entity_rows > 0 && options->entity_rows < f->entities)
        f->entities = options->entity_rows;
    f->untyped = (uint32_t)stats.types;
    if (f->entities < 2)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the store has %llu entities with vectors; at least 2 are needed to "
                            "draw negatives",
                            (unsigned long long)f->entities);
    f->primary_types = malloc(f->entities * sizeof *f->primary_types);
    if (!f->primary_types)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading types");
    got = graph->primary_types(f->primary_types, snapshot, 0, (uint32_t)f->entities);
    if (got != KGP_OK)
        return failed(got, &detail, err);
    KG_TRY(st, read_mentions(&mentions, graph, snapshot, f->entities, err));
    st = kg_negatives_new(&f->negatives, f->primary_types, mentions, f->entities);
    free(mentions);
    return st == KG_OK ? st : kg_error_set(err, st, "cannot set up the drawing of negatives");
}

kg_status kg_graph_facts_open(kg_graph_facts **out, const kgp_host *host,
                              const kg_example_options *options, kg_error *err) {
    kg_graph_facts *f = *out = calloc(1, sizeof *f);
    if (!f)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the graph");
    const kgp_graph_read *graph = host->get_extension(host, KGP_EXT_GRAPH_READ);
    f->has_store = graph && host->get_extension(host, KGP_EXT_LINK);
    if (!f->has_store)
        return KG_OK;
    kgp_snapshot *snapshot;
    kgp_error detail = {""};
    kgp_status got = graph->begin(&snapshot, host, &detail);
    if (got != KGP_OK)
        return failed(got, &detail, err);
    kg_status st = gather(f, graph, snapshot, options, err);
    graph->end(snapshot);
    return st;
}

void kg_graph_facts_free(kg_graph_facts *facts) {
    if (!facts)
        return;
    free(facts->primary_types);
    kg_negatives_free(facts->negatives);
    free(facts);
}

kg_status kg_graph_reader_open(kg_graph_reader *reader, const kgp_host *host,
                               const kg_graph_facts *facts, kg_error *err) {
    kgp_error detail = {""};
    memset(reader, 0, sizeof *reader);
    reader->facts = facts;
    if (!facts->has_store)
        return KG_OK;
    reader->graph = host->get_extension(host, KGP_EXT_GRAPH_READ);
    reader->link = host->get_extension(host, KGP_EXT_LINK);
    kgp_status st = reader->graph->begin(&reader->snapshot, host, &detail);
    if (st == KGP_OK)
        st = reader->link->open(&reader->linker, host, &detail);
    return st == KGP_OK ? KG_OK : failed(st, &detail, err);
}

void kg_graph_reader_close(kg_graph_reader *reader) {
    if (reader->linker)
        reader->link->close(reader->linker);
    if (reader->snapshot)
        reader->graph->end(reader->snapshot);
    memset(reader, 0, sizeof *reader);
}

kg_status kg_graph_reader_renew(kg_graph_reader *reader, kg_error *err) {
    kgp_error detail = {""};
    if (!reader->snapshot || ++reader->uses % USES_A_SNAPSHOT != 0)
        return KG_OK;
    kgp_status st = reader->graph->renew(NULL, reader->snapshot, &detail);
    return st == KGP_OK ? KG_OK : failed(st, &detail, err);
}

void kg_graph_reader_lend(kg_example_sources *sources, const kg_graph_reader *reader) {
    const kg_graph_facts *f = reader->facts;
    if (!f->has_store)
        return;
    sources->link = reader->link;
    sources->linker = reader->linker;
    sources->graph = reader->graph;
    sources->snapshot = reader->snapshot;
    sources->primary_types = f->primary_types;
    sources->entities = f->entities;
    sources->untyped = f->untyped;
    sources->negatives = f->negatives;
}
