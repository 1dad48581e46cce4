#include "kgstore/store/bulk.h"

#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"

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
