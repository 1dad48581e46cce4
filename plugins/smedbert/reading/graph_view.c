#include "plugins/smedbert/reading/graph_view.h"

#include <stdlib.h>
#include <string.h>

static kg_status host_status(kgp_status status, const kgp_error *from, kg_error *err) {
    return status == KGP_OK ? KG_OK : kg_error_set(err, (kg_status)status, "%s", from->text);
}

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
        return host_status(st, &detail, err);
    if (table.dtype != KGP_F32 || table.rows == 0)
        return kg_error_set(err, KG_ERR_FORMAT, "table %s is empty or not of single precision",
                            name);
    size_t n = (size_t)((table.rows + table.rows_per_block - 1) / table.rows_per_block);
    *blocks = calloc(n, sizeof **blocks);
    if (*blocks == NULL)
        return KG_ERR_MEMORY;
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

kg_status kg_graph_view_begin(kg_graph_view *view, const kgp_host *host, kg_error *err) {
    kgp_error detail = {""};
    kg_status st;
    *view = (kg_graph_view){.read = host->get_extension(host, KGP_EXT_GRAPH_READ)};
    if (view->read == NULL)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "there is no store to read neighbours from; name one with --store, or "
                            "train without the graph (--set kg=false)");
    KG_TRY(st, host_status(view->read->begin(&view->snapshot, host, &detail), &detail, err));
    KG_TRY(st, host_status(view->read->stats(&view->stats, view->snapshot, &detail), &detail, err));
    kg_graph_tables *t = &view->tables;
    KG_TRY(st, find_table(&t->entities, &view->blocks[0], view, "ent_emb", err));
    KG_TRY(st, find_table(&t->relations, &view->blocks[1], view, "rel_emb", err));
    KG_TRY(st, find_table(&t->projections, &view->blocks[2], view, "rel_proj", err));
    if (t->projections.columns != t->entities.columns * t->relations.columns ||
        t->projections.rows != t->relations.rows)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "rel_proj is of %zu x %zu, expected %zu x %zu by ent_emb and rel_emb",
                            t->projections.rows, t->projections.columns, t->relations.rows,
                            t->entities.columns * t->relations.columns);
    return KG_OK;
}

void kg_graph_view_end(kg_graph_view *view) {
    for (int i = 0; i < 3; i++)
        free((void *)view->blocks[i]);
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
