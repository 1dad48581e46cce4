#include "kgstore/store/bulk.h"

#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"
#include "kgstore/store/values.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t MEMORY = UINT64_C(2) << 30;
static const uint64_t MEMORY_MIN = UINT64_C(1) << 20;
static const uint64_t COMMIT_BYTES_MAX = UINT64_C(64) << 20;

bool kg_bulk_has_two_threads(const kg_bulk *b) {
    return b->options.threads ? b->options.threads > 1 : sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

static kg_status exists(const char *path, kg_error *err) {
    return kg_error_at(err, KG_ERR_EXISTS, path, 0,
                       "exists already; replace it, append to it, or choose another path");
}

/* Make the folder of a store that is not there yet, or take over what a first load that died left.
 */
static kg_status make_folder(kg_bulk *b, kg_error *err) {
    if (b->options.append)
        return kg_error_at(err, KG_ERR_NOT_FOUND, b->path, 0, "is not a store to append to");
    if (mkdir(b->path, 0777) != 0) {
        if (errno != EEXIST)
            return kg_error_errno(err, "create", b->path);
        kg_path_state found = kg_path_look(b->path);
        if (found == KG_PATH_FOREIGN)
            return kg_error_at(err, KG_ERR_EXISTS, b->path, 0,
                               "exists and is not a store; choose another path");
        b->keep_folder = found == KG_PATH_EMPTY;
    }
    b->unborn = true;
    return KG_OK;
}

/* Find what is there, take the lock, and look again: another load may have come first. */
static kg_status claim(kg_bulk *b, kg_error *err) {
    kg_status st = kg_current_read(&b->replaced, b->path, err);
    bool wanted = b->options.replace || b->options.append;
    if (st == KG_ERR_NOT_FOUND)
        st = make_folder(b, err);
    else if (st == KG_OK && !wanted)
        st = exists(b->path, err);
    if (st != KG_OK)
        return st;
    KG_TRY(st, kg_lock_take(&b->lock, b->path, &b->options.wait, err));
    st = kg_current_read(&b->replaced, b->path, err);
    if (st == KG_ERR_NOT_FOUND) {
        b->replaced = 0;
        st = KG_OK;
    } else if (st == KG_OK && b->unborn) {
        b->unborn = false;
        if (!wanted)
            st = exists(b->path, err);
    }
    if (st == KG_OK)
        kg_generations_clean(b->path, b->replaced);
    return st;
}

/* Only its triples_version matters to a load that replaces it, so damage is no obstacle there. */
static kg_status open_base(kg_bulk *b, kg_error *err) {
    kg_status st;
    uint64_t generation;
    if (!b->replaced)
        return KG_OK;
    st = kg_store_open(&b->base, b->path, err);
    if (st == KG_OK)
        st = kg_store_current(&b->base_env, &generation, b->base, err);
    if (st == KG_OK)
        st = kg_txn_begin(&b->base_txn, b->base_env, false, err);
    if (st == KG_OK)
        st = kg_state_load(&b->base_state, b->base_txn, err);
    if (!b->options.append) {
        kg_txn_abort(b->base_txn);
        b->base_txn = NULL;
        return st == KG_ERR_MEMORY ? st : KG_OK;
    }
    if (st == KG_OK)
        st = kg_txn_begin(&b->base_edges, b->base_env, false, err);
    return st == KG_OK ? kg_bulk_load_base(b, err) : st;
}

static kg_status begin(kg_bulk *b, const char *path, kg_error *err) {
    kg_status st;
    uint64_t memory = b->options.memory ? b->options.memory : MEMORY;
    memory = memory < MEMORY_MIN ? MEMORY_MIN : memory;
    b->path = strdup(path);
    if (!b->path)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading %s", path);
    KG_TRY(st, claim(b, err));
    KG_TRY(st, KG_FAILPOINT("bulk.claimed", err));
    KG_TRY(st, open_base(b, err));
    b->started = true;
    KG_TRY(st, kg_fresh_begin(&b->fresh, b->path,
                              memory / 8 < COMMIT_BYTES_MAX ? memory / 8 : COMMIT_BYTES_MAX, err));
    kg_triples_init(&b->triples, memory / 2, b->fresh.folder);
    kg_spool_init(&b->entity_properties, memory / 8, b->fresh.folder);
    kg_spool_init(&b->edge_properties, memory / 8, b->fresh.folder);
    kg_spool_init(&b->index, memory / 8, b->fresh.folder);
    return KG_OK;
}

kg_status kg_bulk_begin(kg_bulk **out, const char *path, const kg_bulk_options *options,
                        kg_error *err) {
    *out = NULL;
    if (options->append && options->replace)
        return kg_error_set(err, KG_ERR_ARGUMENT, "a load either appends or replaces, not both");
    kg_bulk *b = calloc(1, sizeof *b);
    if (!b)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading %s", path);
    b->options = *options;
    b->lock = -1;
    kg_feed_init(&b->feed, kg_bulk_has_two_threads(b));
    kg_status st = begin(b, path, err);
    if (st != KG_OK) {
        kg_bulk_abort(b);
        return st;
    }
    *out = b;
    return KG_OK;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

static void free_bulk(kg_bulk *b) {
    kg_feed_free(&b->feed);
    kg_txn_abort(b->base_txn);
    kg_txn_abort(b->base_edges);
    kg_env_release(b->base_env);
    kg_store_close(b->base);
    for (int kind = 0; kind < KG_KINDS; kind++) {
        kg_intern_free(&b->names[kind].intern);
        kg_array_free(&b->names[kind].labels);
    }
    kg_triples_free(&b->triples);
    kg_spool_free(&b->entity_properties);
    kg_spool_free(&b->edge_properties);
    kg_spool_free(&b->index);
    kg_array_free(&b->indexed);
    kg_array_free(&b->renewed);
    kg_array_free(&b->packed);
    kg_array_free(&b->piece);
    kg_type_counts_free(&b->types);
    kg_array_free(&b->aliases);
    kg_array_free(&b->weights);
    kg_arena_free(&b->arena);
    kg_lock_release(b->lock);
    free(b->path);
    free(b);
}

void kg_bulk_abort(kg_bulk *b) {
    if (!b)
        return;
    kg_feed_stop(&b->feed);
    if (b->started)
        kg_fresh_abort(&b->fresh);
    if (b->unborn && b->lock >= 0)
        kg_path_remove_unborn(b->path, !b->keep_folder);
    free_bulk(b);
}

/* Ids given by the source must leave none out. */
static kg_status check_holes(const kg_bulk *b, kg_error *err) {
    static const char *const KINDS[] = {"entity", "relation", "type"};
    for (int kind = KG_ENTITY; kind <= KG_TYPE; kind++) {
        const kg_intern *intern = &b->names[kind].intern;
        for (uint32_t id = 0; intern->named < intern->at.len && id < intern->at.len; id++)
            if (!kg_intern_is_named(intern, id))
                return kg_error_set(err, KG_ERR_FORMAT,
                                    "no %s has the id %u, though there are greater ones; ids must "
                                    "run from 0 without gaps",
                                    KINDS[kind], id);
    }
    return KG_OK;
}

kg_status kg_bulk_finish(kg_bulk_report *report, kg_bulk *b, kg_error *err) {
    kg_state state;
    kg_status st = kg_feed_drain(b, err);
    if (st == KG_OK)
        st = check_holes(b, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("bulk.gathered", err);
    if (st == KG_OK)
        st = kg_bulk_write(&state, b, err);
    /* The name of a new store is to last as well as what is in it. */
    if (st == KG_OK && b->unborn)
        st = kg_sync_parent(b->path, err);
    if (st != KG_OK) {
        kg_bulk_abort(b);
        return st;
    }
    if (b->options.progress)
        b->options.progress(b->options.context, "sync", 0, 0);
    uint64_t added = state.triples - b->base_state.triples * b->options.append;
    *report = (kg_bulk_report){.entities = state.entities - state.deleted,
                               .relations = state.relations,
                               .types = state.types,
                               .aliases = state.aliases,
                               .triples = state.triples,
                               .added = added,
                               .duplicates = b->given - added,
                               .self_loops = b->self_loops,
                               .spilled = b->triples.spilled + b->entity_properties.spilled +
                                          b->edge_properties.spilled,
                               .keys = state.keys,
                               .entity_values = state.entity_values,
                               .edge_values = state.edge_values};
    st = kg_fresh_finish(&b->fresh, &state, b->replaced, err);
    if (st != KG_OK) {
        b->started = false;
        kg_bulk_abort(b);
        return st;
    }
    free_bulk(b);
    return KG_OK;
}

/* ---- Indexes --------------------------------------------------------------------------------- */

static kg_status change_indexed(kg_bulk *b, kg_str key, bool keep, kg_error *err) {
    uint32_t id;
    size_t at = 0;
    int n = (int)(key.len < 200 ? key.len : 200);
    if (!kg_intern_find(&id, &b->names[KG_KEY].intern, key, kg_intern_hash(key)))
        return kg_error_set(err, KG_ERR_NOT_FOUND, "nothing has a property %.*s", n, key.data);
    while (at < b->indexed.len && b->indexed.data[at] < id)
        at++;
    bool is = at < b->indexed.len && b->indexed.data[at] == id;
    if (is == keep)
        return kg_error_set(err, KG_ERR_EXISTS, "the property %.*s is %s", n, key.data,
                            is ? "indexed already" : "not indexed");
    if (kg_array_reserve(&b->indexed, 1) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory indexing");
    kg_id *data = b->indexed.data;
    if (keep)
        memmove(data + at + 1, data + at, (b->indexed.len - at) * sizeof *data);
    else
        memmove(data + at, data + at + 1, (b->indexed.len - at - 1) * sizeof *data);
    if (keep)
        data[at] = id;
    b->indexed.len += keep ? 1 : SIZE_MAX;
    return KG_OK;
}

kg_status kg_store_index(kg_store *store, kg_str key, bool keep, kg_error *err) {
    kg_status st;
    kg_bulk *b;
    kg_bulk_report report;
    const kg_bulk_options options = {.append = true, .wait = store->wait};
    KG_TRY(st, kg_bulk_begin(&b, store->path, &options, err));
    st = change_indexed(b, key, keep, err);
    if (st == KG_OK)
        return kg_bulk_finish(&report, b, err);
    kg_bulk_abort(b);
    return st;
}

/* ---- Values of all entities ------------------------------------------------------------------ */

static kg_status replace_keys(kg_bulk *b, const kg_value_plan *plan, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < plan->n_keys; i++) {
        uint32_t id;
        uint64_t hash = kg_intern_hash(plan->keys[i]);
        KG_TRY(st, kg_bulk_name(&id, b, KG_KEY, plan->keys[i], hash, err));
        if (kg_array_push(&b->renewed, id) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing values");
    }
    return KG_OK;
}

static kg_status give_values(kg_bulk *b, const kg_value_plan *plan, kg_error *err) {
    enum { MOST = 4 };
    kg_status st;
    kg_value values[MOST];
    kg_property properties[MOST];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.by_id = true, s.properties = properties, s.n_properties = plan->n_keys;
    for (kg_id id = 0; id < plan->entities; id++) {
        if (kg_bulk_is_deleted(kg_intern_name(&b->names[KG_ENTITY].intern, id)))
            continue;
        KG_TRY(st, plan->fill(plan->context, values, id));
        for (size_t i = 0; i < plan->n_keys; i++)
            properties[i] = (kg_property){plan->keys[i], values[i]};
        s.head_id = id;
        KG_TRY(st, kg_bulk_statement(b, &s, err));
    }
    return KG_OK;
}

kg_status kg_store_put_values(kg_store *store, const kg_value_plan *plan, kg_error *err) {
    kg_status st;
    kg_bulk *b;
    kg_bulk_report report;
    const kg_bulk_options options = {.append = true, .wait = store->wait};
    KG_TRY(st, kg_bulk_begin(&b, store->path, &options, err));
    b->values_only = true;
    if (b->base_state.generation != plan->generation)
        st = kg_error_set(err, KG_ERR_STALE,
                          "the store was written anew while values were computed; try again");
    if (st == KG_OK)
        st = replace_keys(b, plan, err);
    if (st == KG_OK)
        st = give_values(b, plan, err);
    if (st == KG_OK)
        return kg_bulk_finish(&report, b, err);
    kg_bulk_abort(b);
    return st;
}
