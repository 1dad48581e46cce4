#include "kgstore/store/store.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FORKED "the store was opened before a fork; open it again"

static size_t blocks_bytes(const kg_snapshot *s) {
    return (size_t)s->n_blocks * sizeof *s->blocks;
}

/* Forget what was found out about the view. */
static void drop_known(kg_snapshot *s) {
    if (s->made)
        s->free_made(s->made);
    s->made = NULL;
    kg_cursor_close(s->walk);
    if (s->blocks)
        munmap(s->blocks, blocks_bytes(s));
    s->walk = NULL;
    s->blocks = NULL;
    s->n_blocks = 0;
}

/* Pages that the kernel fills with zeros as they are touched: from the heap all of them might have
 * to be cleared here, which takes longer than a short snapshot lives. Without memory for it reading
 * is slower, not wrong. */
static void make_blocks(kg_snapshot *s) {
    if (s->state.entities == 0 || kg_cursor_open(&s->walk, s->txn, KG_DB_NBR) != KG_OK)
        return;
    s->n_blocks = s->state.entities;
    void *pages =
        mmap(NULL, blocks_bytes(s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    s->blocks = pages == MAP_FAILED ? NULL : pages;
    if (!s->blocks)
        s->n_blocks = 0;
}

/* Look up what the hot path wants at hand. */
static kg_status load_view(kg_snapshot *s, kg_error *err) {
    kg_status st;
    drop_known(s);
    KG_TRY(st, kg_state_load(&s->state, s->txn, err));
    make_blocks(s);
    s->weights = NULL;
    s->n_weights = 0;
    if (s->state.pagerank_version == 0)
        return KG_OK;
    kg_str content;
    uint64_t version;
    if (kg_blob_get(&content, &version, s, KG_BLOB_PAGERANK) != KG_OK ||
        !kg_weights_are_sound(content, version, &s->state))
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "the PageRank weights are damaged; kg check --repair drops them, and "
                            "kg rank makes them again");
    s->weights = (const double *)(const void *)content.data;
    s->n_weights = content.len / 8;
    return KG_OK;
}

/* Begin on the generation in force. On failure nothing of s is held. */
static kg_status attach(kg_snapshot *s, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_store_current(&s->env, &s->generation, s->store, err));
    st = kg_txn_begin(&s->txn, s->env, false, err);
    if (st == KG_OK) {
        st = load_view(s, err);
        if (st == KG_OK)
            return KG_OK;
        kg_txn_abort(s->txn);
        drop_known(s);
    }
    s->txn = NULL;
    kg_env_release(s->env);
    s->env = NULL;
    return st;
}

static void detach(kg_snapshot *s) {
    drop_known(s);
    if (s->epoch == kg_env_epoch())
        kg_txn_abort(s->txn);
    else
        kg_txn_forget(s->txn);
    kg_env_release(s->env);
    s->txn = NULL;
    s->env = NULL;
}

kg_status kg_snapshot_begin(kg_snapshot **out, kg_store *store, kg_error *err) {
    *out = NULL;
    kg_snapshot *s = calloc(1, sizeof *s);
    if (!s)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", store->path);
    s->store = store;
    s->epoch = store->epoch;
    kg_status st = attach(s, err);
    if (st != KG_OK) {
        free(s);
        return st;
    }
    *out = s;
    return KG_OK;
}

kg_status kg_snapshot_renew(bool *changed, kg_snapshot *s, kg_error *err) {
    kg_status st;
    kg_env *env;
    uint64_t generation;
    KG_TRY(st, kg_store_current(&env, &generation, s->store, err));
    uint64_t before = s->txn ? kg_txn_id(s->txn) : 0;
    bool moved = env != s->env;
    if (moved) {
        kg_snapshot fresh = {.store = s->store, .epoch = s->epoch};
        st = attach(&fresh, err);
        if (st == KG_OK) {
            detach(s);
            *s = fresh;
        }
    } else {
        st = kg_txn_refresh(s->txn, err);
        if (st == KG_OK && kg_txn_id(s->txn) != before)
            st = load_view(s, err);
        else if (st == KG_OK && s->walk)
            st = kg_cursor_renew(s->walk, s->txn);
    }
    kg_env_release(env);
    if (st == KG_OK && changed)
        *changed = moved || kg_txn_id(s->txn) != before;
    return st;
}

void kg_snapshot_rest(kg_snapshot *s) {
    if (s->epoch == kg_env_epoch())
        kg_txn_rest(s->txn);
}

void kg_snapshot_count(kg_snapshot *s, kg_reads *reads) {
    kg_txn_count(s->txn, reads);
}

void kg_snapshot_end(kg_snapshot *s) {
    if (!s)
        return;
    detach(s);
    free(s);
}

kg_status kg_snapshot_fault(kg_error *err, kg_status st, const kg_snapshot *s) {
    if (err && err->status == st && err->text[0])
        return st;
    if (st == KG_ERR_STALE)
        return kg_error_set(err, st, FORKED);
    if (st != KG_ERR_CORRUPT)
        return st;
    return kg_error_set(err, st,
                        "%s is damaged: a record holds what no record can; run kg check, and see "
                        "kg-recovery(7)",
                        s->store->path);
}

kg_status kg_snapshot_stats(kg_stats *out, kg_snapshot *s, kg_error *err) {
    kg_status st;
    kg_env_info info;
    if (s->epoch != kg_env_epoch())
        return kg_error_set(err, KG_ERR_STALE, FORKED);
    KG_TRY(st, kg_env_info_get(&info, s->env, err));
    const kg_state *c = &s->state;
    *out = (kg_stats){
        .entities = c->entities,
        .relations = c->relations,
        .types = c->types,
        .aliases = c->aliases,
        .triples = c->triples,
        .multi_typed = c->multi_typed,
        .labels = c->labels,
        .generation = s->generation,
        .triples_version = c->triples_version,
        .bytes = info.file_bytes,
        .ranked = c->pagerank_version != 0,
        .pepr = c->pepr_version != 0,
        .rank_stale = c->pagerank_version != 0 && c->pagerank_version != c->triples_version,
        .pepr_stale = c->pepr_version != 0 && c->pepr_version != c->triples_version,
        .keys = c->keys,
        .entity_values = c->entity_values,
        .edge_values = c->edge_values,
        .deleted = c->deleted,
    };
    return KG_OK;
}
