/* Ranking measured beside igraph called directly on the same edges, given in the order of the store
 * and in the one that suits igraph best: PageRank from the store and back into it, and the
 * personalised weight set with its overlap with igraph's.
 *
 * usage: bench_rank STORE pagerank               STORE is ranked
 *        bench_rank STORE pepr                   and personalised
 *        bench_rank STORE overlap [SAMPLES]      of what STORE holds with igraph's, which is slow
 */
#include "bench_tool.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"
#include "kgstore/base/module.h"
#include "tests/kgstore/graph/igraph_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, TOP = 7 };

static kg_error err;

static void need(kg_status st) {
    char text[1200];
    if (st == KG_OK)
        return;
    fprintf(stderr, "bench_rank: %s\n", kg_error_format(text, sizeof text, &err));
    exit(1);
}

/* All edges of a snapshot, as pairs. */
static kg_id *read_edges(kg_rank_input *input, kg_snapshot *snapshot) {
    kg_stats stats;
    uint64_t at = 0;
    need(kg_snapshot_stats(&stats, snapshot, &err));
    kg_id *pairs = malloc(stats.triples * 2 * sizeof *pairs);
    if (!pairs)
        exit(1);
    for (kg_id v = 0; v < stats.entities; ++v) {
        kg_edges out;
        need(kg_entity_edges(&out, NULL, snapshot, v));
        for (uint32_t i = 0; i < out.count; ++i, ++at) {
            pairs[2 * at] = v;
            pairs[2 * at + 1] = kg_edge_entity(out, i);
        }
    }
    *input = (kg_rank_input){(uint32_t)stats.entities, at, pairs, 0.85, false, NULL, NULL};
    return pairs;
}

typedef struct took {
    double seconds, cpu;
} took;

static took since(took start) {
    return (took){kg_clock() - start.seconds, bench_cpu() - start.cpu};
}

static void keep_least(took *best, took t) {
    best->seconds = t.seconds < best->seconds ? t.seconds : best->seconds;
    best->cpu = t.cpu < best->cpu ? t.cpu : best->cpu;
}

static int by_target(const void *a, const void *b) {
    const kg_id *x = a, *y = b;
    if (x[1] != y[1])
        return x[1] < y[1] ? -1 : 1;
    return x[0] < y[0] ? -1 : x[0] > y[0];
}

static void time_peer(took *best, double *scores, const kg_rank_input *input) {
    took start = {kg_clock(), bench_cpu()};
    igraph_peer *graph = igraph_peer_new(input);
    igraph_peer_pagerank(scores, graph);
    keep_least(best, since(start));
    igraph_peer_free(graph);
}

static void bench_pagerank(kg_store *store, const kg_ranker *ranker, const kg_rank_input *input) {
    took own = {1e9, 1e9}, peer = own, sorted_peer = own;
    size_t bytes = input->n_edges * 2 * sizeof *input->edges;
    double *scores = malloc(input->n_entities * sizeof *scores);
    kg_id *sorted = malloc(bytes);
    if (!scores || !sorted)
        exit(1);
    memcpy(sorted, input->edges, bytes);
    qsort(sorted, input->n_edges, 2 * sizeof *sorted, by_target);
    kg_rank_input sorted_input = *input;
    sorted_input.edges = sorted;
    for (int i = 0; i < ROUNDS; ++i) {
        time_peer(&peer, scores, input);
        time_peer(&sorted_peer, scores, &sorted_input);
        took start = (took){kg_clock(), bench_cpu()};
        need(kg_store_rank(store, &(kg_rank_options){.ranker = ranker, .damping = 0.85}, &err));
        keep_least(&own, since(start));
    }
    printf("{\"bench\":\"rank\",\"seconds\":%.3f,\"cpu_seconds\":%.3f,\"peer\":\"igraph_create and "
           "PRPACK alone\",\"peer_seconds\":%.3f,\"peer_cpu_seconds\":%.3f,\"ratio\":%.3f,"
           "\"peer_on_sorted_edges_seconds\":%.3f,\"ratio_to_that\":%.3f}\n",
           own.seconds, own.cpu, peer.seconds, peer.cpu, own.seconds / peer.seconds,
           sorted_peer.seconds, own.seconds / sorted_peer.seconds);
    fflush(stdout);
    free(scores);
    free(sorted);
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

/* Edges that are both among the first TOP of pepr and among the first TOP by scores. */
static void compare_top(uint64_t *same, uint64_t *of, kg_snapshot *snapshot, kg_id m,
                        const double *scores) {
    kg_neighbour best[TOP];
    kg_edges lists[2];
    uint32_t count, n = 0;
    need(kg_neighbours_top(best, &count, snapshot, m, KG_WEIGHT_PEPR, TOP));
    need(kg_entity_edges(&lists[0], &lists[1], snapshot, m));
    kg_neighbour *all = malloc((lists[0].count + lists[1].count + 1) * sizeof *all);
    if (!all)
        exit(1);
    for (int way = 0; way < 2; ++way)
        for (uint32_t i = 0; i < lists[way].count; ++i) {
            kg_id to = kg_edge_entity(lists[way], i);
            all[n++] =
                (kg_neighbour){to, kg_edge_relation(lists[way], i), way ? -1 : 1, scores[to]};
        }
    qsort(all, n, sizeof *all, best_first);
    for (uint32_t i = 0; i < n && i < TOP; ++i, ++*of)
        for (uint32_t k = 0; k < count; ++k)
            *same += best[k].entity == all[i].entity && best[k].relation == all[i].relation &&
                     best[k].direction == all[i].direction;
    free(all);
}

static void bench_pepr(kg_store *store, const kg_ranker *ranker) {
    took start = {kg_clock(), bench_cpu()};
    need(kg_store_rank(
        store, &(kg_rank_options){.ranker = ranker, .damping = 0.85, .personalized = true}, &err));
    took own = since(start);
    printf("{\"bench\":\"pepr of all entities\",\"seconds\":%.1f,\"cpu_seconds\":%.1f}\n",
           own.seconds, own.cpu);
}

static void bench_overlap(kg_snapshot *snapshot, const kg_rank_input *input, uint32_t samples) {
    uint64_t same = 0, of = 0;
    kg_rng rng = kg_rng_stream(9, 0, 0, 0);
    double *scores = malloc(input->n_entities * sizeof *scores);
    if (!scores)
        exit(1);
    igraph_peer *graph = igraph_peer_new(input);
    took start = {kg_clock(), bench_cpu()};
    for (uint32_t i = 0; i < samples; ++i) {
        kg_id m = (kg_id)kg_rng_below(&rng, input->n_entities);
        igraph_peer_personalized(scores, graph, m);
        compare_top(&same, &of, snapshot, m, scores);
    }
    took peer = since(start);
    printf("{\"bench\":\"pepr beside igraph's\",\"sampled\":%u,\"overlap_of_top_%d\":%.4f,"
           "\"peer\":\"igraph PRPACK\",\"peer_seconds_an_entity\":%.3f}\n",
           samples, TOP, (double)same / (double)of, peer.seconds / samples);
    igraph_peer_free(graph);
    free(scores);
}

int main(int argc, char **argv) {
    kg_store *store;
    kg_snapshot *snapshot;
    kg_module *module;
    const kg_ranker *ranker;
    kg_rank_input input;
    const char *what = argc > 2 ? argv[2] : "";
    uint32_t samples = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 100;
    if ((strcmp(what, "pagerank") != 0 && strcmp(what, "pepr") != 0 &&
         strcmp(what, "overlap") != 0) ||
        samples == 0) {
        fprintf(stderr, "usage: bench_rank STORE pagerank|pepr|overlap [SAMPLES]\n");
        return 2;
    }
    need(kg_module_open(&module, "kg_rank_igraph.so", &err));
    need(kg_module_symbol(&ranker, module, "kg_ranker_igraph", &err));
    need(kg_store_open(&store, argv[1], &err));
    need(kg_snapshot_begin(&snapshot, store, &err));
    kg_id *pairs = read_edges(&input, snapshot);
    if (strcmp(what, "overlap") == 0)
        bench_overlap(snapshot, &input, samples);
    kg_snapshot_end(snapshot);
    if (strcmp(what, "pagerank") == 0)
        bench_pagerank(store, ranker, &input);
    if (strcmp(what, "pepr") == 0)
        bench_pepr(store, ranker);
    free(pairs);
    kg_store_close(store);
    kg_module_close(module);
    return 0;
}
