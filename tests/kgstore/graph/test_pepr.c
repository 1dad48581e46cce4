#include "kgstore/graph/pepr.h"

#include "kgstore/base/rng.h"
#include "tests/kgstore/graph/power.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 120, M = 700 };

/* A random graph with sinks, loops and parallel edges, in the shapes that the code takes. */
typedef struct fixture {
    kg_id edges[2 * M];
    unsigned char out[M * 8], in[M * 8];
    kg_edge_lists lists[N];
    uint64_t offsets[N + 1];
    uint32_t targets[2 * M];
    double weights[M], shares[2 * M]; /* of edges; of those out of a node, of all of its own */
    kg_adjacency graph;
    double global[N];
} fixture;

/* Lay the edges at end `own` out by entity. */
static void lay_out(fixture *f, unsigned char *bytes, int own) {
    uint32_t at = 0;
    for (kg_id v = 0; v < N; ++v) {
        kg_edges *list = own ? &f->lists[v].in : &f->lists[v].out;
        *list = (kg_edges){bytes + at * 8, 0};
        for (uint32_t i = 0; i < M; ++i)
            if (f->edges[2 * i + (uint32_t)own] == v) {
                kg_store_u32(bytes + at * 8, f->edges[2 * i + 1 - (uint32_t)own]);
                kg_store_u32(bytes + at * 8 + 4, i % 5);
                ++at;
                ++list->count;
            }
    }
}

static void fill(fixture *f, kg_rng *rng, bool undirected) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < M; ++i) {
        f->edges[2 * i] = (kg_id)((N - 30) * kg_rng_uniform(rng));
        double u = kg_rng_uniform(rng);
        f->edges[2 * i + 1] = (kg_id)(N * u * u * u); /* some have very many */
    }
    lay_out(f, f->out, 0);
    lay_out(f, f->in, 1);
    for (kg_id v = 0; v < N; ++v) {
        f->offsets[v] = n;
        for (uint32_t i = 0; i < f->lists[v].out.count; ++i)
            f->targets[n++] = kg_edge_entity(f->lists[v].out, i);
        for (uint32_t i = 0; undirected && i < f->lists[v].in.count; ++i)
            f->targets[n++] = kg_edge_entity(f->lists[v].in, i);
    }
    f->offsets[N] = n;
    f->graph = (kg_adjacency){N, f->offsets, f->targets, NULL};
}

/* Weigh the edges, some by nothing, and lay out those that weigh something. */
static void weigh(fixture *f, kg_rng *rng, bool undirected) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < M; ++i)
        f->weights[i] = kg_rng_below(rng, 6) == 0 ? 0 : exp(6 * kg_rng_uniform(rng) - 3);
    for (kg_id v = 0; v < N; ++v) {
        double sum = 0;
        f->offsets[v] = n;
        for (uint32_t i = 0; i < 2 * M; ++i) {
            uint32_t edge = i / 2, own = i % 2;
            if (f->edges[2 * edge + own] != v || f->weights[edge] == 0 || (own && !undirected))
                continue;
            f->targets[n] = f->edges[2 * edge + 1 - own];
            f->shares[n++] = f->weights[edge];
            sum += f->weights[edge];
        }
        for (uint64_t i = f->offsets[v]; i < n; ++i)
            f->shares[i] /= sum;
    }
    f->offsets[N] = n;
    f->graph.shares = f->shares;
}

static void test_scores_follow_the_definition(void **state) {
    (void)state;
    static fixture f;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    for (int round = 0; round < 12; ++round) {
        bool undirected = round % 2 == 1, weighted = round >= 6;
        double damping = round % 6 < 3 ? 0.85 : 0.6, reset[N], wanted[N];
        fill(&f, &rng, undirected);
        if (weighted)
            weigh(&f, &rng, undirected);
        kg_rank_input ranked = {
            N, M, f.edges, damping, undirected, NULL, weighted ? f.weights : NULL};
        kg_power_iteration(f.global, &ranked);
        kg_pepr_input input = {.graph = &f.graph,
                               .edges = f.lists,
                               .global = f.global,
                               .damping = damping,
                               .epsilon = 1e-15};
        kg_pepr pepr;
        assert_int_equal(kg_pepr_begin(&pepr, &input), KG_OK);
        for (kg_id m = 0; m < N; m += 7) {
            for (int v = 0; v < N; ++v)
                reset[v] = 1.0 / N;
            reset[m] = 1;
            ranked.reset = reset;
            kg_power_iteration(wanted, &ranked);
            kg_pepr_run(&pepr, m);
            for (kg_id v = 0; v < N; ++v)
                assert_true(fabs(kg_pepr_score(&pepr, v) - wanted[v]) < 1e-11);
        }
        kg_pepr_end(&pepr);
    }
}

static int best_first(const void *a, const void *b) {
    const kg_neighbour *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    return y->direction - x->direction;
}

/* The set, for any number of threads, is each entity's edges sorted by its scores and cut at 64. */
static void test_set_holds_the_best_edges(void **state) {
    (void)state;
    static fixture f;
    kg_rng rng = kg_rng_stream(4, 0, 0, 0);
    fill(&f, &rng, false);
    kg_rank_input ranked = {N, M, f.edges, 0.85, false, NULL, NULL};
    kg_power_iteration(f.global, &ranked);
    for (unsigned threads = 1; threads <= 3; ++threads) {
        kg_pepr_input input = {.graph = &f.graph,
                               .edges = f.lists,
                               .global = f.global,
                               .damping = 0.85,
                               .epsilon = 1e-7,
                               .threads = threads};
        kg_pepr_set *set;
        kg_pepr pepr;
        kg_error err = KG_ERROR_INIT;
        bool cut = false;
        assert_int_equal(kg_pepr_compute(&set, &input, &err), KG_OK);
        assert_int_equal(kg_pepr_begin(&pepr, &input), KG_OK);
        for (kg_id m = 0; m < N; ++m) {
            kg_neighbour all[2 * M];
            uint32_t n = 0, count;
            const unsigned char *edges;
            kg_pepr_run(&pepr, m);
            for (int way = 0; way < 2; ++way) {
                kg_edges list = way ? f.lists[m].in : f.lists[m].out;
                for (uint32_t i = 0; i < list.count; ++i)
                    all[n++] = (kg_neighbour){kg_edge_entity(list, i), kg_edge_relation(list, i),
                                              way ? -1 : 1,
                                              (float)kg_pepr_score(&pepr, kg_edge_entity(list, i))};
            }
            qsort(all, n, sizeof *all, best_first);
            cut = cut || n > KG_PEPR_KEEP;
            kg_pepr_set_get(&edges, &count, set, m);
            assert_int_equal(count, n < KG_PEPR_KEEP ? n : KG_PEPR_KEEP);
            for (uint32_t i = 0; i < count; ++i, edges += KG_PEPR_BYTES) {
                assert_int_equal(kg_load_u32(edges), all[i].entity);
                assert_int_equal(kg_load_u32(edges + 4), all[i].relation);
                assert_int_equal((int32_t)kg_load_u32(edges + 8), all[i].direction);
                assert_true(kg_load_f32(edges + 12) == (float)all[i].weight);
            }
        }
        assert_true(cut);
        kg_pepr_end(&pepr);
        kg_pepr_set_free(set);
    }
}

static bool always(void *context) {
    (void)context;
    return true;
}

static void test_cancelling_stops(void **state) {
    (void)state;
    static fixture f;
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    fill(&f, &rng, false);
    kg_pepr_input input = {.graph = &f.graph,
                           .edges = f.lists,
                           .global = f.global,
                           .damping = 0.85,
                           .epsilon = 1e-4,
                           .threads = 1,
                           .cancelled = always};
    kg_pepr_set *set;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_pepr_compute(&set, &input, &err), KG_ERR_CANCELLED);
    assert_null(set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores_follow_the_definition),
        cmocka_unit_test(test_set_holds_the_best_edges),
        cmocka_unit_test(test_cancelling_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
