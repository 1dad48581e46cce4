#include "plugins/smedbert/reading/graph_view.h"

#include "plugins/common/abi_status.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tables ---------------------------------------------------------------------------------- */

static const char *const table_names[] = {"ent_emb", "rel_emb", "rel_proj"};

/* Borrow all row blocks of one table. */
static kg_status find_table(kg_rows *out, const float ***blocks, const kg_graph_view *view,
                            const char *name, kg_error *err) {
    kgp_table table;
    kgp_error detail = {""};
    kgp_status st = view->read->table(&table, view->snapshot, name, &detail);
    if (st == KGP_ERR_NOT_FOUND)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "the store has no table %s; make its embeddings with kg embed, or "
                            "train without the graph (--set kg=false)",
                            name);
    if (st != KGP_OK)
        return kg_abi_take(err, st, &detail);
    if (table.dtype != KGP_F32 || table.rows == 0)
        return kg_error_set(err, KG_ERR_FORMAT, "table %s is empty or not of single precision",
                            name);
    size_t n = (size_t)((table.rows + table.rows_per_block - 1) / table.rows_per_block);
    *blocks = calloc(n, sizeof **blocks);
    if (*blocks == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory finding table %s", name);
    for (size_t i = 0; i < n; i++) {
        const void *data;
        uint64_t first, rows;
        st = view->read->table_block(&data, &first, &rows, view->snapshot, name,
                                     i * table.rows_per_block);
        if (st != KGP_OK)
            return kg_error_set(err, (kg_status)st, "a block of table %s cannot be read", name);
        (*blocks)[i] = data;
    }
    *out = (kg_rows){*blocks, (size_t)table.rows, (size_t)table.columns,
                     (size_t)table.rows_per_block, NULL};
    return KG_OK;
}

static void drop_tables(kg_graph_view *view) {
    for (int i = 0; i < 3; i++) {
        free((void *)view->blocks[i]);
        view->blocks[i] = NULL;
    }
    view->tables = (kg_graph_tables){.entities = {.rows = 0}};
}

static kg_status find_tables(kg_graph_view *view, kg_error *err) {
    kg_graph_tables *t = &view->tables;
    kg_rows *const tables[] = {&t->entities, &t->relations, &t->projections};
    kg_status st = KG_OK;
    for (int i = 0; i < 3 && st == KG_OK; i++)
        st = find_table(tables[i], &view->blocks[i], view, table_names[i], err);
    if (st == KG_ERR_NOT_FOUND && !view->options.needs_tables) {
        drop_tables(view);
        return KG_OK;
    }
    if (st == KG_OK && (t->projections.columns != t->entities.columns * t->relations.columns ||
                        t->projections.rows != t->relations.rows))
        return kg_error_set(err, KG_ERR_FORMAT,
                            "rel_proj is of %zu x %zu, expected %zu x %zu by ent_emb and rel_emb",
                            t->projections.rows, t->projections.columns, t->relations.rows,
                            t->entities.columns * t->relations.columns);
    return st;
}

/* ---- Which neighbors there are --------------------------------------------------------------- */

static kg_status check_weights(const kg_graph_view *view, kg_error *err) {
    bool pepr = view->options.weights == KGP_PEPR;
    if (view->options.neighbors == 0 || (pepr ? view->stats.pepr : view->stats.ranked))
        return KG_OK;
    return kg_error_set(err, KG_ERR_NOT_FOUND, "the store has no %s weights; run kg rank%s first",
                        pepr ? "personalised" : "PageRank", pepr ? " --personalized" : "");
}

static kg_status keep_types(kg_graph_view *view, kg_error *err) {
    if (!view->options.keeps_types)
        return KG_OK;
    view->primary_types = malloc((view->entities + 1) * sizeof *view->primary_types);
    if (view->primary_types == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading types");
    return kg_abi_take(
        err,
        view->read->primary_types(view->primary_types, view->snapshot, 0, (uint32_t)view->entities),
        NULL);
}

static kg_status gather(kg_graph_view *view, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    KG_TRY(st, kg_abi_take(err, view->read->stats(&view->stats, view->snapshot, &detail), &detail));
    KG_TRY(st, check_weights(view, err));
    KG_TRY(st, find_tables(view, err));
    size_t rows = view->tables.entities.rows;
    view->entities = rows && rows < view->stats.entities ? rows : view->stats.entities;
    rows = view->tables.relations.rows;
    view->relations = rows && rows < view->stats.relations ? rows : view->stats.relations;
    view->untyped = (uint32_t)view->stats.types;
    return keep_types(view, err);
}

kg_status kg_graph_view_begin(kg_graph_view *view, const kgp_host *host,
                              const kg_graph_options *options, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    const kgp_graph_read *read = host->get_extension(host, KGP_EXT_GRAPH_READ);
    const kgp_link *link = host->get_extension(host, KGP_EXT_LINK);
    *view = (kg_graph_view){.host = host, .options = *options};
    if (options->neighbors > KG_MOST_NEIGHBORS)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "%u neighbors were asked for; a mention can have %d",
                            options->neighbors, KG_MOST_NEIGHBORS);
    if (read != NULL && link != NULL) {
        view->read = read;
        view->link = link;
        KG_TRY(st, kg_abi_take(err, read->begin(&view->snapshot, host, &detail), &detail));
        return gather(view, err);
    }
    if (!options->needs_tables)
        return KG_OK;
    return kg_error_set(err, KG_ERR_NOT_FOUND,
                        "there is no store to read neighbors from; name one with --store, or "
                        "train without the graph (--set kg=false)");
}

void kg_graph_view_end(kg_graph_view *view) {
    drop_tables(view);
    free(view->primary_types);
    if (view->read != NULL)
        view->read->end(view->snapshot);
    *view = (kg_graph_view){.read = NULL};
}

void kg_graph_view_sizes(kg_model_config *config, const kg_graph_view *view) {
    config->kg_entities = (uint32_t)view->tables.entities.rows;
    config->kg_relations = (uint32_t)view->tables.relations.rows;
    config->kg_types = (uint32_t)view->stats.types + 1;
    config->kg_entity_dim = (uint32_t)view->tables.entities.columns;
    config->kg_relation_dim = (uint32_t)view->tables.relations.columns;
}
