/* kg.graph-read/1 and kg.table-write/1: the store's functions behind the ABI's types. A
 * kgp_snapshot is a kg_snapshot. */
#include "plugins/host/host_impl.h"

#include "kgstore/kgstore.h"

#include <stddef.h>

static kg_snapshot *inner(kgp_snapshot *snapshot) {
    return (kg_snapshot *)snapshot;
}

static kgp_status begin(kgp_snapshot **out, const kgp_host *host, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_snapshot *snapshot = NULL;
    kg_status st = kg_snapshot_begin(&snapshot, kg_host_of(host)->store, &why);
    *out = (kgp_snapshot *)snapshot;
    return kg_abi_give(err, st, &why);
}

static kgp_status renew(int32_t *changed, kgp_snapshot *snapshot, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    bool moved = false;
    kg_status st = kg_snapshot_renew(&moved, inner(snapshot), &why);
    if (changed)
        *changed = moved;
    return kg_abi_give(err, st, &why);
}

static void end(kgp_snapshot *snapshot) {
    if (snapshot)
        kg_snapshot_end(inner(snapshot));
}

static void rest(kgp_snapshot *snapshot) {
    kg_snapshot_rest(inner(snapshot));
}

static kgp_status stats(kgp_graph_stats *out, kgp_snapshot *snapshot, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_stats s = {0};
    kg_status st = kg_snapshot_stats(&s, inner(snapshot), &why);
    *out = (kgp_graph_stats){.entities = s.entities,
                             .relations = s.relations,
                             .types = s.types,
                             .triples = s.triples,
                             .version = s.triples_version,
                             .ranked = s.ranked,
                             .rank_stale = s.rank_stale,
                             .pepr = s.pepr,
                             .pepr_stale = s.pepr_stale};
    return kg_abi_give(err, st, &why);
}

/* ---- Names and types ------------------------------------------------------------------------ */

static kgp_status name(kgp_text *out, kgp_snapshot *snapshot, kgp_kind kind, uint32_t id) {
    kg_str text = {NULL, 0};
    kg_status st = kg_name_get(&text, inner(snapshot), (kg_kind)kind, id);
    *out = (kgp_text){text.data, text.len};
    return (kgp_status)st;
}

static kgp_status label(kgp_text *out, kgp_snapshot *snapshot, kgp_kind kind, uint32_t id) {
    kg_str text = {NULL, 0};
    kg_status st = kg_label_get(&text, inner(snapshot), (kg_kind)kind, id);
    *out = (kgp_text){text.data, text.len};
    return (kgp_status)st;
}

static kgp_status find(uint32_t *id, kgp_snapshot *snapshot, kgp_kind kind, kgp_text text) {
    return (kgp_status)kg_name_find(id, inner(snapshot), (kg_kind)kind,
                                    (kg_str){text.data, text.len});
}

static kgp_status types(uint32_t *out, uint32_t *n, kgp_snapshot *snapshot, uint32_t entity,
                        uint32_t room) {
    kg_types list = {0};
    kg_status st = kg_entity_types(&list, inner(snapshot), entity);
    for (uint32_t i = 0; i < list.count && i < room; ++i)
        out[i] = kg_types_at(list, i);
    *n = list.count;
    return (kgp_status)st;
}

static kgp_status primary_types(uint32_t *out, kgp_snapshot *snapshot, uint32_t first, uint32_t n) {
    kg_stats s;
    kg_status known = kg_snapshot_stats(&s, inner(snapshot), NULL);
    if (known != KG_OK)
        return (kgp_status)known;
    for (uint32_t i = 0; i < n; ++i) {
        kg_types list = {0};
        kg_status st = kg_entity_types(&list, inner(snapshot), first + i);
        bool deleted = st == KG_ERR_NOT_FOUND && first + i < s.entities;
        if (st != KG_OK && !deleted)
            return (kgp_status)st;
        out[i] = list.count > 0 ? kg_types_at(list, 0) : KGP_NO_ID;
    }
    return KGP_OK;
}

/* ---- Edges ---------------------------------------------------------------------------------- */

_Static_assert(sizeof(kgp_neighbour) == sizeof(kg_neighbour) &&
                   offsetof(kgp_neighbour, entity) == offsetof(kg_neighbour, entity) &&
                   offsetof(kgp_neighbour, relation) == offsetof(kg_neighbour, relation) &&
                   offsetof(kgp_neighbour, direction) == offsetof(kg_neighbour, direction) &&
                   offsetof(kgp_neighbour, weight) == offsetof(kg_neighbour, weight),
               "kgp_neighbour must be laid out as kg_neighbour");

static kgp_status neighbours(kgp_neighbour *out, uint32_t *n, kgp_snapshot *snapshot,
                             uint32_t entity, kgp_weight_set weights, uint32_t k) {
    return (kgp_status)kg_neighbours_top((kg_neighbour *)(void *)out, n, inner(snapshot), entity,
                                         weights == KGP_PEPR ? KG_WEIGHT_PEPR : KG_WEIGHT_PAGERANK,
                                         k);
}

static kgp_status weights(const double **out, uint64_t *count, kgp_snapshot *snapshot) {
    *out = NULL;
    *count = 0;
    return (kgp_status)kg_weights_get(out, count, NULL, inner(snapshot));
}

static kgp_status visit_entity(kgp_snapshot *snapshot, const kgp_graph_stats *of, uint32_t head,
                               kgp_triples_fn visit, void *context) {
    kgp_triple batch[256];
    size_t n = 0;
    kg_edges edges;
    kgp_status st = (kgp_status)kg_entity_edges(&edges, NULL, inner(snapshot), head);
    if (st == KGP_ERR_NOT_FOUND)
        return KGP_OK; /* deleted */
    for (uint32_t i = 0; i < edges.count && st == KGP_OK; ++i) {
        batch[n++] = (kgp_triple){head, kg_edge_relation(edges, i), kg_edge_entity(edges, i)};
        if (batch[n - 1].relation >= of->relations || batch[n - 1].tail >= of->entities)
            return (kgp_status)KG_ERR_CORRUPT;
        if (n == sizeof batch / sizeof *batch) {
            st = visit(context, batch, n);
            n = 0;
        }
    }
    return st == KGP_OK && n > 0 ? visit(context, batch, n) : st;
}

static kgp_status triples(kgp_snapshot *snapshot, kgp_triples_fn visit, void *context,
                          kgp_error *err) {
    kgp_graph_stats s;
    kgp_status st = stats(&s, snapshot, err);
    for (uint64_t head = 0; head < s.entities && st == KGP_OK; ++head)
        st = visit_entity(snapshot, &s, (uint32_t)head, visit, context);
    return st;
}

/* ---- Tables --------------------------------------------------------------------------------- */

static kgp_status table(kgp_table *out, kgp_snapshot *snapshot, const char *of, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_table t = {0};
    kg_status st = kg_table_find(&t, inner(snapshot), of, &why);
    *out = (kgp_table){.dtype = (int32_t)t.dtype,
                       .rows = t.rows,
                       .columns = t.columns,
                       .rows_per_block = t.rows_per_block,
                       .version = t.triples_version,
                       .stale = t.stale};
    return kg_abi_give(err, st, &why);
}

static kgp_status table_block(const void **data, uint64_t *first_row, uint64_t *n_rows,
                              kgp_snapshot *snapshot, const char *of, uint64_t row) {
    return (kgp_status)kg_table_block(data, first_row, n_rows, inner(snapshot), of, row);
}

const kgp_graph_read kg_ext_graph_read = {
    sizeof kg_ext_graph_read,
    begin,
    renew,
    end,
    stats,
    name,
    label,
    find,
    types,
    primary_types,
    neighbours,
    weights,
    triples,
    table,
    table_block,
    rest,
};

typedef struct filler {
    kgp_fill_fn fill;
    void *context;
} filler;

static kg_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    const filler *f = context;
    return (kg_status)f->fill(f->context, to, first_row, n_rows);
}

static kgp_status put(const kgp_host *abi, const char *of, const kgp_table *shape,
                      kgp_snapshot *computed_from, kgp_fill_fn fill, void *context,
                      kgp_error *err) {
    const kg_host *host = kg_host_of(abi);
    kg_error why = KG_ERROR_INIT;
    kgp_graph_stats s;
    if (host->ranks.rank != 0)
        return KGP_OK;
    kgp_status st = stats(&s, computed_from, err);
    if (st != KGP_OK)
        return st;
    kg_table t = {.dtype = (kg_dtype)shape->dtype,
                  .rows = shape->rows,
                  .columns = shape->columns,
                  .triples_version = s.version};
    filler f = {fill, context};
    return kg_abi_give(err, kg_table_put(host->store, of, &t, fill_rows, &f, &why), &why);
}

const kgp_table_write kg_ext_table_write = {sizeof kg_ext_table_write, put};
