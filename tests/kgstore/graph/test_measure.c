/* Measures by igraph against naive ones, and what is kept of them in a store. */
#include "tests/support/sample_store.h"

#include "kgstore/base/rng.h"
#include "kgstore/base/module.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { N = 60, M = 90 };

static kg_module *module;
static const kg_ranker *ranker;
static kg_error err;
static char folder[32], path[64];

static void assert_ok(kg_status st) {
    if (st != KG_OK)
        fail_msg("%s: %s", kg_strerror(st), err.text);
}

static int open_bridge(void **state) {
    (void)state;
    assert_ok(kg_module_open(&module, "kg_rank_igraph.so", &err));
    assert_ok(kg_module_symbol(&ranker, module, "kg_ranker_igraph", &err));
    return 0;
}

static int close_bridge(void **state) {
    (void)state;
    kg_module_close(module);
    return 0;
}

/* ---- Against naive ones ---------------------------------------------------------------------- */

static kg_id edges[2 * M];
static const kg_rank_input input = {.n_entities = N, .n_edges = M, .edges = edges};

static void draw_edges(uint64_t seed) {
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    for (int i = 0; i < 2 * M; ++i)
        edges[i] = (kg_id)(N * kg_rng_uniform(&rng) * (i % 3 ? 1 : 0.4));
}

static void test_components(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 30; ++seed) {
        double out[N];
        kg_id part[N];
        draw_edges(seed);
        assert_ok(ranker->measure(out, &input, KG_MEASURE_COMPONENTS, 0, &err));
        for (kg_id v = 0; v < N; ++v)
            part[v] = v;
        for (bool moved = true; moved;) {
            moved = false;
            for (int i = 0; i < M; ++i) {
                kg_id *a = &part[edges[2 * i]], *b = &part[edges[2 * i + 1]];
                moved = moved || *a != *b;
                *a = *b = *a < *b ? *a : *b;
            }
        }
        for (int v = 0; v < N; ++v)
            for (int u = 0; u < N; ++u)
                assert_int_equal(out[v] == out[u], part[v] == part[u]);
    }
}

/* Peel what has fewer than k edges to those that are left, loops counting twice. */
static void test_cores(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 30; ++seed) {
        double out[N], core[N] = {0};
        bool left[N];
        draw_edges(seed);
        for (int i = 0; i < M; ++i) /* igraph's core takes no loops */
            if (edges[2 * i] == edges[2 * i + 1])
                edges[2 * i + 1] = (edges[2 * i] + 1) % N;
        assert_ok(ranker->measure(out, &input, KG_MEASURE_CORE, 0, &err));
        memset(left, true, sizeof left);
        for (int k = 1; k < M; ++k)
            for (bool peeled = true; peeled;) {
                int degree[N] = {0};
                peeled = false;
                for (int i = 0; i < M; ++i)
                    if (left[edges[2 * i]] && left[edges[2 * i + 1]]) {
                        degree[edges[2 * i]]++;
                        degree[edges[2 * i + 1]]++;
                    }
                for (int v = 0; v < N; ++v)
                    if (left[v] && degree[v] < k) {
                        left[v] = false;
                        peeled = true;
                        core[v] = k - 1;
                    }
            }
        for (int v = 0; v < N; ++v)
            assert_true(out[v] == core[v]);
    }
}

/* How many shortest paths lead from s to every entity, and how far they are; -1: nowhere. */
static void count_paths(double paths[N], int distance[N], int s, bool both_ways) {
    for (int v = 0; v < N; ++v) {
        paths[v] = v == s;
        distance[v] = v == s ? 0 : -1;
    }
    for (int d = 0; d < N; ++d)
        for (int i = 0; i < 2 * M; ++i) {
            kg_id from = edges[i], to = edges[i ^ 1];
            if ((i % 2 && !both_ways) || distance[from] != d ||
                (distance[to] >= 0 && distance[to] <= d))
                continue;
            distance[to] = d + 1;
            paths[to] += paths[from];
        }
}

static void test_betweenness(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        double out[N], wanted[N] = {0};
        static double paths[N][N];
        static int distance[N][N];
        kg_rank_input in = input;
        in.undirected = seed % 2;
        draw_edges(seed);
        assert_ok(ranker->measure(out, &in, KG_MEASURE_BETWEENNESS, 0, &err));
        for (int s = 0; s < N; ++s)
            count_paths(paths[s], distance[s], s, in.undirected);
        for (int s = 0; s < N; ++s)
            for (int t = 0; t < N; ++t)
                for (int v = 0; v < N; ++v)
                    if (s != t && v != s && v != t && distance[s][t] >= 0 && distance[s][v] >= 0 &&
                        distance[v][t] >= 0 && distance[s][v] + distance[v][t] == distance[s][t])
                        wanted[v] += paths[s][v] * paths[v][t] / paths[s][t];
        for (int v = 0; v < N; ++v)
            assert_true(fabs(out[v] - wanted[v] / (in.undirected ? 2 : 1)) < 1e-9);
        /* As many samples as entities are all; fewer give about as much in sum. */
        double all = 0, some = 0, sampled[N];
        assert_ok(ranker->measure(sampled, &in, KG_MEASURE_BETWEENNESS, N - 5, &err));
        for (int v = 0; v < N; ++v) {
            all += out[v];
            some += sampled[v];
        }
        assert_true(some > 0.5 * all && some < 2 * all);
    }
}

static void test_hits(void **state) {
    (void)state;
    double out[6], hubs[3] = {1, 1, 1}, authorities[3];
    static const kg_id few[] = {0, 1, 0, 2, 1, 2, 2, 2};
    const kg_rank_input in = {.n_entities = 3, .n_edges = 4, .edges = few};
    assert_ok(ranker->measure(out, &in, KG_MEASURE_HITS, 0, &err));
    for (int round = 0; round < 200; ++round)
        for (int side = 0; side < 2; ++side) {
            double *to = side ? hubs : authorities, *from = side ? authorities : hubs, most = 0;
            memset(to, 0, 3 * sizeof *to);
            for (int i = 0; i < 4; ++i)
                to[few[2 * i + !side]] += from[few[2 * i + side]];
            for (int v = 0; v < 3; ++v)
                most = to[v] > most ? to[v] : most;
            for (int v = 0; v < 3; ++v)
                to[v] /= most;
        }
    for (int v = 0; v < 3; ++v)
        assert_true(fabs(out[v] - hubs[v]) < 1e-6 && fabs(out[3 + v] - authorities[v]) < 1e-6);
}

/* ---- In a store ------------------------------------------------------------------------------ */

static int make_store(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    make_empty_store(path);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

/* Two triangles with an edge between them, a pair, and an entity that goes. */
static kg_store *fill_store(void) {
    static const char *const triples[][2] = {{"p", "q"}, {"x", "a"}, {"a", "b"}, {"b", "c"},
                                             {"c", "a"}, {"c", "d"}, {"d", "e"}, {"e", "f"},
                                             {"f", "d"}, {"x", "p"}};
    kg_store *store;
    kg_writer *w;
    assert_ok(kg_store_open(&store, path, &err));
    assert_ok(kg_writer_begin(&w, store, &err));
    for (size_t i = 0; i < sizeof triples / sizeof *triples; ++i) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        s.head = kg_str_from(triples[i][0]), s.relation = KG_STR("to");
        s.tail = kg_str_from(triples[i][1]);
        assert_ok(kg_writer_statement(w, &s, &err));
    }
    assert_ok(kg_writer_delete_entity(w, KG_STR("x"), true, &err));
    const kg_value old = kg_value_string(KG_STR("old"), KG_STR(""));
    assert_ok(kg_writer_set_property(w, KG_STR("p"), KG_STR("component"), &old, &err));
    assert_ok(kg_writer_set_property(w, KG_STR("p"), KG_STR("kept"), &old, &err));
    assert_ok(kg_writer_commit(NULL, w, &err));
    return store;
}

static bool value_of(kg_value *value, kg_snapshot *s, const char *entity, const char *key) {
    kg_id id, key_id;
    kg_properties properties;
    assert_ok(kg_name_find(&id, s, KG_ENTITY, kg_str_from(entity)));
    assert_ok(kg_entity_properties(&properties, s, id));
    return kg_name_find(&key_id, s, KG_KEY, kg_str_from(key)) == KG_OK &&
           kg_properties_find(value, properties, key_id);
}

static int64_t number_of(kg_snapshot *s, const char *entity, const char *key) {
    kg_value value;
    if (!value_of(&value, s, entity, key) || value.kind != KG_VALUE_INTEGER)
        return -1;
    return value.as.integer;
}

static void test_kept_as_properties(void **state) {
    (void)state;
    kg_store *store = fill_store();
    kg_snapshot *s;
    kg_stats before, after;
    kg_value value;
    const kg_rank_options options = {.ranker = ranker};
    assert_ok(kg_snapshot_begin(&s, store, &err));
    assert_ok(kg_snapshot_stats(&before, s, &err));
    for (int measure = KG_MEASURE_COMPONENTS; measure <= KG_MEASURE_CORE; ++measure)
        for (int twice = 0; twice < 2; ++twice) {
            assert_ok(kg_store_measure(store, &options, (kg_measure)measure, 0, &err));
            if (kg_store_check(path, NULL, NULL, &err) != KG_OK)
                fail_msg("measure %d: %s", measure, err.text);
        }
    assert_ok(kg_snapshot_renew(NULL, s, &err));
    assert_ok(kg_snapshot_stats(&after, s, &err));
    assert_int_equal(after.triples_version, before.triples_version);
    assert_int_equal(number_of(s, "a", "component"), 0);
    assert_int_equal(number_of(s, "f", "component"), 0);
    assert_int_equal(number_of(s, "p", "component"), 1);
    assert_true(value_of(&value, s, "p", "kept"));
    assert_int_equal(number_of(s, "a", "community"), number_of(s, "b", "community"));
    assert_int_not_equal(number_of(s, "a", "community"), number_of(s, "e", "community"));
    assert_int_equal(number_of(s, "p", "community"), 2);
    assert_int_equal(number_of(s, "a", "core"), 2);
    assert_int_equal(number_of(s, "q", "core"), 1);
    assert_true(value_of(&value, s, "c", "betweenness") && value.kind == KG_VALUE_FLOAT &&
                value.as.real > 5);
    assert_true(value_of(&value, s, "c", "hub") && value_of(&value, s, "q", "authority"));
    kg_snapshot_end(s);
    kg_store_close(store);
}

static void test_what_is_refused(void **state) {
    (void)state;
    kg_store *store = fill_store();
    kg_ranker other = *ranker;
    kg_rank_options options = {.edge_weight = KG_STR("w")};
    assert_int_equal(kg_store_measure(store, &options, KG_MEASURE_CORE, 0, &err), KG_ERR_ARGUMENT);
    assert_int_equal(kg_store_measure(store, &options, KG_MEASURE_HITS, 0, &err), KG_ERR_NOT_FOUND);
    other.measure = NULL;
    options.ranker = &other;
    assert_int_equal(kg_store_measure(store, &options, KG_MEASURE_HITS, 0, &err),
                     KG_ERR_UNSUPPORTED);
    kg_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_components),
        cmocka_unit_test(test_cores),
        cmocka_unit_test(test_betweenness),
        cmocka_unit_test(test_hits),
        cmocka_unit_test_setup_teardown(test_kept_as_properties, make_store, remove_store),
        cmocka_unit_test_setup_teardown(test_what_is_refused, make_store, remove_store),
    };
    return cmocka_run_group_tests(tests, open_bridge, close_bridge);
}
