/* The best 7 neighbours, inside one open snapshot: entities drawn uniformly, and by degree as
 * mentions are.
 *
 * usage: bench_top STORE */
#include "bench_tool.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUERIES = 1 << 17, TOP = 7 };

static kg_error err;

static void need(kg_status st) {
    char text[1200];
    if (st == KG_OK)
        return;
    fprintf(stderr, "bench_top: %s\n", kg_error_format(text, sizeof text, &err));
    exit(1);
}

/* An end of an edge drawn uniformly: an entity drawn by degree. */
static kg_id draw_by_degree(kg_rng *rng, const uint64_t *sums, uint64_t n) {
    uint64_t at = kg_rng_below(rng, sums[n - 1]), low = 0, high = n - 1;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (sums[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return (kg_id)low;
}

static void ask(kg_snapshot *snapshot, const kg_id *entities, const char *drawn) {
    static double seconds[QUERIES];
    kg_neighbour top[TOP];
    uint32_t count;
    uint64_t found = 0;
    double start = kg_clock();
    for (int i = 0; i < QUERIES; ++i) {
        need(kg_neighbours_top(top, &count, snapshot, entities[i], KG_WEIGHT_PAGERANK, TOP));
        found += count;
    }
    double mean = (kg_clock() - start) / QUERIES;
    for (int i = 0; i < QUERIES; ++i) {
        double before = kg_clock();
        kg_neighbours_top(top, &count, snapshot, entities[i], KG_WEIGHT_PAGERANK, TOP);
        seconds[i] = kg_clock() - before;
    }
    double half = bench_quantile(seconds, QUERIES, 0.5);
    printf("{\"bench\":\"top %d\",\"drawn\":\"%s\",\"median_us\":%.3f,\"p99_us\":%.3f,"
           "\"mean_us\":%.3f,\"found\":%.2f}\n",
           TOP, drawn, half * 1e6, bench_quantile(seconds, QUERIES, 0.99) * 1e6, mean * 1e6,
           (double)found / QUERIES);
}

int main(int argc, char **argv) {
    static kg_id uniform[QUERIES], by_degree[QUERIES];
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    if (argc != 2) {
        fprintf(stderr, "usage: bench_top STORE\n");
        return 2;
    }
    need(kg_store_open(&store, argv[1], &err));
    need(kg_snapshot_begin(&snapshot, store, &err));
    need(kg_snapshot_stats(&stats, snapshot, &err));
    uint64_t *sums = malloc(stats.entities * sizeof *sums), sum = 0;
    for (kg_id v = 0; sums && v < stats.entities; ++v) {
        kg_edges out, in;
        need(kg_entity_edges(&out, &in, snapshot, v));
        sums[v] = sum += out.count + in.count;
    }
    kg_rng rng = kg_rng_stream(11, 0, 0, 0);
    for (int i = 0; sums && i < QUERIES; ++i) {
        uniform[i] = (kg_id)kg_rng_below(&rng, stats.entities);
        by_degree[i] = draw_by_degree(&rng, sums, stats.entities);
    }
    free(sums);
    ask(snapshot, uniform, "uniformly");
    ask(snapshot, by_degree, "by degree");
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return 0;
}
