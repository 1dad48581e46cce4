/* Evaluation equals one by brute force on UMLS: with entities that share a vector (ties), and with
 * entities that training does not have. */
#include "naive_kge.h"

#include "plugins/transr/link_prediction.h"
#include "plugins/transr/triple_files.h"

#include "kgstore/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { TRAIN, VALID, TEST, PARTS };

typedef struct graph {
    transr_triples parts[PARTS], all;
    kg_nameset entities, relations;
} graph;

static bool read_umls(graph *g) {
    static const char *const names[PARTS] = {"train", "valid", "test"};
    *g = (graph){.all = KG_ARRAY_INIT};
    for (int i = 0; i < PARTS; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/data/kge/umls/%s.txt.gz", KG_SHARED_DIR, names[i]);
        if (access(path, R_OK) != 0)
            return false;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(transr_files_read(&g->parts[i], &g->entities, &g->relations, path, &err),
                         KG_OK);
        assert_int_equal(kg_array_append(&g->all, g->parts[i].data, g->parts[i].len), KG_OK);
    }
    return true;
}

static void free_graph(graph *g) {
    for (int i = 0; i < PARTS; i++)
        kg_array_free(&g->parts[i]);
    kg_array_free(&g->all);
    kg_nameset_free(&g->entities);
    kg_nameset_free(&g->relations);
}

/* The rank of a triple among all that differ from it at one end, known ones left out. */
static double brute_rank(const double *values, const transr_parameters *p,
                         const transr_recipe *recipe, const unsigned char *known,
                         transr_triple triple, bool heads) {
    double own = naive_distance(values, p, recipe, triple), rank = 1;
    for (uint32_t e = 0; e < p->E; e++) {
        transr_triple t = triple;
        *(heads ? &t.head : &t.tail) = e;
        if (known[(t.head * p->R + t.relation) * (size_t)p->E + t.tail])
            continue;
        double other = naive_distance(values, p, recipe, t);
        rank += other < own ? 1 : other > own ? 0 : 0.5;
    }
    return rank;
}

static void add(transr_figures *f, double rank, double n) {
    f->mrr += 1 / rank / n;
    f->mr += rank / n;
    f->hits1 += (rank <= 1) / n;
    f->hits3 += (rank <= 3) / n;
    f->hits10 += (rank <= 10) / n;
}

static void expect_figures(const transr_figures *got, const transr_figures *want) {
    assert_true(fabs(got->mrr - want->mrr) < 1e-12);
    assert_true(fabs(got->mr - want->mr) < 1e-9);
    assert_true(fabs(got->hits1 - want->hits1) < 1e-12);
    assert_true(fabs(got->hits3 - want->hits3) < 1e-12);
    assert_true(fabs(got->hits10 - want->hits10) < 1e-12);
}

static void check_variant(const graph *g, const transr_recipe *recipe) {
    uint32_t E = (uint32_t)g->entities.names.len, R = (uint32_t)g->relations.names.len;
    transr_parameters p;
    transr_queries train, test, known;
    assert_int_equal(transr_parameters_new(&p, E, R, recipe), KG_OK);
    for (uint32_t e = 7; e + 1 < E; e += 3) /* ties, in every relation */
        for (uint32_t k = 0; k < p.d; k++)
            p.value.entity[(e + 1) * p.d + k] = p.value.entity[e * p.d + k];
    /* the first entities are in the test, but not in what is called training */
    transr_triples seen = KG_ARRAY_INIT;
    for (size_t i = 0; i < g->parts[TRAIN].len; i++)
        if (g->parts[TRAIN].data[i].head > 2 && g->parts[TRAIN].data[i].tail > 2)
            assert_int_equal(kg_array_push(&seen, g->parts[TRAIN].data[i]), KG_OK);
    assert_int_equal(transr_queries_build(&train, seen.data, seen.len), KG_OK);
    assert_int_equal(transr_queries_build(&test, g->parts[TEST].data, g->parts[TEST].len), KG_OK);
    assert_int_equal(transr_queries_build(&known, g->all.data, g->all.len), KG_OK);
    transr_evaluation got;
    transr_trial trial = {
        .parameters = &p, .recipe = recipe, .test = &test, .known = &known, .train = &train};
    assert_int_equal(transr_evaluate(&got, &trial), KG_OK);

    double *values = malloc(p.value.n * sizeof *values);
    unsigned char *marks = calloc((size_t)E * R * E, 1);
    assert_non_null(values);
    assert_non_null(marks);
    for (size_t k = 0; k < p.value.n; k++)
        values[k] = p.value.entity[k];
    for (size_t i = 0; i < g->all.len; i++) {
        transr_triple t = g->all.data[i];
        marks[(t.head * R + t.relation) * (size_t)E + t.tail] = 1;
    }
    transr_figures head = {0}, tail = {0}, both = {0};
    size_t n = g->parts[TEST].len, unseen = 0, ties = 0;
    for (size_t i = 0; i < n; i++) {
        transr_triple t = g->parts[TEST].data[i];
        double a = brute_rank(values, &p, recipe, marks, t, true);
        double b = brute_rank(values, &p, recipe, marks, t, false);
        ties += a != floor(a) || b != floor(b);
        unseen += t.head <= 2 || t.tail <= 2;
        add(&head, a, (double)n);
        add(&tail, b, (double)n);
        add(&both, a, 2 * (double)n);
        add(&both, b, 2 * (double)n);
    }
    assert_true(ties > 20);
    assert_true(unseen > 0);
    expect_figures(&got.head, &head);
    expect_figures(&got.tail, &tail);
    expect_figures(&got.both, &both);
    assert_int_equal(got.triples, n);
    assert_int_equal(got.unseen_triples, unseen);
    assert_true(got.unseen_entities > 0 && got.unseen_entities <= 3);
    free(marks);
    free(values);
    kg_array_free(&seen);
    transr_queries_free(&train);
    transr_queries_free(&test);
    transr_queries_free(&known);
    transr_parameters_free(&p);
}

static void test_brute_force(void **state) {
    (void)state;
    graph g;
    if (!read_umls(&g)) {
        free_graph(&g);
        print_message("skipped: no UMLS below %s\n", KG_SHARED_DIR);
        skip();
    }
    for (int norm = TRANSR_L1; norm <= TRANSR_L2_SQUARED; norm++)
        for (int kind = 0; kind < 3; kind++) {
            transr_recipe recipe = {.d = 8,
                                    .dr = kind ? 6 : 8,
                                    .project = kind > 0,
                                    .separate = kind > 1,
                                    .norm = (transr_norm)norm,
                                    .init = 1,
                                    .seed = 11};
            check_variant(&g, &recipe);
        }
    free_graph(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_brute_force)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
