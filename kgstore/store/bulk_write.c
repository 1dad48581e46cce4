/* What was gathered, written into the fresh generation. */
#include "kgstore/store/bulk.h"

#include "kgstore/store/blocks.h"
#include "kgstore/store/edgesort.h"
#include "kgstore/store/store.h"
#include "kgstore/store/sums.h"

#include <pthread.h>
#include <stdlib.h>

static const struct {
    kg_db names, index;
} DICTIONARY[] = {[KG_ENTITY] = {KG_DB_ENT, KG_DB_ENT_ID},
                  [KG_RELATION] = {KG_DB_REL, KG_DB_REL_ID},
                  [KG_TYPE] = {KG_DB_TYPE, KG_DB_TYPE_ID},
                  [KG_KEY] = {KG_DB_KEY, KG_DB_KEY_ID}};

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the graph");
}

/* ---- Dictionaries ---------------------------------------------------------------------------- */

/* A text and what it stands for, sorted by text, then by place. The first bytes of the text, as a
 * number in its order, settle most comparisons. */
typedef struct entry {
    uint64_t prefix;
    kg_str key; /* an index key */
    uint32_t id, place;
} entry;

static uint64_t prefix_of(kg_str key) {
    unsigned char bytes[8] = {0};
    memcpy(bytes, key.data, key.len < 8 ? key.len : 8);
    uint64_t value;
    memcpy(&value, bytes, 8);
    return __builtin_bswap64(value);
}

static int compare_entries(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    int order = kg_str_compare(x->key, y->key);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

typedef struct entries {
    entry *data;
    size_t n;
    kg_arena arena; /* keys that are not borrowed */
} entries;

static void free_entries(entries *e) {
    free(e->data);
    kg_arena_free(&e->arena);
    *e = (entries){0};
}

/* The names of a kind in the order of their index keys. */
static kg_status sort_names(entries *out, const kg_intern *intern) {
    unsigned char buffer[KG_INDEX_KEY_MAX];
    *out = (entries){.n = intern->at.len};
    out->data = malloc((out->n + 1) * sizeof *out->data);
    if (!out->data)
        return KG_ERR_MEMORY;
    out->n = 0;
    for (uint32_t id = 0; id < intern->at.len; id++) {
        kg_str name = kg_intern_name(intern, id), key = kg_index_key(buffer, name);
        if (kg_bulk_is_deleted(name))
            continue;
        if (key.data != name.data) {
            key.data = kg_arena_copy(&out->arena, key);
            if (!key.data)
                return KG_ERR_MEMORY;
        }
        out->data[out->n++] = (entry){prefix_of(key), key, id, id};
    }
    qsort(out->data, out->n, sizeof *out->data, compare_entries);
    return KG_OK;
}

/* Append each text with the packed ids that it stands for; *pairs of them in all. */
static kg_status write_entries(uint64_t *pairs, kg_fresh *f, kg_db db, const entries *e,
                               kg_error *err) {
    kg_status st = KG_OK;
    kg_bytes ids = KG_ARRAY_INIT;
    for (size_t i = 0, next; st == KG_OK && i < e->n; i = next) {
        ids.len = 0;
        for (next = i; next < e->n && kg_str_equal(e->data[next].key, e->data[i].key); next++) {
            if (next > i && e->data[next].id == e->data[next - 1].id)
                continue;
            if (kg_array_append(&ids, (const char *)&e->data[next].id, 4) != KG_OK)
                st = no_memory(err);
        }
        *pairs += ids.len / 4;
        if (st == KG_OK)
            st = kg_fresh_append(f, db, e->data[i].key, (kg_str){ids.data, ids.len}, err);
    }
    kg_array_free(&ids);
    return st;
}

/* Tagged. */
static kg_str label_of(const kg_bulk_names *names, uint32_t id) {
    return id < names->labels.len ? names->labels.data[id] : (kg_str){NULL, 0};
}

static kg_status write_names(kg_bulk *b, kg_kind kind, uint64_t *labels, kg_error *err) {
    const kg_bulk_names *names = &b->names[kind];
    kg_bytes record = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (uint32_t id = 0; st == KG_OK && id < names->intern.at.len; id++) {
        kg_str name = kg_intern_name(&names->intern, id), label = label_of(names, id);
        size_t size = kg_name_size(name, label);
        *labels += label.len > 0;
        if (kg_array_reserve(&record, size) != KG_OK) {
            st = no_memory(err);
            break;
        }
        kg_name_encode((unsigned char *)record.data, name, label);
        const kg_str value =
            kg_bulk_is_deleted(name) ? KG_NAME_DELETED : (kg_str){record.data, size};
        st = kg_fresh_append(&b->fresh, DICTIONARY[kind].names, kg_id_key(&id), value, err);
    }
    kg_array_free(&record);
    return st;
}

static kg_status write_small_dictionary(kg_bulk *b, kg_kind kind, kg_error *err) {
    kg_status st;
    uint64_t labels = 0, pairs = 0;
    entries sorted;
    KG_TRY(st, write_names(b, kind, &labels, err));
    st = sort_names(&sorted, &b->names[kind].intern);
    st = st == KG_OK ? write_entries(&pairs, &b->fresh, DICTIONARY[kind].index, &sorted, err)
                     : no_memory(err);
    free_entries(&sorted);
    return st;
}

/* ---- Aliases and types ----------------------------------------------------------------------- */

static int compare_alias_texts(const void *a, const void *b) {
    const kg_bulk_alias *x = a, *y = b;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    int order = kg_str_compare(x->text, y->text);
    return order ? order : (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static int compare_alias_ordinals(const void *a, const void *b) {
    const kg_bulk_alias *x = a, *y = b;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Drop aliases given twice and those that are the entity's name or label; sort by entity, then as
 * given. */
static void tidy_aliases(kg_bulk *b) {
    const kg_bulk_names *names = &b->names[KG_ENTITY];
    kg_bulk_alias *a = b->aliases.data;
    size_t kept = 0;
    for (size_t i = 0; i < b->aliases.len; i++)
        a[i].ordinal = (uint32_t)i;
    if (b->aliases.len > 1)
        qsort(a, b->aliases.len, sizeof *a, compare_alias_texts);
    for (size_t i = 0; i < b->aliases.len; i++) {
        bool again = kept > 0 && a[kept - 1].entity == a[i].entity &&
                     kg_str_equal(a[kept - 1].text, a[i].text);
        if (!again && !kg_str_equal(a[i].text, kg_tagged_text(label_of(names, a[i].entity))) &&
            !kg_str_equal(a[i].text, kg_intern_name(&names->intern, a[i].entity)))
            a[kept++] = a[i];
    }
    b->aliases.len = kept;
    if (kept > 1)
        qsort(a, kept, sizeof *a, compare_alias_ordinals);
}

static kg_status write_alias_lists(kg_bulk *b, kg_error *err) {
    kg_bytes list = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    const kg_bulk_alias *a = b->aliases.data;
    for (size_t i = 0, next; st == KG_OK && i < b->aliases.len; i = next) {
        list.len = 0;
        for (next = i; next < b->aliases.len && a[next].entity == a[i].entity; next++) {
            uint16_t length = (uint16_t)a[next].text.len;
            if (kg_array_append(&list, (const char *)&length, 2) != KG_OK ||
                kg_array_append(&list, a[next].text.data, a[next].text.len) != KG_OK)
                st = no_memory(err);
        }
        if (st == KG_OK)
            st = kg_fresh_append(&b->fresh, KG_DB_ENT_ALIAS, kg_id_key(&a[i].entity),
                                 (kg_str){list.data, list.len}, err);
    }
    kg_array_free(&list);
    return st;
}

static kg_status add_entry(entries *e, uint32_t entity, kg_str alias, const uint32_t *rank) {
    char buffer[KG_INDEX_KEY_MAX];
    kg_str key = kg_alias_key(buffer, kg_tagged_text(alias));
    if (key.len == 0)
        return KG_OK;
    key.data = kg_arena_copy(&e->arena, key);
    if (!key.data)
        return KG_ERR_MEMORY;
    e->data[e->n++] = (entry){prefix_of(key), key, entity, rank ? rank[entity] : entity};
    return KG_OK;
}

/* Labels and aliases in normal form, each with its entities by place. */
static kg_status write_alias_index(uint64_t *pairs, kg_bulk *b, const uint32_t *rank,
                                   kg_error *err) {
    const kg_bulk_names *names = &b->names[KG_ENTITY];
    entries e = {0};
    kg_status st = KG_OK;
    e.data = malloc((names->labels.len + b->aliases.len + 1) * sizeof *e.data);
    if (!e.data)
        return no_memory(err);
    for (uint32_t id = 0; st == KG_OK && id < names->labels.len; id++)
        st = add_entry(&e, id, names->labels.data[id], rank);
    for (size_t i = 0; st == KG_OK && i < b->aliases.len; i++)
        st = add_entry(&e, b->aliases.data[i].entity, b->aliases.data[i].text, rank);
    if (st != KG_OK) {
        st = no_memory(err);
    } else {
        qsort(e.data, e.n, sizeof *e.data, compare_entries);
        st = write_entries(pairs, &b->fresh, KG_DB_ALIAS, &e, err);
    }
    free_entries(&e);
    return st;
}

static kg_status write_types(kg_bulk *b, uint64_t *multi_typed, kg_error *err) {
    kg_type_mention *all;
    size_t n;
    kg_bytes record = KG_ARRAY_INIT;
    KG_ARRAY(uint32_t) types = KG_ARRAY_INIT;
    kg_status st = kg_type_counts_sorted(&all, &n, &b->types);
    if (st != KG_OK)
        return no_memory(err);
    for (size_t i = 0, next; st == KG_OK && i < n; i = next) {
        types.len = record.len = 0;
        for (next = i; next < n && all[next].entity == all[i].entity; next++)
            if (kg_array_push(&types, all[next].type) != KG_OK)
                st = no_memory(err);
        if (kg_types_encode(&record, types.data, types.len) != KG_OK)
            st = no_memory(err);
        *multi_typed += next - i > 1;
        if (st == KG_OK)
            st = kg_fresh_append(&b->fresh, KG_DB_ENT_TYPE, kg_id_key(&all[i].entity),
                                 (kg_str){record.data, record.len}, err);
    }
    kg_array_free(&types);
    kg_array_free(&record);
    free(all);
    return st;
}

/* ---- Edges ----------------------------------------------------------------------------------- */

typedef struct open_run {
    kg_run_reader *reader;
} open_run;

typedef struct edge_sources {
    kg_groups groups;
    kg_stored_edges stored; /* of the generation that is appended to */
    KG_ARRAY(open_run) runs;
    KG_ARRAY(kg_source) sources;
} edge_sources;

static void free_sources(edge_sources *e) {
    kg_group_free(&e->groups.sides[0]);
    kg_group_free(&e->groups.sides[1]);
    for (size_t i = 0; i < e->runs.len; i++)
        kg_run_reader_close(e->runs.data[i].reader);
    kg_array_free(&e->runs);
    kg_array_free(&e->sources);
}

/* What can be done at once once everything is gathered. */
typedef struct sorting {
    kg_bulk *bulk;
    edge_sources *edges;
    entries *names;
    kg_status out, in, named;
} sorting;

static void *group_out(void *context) {
    sorting *s = context;
    s->out = kg_group_make(&s->edges->groups.sides[KG_SIDE_OUT], &s->bulk->triples, KG_SIDE_OUT);
    return NULL;
}

static void group_rest(sorting *s) {
    s->in = kg_group_make(&s->edges->groups.sides[KG_SIDE_IN], &s->bulk->triples, KG_SIDE_IN);
    s->named = sort_names(s->names, &s->bulk->names[KG_ENTITY].intern);
}

static kg_status sort_all(kg_bulk *b, edge_sources *edges, entries *names, kg_error *err) {
    sorting s = {b, edges, names, KG_OK, KG_OK, KG_OK};
    pthread_t thread;
    if (b->options.progress)
        b->options.progress(b->options.context, "sort", 0, 0);
    if (kg_bulk_has_two_threads(b) && pthread_create(&thread, NULL, group_out, &s) == 0) {
        group_rest(&s);
        pthread_join(thread, NULL);
    } else {
        group_out(&s);
        group_rest(&s);
    }
    kg_array_free(&b->triples.held);
    return s.out == KG_OK && s.in == KG_OK && s.named == KG_OK ? KG_OK : no_memory(err);
}

static kg_status open_sources(kg_bulk *b, edge_sources *e) {
    enum { BUFFERS_BYTES = 16 << 20, BUFFER_MAX = 1 << 20, BUFFER_MIN = 16 << 10 };
    kg_status st;
    /* As much as a commit takes: an eighth of the bound. */
    size_t all = b->fresh.commit_bytes < BUFFERS_BYTES ? b->fresh.commit_bytes : BUFFERS_BYTES;
    size_t n = b->triples.runs.len, size = n ? all / (2 * n) : 0;
    size = size > BUFFER_MAX ? BUFFER_MAX : size < BUFFER_MIN ? BUFFER_MIN : size;
    KG_TRY(st, kg_array_push(&e->sources, kg_source_groups(&e->groups)));
    e->stored =
        (kg_stored_edges){b->base_edges, b->base_state.entities, b->base_state.relations, {0, 0}};
    if (b->base_edges)
        KG_TRY(st, kg_array_push(&e->sources, kg_source_store(&e->stored)));
    KG_TRY(st, kg_array_reserve(&e->runs, n));
    for (size_t i = 0; i < n; i++) {
        kg_run_reader *reader;
        KG_TRY(st, kg_run_reader_open(&reader, &b->triples.runs.data[i], size));
        e->runs.data[e->runs.len++].reader = reader;
        KG_TRY(st, kg_array_push(&e->sources, kg_source_run(reader)));
    }
    return KG_OK;
}

static kg_status write_edges(kg_bulk *b, edge_sources *e, const uint32_t *rank,
                             const uint32_t *order, uint64_t *triples, kg_error *err) {
    if (open_sources(b, e) != KG_OK)
        return no_memory(err);
    kg_block_plan plan = {.sources = e->sources.data,
                          .n_sources = e->sources.len,
                          .entities = b->names[KG_ENTITY].intern.at.len,
                          .rank = rank,
                          .order = order,
                          .two_threads = kg_bulk_has_two_threads(b),
                          .cancelled = b->options.cancelled,
                          .progress = b->options.progress,
                          .context = b->options.context};
    kg_status st;
    KG_TRY(st, kg_blocks_write(triples, &b->fresh, &plan, err));
    return b->base_edges ? kg_sum_compare(&e->stored.sum, b->base_edges, KG_DB_NBR, err) : KG_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* A load that appends brings nothing that what is derived is made from. */
static bool changes_nothing(const kg_bulk *b) {
    return b->base_txn && (b->statements == 0 || b->values_only);
}

/* Derived tables of the generation that is appended to are carried over; they are stale where
 * anything was added. */
static kg_status write_derived(kg_bulk *b, kg_state *state, kg_error *err) {
    kg_status st;
    if (changes_nothing(b)) {
        state->pagerank_version = b->base_state.pagerank_version;
        KG_TRY(st, kg_fresh_copy(&b->fresh, b->base_txn, KG_DB_BLOB, err));
    } else if (b->weights.len) {
        state->pagerank_version = b->weights_version ? b->weights_version : state->triples_version;
        KG_TRY(st, kg_fresh_put_pagerank(&b->fresh, b->weights.data, b->weights.len,
                                         state->pagerank_version, err));
    }
    if (!b->base_txn)
        return KG_OK;
    state->deleted = b->base_state.deleted;
    state->pepr_version = b->base_state.pepr_version;
    KG_TRY(st, kg_fresh_copy(&b->fresh, b->base_txn, KG_DB_PEPR, err));
    return kg_fresh_copy_tables(&b->fresh, b->base_txn, err);
}

static kg_status write_sorted(kg_state *state, kg_bulk *b, edge_sources *edges,
                              const entries *names, const uint32_t *rank, const uint32_t *order,
                              kg_error *err) {
    kg_status st;
    uint64_t pairs = 0;
    KG_TRY(st, write_names(b, KG_ENTITY, &state->labels, err));
    KG_TRY(st, write_entries(&pairs, &b->fresh, KG_DB_ENT_ID, names, err));
    KG_TRY(st, write_small_dictionary(b, KG_RELATION, err));
    KG_TRY(st, write_small_dictionary(b, KG_TYPE, err));
    KG_TRY(st, write_small_dictionary(b, KG_KEY, err));
    tidy_aliases(b);
    KG_TRY(st, write_alias_lists(b, err));
    KG_TRY(st, write_alias_index(&state->aliases, b, rank, err));
    KG_TRY(st, write_types(b, &state->multi_typed, err));
    KG_TRY(st, write_edges(b, edges, rank, order, &state->triples, err));
    KG_TRY(st, kg_bulk_write_properties(state, b, err));
    return write_derived(b, state, err);
}

/* Weights given with the graph: entities that got none weigh 0. */
static kg_status complete_weights(kg_bulk *b, size_t n) {
    kg_status st;
    if (b->weights.len == 0 || b->weights_version != 0)
        return KG_OK;
    KG_TRY(st, kg_array_reserve(&b->weights, n - b->weights.len));
    while (b->weights.len < n)
        b->weights.data[b->weights.len++] = 0;
    return KG_OK;
}

kg_status kg_bulk_write(kg_state *state, kg_bulk *b, kg_error *err) {
    size_t n = b->names[KG_ENTITY].intern.at.len;
    edge_sources edges = {0};
    entries names = {0};
    uint32_t *rank = NULL;
    *state = (kg_state){.entities = n,
                        .relations = b->names[KG_RELATION].intern.at.len,
                        .types = b->names[KG_TYPE].intern.at.len,
                        .keys = b->names[KG_KEY].intern.at.len,
                        .triples_version = b->base_state.triples_version + !changes_nothing(b)};
    b->triples.entities = n;
    for (int kind = 0; kind < KG_KINDS; kind++)
        kg_intern_seal(&b->names[kind].intern); /* sorting takes as much */
    kg_status st = sort_all(b, &edges, &names, err);
    if (st == KG_OK && complete_weights(b, n) != KG_OK)
        st = no_memory(err);
    if (st == KG_OK && b->weights.len) {
        rank = malloc((n + 1) * 2 * sizeof *rank);
        if (!rank || kg_rank_entities(rank, rank + n, b->weights.data, b->weights.len, n) != KG_OK)
            st = no_memory(err);
    }
    if (st == KG_OK)
        st = write_sorted(state, b, &edges, &names, rank, rank ? rank + n : NULL, err);
    free(rank);
    free_entries(&names);
    free_sources(&edges);
    return st;
}
