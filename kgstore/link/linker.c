/* The linker of a store: where its names come from and where its compiled form is kept. */
#include "kgstore/kgstore.h"

#include "kgstore/base/array.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"
#include "kgstore/link/automaton.h"
#include "kgstore/link/search.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <stdlib.h>

struct kg_linker {
    kg_automaton automaton;
    void *bytes; /* compiled in memory; NULL: the automaton lies in the map */
    uint64_t size;
    uint64_t *stopped; /* a bit for each node; NULL: no stop-list */
};

/* ---- Compiling ------------------------------------------------------------------------------- */

typedef struct compile {
    kg_automaton_builder *builder;
    const double *weights;
    uint64_t n_weights;
} compile;

static kg_status take(const compile *c, kg_str text, bool is_alias, kg_id entity) {
    return kg_automaton_add(c->builder, text, is_alias,
                            kg_weight_at(c->weights, c->n_weights, entity), entity);
}

static kg_status take_alias(void *context, kg_str alias, kg_id entity) {
    return take(context, alias, true, entity);
}

static kg_status take_all(const compile *c, kg_snapshot *snapshot) {
    kg_status st;
    for (uint64_t i = 0; i < snapshot->state.entities; i++) {
        kg_str name;
        st = kg_label_get(&name, snapshot, KG_ENTITY, (kg_id)i);
        if (st == KG_ERR_NOT_FOUND)
            continue; /* deleted */
        if (st == KG_OK)
            st = take(c, name, false, (kg_id)i);
        if (st != KG_OK)
            return st;
    }
    return kg_alias_each(snapshot, take_alias, (void *)c);
}

/* A store of kg 0.1 only ever adds names: its linker tells by their number. */
static kg_status stamp_of(kg_automaton_stamp *stamp, const kg_snapshot *s, kg_error *err) {
    kg_status st;
    kg_sum names, aliases;
    *stamp = (kg_automaton_stamp){s->state.entities, s->state.aliases, s->state.labels};
    if (!kg_txn_has(s->txn, KG_DB_KEY))
        return KG_OK;
    KG_TRY(st, kg_sum_load(&names, s->txn, KG_DB_ENT, err));
    KG_TRY(st, kg_sum_load(&aliases, s->txn, KG_DB_ENT_ALIAS, err));
    stamp->names = names.sum;
    stamp->aliases = aliases.sum;
    return KG_OK;
}

static kg_status compile_names(void **bytes, size_t *size, kg_snapshot *snapshot, kg_error *err) {
    compile c = {NULL, NULL, 0};
    kg_automaton_stamp stamp;
    kg_status st;
    *bytes = NULL;
    KG_TRY(st, stamp_of(&stamp, snapshot, err));
    st = kg_automaton_builder_new(&c.builder);
    if (st == KG_OK) {
        if (kg_weights_get(&c.weights, &c.n_weights, NULL, snapshot) != KG_OK)
            c.n_weights = 0;
        st = take_all(&c, snapshot);
    }
    if (st == KG_OK)
        st = kg_automaton_finish(bytes, size, c.builder, &stamp);
    kg_automaton_builder_free(c.builder);
    if (st == KG_ERR_CORRUPT)
        kg_snapshot_fault(err, st, snapshot);
    else if (st != KG_OK)
        kg_error_set(err, st, "cannot compile the names of %s: %s", kg_store_path(snapshot->store),
                     kg_strerror(st));
    return st;
}

typedef struct content {
    const void *bytes;
} content;

static kg_status copy_content(void *context, void *to, size_t size) {
    memcpy(to, ((content *)context)->bytes, size);
    return KG_OK;
}

kg_status kg_linker_build(kg_store *store, kg_error *err) {
    kg_status st;
    kg_snapshot *snapshot;
    void *bytes;
    size_t size;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    uint64_t version = snapshot->state.triples_version;
    st = compile_names(&bytes, &size, snapshot, err);
    kg_snapshot_end(snapshot);
    if (st == KG_OK)
        st = kg_blob_put(store, KG_BLOB_AUTOMATON, size, version, copy_content, &(content){bytes},
                         err);
    free(bytes);
    return st;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Use what the store keeps, unless names have changed since: KG_ERR_STALE. */
static kg_status use_stored(kg_linker *l, kg_snapshot *snapshot) {
    kg_status st;
    kg_str bytes;
    KG_TRY(st, kg_blob_get(&bytes, NULL, snapshot, KG_BLOB_AUTOMATON));
    KG_TRY(st, kg_automaton_view(&l->automaton, bytes));
    kg_automaton_stamp now, then = l->automaton.stamp;
    KG_TRY(st, stamp_of(&now, snapshot, NULL));
    l->size = bytes.len;
    return now.entities == then.entities && now.names == then.names && now.aliases == then.aliases
               ? KG_OK
               : KG_ERR_STALE;
}

static kg_status use_compiled(kg_linker *l, kg_snapshot *snapshot, kg_error *err) {
    kg_status st;
    size_t size;
    KG_TRY(st, compile_names(&l->bytes, &size, snapshot, err));
    l->size = size;
    return kg_automaton_view(&l->automaton, (kg_str){l->bytes, size});
}

kg_status kg_linker_open(kg_linker **out, bool *compiled, kg_snapshot *snapshot, kg_error *err) {
    *out = NULL;
    kg_linker *l = calloc(1, sizeof *l);
    if (!l)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the linker");
    kg_status st = use_stored(l, snapshot);
    bool usable = st == KG_OK;
    if (st == KG_ERR_NOT_FOUND || st == KG_ERR_STALE || st == KG_ERR_VERSION)
        st = use_compiled(l, snapshot, err);
    else if (st != KG_OK)
        kg_error_set(err, st, "the linker in %s is damaged; kg rank writes it anew",
                     kg_store_path(snapshot->store));
    if (st != KG_OK) {
        kg_linker_free(l);
        return st;
    }
    if (compiled)
        *compiled = !usable;
    *out = l;
    return KG_OK;
}

void kg_linker_free(kg_linker *linker) {
    if (!linker)
        return;
    free(linker->bytes);
    free(linker->stopped);
    free(linker);
}

uint64_t kg_linker_size(const kg_linker *linker) {
    return linker->size;
}

/* ---- Using ----------------------------------------------------------------------------------- */

kg_status kg_linker_stop(kg_linker *linker, kg_str name) {
    const kg_trie *trie = &linker->automaton.trie;
    uint32_t node = 0;
    kg_folded folded;
    if (!linker->stopped)
        linker->stopped = calloc(trie->count / 64 + 1, sizeof *linker->stopped);
    if (!linker->stopped)
        return KG_ERR_MEMORY;
    for (size_t at = 0; at < name.len; at += folded.bytes) {
        kg_text_fold_next(&folded, (kg_str){name.data + at, name.len - at});
        for (size_t i = 0; i < folded.n; i++) {
            uint32_t known = kg_automaton_char(&linker->automaton, (uint32_t)folded.points[i]);
            node = kg_trie_step(trie, node, known & KG_LINK_CODE);
            if (node == 0)
                return KG_OK;
        }
    }
    linker->stopped[node / 64] |= UINT64_C(1) << node % 64;
    return KG_OK;
}

kg_status kg_linker_find(kg_mentions *to, const kg_linker *linker, kg_str text, bool all) {
    kg_status st;
    size_t before = to->len;
    KG_TRY(st, kg_search(to, &linker->automaton, linker->stopped, text, all));
    for (size_t i = before; i < to->len; i++)
        if (to->data[i].entity >= linker->automaton.stamp.entities)
            return KG_ERR_CORRUPT;
    return KG_OK;
}
