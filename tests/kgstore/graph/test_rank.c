/* Ranking as a whole, through a store: on a small graph, and on medical_zh where it is there. */
#include "kgstore/graph/pepr.h"
#include "kgstore/kgstore.h"

#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/rng.h"
#include "kgstore/base/module.h"
#include "tests/kgstore/graph/igraph_peer.h"
#include "tests/kgstore/graph/power.h"
#include "tests/support/sample_store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define TRIPLES KG_SHARED_DIR "/data/kg/medical_zh/triples.tsv.gz"

static kg_module *module;
static const kg_ranker *ranker;
static char folder[32], path[64];
static kg_error err;

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

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

static void add_triple(kg_bulk *bulk, kg_str head, kg_str relation, kg_str tail,
                       const kg_property *property) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = head;
    s.relation = relation;
    s.tail = tail;
    s.properties = property;
    s.n_properties = property != NULL;
    assert_ok(kg_bulk_statement(bulk, &s, &err));
}

/* What an edge weighs: its property "w"; 1 where it has none. */
static double weight_of(int head, int relation, int tail) {
    static const double weights[] = {0, 1, 0.25, 3, 7.5};
    return weights[(head * 7 + relation * 3 + tail) % 5];
}

static void add_weighed(kg_bulk *bulk, int head, int relation, int tail) {
    char names[3][8];
    double weight = weight_of(head, relation, tail);
    const kg_property w = {KG_STR("w"), weight == 3 ? kg_value_integer(3) : kg_value_real(weight)};
    snprintf(names[0], sizeof names[0], "e%d", head);
    snprintf(names[1], sizeof names[1], "r%d", relation);
    snprintf(names[2], sizeof names[2], "e%d", tail);
    add_triple(bulk, kg_str_from(names[0]), kg_str_from(names[1]), kg_str_from(names[2]),
               weight == 1 ? NULL : &w);
}

/* A store of 60 entities and some hundred random edges. */
static kg_store *make_random_store(uint64_t seed) {
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    kg_store *store;
    kg_bulk *bulk;
    kg_bulk_report report;
    assert_ok(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err));
    for (int i = 0; i < 300; ++i) {
        int head = (int)(50 * kg_rng_uniform(&rng)), relation = (int)(4 * kg_rng_uniform(&rng));
        add_weighed(bulk, head, relation, (int)(60 * kg_rng_uniform(&rng) * kg_rng_uniform(&rng)));
    }
    add_weighed(bulk, 55, 0, 0); /* 385 % 5 is 0: a sink, where edges are weighed */
    assert_ok(kg_bulk_finish(&report, bulk, &err));
    assert_ok(kg_store_open(&store, path, &err));
    return store;
}

static kg_store *load_medical(void) {
    kg_store *store;
    kg_bulk *bulk;
    kg_bulk_report report;
    kg_lines *lines;
    kg_str line;
    bool end;
    assert_ok(kg_lines_open(&lines, TRIPLES, 0, &err));
    assert_ok(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err));
    for (;;) {
        kg_str fields[5];
        assert_ok(kg_lines_next(&line, &end, lines, &err));
        if (end)
            break;
        for (int i = 0; i < 5; ++i) {
            const char *tab = i < 4 ? memchr(line.data, '\t', line.len) : NULL;
            size_t n = tab ? (size_t)(tab - line.data) : line.len;
            fields[i] = (kg_str){line.data, n};
            line = (kg_str){line.data + n + 1, line.len - n - (tab ? 1 : 0)};
        }
        add_triple(bulk, fields[0], fields[2], fields[3], NULL);
    }
    kg_lines_close(lines);
    assert_ok(kg_bulk_finish(&report, bulk, &err));
    assert_ok(kg_store_open(&store, path, &err));
    return store;
}

/* What a store holds, as plain arrays. */
typedef struct arrays {
    uint32_t n;
    KG_ARRAY(kg_id) edges;
    KG_ARRAY(double) weights; /* by names, as they were given */
    kg_edge_lists *lists;
    kg_adjacency graph;
} arrays;

static int number_of(kg_snapshot *snapshot, kg_kind kind, kg_id id) {
    kg_str name;
    assert_ok(kg_name_get(&name, snapshot, kind, id));
    return (int)strtol(name.data + 1, NULL, 10);
}

static void read_weight(arrays *a, kg_snapshot *snapshot, kg_id head, kg_id relation, kg_id tail) {
    assert_ok(kg_array_push(&a->weights, weight_of(number_of(snapshot, KG_ENTITY, head),
                                                   number_of(snapshot, KG_RELATION, relation),
                                                   number_of(snapshot, KG_ENTITY, tail))));
}

static arrays read_arrays(kg_snapshot *snapshot, bool undirected) {
    kg_stats stats;
    arrays a = {0};
    uint64_t at = 0;
    assert_ok(kg_snapshot_stats(&stats, snapshot, &err));
    a.n = (uint32_t)stats.entities;
    a.lists = calloc(a.n, sizeof *a.lists);
    a.graph.n = a.n;
    a.graph.offsets = calloc(a.n + 1, sizeof *a.graph.offsets);
    a.graph.targets = calloc(2 * stats.triples, sizeof *a.graph.targets);
    for (kg_id v = 0; v < a.n; ++v) {
        assert_ok(kg_entity_edges(&a.lists[v].out, &a.lists[v].in, snapshot, v));
        for (uint32_t i = 0; i < a.lists[v].out.count; ++i) {
            kg_id to = kg_edge_entity(a.lists[v].out, i);
            assert_ok(kg_array_push(&a.edges, v));
            assert_ok(kg_array_push(&a.edges, to));
            a.graph.targets[at++] = to;
        }
        for (uint32_t i = 0; undirected && i < a.lists[v].in.count; ++i)
            a.graph.targets[at++] = kg_edge_entity(a.lists[v].in, i);
        a.graph.offsets[v + 1] = at;
    }
    return a;
}

static void free_arrays(arrays *a) {
    kg_array_free(&a->edges);
    kg_array_free(&a->weights);
    free(a->lists);
    free(a->graph.offsets);
    free(a->graph.targets);
}

static kg_rank_input input_of(const arrays *a, bool undirected) {
    return (kg_rank_input){a->n, a->edges.len / 2, a->edges.data, 0.85, undirected, NULL, NULL};
}

/* Both sections of every entity stand by weight, and top is their merge. */
static void check_order(kg_snapshot *snapshot, const arrays *a, const double *weights) {
    for (kg_id v = 0; v < a->n; ++v) {
        kg_edges out, in;
        assert_ok(kg_entity_edges(&out, &in, snapshot, v));
        for (uint32_t i = 1; i < out.count; ++i)
            assert_true(weights[kg_edge_entity(out, i - 1)] >= weights[kg_edge_entity(out, i)]);
        for (uint32_t i = 1; i < in.count; ++i)
            assert_true(weights[kg_edge_entity(in, i - 1)] >= weights[kg_edge_entity(in, i)]);
        kg_neighbour top[7];
        uint32_t count;
        assert_ok(kg_neighbours_top(top, &count, snapshot, v, KG_WEIGHT_PAGERANK, 7));
        assert_int_equal(count, out.count + in.count < 7 ? out.count + in.count : 7);
        for (uint32_t i = 0; i < count; ++i)
            assert_true(top[i].weight == weights[top[i].entity]);
    }
}

static void rank_store(kg_store *store, kg_rank_options options) {
    options.damping = 0.85; /* the library finds the ranker */
    assert_ok(kg_store_rank(store, &options, &err));
    assert_ok(kg_store_check(path, NULL, NULL, &err));
}

/* The weights of the edges, in the order of a->edges. */
static void read_weights(arrays *a, kg_snapshot *snapshot) {
    for (kg_id v = 0; v < a->n; ++v)
        for (uint32_t i = 0; i < a->lists[v].out.count; ++i)
            read_weight(a, snapshot, v, kg_edge_relation(a->lists[v].out, i),
                        kg_edge_entity(a->lists[v].out, i));
}

static void test_small_graph(void **state) {
    (void)state;
    for (int way = 0; way < 4; ++way) {
        bool undirected = way & 1, weighted = way & 2;
        kg_store *store = make_random_store(7);
        kg_snapshot *snapshot;
        const double *weights;
        uint64_t count;
        bool stale;
        rank_store(store,
                   (kg_rank_options){.undirected = undirected,
                                     .personalized = true,
                                     .edge_weight = weighted ? KG_STR("w") : (kg_str){NULL, 0},
                                     .epsilon = 1e-14});
        assert_ok(kg_snapshot_begin(&snapshot, store, &err));
        arrays a = read_arrays(snapshot, undirected);
        double *wanted = calloc(a.n, sizeof *wanted);
        kg_rank_input input = input_of(&a, undirected);
        read_weights(&a, snapshot);
        input.weights = weighted ? a.weights.data : NULL;
        kg_power_iteration(wanted, &input);
        assert_ok(kg_weights_get(&weights, &count, &stale, snapshot));
        assert_int_equal(count, a.n);
        assert_false(stale);
        for (kg_id v = 0; v < a.n; ++v)
            assert_true(fabs(weights[v] - wanted[v]) < 1e-9);
        check_order(snapshot, &a, weights);
        double *reset = calloc(a.n, sizeof *reset);
        for (kg_id m = 0; m < a.n; ++m) {
            kg_neighbour best[KG_PEPR_KEEP];
            uint32_t n;
            for (kg_id v = 0; v < a.n; ++v)
                reset[v] = v == m ? 1 : 1.0 / a.n;
            input.reset = reset;
            kg_power_iteration(wanted, &input);
            assert_ok(kg_neighbours_top(best, &n, snapshot, m, KG_WEIGHT_PEPR, KG_PEPR_KEEP));
            uint32_t degree = a.lists[m].out.count + a.lists[m].in.count;
            assert_int_equal(n, degree < KG_PEPR_KEEP ? degree : KG_PEPR_KEEP);
            for (uint32_t i = 0; i < n; ++i) /* stored as floats */
                assert_true(fabs(best[i].weight - wanted[best[i].entity]) <
                            1e-7 * wanted[best[i].entity] + 1e-9);
        }
        free(reset);
        free(wanted);
        free_arrays(&a);
        kg_snapshot_end(snapshot);
        kg_store_close(store);
        remove_tree(path);
    }
}

static uint32_t best_of(kg_neighbour best[KG_PEPR_KEEP], kg_store *store, const char *name) {
    kg_snapshot *snapshot;
    kg_id id;
    uint32_t n;
    rank_store(store, (kg_rank_options){.personalized = true, .epsilon = 1e-14});
    assert_ok(kg_snapshot_begin(&snapshot, store, &err));
    assert_ok(kg_name_find(&id, snapshot, KG_ENTITY, kg_str_from(name)));
    assert_ok(kg_neighbours_top(best, &n, snapshot, id, KG_WEIGHT_PEPR, KG_PEPR_KEEP));
    kg_snapshot_end(snapshot);
    return n;
}

/* Deleted entities are none of those that a walk restarts at: without their ids all is the same. */
static void test_deleted_entities(void **state) {
    (void)state;
    static const char *const gone[] = {"e3", "e9", "e17", "e30"};
    kg_store *store = make_random_store(9);
    kg_writer *w;
    kg_neighbour before[KG_PEPR_KEEP], after[KG_PEPR_KEEP];
    uint64_t bytes, now;
    assert_ok(kg_writer_begin(&w, store, &err));
    for (int i = 0; i < 4; ++i)
        assert_ok(kg_writer_delete_entity(w, kg_str_from(gone[i]), true, &err));
    assert_ok(kg_writer_commit(NULL, w, &err));
    uint32_t n = best_of(before, store, "e1");
    assert_true(n > 3);
    assert_ok(kg_store_compact(store, &bytes, &now, &err));
    assert_int_equal(best_of(after, store, "e1"), n);
    for (uint32_t i = 0; i < n; ++i) /* stored as floats */
        assert_true(fabs(before[i].weight - after[i].weight) < 2e-7 * after[i].weight);
    kg_store_close(store);
}

static void test_cancelled_rank_changes_nothing(void **state) {
    (void)state;
    kg_store *store = make_random_store(8);
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_rank_options options = {.ranker = ranker, .damping = 1.5};
    assert_int_equal(kg_store_rank(store, &options, &err), KG_ERR_ARGUMENT);
    kg_ranker other = *ranker;
    other.abi = KG_RANKER_ABI + 1;
    options.ranker = &other;
    assert_int_equal(kg_store_rank(store, &options, &err), KG_ERR_VERSION);
    assert_ok(kg_snapshot_begin(&snapshot, store, &err));
    assert_ok(kg_snapshot_stats(&stats, snapshot, &err));
    assert_false(stats.ranked);
    assert_int_equal(stats.generation, 1);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

static void check_names(kg_snapshot *snapshot, const double *weights, uint64_t count) {
    static const char *const wanted[] = {"药物治疗", "支持性治疗", "白酒"};
    double below = INFINITY;
    for (int place = 0; place < 3; ++place) {
        kg_id best = KG_NO_ID;
        kg_str name;
        for (uint64_t v = 0; v < count; ++v)
            if (weights[v] < below && (best == KG_NO_ID || weights[v] > weights[best]))
                best = (kg_id)v;
        assert_ok(kg_name_get(&name, snapshot, KG_ENTITY, best));
        assert_true(kg_str_equal(name, kg_str_from(wanted[place])));
        below = weights[best];
    }
}

/* A push to the end and igraph's personalised PageRank of 200 entities. */
static void check_personalized(const arrays *a, const igraph_peer *peer, const double *weights) {
    const kg_pepr_input input = {.graph = &a->graph,
                                 .edges = a->lists,
                                 .global = weights,
                                 .damping = 0.85,
                                 .epsilon = 1e-14};
    double *scores = calloc(a->n, sizeof *scores);
    kg_pepr pepr;
    assert_ok(kg_pepr_begin(&pepr, &input));
    for (uint32_t i = 0; i < 200; ++i) {
        kg_id m = (kg_id)((uint64_t)i * 7919 % a->n);
        igraph_peer_personalized(scores, peer, m);
        kg_pepr_run(&pepr, m);
        for (kg_id v = 0; v < a->n; ++v)
            assert_true(fabs(kg_pepr_score(&pepr, v) - scores[v]) < 1e-9);
    }
    kg_pepr_end(&pepr);
    free(scores);
}

static void test_medical_graph(void **state) {
    (void)state;
    kg_snapshot *snapshot;
    const double *weights;
    uint64_t count;
    if (access(TRIPLES, R_OK) != 0) {
        print_message("skipped: no %s\n", TRIPLES);
        skip();
    }
    kg_store *store = load_medical();
    rank_store(store, (kg_rank_options){.personalized = true});
    assert_ok(kg_snapshot_begin(&snapshot, store, &err));
    assert_ok(kg_weights_get(&weights, &count, NULL, snapshot));
    assert_int_equal(count, 24874);
    arrays a = read_arrays(snapshot, false);
    double *wanted = calloc(a.n, sizeof *wanted);
    kg_rank_input input = input_of(&a, false);
    igraph_peer *peer = igraph_peer_new(&input);
    igraph_peer_pagerank(wanted, peer);
    for (kg_id v = 0; v < a.n; ++v)
        assert_true(fabs(weights[v] - wanted[v]) < 1e-12);
    kg_power_iteration(wanted, &input);
    for (kg_id v = 0; v < a.n; ++v)
        assert_true(fabs(weights[v] - wanted[v]) < 1e-9);
    check_names(snapshot, weights, count);
    check_order(snapshot, &a, weights);
    check_personalized(&a, peer, weights);
    igraph_peer_free(peer);
    free(wanted);
    free_arrays(&a);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_small_graph, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_deleted_entities, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_cancelled_rank_changes_nothing, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_medical_graph, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, open_bridge, close_bridge);
}
