/* A graph like a large Chinese medical one, as TSV of names: head, relation, tail. Degrees go by
 * rank^-0.8 on both ends, over random permutations; names have 2 to 7 Chinese characters. The same
 * for the same arguments, on every machine.
 *
 * usage: bench_graph FILE [TRIPLES [ENTITIES [RELATIONS]]] */
#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"
#include "kgstore/store/intern.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED = 20260731, COMMON_CHARACTERS = 3500, FIRST_CHARACTER = 0x4E00 };
enum { PURPOSE_NAME, PURPOSE_HEADS, PURPOSE_TAILS, PURPOSE_DRAW };

/* Draws ranks 0..n-1 with probability as (rank+1)^-0.8, by a table of sums. */
static double *make_sums(size_t n) {
    double *sums = malloc(n * sizeof *sums), sum = 0;
    for (size_t i = 0; sums && i < n; i++)
        sums[i] = sum += pow((double)i + 1, -0.8);
    return sums;
}

static size_t draw(kg_rng *rng, const double *sums, size_t n) {
    double at = kg_rng_uniform(rng) * sums[n - 1];
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sums[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint32_t *make_permutation(size_t n, uint64_t purpose) {
    kg_rng rng = kg_rng_stream(SEED, 0, 0, purpose);
    uint32_t *p = malloc(n * sizeof *p);
    for (size_t i = 0; p && i < n; i++) {
        size_t j = kg_rng_below(&rng, i + 1);
        p[i] = p[j];
        p[j] = (uint32_t)i;
    }
    return p;
}

/* n different names. */
static int make_names(kg_intern *names, size_t n) {
    kg_rng rng = kg_rng_stream(SEED, 0, 0, PURPOSE_NAME);
    while (names->at.len < n) {
        char name[32];
        size_t length = 0, characters = 2 + kg_rng_below(&rng, 6);
        for (size_t i = 0; i < characters; i++)
            length += kg_utf8_encode(
                name + length, (uint32_t)(FIRST_CHARACTER + kg_rng_below(&rng, COMMON_CHARACTERS)));
        kg_str text = {name, length};
        uint32_t id;
        if (kg_intern_add(&id, names, text, kg_intern_hash(text)) != KG_OK)
            return 1;
    }
    return 0;
}

typedef struct plan {
    kg_intern names;
    double *entity_sums, *relation_sums;
    uint32_t *heads, *tails;
    size_t entities, relations, triples;
} plan;

/* Every entity is a head at least once, so that all of them are in the graph. */
static void write_triples(FILE *to, const plan *p) {
    kg_rng rng = kg_rng_stream(SEED, 0, 0, PURPOSE_DRAW);
    for (size_t i = 0; i < p->triples; i++) {
        size_t at = i < p->entities ? i : draw(&rng, p->entity_sums, p->entities);
        kg_str head = kg_intern_name(&p->names, p->heads[at]);
        kg_str tail = kg_intern_name(&p->names, p->tails[draw(&rng, p->entity_sums, p->entities)]);
        unsigned relation = (unsigned)draw(&rng, p->relation_sums, p->relations);
        fprintf(to, "%.*s\t关系%02u\t%.*s\n", KG_STR_ARG(head), relation, KG_STR_ARG(tail));
    }
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_graph FILE [TRIPLES [ENTITIES [RELATIONS]]]\n");
        return 2;
    }
    plan p = {.triples = argc > 2 ? strtoull(argv[2], NULL, 10) : 4400000,
              .entities = argc > 3 ? strtoull(argv[3], NULL, 10) : 274163,
              .relations = argc > 4 ? strtoull(argv[4], NULL, 10) : 56};
    p.entity_sums = make_sums(p.entities);
    p.relation_sums = make_sums(p.relations);
    p.heads = make_permutation(p.entities, PURPOSE_HEADS);
    p.tails = make_permutation(p.entities, PURPOSE_TAILS);
    int failed = !p.entity_sums || !p.relation_sums || !p.heads || !p.tails ||
                 make_names(&p.names, p.entities) != 0;
    FILE *to = failed ? NULL : fopen(argv[1], "w");
    if (to) {
        write_triples(to, &p);
        failed = fclose(to) != 0;
    } else {
        failed = 1;
    }
    kg_intern_free(&p.names);
    free(p.entity_sums);
    free(p.relation_sums);
    free(p.heads);
    free(p.tails);
    return failed;
}
