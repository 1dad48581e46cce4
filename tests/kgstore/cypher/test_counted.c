/* Paths counted by their ends (op_count.c), and edges by what they join (op_schema.c), beside the
 * same paths given one by one: a name for the path keeps the planner from counting. Random graphs
 * with parallel edges, loops, shared names. */
#include "kgstore/cypher.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { GRAPHS = 12, NODES = 14, MAX_ROWS = 512, ROW = 160 };

/* %s: where the path may get a name. */
static const char *const QUERIES[] = {
    "MATCH %s(a)-[:R]->(b)<-[:R]-(c) RETURN a.id, c.id, count(*) AS k",
    "MATCH %s(a)-[:R]->(b)<-[:R]-(c) WHERE a.id < c.id RETURN a.id, c.id, count(*) AS k",
    "MATCH %s(a)-[:R]->(b)<-[:S]-(c) WHERE c.id < a.id RETURN a.id, c.id, count(*) AS k",
    "MATCH %s(a)-[:R|S]-(b)-[:S]-(c) RETURN a.id, c.id, count(*) AS k",
    "MATCH %s(a)-[]-(b)-[]-(c) RETURN a.name, c.name, count(*) AS k",
    "MATCH %s(a)-[]-(b)-[]-(c) WHERE a <> c RETURN a.name, c.id, count(b) AS k",
    "MATCH %s(a)-[]->(b)-[]->(c) RETURN a.id, count(*) AS k",
    "MATCH %s(a)-[]->(b)<-[]-(c) RETURN c.id, c.name, labels(c), count(*) AS k",
    "MATCH %s(a)-[]->(b)<-[]-(c) RETURN c.name, count(*) AS k",
    "MATCH %s(a:X)-[:R]->(b)-[:S]->(c:Y) RETURN a.id, c.id, count(DISTINCT b) AS k",
    "MATCH %s(a)-[:R]->(b:X)-[:S]->(c:Y) WHERE b.id > 'n03' RETURN a, c, count(DISTINCT b.id) AS k",
    "MATCH %s(a)-[r]-(b) RETURN a.id, count(*) AS k",
    "MATCH %s(a)-[r]-(b) RETURN a.name, b.name, count(*) AS k",
    "MATCH %s(a)-[:R]->(b:Y) RETURN a.id, count(DISTINCT b) AS k",
    ("MATCH %s(a)-[]-(b)-[]-(c) WITH a, c, count(*) AS k WHERE k >= 3 AND a.id <> c.id "
     "RETURN a.id, c.id, k"),
    ("MATCH %s(a)-[]-(b)-[]-(c) WITH a, count(*) AS k ORDER BY k DESC, a.id SKIP 1 LIMIT 4 "
     "RETURN a.id, k"),
    ("MATCH %s(a)-[]-(b)-[]-(c) RETURN a.name, c.name, count(*) AS k "
     "ORDER BY k DESC, a.name, c.name LIMIT 5"),
    "MATCH %s(a)-[r]->(b) UNWIND labels(a) AS x UNWIND labels(b) AS y RETURN x,type(r),y,count(*)",
    "MATCH %s(a)<-[r]-(b) UNWIND labels(b) AS y UNWIND labels(a) AS x RETURN y, x, count(r) AS k",
    "MATCH %s(a)-[r]->(b) UNWIND labels(b) AS y RETURN type(r) AS t, count(*) AS k",
    "MATCH %s(a)-[r:S|T]->(b) UNWIND labels(b) AS y RETURN y, count(*) AS k",
    "MATCH %s(a:X)-[r]->(b:Y|Z) RETURN type(r) AS t, count(b) AS k",
    "MATCH %s(a)<-[r:R]-(b:!X) UNWIND labels(a) AS x RETURN x, count(*) AS n, count(a) AS k",
    "MATCH %s(a)-[r:NOT_THERE]->(b) RETURN type(r) AS t, count(*) AS k",
    "MATCH %s(a)-[r]->(b) UNWIND labels(a) AS x WITH x, count(*) AS k WHERE k > 5 RETURN x, k",
    "MATCH %s(a)-[:T]->(b)-[:NOT_THERE]->(c) RETURN a.id, count(*) AS k",
};

static kg_error err;
static char folder[32], path[64];

static void give(kg_bulk *bulk, kg_statement s) {
    assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
}

static kg_str name_of(char *buffer, const char *form, int i) {
    return (kg_str){buffer, (size_t)snprintf(buffer, 16, form, i)};
}

/* Some without a name of their own, which have neither `id` nor `name`. */
static kg_str identifier_of(char *buffer, int i, bool blank) {
    return name_of(buffer, blank && i % 5 == 0 ? "_:%02d" : "n%02d", i);
}

static void make_graph(unsigned seed, bool blank) {
    static const char *const RELATIONS[] = {"R", "S", "T"};
    kg_bulk *bulk;
    const kg_bulk_options options = {0};
    kg_bulk_report report;
    char a[16], b[16];
    remove_tree(path);
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, &err), KG_OK);
    for (int i = 0; i < NODES; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.head = identifier_of(a, i, blank);
        if (rand_r(&seed) % 5)
            s.head_type = rand_r(&seed) % 2 ? KG_STR("X") : KG_STR("Y");
        if (!blank || i % 5 != 0)
            s.label = name_of(b, "name%d", (int)(rand_r(&seed) % NODES)); /* some are shared */
        give(bulk, s);
        s.head_type = KG_STR("Z"); /* some have two types, some have none */
        if (rand_r(&seed) % 3 == 0)
            give(bulk, s);
    }
    for (int i = 0; i < NODES * 4; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        s.head = identifier_of(a, (int)(rand_r(&seed) % NODES), blank);
        s.relation = kg_str_from(RELATIONS[rand_r(&seed) % 3]);
        s.tail = identifier_of(b, (int)(rand_r(&seed) % NODES), blank);
        give(bulk, s);
    }
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
}

/* ---- Answers --------------------------------------------------------------------------------- */

typedef struct answer {
    char rows[MAX_ROWS][ROW];
    size_t n;
    bool counted, reached;
} answer;

static void show_cell(char *row, const kg_cell *cell) {
    size_t n = strlen(row);
    char *to = row + n;
    size_t room = ROW - n;
    if (cell->kind == KG_CELL_INTEGER)
        snprintf(to, room, "%lld|", (long long)cell->as.integer);
    else if (cell->kind == KG_CELL_TEXT)
        snprintf(to, room, "%.*s|", KG_STR_ARG(cell->as.text));
    else
        snprintf(to, room, "%d|", (int)cell->kind);
}

static int compare_rows(const void *a, const void *b) {
    return strcmp(a, b);
}

static void ask(answer *out, kg_store *store, const char *form, const char *path_name) {
    char text[400];
    kg_cypher *cypher;
    kg_cypher_query *query;
    bool row = true;
    snprintf(text, sizeof text, form, path_name);
    assert_int_equal(kg_cypher_begin(&cypher, store, NULL, &err), KG_OK);
    assert_int_equal(kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, &err), KG_OK);
    char *plan = kg_cypher_plan(query, false);
    out->counted = strstr(plan, "Count") != NULL;
    out->reached = strstr(plan, "Reach") || strstr(plan, "ExpandOnce");
    free(plan);
    out->n = 0;
    for (;;) {
        kg_status st = kg_cypher_step(&row, query, &err);
        if (st != KG_OK)
            fail_msg("%s: status %d", text, (int)st);
        if (!row)
            break;
        assert_true(out->n < MAX_ROWS);
        out->rows[out->n][0] = '\0';
        for (size_t i = 0; i < kg_cypher_columns(query); i++) {
            kg_cell cell;
            assert_int_equal(kg_cypher_column(&cell, query, i), KG_OK);
            show_cell(out->rows[out->n], &cell);
        }
        out->n++;
    }
    qsort(out->rows, out->n, ROW, compare_rows);
    kg_cypher_free(query);
    kg_cypher_end(cypher);
}

static void assert_same_rows(const char *form, const answer *a, const answer *b) {
    if (a->n != b->n)
        fail_msg("%s: %zu rows, %zu expected", form, a->n, b->n);
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(a->rows[i], b->rows[i]) != 0)
            fail_msg("%s: %s, expected %s", form, a->rows[i], b->rows[i]);
}

static void compare(kg_store *store, const char *form, bool blank) {
    static answer counted, given;
    ask(&counted, store, form, "");
    ask(&given, store, form, "path = ");
    assert_true(counted.counted || blank);
    assert_false(given.counted);
    assert_same_rows(form, &counted, &given);
}

static void test_counting_answers_as_walking_does(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= GRAPHS; seed++) {
        kg_store *store;
        bool blank = seed % 3 == 0;
        make_graph(seed, blank);
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        for (size_t i = 0; i < sizeof QUERIES / sizeof *QUERIES; i++)
            compare(store, QUERIES[i], blank);
        kg_store_close(store);
    }
}

/* Nodes of which it does not matter how often they are reached, beside every path to them. */
static void test_reaching_answers_as_walking_does(void **state) {
    static const char *const REACHED[] = {
        "MATCH %s(a {id: 'n03'})-[*1..4]-(b) RETURN DISTINCT b.id",
        "MATCH %s(a {id: 'n07'})-[:R*1..3]-(b) RETURN count(DISTINCT b.id)",
        "MATCH %s(a {id: 'n07'})-[:S|T*1..2]-(b) RETURN DISTINCT b",
        "MATCH %s(a:Z)-[:R*]-(b) RETURN DISTINCT b.id",
        "MATCH %s(a:X)-[:S*1..3]->(b) RETURN DISTINCT b.id",
        "MATCH %s(a:X)<-[:T*0..3]-(b) WITH DISTINCT b RETURN b.id, labels(b)",
        "MATCH %s(a:Y)-[*0..2]-(b:X) RETURN count(DISTINCT b), min(b.id), max(b.name)",
        "MATCH %s(a:Y)-[:T*2..3]->(b) RETURN DISTINCT b.id",
        "MATCH %s(a {id: 'n02'})-[:R|S*1..1]-(b) RETURN count(DISTINCT b.id)",
        "MATCH %s(a:Z)-[]-(b)-[:NONE*1..2]->(c) RETURN count(DISTINCT c)",
        "MATCH %s(a:Z)-[:R]->(b) WHERE b.id > 'n04' RETURN count(DISTINCT b)",
        "MATCH (a:Z)--(b) MATCH %s(b)-[:S]->(c) MATCH (c)-[:T*1..2]-(d) RETURN DISTINCT d.id",
        "MATCH (a:Z)--(b) MATCH %s(b)-[:S]->(c) RETURN count(DISTINCT c), count(DISTINCT c.id)",
        "MATCH (a:Z)--(b) OPTIONAL MATCH %s(b)-[:S]->(c) RETURN count(DISTINCT c)",
        "MATCH (a:X)-->(b) RETURN count(b)%.0s",
        "MATCH (b:X) RETURN count(b), count(DISTINCT b.id)%.0s",
    };
    static answer once, given;
    unsigned reached = 0;
    (void)state;
    for (unsigned seed = 1; seed <= GRAPHS; seed++) {
        kg_store *store;
        make_graph(seed, seed % 3 == 0);
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        for (size_t i = 0; i < sizeof REACHED / sizeof *REACHED; i++) {
            ask(&once, store, REACHED[i], "");
            ask(&given, store, REACHED[i], "path = ");
            reached += once.reached;
            assert_same_rows(REACHED[i], &once, &given);
        }
        kg_store_close(store);
    }
    assert_true(reached >= GRAPHS * 12);
}

/* Between nodes that stay the same for many rows, and those that are looked up before them. */
static void test_known_ends_meet(void **state) {
    static const char *const PAIRS[][2] = {
        {"MATCH %s(a {id: 'n01'})-[]-(n)-[]-(b {id: 'n02'}) RETURN n.id",
         "MATCH (a)-[r]-(n)-[s]-(b) WHERE a.id STARTS WITH 'n01' AND b.id STARTS WITH 'n02' "
         "RETURN n.id%.0s"},
        {"MATCH (a)-[:R]->(b)-[:S]->(c), (a)-[:T]->(c) RETURN a.id, b.id, c.id%.0s",
         "MATCH (a)-[:R]->(b)-[:S]->(c) MATCH (x)-[:T]->(y) WHERE x = a AND y = c "
         "RETURN a.id, b.id, c.id%.0s"},
        {"MATCH (a)-[]-(b), (c {id: 'n04'}) MATCH (b)-[]-(c) RETURN a.id, b.id%.0s",
         "MATCH (a)-[]-(b) MATCH (b)-[]-(c) WHERE c.id STARTS WITH 'n04' "
         "RETURN a.id, b.id%.0s"},
    };
    static answer one, other;
    (void)state;
    for (unsigned seed = 1; seed <= GRAPHS; seed++) {
        kg_store *store;
        make_graph(seed, false);
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
            ask(&one, store, PAIRS[i][0], "");
            ask(&other, store, PAIRS[i][1], "");
            assert_same_rows(PAIRS[i][0], &one, &other);
        }
        kg_store_close(store);
    }
}

/* COUNT { (n)-->() } is a number in the store; of a named path it has to be walked. */
static void test_edges_of_a_node(void **state) {
    static const char *const PATTERNS[] = {"(n)-->()",      "(n)<--()",       "(n)--()",
                                           "(n)-[:R]->()",  "()-[:S|T]->(n)", "(n)-[:R]-()",
                                           "(n)-[:NONE]-()"};
    static answer counted, given;
    (void)state;
    for (unsigned seed = 1; seed <= GRAPHS; seed++) {
        kg_store *store;
        make_graph(seed, false);
        assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
        for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
            char form[200];
            snprintf(form, sizeof form, "MATCH (n) RETURN n.id, COUNT { %%s%s } AS k", PATTERNS[i]);
            ask(&counted, store, form, "");
            ask(&given, store, form, "path = ");
            assert_same_rows(form, &counted, &given);
        }
        kg_store_close(store);
    }
}

static void make_many(int n) {
    kg_bulk *bulk;
    const kg_bulk_options options = {0};
    kg_bulk_report report;
    char name[16];
    remove_tree(path);
    assert_int_equal(kg_bulk_begin(&bulk, path, &options, &err), KG_OK);
    for (int i = 0; i < n; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.head = name_of(name, "m%05d", i);
        s.head_type = i % 3 ? KG_STR("X") : KG_STR("Y");
        give(bulk, s);
    }
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
}

static int64_t ask_number(kg_cypher *cypher, const char *text) {
    kg_cypher_query *query;
    kg_cell cell = {KG_CELL_INTEGER, {.integer = -1}};
    bool row;
    assert_int_equal(kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, &err), KG_OK);
    assert_int_equal(kg_cypher_step(&row, query, &err), KG_OK);
    if (row && kg_cypher_columns(query) > 0)
        assert_int_equal(kg_cypher_column(&cell, query, 0), KG_OK);
    while (row)
        assert_int_equal(kg_cypher_step(&row, query, &err), KG_OK);
    kg_cypher_free(query);
    return cell.as.integer;
}

/* Nodes of a label come from a list once many were looked at, or the label is asked for again; what
 * the query has changed is on no list. */
static void test_labels_of_many_nodes(void **state) {
    enum { MANY = 9000, Y = MANY / 3 };
    static const char COUNT[] = "MATCH (n:Y) WHERE n.id <> '' RETURN count(n)";
    kg_store *store;
    kg_cypher *cypher;
    (void)state;
    make_many(MANY);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    const kg_cypher_options options = {.write = true};
    assert_int_equal(kg_cypher_begin(&cypher, store, &options, &err), KG_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask_number(cypher, COUNT), Y);
    ask_number(cypher, "MATCH (a {id: 'm00000'}), (b {id: 'm00001'}), (c {id: 'm08997'}) "
                       "REMOVE a:Y SET b:Y DELETE c CREATE (d:Y {elementId: 'd'}), (e:Y:New)");
    ask_number(cypher, "MATCH (b {id: 'm00001'}), (a {id: 'm00003'}) SET b.z = 1, a.z = 1, a:New");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask_number(cypher, COUNT), Y); /* e has no id */
        assert_int_equal(ask_number(cypher, "MATCH (n:Y) RETURN count(*)"), Y + 1);
        assert_int_equal(ask_number(cypher, "MATCH (n:New) RETURN count(*)"), 2);
        assert_int_equal(ask_number(cypher, "MATCH (n:Y) RETURN sum(n.z)"), 2);
    }
    ask_number(cypher, "UNWIND range(1, 40) AS i MERGE (n:New {z: i % 8})");
    assert_int_equal(ask_number(cypher, "MATCH (n:New) RETURN count(*)"), 2 + 7);
    kg_cypher_end(cypher);
    kg_store_close(store);
}

/* What the ends and one count do not tell has to be walked. */
static void test_what_cannot_be_counted_is_walked(void **state) {
    static const char *const WALKED[] = {
        "MATCH %s(a)-[r]->(b) RETURN type(r), b.id, count(*)",
        "MATCH %s(a)-[r]->(b) UNWIND labels(a) AS x RETURN x + type(r), count(*)",
        "MATCH %s(a)-[r]-(b) RETURN type(r), count(*)",
        "MATCH %s(a)-[r]->(b) UNWIND labels(a) AS x RETURN x, count(DISTINCT r)",
        "MATCH %s(a)-[]->(b)-[]->(c) RETURN count(*)",
        "MATCH %s(a)-[]->(b) RETURN a.id, collect(b.id)",
        "MATCH %s(a {id: 'n01'})-[]->(b) RETURN a.id, count(*)",
        "MATCH %s(a)-[]->(b)-[]->(c) RETURN a.id, c.id, count(DISTINCT b)",
        "MATCH %s(a)-[*1..2]->(b) RETURN a.id, count(*)",
    };
    static answer got;
    kg_store *store;
    (void)state;
    make_graph(1, false);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    for (size_t i = 0; i < sizeof WALKED / sizeof *WALKED; i++) {
        ask(&got, store, WALKED[i], "");
        assert_false(got.counted);
    }
    kg_store_close(store);
}

/* A pattern in WITH ... WHERE and in ORDER BY begins at what is projected, as one in a clause
 * behind does. */
static void test_patterns_behind_a_projection_see_its_items(void **state) {
    static const char *const PAIRS[][2] = {
        {"MATCH %s(a)-[]->(b)<-[]-(c) WITH a, c, count(*) AS k "
         "WHERE k > 1 AND NOT EXISTS { MATCH (c)-[:R]->(a) } RETURN a.id, c.id",
         "MATCH %s(a)-[]->(b)<-[]-(c) WITH a, c, count(*) AS k WHERE k > 1 "
         "WITH a AS x, c AS y MATCH (x) WHERE NOT (y)-[:R]->(x) RETURN x.id, y.id"},
        {"MATCH %s(a)-[:R]->(b) WITH a, count(DISTINCT b) AS k "
         "WHERE COUNT { MATCH (a)-[]->()-[]->() } > 9 RETURN a.id, k",
         "MATCH %s(a)-[:R]->(b) WITH a, count(DISTINCT b) AS k MATCH (a)-[]->(x)-[]->(y) "
         "WITH a, k, count(*) AS n WHERE n > 9 RETURN a.id, k"},
        {"MATCH %s(a) WITH a AS b WHERE (b)-[:S]->() RETURN b.id",
         "MATCH %s(a)-[:S]->() RETURN DISTINCT a.id"},
        {"MATCH %s(a) WITH a AS b ORDER BY COUNT { (b)-->() } DESC, b.id LIMIT 3 RETURN b.id",
         "MATCH %s(a) OPTIONAL MATCH (a)-[r]->() WITH a, count(r) AS k ORDER BY k DESC, a.id "
         "LIMIT 3 RETURN a.id"},
    };
    static answer one, other;
    kg_store *store;
    (void)state;
    make_graph(5, false);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        ask(&one, store, PAIRS[i][0], "");
        ask(&other, store, PAIRS[i][1], "");
        assert_true(other.n > 0);
        assert_same_rows(PAIRS[i][0], &one, &other);
    }
    kg_store_close(store);
}

int main(void) {
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counting_answers_as_walking_does),
        cmocka_unit_test(test_reaching_answers_as_walking_does),
        cmocka_unit_test(test_known_ends_meet),
        cmocka_unit_test(test_edges_of_a_node),
        cmocka_unit_test(test_labels_of_many_nodes),
        cmocka_unit_test(test_what_cannot_be_counted_is_walked),
        cmocka_unit_test(test_patterns_behind_a_projection_see_its_items),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_tree(folder);
    return failed;
}
