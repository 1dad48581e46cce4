/* Transactions of random edits against a naive model of the whole graph, which is compared in full,
 * with kg_store_check after each. Now and then the store is ranked, appended to or compacted. */
#include "store_tool.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/rng.h"
#include "kgstore/store/rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ENTITIES = 24, NAMES = 40, RELATIONS = 3, TYPES = 4, KEYS = 3, ALIASES = 5 };

/* One entity: which name it has, and all that is said of it. Values are 1 and up; 0: none. */
typedef struct entity {
    bool there;
    int name;
    bool types[TYPES], aliases[ALIASES];
    int label;             /* of name "label N"; 0: none */
    unsigned values[KEYS]; /* bits: the integers in the list */
    bool out[RELATIONS][ENTITIES];
    unsigned dose[RELATIONS][ENTITIES]; /* the same of the one key of edges */
} entity;

typedef struct model {
    entity entities[ENTITIES];
} model;

static char folder[PATH_MAX], path[PATH_MAX + 8];
static kg_store *store;
static kg_error err;
static kg_rng rng;

static unsigned below(unsigned n) {
    return (unsigned)kg_rng_below(&rng, n);
}

/* Texts that live as long as a call needs them. */
static kg_str text_of(const char *format, int n) {
    static char buffers[8][32];
    static unsigned next;
    char *to = buffers[next++ % 8];
    snprintf(to, sizeof buffers[0], format, n);
    return kg_str_from(to);
}

static kg_str name_of(const model *m, int e) {
    return text_of("e%d", m->entities[e].name);
}

static void tell(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

#define assert_ok(expression)                                                                      \
    do                                                                                             \
        if ((expression) != KG_OK)                                                                 \
            fail_msg("%s: %s", #expression, err.text);                                             \
    while (0)

/* ---- Comparing ------------------------------------------------------------------------------- */

static unsigned bits_of(kg_properties properties, kg_snapshot *s, kg_str key) {
    kg_id id;
    kg_value value, item;
    unsigned bits = 0;
    if (kg_name_find(&id, s, KG_KEY, key) != KG_OK || !kg_properties_find(&value, properties, id))
        return 0;
    if (value.kind == KG_VALUE_INTEGER)
        return 1U << value.as.integer;
    while (kg_value_next(&item, &value.text))
        bits |= 1U << item.as.integer;
    return bits;
}

static kg_status count_name(void *context, kg_str name, kg_id id) {
    (void)name;
    (void)id;
    ++*(unsigned *)context;
    return KG_OK;
}

static void compare_names(const entity *e, kg_snapshot *s, kg_id id) {
    kg_ids found;
    kg_str label;
    unsigned names = 0, expected = e->label > 0;
    assert_ok(kg_label_get(&label, s, KG_ENTITY, id));
    assert_true(
        kg_str_equal(label, e->label ? text_of("label %d", e->label) : text_of("e%d", e->name)));
    for (int i = 0; i < ALIASES; i++) {
        bool there = false;
        if (kg_alias_find(&found, s, text_of("alias %d", i)) == KG_OK)
            for (uint32_t k = 0; k < found.count; k++)
                there = there || kg_ids_at(found, k) == id;
        assert_int_equal(there, e->aliases[i]);
        expected += e->aliases[i];
    }
    assert_ok(kg_entity_aliases(s, id, count_name, &names));
    assert_true(names >= expected); /* merging leaves more */
}

static void compare_edges(const model *m, const kg_id *ids, int e, kg_snapshot *s) {
    kg_id relation;
    bool there;
    kg_properties properties;
    for (int r = 0; r < RELATIONS; r++)
        for (int t = 0; t < ENTITIES; t++) {
            if (!m->entities[t].there)
                continue;
            bool known = kg_name_find(&relation, s, KG_RELATION, text_of("r%d", r)) == KG_OK;
            there = false;
            if (known)
                assert_ok(kg_edge_exists(&there, s, ids[e], relation, ids[t]));
            assert_int_equal(there, m->entities[e].out[r][t]);
            if (!there)
                continue;
            assert_ok(kg_edge_properties(&properties, s, ids[e], relation, ids[t]));
            assert_int_equal(bits_of(properties, s, KG_STR("dose")), m->entities[e].dose[r][t]);
        }
}

static void compare_entity(const model *m, const kg_id *ids, int e, kg_snapshot *s) {
    kg_types types;
    kg_properties properties;
    unsigned expected = 0;
    const entity *of = &m->entities[e];
    assert_ok(kg_entity_types(&types, s, ids[e]));
    for (uint32_t i = 0; i < types.count; i++) {
        kg_str name;
        assert_ok(kg_name_get(&name, s, KG_TYPE, kg_types_at(types, i)));
        assert_true(of->types[name.data[1] - '0']);
    }
    for (int i = 0; i < TYPES; i++)
        expected += of->types[i];
    assert_int_equal(types.count, expected);
    assert_ok(kg_entity_properties(&properties, s, ids[e]));
    for (int k = 0; k < KEYS; k++)
        assert_int_equal(bits_of(properties, s, text_of("k%d", k)), of->values[k]);
    compare_names(of, s, ids[e]);
    compare_edges(m, ids, e, s);
}

typedef struct found {
    uint64_t count, sum;
} found;

static kg_status take_found(void *context, kg_id of) {
    found *f = context;
    f->count++;
    f->sum += kg_hash_u64(of);
    return KG_OK;
}

/* What an index gives for every value that there may be. */
static void compare_index(const model *m, const kg_id *ids, int k, kg_snapshot *s) {
    kg_id key;
    bool is;
    if (kg_name_find(&key, s, KG_KEY, text_of("k%d", k)) != KG_OK)
        return;
    assert_ok(kg_property_is_indexed(&is, s, key));
    for (int v = 0; v < 8; v++) {
        const kg_value value = kg_value_integer(v);
        found expected = {0, 0}, got = {0, 0};
        kg_status st = kg_property_find_entities(s, key, &value, take_found, &got);
        assert_int_equal(st, is ? KG_OK : KG_ERR_NOT_FOUND);
        for (int e = 0; is && e < ENTITIES; e++)
            if (m->entities[e].there && m->entities[e].values[k] >> v & 1U)
                take_found(&expected, ids[e]);
        assert_int_equal(got.count, expected.count);
        assert_true(got.sum == expected.sum);
    }
}

static void compare(const model *m) {
    kg_snapshot *s;
    kg_stats stats;
    kg_id ids[ENTITIES];
    uint64_t there = 0, edges = 0, counts[RELATIONS] = {0}, counted = 0;
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_snapshot_stats(&stats, s, &err));
    for (int e = 0; e < ENTITIES; e++) {
        if (!m->entities[e].there)
            continue;
        there++;
        assert_ok(kg_name_find(&ids[e], s, KG_ENTITY, name_of(m, e)));
        for (int r = 0; r < RELATIONS; r++)
            for (int t = 0; t < ENTITIES; t++)
                edges += m->entities[e].out[r][t];
    }
    for (int e = 0; e < ENTITIES; e++)
        if (m->entities[e].there)
            compare_entity(m, ids, e, s);
    for (int k = 0; k < KEYS; k++)
        compare_index(m, ids, k, s);
    assert_int_equal(stats.entities - stats.deleted, there);
    assert_int_equal(stats.triples, edges);
    assert_ok(kg_relation_counts(counts, s));
    for (int r = 0; r < RELATIONS; r++)
        counted += counts[r];
    assert_int_equal(counted, edges);
    kg_snapshot_end(s);
    if (kg_store_check(path, tell, NULL, &err) != KG_OK)
        fail_msg("%s", err.text);
}

/* ---- Edits ----------------------------------------------------------------------------------- */

static int any_there(const model *m) {
    for (int tries = 0; tries < 200; tries++) {
        int e = (int)below(ENTITIES);
        if (m->entities[e].there)
            return e;
    }
    return -1;
}

static bool name_is_taken(const model *m, int name) {
    for (int e = 0; e < ENTITIES; e++)
        if (m->entities[e].there && m->entities[e].name == name)
            return true;
    return false;
}

static void create(kg_writer *w, model *m) {
    int e = (int)below(ENTITIES), name = (int)below(NAMES);
    if (m->entities[e].there || name_is_taken(m, name))
        return;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = text_of("e%d", name);
    assert_ok(kg_writer_statement(w, &s, &err));
    m->entities[e] = (entity){.there = true, .name = name};
}

static void change_edge(kg_writer *w, model *m, int head, int tail) {
    int r = (int)below(RELATIONS);
    bool *there = &m->entities[head].out[r][tail];
    unsigned *dose = &m->entities[head].dose[r][tail];
    kg_str h = name_of(m, head), t = name_of(m, tail), rel = text_of("r%d", r);
    kg_value value = kg_value_integer(below(8));
    kg_status st;
    switch (below(4)) {
    case 0:
        st = kg_writer_delete(w, h, rel, t, &err);
        assert_int_equal(st, *there ? KG_OK : KG_ERR_NOT_FOUND);
        *there = false;
        *dose = 0;
        break;
    case 1:
        st = kg_writer_set_edge_property(w, h, rel, t, KG_STR("dose"), &value, &err);
        assert_int_equal(st, *there ? KG_OK : KG_ERR_NOT_FOUND);
        *dose = *there ? 1U << value.as.integer : 0;
        break;
    default: {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        const kg_property property = {KG_STR("dose"), value};
        s.head = h, s.relation = rel, s.tail = t;
        s.properties = &property, s.n_properties = below(2);
        assert_ok(kg_writer_statement(w, &s, &err));
        *there = true;
        *dose |= s.n_properties ? 1U << value.as.integer : 0;
    }
    }
}

static void change_property(kg_writer *w, model *m, int e) {
    int k = (int)below(KEYS);
    unsigned *bits = &m->entities[e].values[k];
    kg_value value = kg_value_integer(below(8));
    if (below(3)) {
        assert_ok(kg_writer_set_property(w, name_of(m, e), text_of("k%d", k), &value, &err));
        *bits = 1U << value.as.integer;
    } else {
        assert_int_equal(kg_writer_set_property(w, name_of(m, e), text_of("k%d", k), NULL, &err),
                         *bits ? KG_OK : KG_ERR_NOT_FOUND);
        *bits = 0;
    }
}

static void change_names(kg_writer *w, model *m, int e) {
    entity *of = &m->entities[e];
    int a = (int)below(ALIASES), label = 1 + (int)below(4);
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    switch (below(4)) {
    case 0:
        s.head = name_of(m, e), s.label = text_of("alias %d", a);
        assert_ok(kg_writer_statement(w, &s, &err));
        of->aliases[a] = true;
        break;
    case 1:
        assert_int_equal(kg_writer_remove_alias(w, name_of(m, e), text_of("alias %d", a), &err),
                         of->aliases[a] ? KG_OK : KG_ERR_NOT_FOUND);
        of->aliases[a] = false;
        break;
    case 2:
        assert_ok(
            kg_writer_set_label(w, name_of(m, e), text_of("label %d", label), KG_STR(""), &err));
        of->label = label;
        break;
    default:
        assert_int_equal(kg_writer_remove_label(w, name_of(m, e), KG_STR(""), &err),
                         of->label ? KG_OK : KG_ERR_NOT_FOUND);
        of->label = 0;
    }
}

static void change_type(kg_writer *w, model *m, int e) {
    int t = (int)below(TYPES);
    bool *has = &m->entities[e].types[t];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    if (below(2)) {
        s.head = name_of(m, e), s.head_type = text_of("t%d", t);
        assert_ok(kg_writer_statement(w, &s, &err));
        *has = true;
    } else {
        assert_int_equal(kg_writer_remove_type(w, name_of(m, e), text_of("t%d", t), &err),
                         *has ? KG_OK : KG_ERR_NOT_FOUND);
        *has = false;
    }
}

static bool has_edges(const model *m, int e) {
    for (int r = 0; r < RELATIONS; r++)
        for (int t = 0; t < ENTITIES; t++)
            if (m->entities[e].out[r][t] || m->entities[t].out[r][e])
                return true;
    return false;
}

static void forget(model *m, int e) {
    m->entities[e] = (entity){0};
    for (int r = 0; r < RELATIONS; r++)
        for (int t = 0; t < ENTITIES; t++) {
            m->entities[t].out[r][e] = false;
            m->entities[t].dose[r][e] = 0;
        }
}

static void delete_one(kg_writer *w, model *m, int e) {
    bool detach = below(2) == 0, refused = !detach && has_edges(m, e);
    assert_int_equal(kg_writer_delete_entity(w, name_of(m, e), detach, &err),
                     refused ? KG_ERR_EXISTS : KG_OK);
    if (!refused)
        forget(m, e);
}

static void rename_one(kg_writer *w, model *m, int e) {
    int name = (int)below(NAMES);
    bool taken = name != m->entities[e].name && name_is_taken(m, name);
    assert_int_equal(kg_writer_rename(w, KG_ENTITY, name_of(m, e), text_of("e%d", name), &err),
                     taken ? KG_ERR_EXISTS : KG_OK);
    if (!taken)
        m->entities[e].name = name;
}

static void merge_two(kg_writer *w, model *m, int from, int to) {
    if (from == to)
        return;
    assert_ok(kg_writer_merge_entity(w, name_of(m, from), name_of(m, to), &err));
    entity *a = &m->entities[from], *b = &m->entities[to];
    for (int i = 0; i < TYPES; i++)
        b->types[i] = b->types[i] || a->types[i];
    for (int i = 0; i < ALIASES; i++)
        b->aliases[i] = b->aliases[i] || a->aliases[i];
    for (int i = 0; i < KEYS; i++)
        b->values[i] |= a->values[i];
    for (int r = 0; r < RELATIONS; r++) {
        for (int e = 0; e < ENTITIES; e++) /* into it, itself included */
            if (m->entities[e].out[r][from]) {
                m->entities[e].out[r][to] = true;
                m->entities[e].dose[r][to] |= m->entities[e].dose[r][from];
            }
        for (int t = 0; t < ENTITIES; t++)
            if (t != from && a->out[r][t]) {
                b->out[r][t] = true;
                b->dose[r][t] |= a->dose[r][t];
            }
    }
    forget(m, from);
}

static void edit(kg_writer *w, model *m) {
    int e = any_there(m), other = any_there(m);
    if (e < 0 || below(6) == 0) {
        create(w, m);
        return;
    }
    switch (below(20)) {
    case 0:
        delete_one(w, m, e);
        break;
    case 1:
        rename_one(w, m, e);
        break;
    case 2:
        merge_two(w, m, e, other);
        break;
    case 3:
    case 4:
    case 5:
        change_property(w, m, e);
        break;
    case 6:
    case 7:
    case 8:
        change_names(w, m, e);
        break;
    case 9:
    case 10:
        change_type(w, m, e);
        break;
    default:
        change_edge(w, m, e, other);
    }
}

/* ---- New generations ------------------------------------------------------------------------- */

static kg_status fill_pepr(void *context, unsigned char *to, uint32_t *count, kg_id of) {
    (void)to;
    (void)of;
    (void)context;
    *count = 0;
    return KG_OK;
}

static void renew(void) {
    double weights[ENTITIES * 40];
    kg_snapshot *s;
    kg_stats stats;
    uint64_t before, after;
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_snapshot_stats(&stats, s, &err));
    kg_snapshot_end(s);
    const kg_rewrite_options options = {.triples_version = stats.triples_version};
    kg_str key = text_of("k%d", (int)below(KEYS));
    switch (below(6)) {
    case 4:
        kg_store_index(store, key, true, &err);
        break;
    case 5:
        if (below(3) == 0)
            kg_store_index(store, key, false, &err);
        break;
    case 0:
        if (stats.entities > sizeof weights / sizeof *weights)
            return;
        for (uint64_t i = 0; i < stats.entities; i++)
            weights[i] = (double)below(4) / 4;
        assert_ok(kg_rewrite(store, weights, stats.entities, &options, &err));
        break;
    case 1:
        assert_ok(tool_load(NULL, path, &(kg_bulk_options){.append = true}, "", &err));
        break;
    case 2:
        assert_ok(kg_pepr_write(store, fill_pepr, NULL, &options, &err));
        break;
    default:
        assert_ok(kg_store_compact(store, &before, &after, &err));
    }
}

static void test_random_edits(void **state) {
    (void)state;
    static model m, before;
    const char *rounds = getenv("KG_TEST_ROUNDS"), *seed = getenv("KG_TEST_SEED");
    rng = kg_rng_stream(seed ? strtoull(seed, NULL, 10) : 11, 0, 0, 0);
    tool_make_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    memset(&m, 0, sizeof m);
    assert_ok(tool_load(NULL, path, NULL, "R\tr0\t-\nR\tr1\t-\nR\tr2\t-\n", &err));
    assert_ok(kg_store_open(&store, path, &err));
    for (long n = rounds ? strtol(rounds, NULL, 10) : 150; n > 0; n--) {
        kg_writer *w;
        before = m;
        assert_ok(kg_writer_begin(&w, store, &err));
        for (unsigned edits = below(60); edits > 0; edits--)
            edit(w, &m);
        if (below(6) == 0) {
            kg_writer_abort(w);
            m = before;
        } else {
            assert_ok(kg_writer_commit(NULL, w, &err));
        }
        compare(&m);
        if (below(8) == 0) {
            renew();
            compare(&m);
        }
    }
    kg_store_close(store);
    tool_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_edits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
