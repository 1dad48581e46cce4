/* Small transactions against a naive model of the graph, with kg_store_check after each. */
#include "tests/support/sample_store.h"

#include "kgstore/base/rng.h"
#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N_ENTITIES = 40, N_RELATIONS = 3 };

typedef struct fixture {
    char folder[32], path[64];
    kg_store *store;
    kg_error err;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    make_test_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    make_empty_store(f->path);
    assert_int_equal(kg_store_open(&f->store, f->path, &f->err), KG_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    kg_store_close(f->store);
    remove_tree(f->folder);
    free(f);
    return 0;
}

static void tell(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

static void assert_sound(fixture *f) {
    kg_error err = KG_ERROR_INIT;
    if (kg_store_check(f->path, tell, NULL, &err) != KG_OK)
        fail_msg("%s", err.text);
}

#define assert_ok(expression) assert_ok_((expression), &f->err, #expression)

static void assert_ok_(kg_status st, const kg_error *err, const char *expression) {
    if (st != KG_OK)
        fail_msg("%s: %s (%s)", expression, kg_strerror(st), err->text);
}

static kg_statement triple_of(const char *head, const char *relation, const char *tail) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(head);
    s.relation = kg_str_from(relation);
    s.tail = kg_str_from(tail);
    return s;
}

static kg_statement alias_of(const char *head, const char *alias) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.head = kg_str_from(head);
    s.label = kg_str_from(alias);
    return s;
}

static kg_statement entity_of(const char *head, const char *label, const char *type) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = kg_str_from(head);
    s.label = kg_str_from(label);
    s.head_type = kg_str_from(type);
    return s;
}

static void add_one(fixture *f, kg_statement s) {
    kg_writer *w;
    assert_ok(kg_writer_begin(&w, f->store, &f->err));
    assert_ok(kg_writer_statement(w, &s, &f->err));
    assert_ok(kg_writer_commit(NULL, w, &f->err));
}

static kg_snapshot *look(fixture *f) {
    kg_snapshot *s;
    assert_ok(kg_snapshot_begin(&s, f->store, &f->err));
    return s;
}

/* ---- The model: which triples there are ------------------------------------------------------ */

typedef bool model[N_ENTITIES][N_RELATIONS][N_ENTITIES];

static void compare_with_model(fixture *f, const model m) {
    kg_snapshot *s = look(f);
    kg_stats stats;
    uint64_t expected = 0, found = 0;
    char name[16];
    assert_ok(kg_snapshot_stats(&stats, s, &f->err));
    for (int h = 0; h < N_ENTITIES; h++)
        for (int r = 0; r < N_RELATIONS; r++)
            for (int t = 0; t < N_ENTITIES; t++)
                expected += m[h][r][t];
    for (kg_id id = 0; id < stats.entities; id++) {
        kg_str head, relation, tail;
        kg_edges out;
        assert_ok(kg_name_get(&head, s, KG_ENTITY, id));
        assert_ok(kg_entity_edges(&out, NULL, s, id));
        for (uint32_t i = 0; i < out.count; i++) {
            assert_ok(kg_name_get(&relation, s, KG_RELATION, kg_edge_relation(out, i)));
            assert_ok(kg_name_get(&tail, s, KG_ENTITY, kg_edge_entity(out, i)));
            snprintf(name, sizeof name, "%.*s", KG_STR_ARG(relation));
            assert_true(m[atoi(head.data + 1)][atoi(name + 1)][atoi(tail.data + 1)]);
            found++;
        }
    }
    assert_int_equal(stats.triples, expected);
    assert_int_equal(found, expected);
    kg_snapshot_end(s);
}

static void change_at_random(fixture *f, kg_writer *w, model m, kg_rng *rng,
                             kg_write_report *expected) {
    int h = (int)kg_rng_below(rng, N_ENTITIES), t = (int)kg_rng_below(rng, N_ENTITIES);
    int r = (int)kg_rng_below(rng, N_RELATIONS);
    /* Names of fixed width, so that atoi stops at their end. */
    char head[16], relation[16], tail[16];
    snprintf(head, sizeof head, "e%02d", h);
    snprintf(relation, sizeof relation, "r%d", r);
    snprintf(tail, sizeof tail, "e%02d", t);
    if (kg_rng_below(rng, 3) == 0) {
        kg_status st = kg_writer_delete(w, kg_str_from(head), kg_str_from(relation),
                                        kg_str_from(tail), &f->err);
        assert_int_equal(st, m[h][r][t] ? KG_OK : KG_ERR_NOT_FOUND);
        expected->deleted += m[h][r][t];
        m[h][r][t] = false;
        return;
    }
    kg_statement s = triple_of(head, relation, tail);
    assert_ok(kg_writer_statement(w, &s, &f->err));
    expected->duplicates += m[h][r][t];
    expected->added += !m[h][r][t];
    expected->self_loops += !m[h][r][t] && h == t;
    m[h][r][t] = true;
}

static void test_random_changes(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    static model m, before;
    memset(m, 0, sizeof m);
    for (int round = 0; round < 60; round++) {
        kg_writer *w;
        kg_write_report report, expected = {0};
        memcpy(before, m, sizeof m);
        assert_ok(kg_writer_begin(&w, f->store, &f->err));
        for (uint64_t n = kg_rng_below(&rng, 200); n > 0; n--)
            change_at_random(f, w, m, &rng, &expected);
        if (kg_rng_below(&rng, 5) == 0) {
            kg_writer_abort(w);
            memcpy(m, before, sizeof m);
        } else {
            assert_ok(kg_writer_commit(&report, w, &f->err));
            assert_int_equal(report.added, expected.added);
            assert_int_equal(report.deleted, expected.deleted);
            assert_int_equal(report.duplicates, expected.duplicates);
            assert_int_equal(report.self_loops, expected.self_loops);
        }
        compare_with_model(f, m);
        assert_sound(f);
    }
}

/* ---- Order by weight ------------------------------------------------------------------------- */

static kg_status fill_weights(void *context, void *to, size_t size) {
    kg_rng *rng = context;
    double *weights = to;
    for (size_t i = 0; i < size / sizeof *weights; i++)
        weights[i] = (double)kg_rng_below(rng, 4) / 4;
    return KG_OK;
}

/* Weights for the entities there are, as ranking would leave them while there are no triples. */
static void put_weights(fixture *f, kg_rng *rng, uint64_t entities) {
    kg_update u;
    assert_ok(kg_update_begin(&u, f->store, &f->err));
    uint64_t version = u.state.triples_version;
    kg_update_abort(&u);
    assert_ok(
        kg_blob_put(f->store, KG_BLOB_PAGERANK, entities * 8, version, fill_weights, rng, &f->err));
    assert_ok(kg_update_begin(&u, f->store, &f->err));
    u.state.pagerank_version = version;
    assert_ok(kg_update_commit(&u, &f->err));
}

static void test_blocks_stay_in_order_of_weight(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    static model m;
    memset(m, 0, sizeof m);
    kg_writer *w;
    char name[16];
    assert_ok(kg_writer_begin(&w, f->store, &f->err));
    for (int i = 0; i < N_ENTITIES / 2; i++) {
        snprintf(name, sizeof name, "e%02d", i);
        kg_statement s = entity_of(name, "", "");
        assert_ok(kg_writer_statement(w, &s, &f->err));
    }
    assert_ok(kg_writer_commit(NULL, w, &f->err));
    put_weights(f, &rng, N_ENTITIES / 2);
    for (int round = 0; round < 20; round++) {
        kg_write_report ignored = {0};
        assert_ok(kg_writer_begin(&w, f->store, &f->err));
        for (int i = 0; i < 100; i++)
            change_at_random(f, w, m, &rng, &ignored);
        assert_ok(kg_writer_commit(NULL, w, &f->err));
        compare_with_model(f, m);
        assert_sound(f);
    }
    kg_snapshot *s = look(f);
    kg_stats stats;
    assert_ok(kg_snapshot_stats(&stats, s, &f->err));
    assert_true(stats.ranked && stats.rank_stale);
    kg_snapshot_end(s);
}

/* ---- Names, labels, aliases, types ----------------------------------------------------------- */

static kg_id find(kg_snapshot *s, kg_kind kind, const char *name) {
    kg_id id;
    return kg_name_find(&id, s, kind, kg_str_from(name)) == KG_OK ? id : KG_NO_ID;
}

static uint32_t count_alias(kg_snapshot *s, const char *alias) {
    kg_ids ids;
    return kg_alias_find(&ids, s, kg_str_from(alias)) == KG_OK ? ids.count : 0;
}

static void test_labels_and_aliases(void **state) {
    fixture *f = *state;
    add_one(f, entity_of("Gene::2625", "GATA3", "Gene"));
    add_one(f, alias_of("Gene::2625", "HDR"));
    add_one(f, alias_of("Gene::2625", "hdr"));
    add_one(f, alias_of("Gene::2625", "gata3"));
    add_one(f, alias_of("Gene::9", "HDR"));
    add_one(f, alias_of("Gene::9", "HDR"));
    assert_sound(f);
    kg_snapshot *s = look(f);
    kg_stats stats;
    assert_int_equal(count_alias(s, "hdr"), 2);
    assert_int_equal(count_alias(s, "GaTa3"), 1);
    assert_ok(kg_snapshot_stats(&stats, s, &f->err));
    assert_int_equal(stats.aliases, 3);
    assert_int_equal(stats.labels, 1);
    kg_snapshot_end(s);
    /* One more label, which was an alias already: the first stays the label, as in a bulk load. */
    add_one(f, entity_of("Gene::2625", "HDR", ""));
    assert_sound(f);
    s = look(f);
    assert_int_equal(count_alias(s, "GATA3"), 1);
    kg_snapshot_end(s);
    add_one(f, entity_of("Gene::9", "nine", ""));
    add_one(f, entity_of("Gene::9", "neun", ""));
    assert_sound(f);
    s = look(f);
    kg_str label;
    assert_int_equal(count_alias(s, "nine"), 1);
    assert_int_equal(count_alias(s, "neun"), 1);
    assert_ok(kg_label_get(&label, s, KG_ENTITY, find(s, KG_ENTITY, "Gene::9")));
    assert_true(kg_str_equal(label, KG_STR("nine")));
    kg_snapshot_end(s);
}

static void test_types(void **state) {
    fixture *f = *state;
    kg_statement t = triple_of("a", "r", "b");
    t.head_type = KG_STR("T1");
    t.tail_type = KG_STR("T2");
    add_one(f, t);
    add_one(f, entity_of("a", "", "T2"));
    add_one(f, entity_of("a", "", "T1"));
    kg_snapshot *s = look(f);
    kg_types types;
    assert_ok(kg_entity_types(&types, s, find(s, KG_ENTITY, "a")));
    assert_int_equal(types.count, 2);
    assert_int_equal(kg_types_at(types, 0), find(s, KG_TYPE, "T1"));
    assert_int_equal(kg_types_at(types, 1), find(s, KG_TYPE, "T2"));
    kg_snapshot_end(s);
    assert_sound(f);
}

static void test_long_names(void **state) {
    fixture *f = *state;
    enum { LONG = 2000 };
    char a[LONG + 1], b[LONG + 1];
    memset(a, 'x', LONG);
    a[LONG] = '\0';
    memcpy(b, a, sizeof a);
    b[LONG - 1] = 'y';
    add_one(f, triple_of(a, "r", b));
    add_one(f, alias_of(a, b));
    assert_sound(f);
    kg_snapshot *s = look(f);
    assert_int_equal(find(s, KG_ENTITY, a), 0);
    assert_int_equal(find(s, KG_ENTITY, b), 1);
    kg_snapshot_end(s);
}

/* ---- What is refused ------------------------------------------------------------------------- */

static void test_refused(void **state) {
    fixture *f = *state;
    kg_writer *w;
    static char text[70000];
    memset(text, 'x', sizeof text - 1);
    assert_ok(kg_writer_begin(&w, f->store, &f->err));
    kg_statement long_name = triple_of(text, "r", "b"), no_tail = triple_of("a", "r", "");
    kg_statement undeclared = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    kg_statement weight = KG_STATEMENT_INIT(KG_STATEMENT_WEIGHT);
    undeclared.by_id = true;
    undeclared.head_id = undeclared.relation_id = undeclared.tail_id = 3;
    weight.head = KG_STR("a");
    assert_int_equal(kg_writer_statement(w, &long_name, &f->err), KG_ERR_FORMAT);
    assert_int_equal(kg_writer_statement(w, &no_tail, &f->err), KG_ERR_FORMAT);
    assert_int_equal(kg_writer_statement(w, &undeclared, &f->err), KG_ERR_FORMAT);
    assert_string_equal(f->err.text, "the entity id 3 was not declared before");
    assert_int_equal(kg_writer_statement(w, &weight, &f->err), KG_ERR_UNSUPPORTED);
    assert_int_equal(kg_writer_delete(w, KG_STR("a"), KG_STR("r"), KG_STR("b"), &f->err),
                     KG_ERR_NOT_FOUND);
    assert_string_equal(f->err.text, "the store has no entity a");
    /* Nothing was written: the version of the triples stays. */
    assert_ok(kg_writer_commit(NULL, w, &f->err));
    kg_snapshot *s = look(f);
    kg_stats stats;
    assert_ok(kg_snapshot_stats(&stats, s, &f->err));
    assert_int_equal(stats.triples_version, 1);
    assert_int_equal(stats.entities, 0);
    kg_snapshot_end(s);
}

static void test_ids_of_the_source(void **state) {
    fixture *f = *state;
    kg_writer *w;
    add_one(f, triple_of("x", "q", "y"));
    kg_statement a = entity_of("a", "", ""), x = entity_of("x", "", "");
    kg_statement r = KG_STATEMENT_INIT(KG_STATEMENT_RELATION);
    kg_statement t = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    a.head_id = 0;
    x.head_id = 4000000000U;
    r.relation = KG_STR("r");
    r.relation_id = 7;
    t.by_id = true;
    t.head_id = 4000000000U;
    t.relation_id = 7;
    t.tail_id = 0;
    assert_ok(kg_writer_begin(&w, f->store, &f->err));
    assert_ok(kg_writer_statement(w, &a, &f->err));
    assert_ok(kg_writer_statement(w, &x, &f->err));
    assert_ok(kg_writer_statement(w, &r, &f->err));
    assert_ok(kg_writer_statement(w, &t, &f->err));
    assert_ok(kg_writer_commit(NULL, w, &f->err));
    kg_snapshot *s = look(f);
    kg_edges in;
    assert_ok(kg_entity_edges(NULL, &in, s, find(s, KG_ENTITY, "a")));
    assert_int_equal(in.count, 1);
    assert_int_equal(kg_edge_entity(in, 0), find(s, KG_ENTITY, "x"));
    kg_snapshot_end(s);
    assert_sound(f);
}

static void test_limit(void **state) {
    fixture *f = *state;
    kg_writer *w;
    kg_status st = KG_OK;
    int n = 0;
    assert_ok(kg_writer_begin(&w, f->store, &f->err));
    for (; st == KG_OK && n < 1000000; n++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", n);
        kg_statement s = triple_of(name, "r", "hub");
        st = kg_writer_statement(w, &s, &f->err);
    }
    assert_int_equal(st, KG_ERR_LIMIT);
    assert_true(n > 1000);
    kg_writer_abort(w);
    assert_sound(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_blocks_stay_in_order_of_weight, setup, teardown),
        cmocka_unit_test_setup_teardown(test_labels_and_aliases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids_of_the_source, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
