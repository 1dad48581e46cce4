#include "plugins/smedbert/reading/graph_view.h"

#include "plugins/common/abi_status.h"

#include "kgstore/base/hash.h"

#include <stdio.h>
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
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the table %s %s; expected float32; make it with kg embed", name,
                            table.rows ? "is not of float32" : "is empty");
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
                        pepr ? "personalized" : "PageRank", pepr ? " --personalized" : "");
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

/* Of entities all over the numbers that the view knows, the last among them; 0 for one that was
 * deleted. */
static kg_status hash_names(uint64_t out[KG_NAMES_KNOWN], const kg_graph_view *view,
                            kgp_snapshot *snapshot, kg_error *err) {
    kg_status st;
    for (uint64_t i = 0; i < KG_NAMES_KNOWN && view->entities > 0; i++) {
        kgp_text name;
        uint32_t entity = (uint32_t)(i * (view->entities - 1) / (KG_NAMES_KNOWN - 1));
        kgp_status found = view->read->name(&name, snapshot, KGP_ENTITY, entity);
        out[i] = 0;
        if (found == KGP_ERR_NOT_FOUND)
            continue;
        KG_TRY(st, kg_abi_take(err, found, NULL));
        out[i] = kg_hash_bytes(name.data, name.len, 0) | 1;
    }
    return KG_OK;
}

/* An entity may have been renamed: one name that is another tells nothing, unless it is the last,
 * which numbers given anew always reach. */
static bool same_names(const uint64_t *then, const uint64_t *now) {
    size_t others = 0, last = KG_NAMES_KNOWN - 1;
    for (size_t i = 0; i < KG_NAMES_KNOWN; i++)
        others += now[i] != 0 && now[i] != then[i];
    return others < 2 && (now[last] == 0 || now[last] == then[last]);
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
    KG_TRY(st, hash_names(view->names, view, view->snapshot, err));
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
    free(view->kept);
    free(view->primary_types);
    if (view->read != NULL)
        view->read->end(view->snapshot);
    *view = (kg_graph_view){.read = NULL};
}

/* ---- Moving on ------------------------------------------------------------------------------- */

kg_status kg_graph_view_compare(const kg_graph_view *view, kgp_snapshot *snapshot, kg_error *err) {
    kg_graph_view now = {.options = view->options};
    kgp_error detail = {""};
    uint64_t names[KG_NAMES_KNOWN] = {0};
    kg_status st;
    KG_TRY(st, kg_abi_take(err, view->read->stats(&now.stats, snapshot, &detail), &detail));
    if (now.stats.entities >= view->entities)
        KG_TRY(st, hash_names(names, view, snapshot, err));
    if (now.stats.entities < view->entities || !same_names(view->names, names))
        return kg_error_set(err, KG_ERR_STALE,
                            "the store holds another graph than when the run began, whose entities "
                            "have other numbers; begin the run anew");
    st = check_weights(&now, err);
    return st == KG_ERR_NOT_FOUND ? KG_ERR_STALE : st;
}

static bool same_table(const kg_rows *a, const kg_rows *b) {
    if (a->rows != b->rows || a->columns != b->columns || a->rows_per_block != b->rows_per_block)
        return false;
    for (size_t first = 0; first < a->rows; first += a->rows_per_block) {
        size_t block = first / a->rows_per_block, left = a->rows - first;
        size_t rows = left < a->rows_per_block ? left : a->rows_per_block;
        if (a->blocks[block] != b->blocks[block] &&
            memcmp(a->blocks[block], b->blocks[block], rows * a->columns * sizeof(float)) != 0)
            return false;
    }
    return true;
}

static bool same_tables(const kg_graph_tables *a, const kg_graph_tables *b) {
    return same_table(&a->entities, &b->entities) && same_table(&a->relations, &b->relations) &&
           same_table(&a->projections, &b->projections);
}

static void tell_kept(const kg_graph_view *view, size_t bytes) {
    char text[160];
    const kgp_log *log = view->host->get_extension(view->host, KGP_EXT_LOG);
    snprintf(text, sizeof text,
             "the store's tables were written anew; the run goes on with those that it began with, "
             "in %zu MiB of memory",
             bytes >> 20);
    if (log)
        log->log(view->host, KGP_INFO, text);
}

/* Copy the tables out of the store. */
static kg_status keep_tables(kg_graph_view *view, kg_error *err) {
    kg_graph_tables *t = &view->tables;
    kg_rows *const tables[] = {&t->entities, &t->relations, &t->projections};
    size_t total = 0;
    for (int i = 0; i < 3; i++)
        total += tables[i]->rows * tables[i]->columns;
    float *at = view->kept = malloc((total + 1) * sizeof *at);
    if (at == NULL)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory keeping the graph's tables");
    for (int i = 0; i < 3; i++) {
        size_t columns = tables[i]->columns, each = tables[i]->rows_per_block;
        for (size_t row = 0; row < tables[i]->rows; row++, at += columns) {
            memcpy(at, kg_row(tables[i], row), columns * sizeof *at);
            if (row % each == each - 1 || row + 1 == tables[i]->rows)
                view->blocks[i][row / each] = at - row % each * columns;
        }
    }
    tell_kept(view, total * sizeof *at);
    return KG_OK;
}

/* The same tables where they stand in a fresher snapshot; or copies, where it has others. */
static kg_status move_tables(kg_graph_view *view, kg_graph_view *fresh, kg_error *err) {
    kg_rows *const tables[] = {&view->tables.entities, &view->tables.relations,
                               &view->tables.projections};
    bool borrowed = tables[0]->rows > 0 && tables[0]->blocks == view->blocks[0] && !view->kept;
    kg_status st;
    if (!borrowed)
        return KG_OK;
    KG_TRY(st, find_tables(fresh, err));
    if (!same_tables(&view->tables, &fresh->tables))
        return keep_tables(view, err);
    for (int i = 0; i < 3; i++) {
        const float **before = view->blocks[i];
        view->blocks[i] = fresh->blocks[i];
        fresh->blocks[i] = before;
        tables[i]->blocks = view->blocks[i];
    }
    return KG_OK;
}

kg_status kg_graph_view_renew(kg_graph_view *view, kg_error *err) {
    kg_graph_view fresh = {.read = view->read};
    kgp_error detail = {""};
    kg_status st;
    if (view->read == NULL)
        return KG_OK;
    KG_TRY(st, kg_abi_take(err, view->read->begin(&fresh.snapshot, view->host, &detail), &detail));
    st = kg_graph_view_compare(view, fresh.snapshot, err);
    if (st == KG_OK)
        st = move_tables(view, &fresh, err);
    if (st == KG_OK) {
        kgp_snapshot *before = view->snapshot;
        view->snapshot = fresh.snapshot;
        fresh.snapshot = before;
    }
    kg_graph_view_end(&fresh);
    return st;
}

void kg_graph_view_sizes(kg_model_config *config, const kg_graph_view *view) {
    config->kg_entities = (uint32_t)view->tables.entities.rows;
    config->kg_relations = (uint32_t)view->tables.relations.rows;
    config->kg_types = (uint32_t)view->stats.types + 1;
    config->kg_entity_dim = (uint32_t)view->tables.entities.columns;
    config->kg_relation_dim = (uint32_t)view->tables.relations.columns;
}
