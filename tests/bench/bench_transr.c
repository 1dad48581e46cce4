/* How much of the speed of a matrix product training reaches: batches of a graph of the size of
 * FB15k-237 against sgemm on the shape that training uses most, both in this run. Rates are by the
 * processor's time of one thread (a second of two threads is two), so that other programs on the
 * machine disturb little.
 *
 * usage: bench_transr [THREADS [D]]      one line of JSON a model */
#include "plugins/transr/train_step.h"

#include "kgstore/base/rng.h"
#include "model/blas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { E = 14541, R = 237, N = 272115, REPEATS = 5 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Triples whose ends and relations are as uneven as a real graph's. */
static transr_triple *make_triples(void) {
    transr_triple *triples = malloc(N * sizeof *triples);
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (size_t i = 0; triples && i < N; i++) {
        double a = kg_rng_uniform(&rng), b = kg_rng_uniform(&rng), c = kg_rng_uniform(&rng);
        triples[i] = (transr_triple){(uint32_t)(E * a * a * a), (uint32_t)(R * b * b),
                                     (uint32_t)(E * c * c * c)};
    }
    return triples;
}

/* The best of several products of 256 queries with all entities, in operations a second. */
static double sgemm_rate(size_t d) {
    float *q = calloc(256 * d, sizeof *q), *p = calloc(E * d, sizeof *p);
    float *s = calloc((size_t)256 * E, sizeof *s);
    double best = 0;
    for (int i = 0; q && p && s && i < REPEATS; i++) {
        double start = now();
        for (int k = 0; k < 4; k++)
            kg_gemm(s, E, 0, kg_mat_of(q, 256, d), kg_mat_t(p, E, d), 1);
        best = fmax(best, 4 * 2.0 * 256 * E * (double)d / (now() - start));
    }
    free(q);
    free(p);
    free(s);
    return best;
}

static int measure(const char *name, const transr_recipe *recipe, const transr_queries *queries,
                   int threads) {
    transr_parameters parameters;
    transr_batches batches;
    transr_step *step = NULL;
    if (transr_parameters_new(&parameters, E, R, recipe) != KG_OK ||
        transr_batches_new(&batches, queries, recipe) != KG_OK ||
        transr_step_new(&step, &parameters, recipe, queries, &batches,
                        (transr_ranks){.ranks = 1}) != KG_OK)
        return 1;
    transr_batches_shuffle(&batches, queries, recipe, 1);
    double limit = sgemm_rate(recipe->d), best = 0, triples = 0;
    for (size_t b = 0; b < 4 * REPEATS && b + 4 <= batches.count; b += 4) {
        double start = now(), products = 0, answers = 0;
        for (size_t k = 0; k < 4; k++) {
            transr_step_result result;
            if (transr_step_run(&result, step, b + k, 0) != KG_OK)
                return 1;
            products += (double)result.products;
            answers += (double)result.answers / 2;
        }
        double seconds = now() - start;
        if (products / seconds > best) {
            best = products / seconds;
            triples = answers / seconds;
        }
        limit = fmax(limit, sgemm_rate(recipe->d));
    }
    printf("{\"bench\": \"transr\", \"model\": \"%s\", \"d\": %u, \"negatives\": %u, "
           "\"threads\": %d, \"triples_per_cpu_second\": %.0f, \"gflops\": %.1f, "
           "\"sgemm_gflops\": %.1f, \"share\": %.3f}\n",
           name, recipe->d, recipe->negatives, threads, triples, best * 1e-9, limit * 1e-9,
           best / limit);
    transr_step_free(step);
    transr_batches_free(&batches);
    transr_parameters_free(&parameters);
    return 0;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    uint32_t d = argc > 2 ? (uint32_t)atoi(argv[2]) : 128;
    kg_blas_set_threads(threads);
    transr_triple *triples = make_triples();
    transr_queries queries;
    if (!triples || transr_queries_build(&queries, triples, N) != KG_OK)
        return 1;
    transr_recipe recipe = {.d = d,
                            .dr = d,
                            .norm = TRANSR_L2,
                            .scale = 4,
                            .learning_rate = 0.1f,
                            .projection_rate = 0.005f,
                            .final_rate = 1,
                            .init = 0.05f,
                            .queries = 128,
                            .groups = 8,
                            .seed = 1};
    int failed = measure("transe", &recipe, &queries, threads);
    recipe.negatives = 4000;
    failed |= measure("transe", &recipe, &queries, threads);
    recipe.project = true;
    failed |= measure("transr", &recipe, &queries, threads);
    recipe.separate = true;
    failed |= measure("transr separate", &recipe, &queries, threads);
    transr_queries_free(&queries);
    free(triples);
    return failed;
}
