#include "kgstore/store/rewrite.h"

#include "kgstore/store/blocks.h"
#include "kgstore/store/edgesort.h"
#include "kgstore/store/fresh.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { COMMIT_BYTES = 64 << 20 };

/* One generation being made from another. */
typedef struct rewriting {
    const kg_rewrite_options *options;
    int lock;
    kg_env *env;
    uint64_t generation; /* that is rewritten */
    kg_txn *from;
    kg_txn *edges; /* the same view, for the thread that takes edges */
    kg_state state;
    kg_fresh fresh;
    uint32_t *rank, *order;
} rewriting;

static kg_status begin(rewriting *w, kg_store *store, const kg_rewrite_options *options,
                       kg_error *err) {
    kg_status st;
    *w = (rewriting){.options = options, .lock = -1};
    KG_TRY(st, kg_lock_take(&w->lock, store->path, &store->wait, err));
    KG_TRY(st, kg_store_current(&w->env, &w->generation, store, err));
    kg_generations_clean(store->path, w->generation);
    KG_TRY(st, kg_txn_begin(&w->from, w->env, false, err));
    KG_TRY(st, kg_txn_begin(&w->edges, w->env, false, err));
    KG_TRY(st, kg_state_load(&w->state, w->from, err));
    uint64_t commit_bytes = options->commit_bytes ? options->commit_bytes : COMMIT_BYTES;
    return kg_fresh_begin(&w->fresh, store->path, commit_bytes, err);
}

static kg_status end(rewriting *w, kg_status st, kg_error *err) {
    kg_txn_abort(w->from);
    kg_txn_abort(w->edges);
    if (st == KG_OK)
        st = kg_fresh_finish(&w->fresh, &w->state, w->generation, err);
    else if (w->fresh.path)
        kg_fresh_abort(&w->fresh);
    free(w->rank);
    free(w->order);
    kg_env_release(w->env);
    kg_lock_release(w->lock);
    return st;
}

static kg_status check_cancelled(const rewriting *w, kg_error *err) {
    if (w->options->cancelled && w->options->cancelled(w->options->context))
        return kg_error_set(err, KG_ERR_CANCELLED, "canceled; nothing was changed");
    return KG_OK;
}

static kg_status copy_each(rewriting *w, const kg_db *dbs, size_t n, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, kg_fresh_copy(&w->fresh, w->from, dbs[i], err));
    return KG_OK;
}

static kg_status copy_all(rewriting *w, const kg_db *dbs, size_t n, kg_error *err) {
    kg_status st;
    KG_TRY(st, copy_each(w, dbs, n, err));
    return kg_fresh_copy_tables(&w->fresh, w->from, err);
}

static bool has_two_threads(const rewriting *w) {
    unsigned threads = w->options->threads;
    return threads ? threads > 1 : sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

/* What no weight touches, tables aside. */
#define DICTIONARIES                                                                               \
    KG_DB_ENT, KG_DB_ENT_ID, KG_DB_REL, KG_DB_REL_ID, KG_DB_TYPE, KG_DB_TYPE_ID, KG_DB_ENT_ALIAS,  \
        KG_DB_ENT_TYPE, KG_DB_KEY, KG_DB_KEY_ID, KG_DB_ENT_PROP, KG_DB_EDGE_PROP, KG_DB_PROP_INDEX

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- New global weights ---------------------------------------------------------------------- */

static kg_status rank_entities(rewriting *w, const double *weights, uint64_t count, kg_error *err) {
    uint64_t n = w->state.entities;
    if (count > n)
        return kg_error_set(err, KG_ERR_STALE,
                            "ids were given anew while the weights were computed; try again");
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(weights[i]))
            return kg_error_set(err, KG_ERR_NUMERIC, "the weight of entity %llu is %g",
                                (unsigned long long)i, weights[i]);
    w->rank = malloc((n + 1) * sizeof *w->rank);
    w->order = malloc((n + 1) * sizeof *w->order);
    if (!w->rank || !w->order || kg_rank_entities(w->rank, w->order, weights, count, n) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory ranking %llu entities",
                            (unsigned long long)n);
    return KG_OK;
}

static kg_status write_blocks(rewriting *w, kg_error *err) {
    kg_status st;
    kg_stored_edges stored = {w->edges, w->state.entities, w->state.relations, {0, 0}};
    kg_source source = kg_source_store(&stored);
    kg_block_plan plan = {.sources = &source,
                          .n_sources = 1,
                          .entities = w->state.entities,
                          .rank = w->rank,
                          .order = w->order,
                          .two_threads = has_two_threads(w),
                          .cancelled = w->options->cancelled,
                          .progress = w->options->progress,
                          .context = w->options->context};
    uint64_t triples;
    KG_TRY(st, kg_blocks_write(&triples, &w->fresh, &plan, err));
    KG_TRY(st, kg_sum_compare(&stored.sum, w->edges, KG_DB_NBR, err));
    if (triples != w->state.triples)
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "the store has %llu triples where %llu were counted; run kg check",
                            (unsigned long long)triples, (unsigned long long)w->state.triples);
    return KG_OK;
}

/* What reordering the entities of aliases needs. */
typedef struct alias_order {
    kg_keys keys, scratch;
    kg_bytes ids;
} alias_order;

/* Packed entities into a->ids, by the new order. */
static kg_status order_alias(alias_order *a, const rewriting *w, kg_str value) {
    kg_status st;
    size_t n = value.len / 4;
    KG_TRY(st, kg_array_reserve(&a->keys, n));
    KG_TRY(st, kg_array_reserve(&a->scratch, n));
    KG_TRY(st, kg_array_reserve(&a->ids, n * 4));
    for (size_t i = 0; i < n; i++) {
        uint32_t entity = kg_load_u32(value.data + i * 4);
        if (entity >= w->state.entities)
            return KG_ERR_CORRUPT;
        a->keys.data[i] = w->rank[entity];
    }
    kg_sort_u64(a->keys.data, a->scratch.data, n);
    for (size_t i = 0; i < n; i++)
        kg_store_u32(a->ids.data + i * 4, w->order[a->keys.data[i]]);
    return KG_OK;
}

static kg_status write_aliases(rewriting *w, kg_error *err) {
    alias_order a = {0};
    kg_sum read = {0, 0};
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    kg_status st = kg_cursor_open(&cursor, w->from, KG_DB_ALIAS);
    while (st == KG_OK) {
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
        if (st == KG_OK) {
            kg_sum_add(&read, KG_DB_ALIAS, key, value);
            st = order_alias(&a, w, value);
        }
        if (st != KG_OK)
            break;
        st = kg_fresh_append(&w->fresh, KG_DB_ALIAS, key,
                             (kg_str){a.ids.data, value.len & ~(size_t)3}, err);
        if (st != KG_OK)
            goto out;
    }
    if (st == KG_ERR_NOT_FOUND)
        st = kg_sum_compare(&read, w->from, KG_DB_ALIAS, err);
    else
        kg_error_set(err, st, "the aliases cannot be rewritten; run kg check");
out:
    kg_cursor_close(cursor);
    kg_array_free(&a.keys);
    kg_array_free(&a.scratch);
    kg_array_free(&a.ids);
    return st;
}

/* Copying what the new weights do not touch; may run on a thread of its own. */
typedef struct copying {
    rewriting *w;
    kg_status status;
    kg_error error;
} copying;

static void *copy_untouched(void *context) {
    static const kg_db UNTOUCHED[] = {DICTIONARIES, KG_DB_PEPR};
    copying *c = context;
    c->status = copy_all(c->w, UNTOUCHED, COUNT_OF(UNTOUCHED), &c->error);
    return NULL;
}

/* Have the weights computed, and meanwhile, where there is a second thread, the rest copied. */
static kg_status weigh_and_copy(rewriting *w, kg_error *err) {
    const kg_rewrite_options *o = w->options;
    copying c = {.w = w, .error = KG_ERROR_INIT};
    pthread_t thread;
    bool together =
        o->weigh && has_two_threads(w) && pthread_create(&thread, NULL, copy_untouched, &c) == 0;
    kg_status st = o->weigh ? o->weigh(o->weigh_context, err) : KG_OK;
    if (together)
        pthread_join(thread, NULL);
    else if (st == KG_OK)
        copy_untouched(&c);
    if (st != KG_OK)
        return st;
    if (c.status != KG_OK && err)
        *err = c.error;
    return c.status;
}

/* The automaton is left out: its ambiguities went by the old weights. Who ranks builds it anew. */
static kg_status write_weighted(rewriting *w, const double *weights, uint64_t count,
                                kg_error *err) {
    kg_status st;
    KG_TRY(st, weigh_and_copy(w, err));
    KG_TRY(st, check_cancelled(w, err));
    KG_TRY(st, rank_entities(w, weights, count, err));
    KG_TRY(st, write_aliases(w, err));
    KG_TRY(st, write_blocks(w, err));
    w->state.pagerank_version = w->options->triples_version;
    return kg_fresh_put_pagerank(&w->fresh, weights, count, w->options->triples_version, err);
}

kg_status kg_rewrite(kg_store *store, const double *weights, uint64_t count,
                     const kg_rewrite_options *options, kg_error *err) {
    rewriting w;
    kg_status st = begin(&w, store, options, err);
    if (st == KG_OK)
        st = write_weighted(&w, weights, count, err);
    return end(&w, st, err);
}

/* ---- Leaving out what is damaged ------------------------------------------------------------ */

static kg_status write_unranked(rewriting *w, kg_error *err) {
    kg_status st;
    KG_TRY(st, rank_entities(w, NULL, 0, err));
    KG_TRY(st, write_aliases(w, err));
    KG_TRY(st, write_blocks(w, err));
    w->state.pagerank_version = 0;
    return KG_OK;
}

static kg_status write_without(rewriting *w, unsigned left_out, kg_error *err) {
    static const kg_db ALWAYS[] = {DICTIONARIES}, ORDERED[] = {KG_DB_ALIAS, KG_DB_NBR, KG_DB_BLOB};
    kg_status st;
    bool unranked = left_out & 1U << KG_DB_BLOB;
    KG_TRY(st, copy_each(w, ALWAYS, COUNT_OF(ALWAYS), err));
    KG_TRY(st, unranked ? write_unranked(w, err) : copy_each(w, ORDERED, COUNT_OF(ORDERED), err));
    if (left_out & 1U << KG_DB_PEPR)
        w->state.pepr_version = 0;
    else
        KG_TRY(st, kg_fresh_copy(&w->fresh, w->from, KG_DB_PEPR, err));
    return left_out & 1U << KG_DB_TABLE ? KG_OK : kg_fresh_copy_tables(&w->fresh, w->from, err);
}

kg_status kg_rewrite_without(kg_store *store, unsigned left_out, const kg_rewrite_options *options,
                             kg_error *err) {
    rewriting w;
    kg_status st = begin(&w, store, options, err);
    if (st == KG_OK)
        st = write_without(&w, left_out, err);
    return end(&w, st, err);
}

/* ---- The personalised weight set ------------------------------------------------------------- */

static kg_status write_pepr(rewriting *w, kg_pepr_fill_fn fill, void *fill_context, kg_error *err) {
    kg_status st;
    unsigned char edges[KG_PEPR_MAX * KG_PEPR_EDGE_BYTES];
    for (uint32_t entity = 0; entity < w->state.entities; entity++) {
        uint32_t n = 0;
        KG_TRY(st, fill(fill_context, edges, &n, entity));
        if (n > KG_PEPR_MAX)
            return kg_error_set(err, KG_ERR_ARGUMENT, "more than %d personalized edges",
                                KG_PEPR_MAX);
        if (n == 0)
            continue;
        kg_str value = {(const char *)edges, n * (size_t)KG_PEPR_EDGE_BYTES};
        KG_TRY(st, kg_fresh_append(&w->fresh, KG_DB_PEPR, kg_id_key(&entity), value, err));
        if (entity % 1024 == 0)
            KG_TRY(st, check_cancelled(w, err));
    }
    w->state.pepr_version = w->options->triples_version;
    return KG_OK;
}

kg_status kg_pepr_write(kg_store *store, kg_pepr_fill_fn fill, void *fill_context,
                        const kg_rewrite_options *options, kg_error *err) {
    static const kg_db OTHERS[] = {DICTIONARIES, KG_DB_ALIAS, KG_DB_NBR, KG_DB_BLOB};
    rewriting w;
    kg_status st = begin(&w, store, options, err);
    if (st == KG_OK)
        st = copy_all(&w, OTHERS, COUNT_OF(OTHERS), err);
    if (st == KG_OK)
        st = check_cancelled(&w, err);
    if (st == KG_OK)
        st = write_pepr(&w, fill, fill_context, err);
    return end(&w, st, err);
}
