#include "plugins/transr/candidates.h"

#include "kgstore/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { PURPOSE_SAMPLE = 5 };

static int descending(const void *left, const void *right) {
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a < b) - (a > b);
}

kg_status transr_most_answers(size_t *most, const transr_queries *queries,
                              const transr_batches *batches) {
    size_t *counts = malloc((queries->count + 1) * sizeof *counts);
    if (!counts)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < queries->count; i++)
        counts[i] = queries->first[i + 1] - queries->first[i];
    qsort(counts, queries->count, sizeof *counts, descending);
    *most = 0;
    for (size_t i = 0; i < queries->count && i < batches->most; i++)
        *most += counts[i];
    free(counts);
    return KG_OK;
}

kg_status transr_candidates_new(transr_candidates *out, uint32_t E, const transr_queries *queries,
                                const transr_batches *batches, const transr_recipe *recipe) {
    *out = (transr_candidates){.count = E, .most = E, .E = E};
    if (recipe->negatives == 0)
        return KG_OK;
    size_t answers = 0;
    kg_status st;
    KG_TRY(st, transr_most_answers(&answers, queries, batches));
    size_t most = recipe->negatives + batches->most + answers;
    out->most = most < E ? most : E;
    out->ids = malloc((out->most + 1) * sizeof *out->ids);
    out->where = malloc(((size_t)E + 1) * sizeof *out->where);
    out->drawn = malloc((queries->n_answers + 1) * sizeof *out->drawn);
    if (!out->ids || !out->where || !out->drawn)
        return KG_ERR_MEMORY;
    memset(out->where, 0xff, (size_t)E * sizeof *out->where);
    memcpy(out->drawn, queries->answers, queries->n_answers * sizeof *out->drawn);
    out->n_drawn = queries->n_answers;
    out->count = 0;
    return KG_OK;
}

void transr_candidates_free(transr_candidates *candidates) {
    free(candidates->ids);
    free(candidates->where);
    free(candidates->drawn);
    *candidates = (transr_candidates){.count = 0};
}

static void add(transr_candidates *c, uint32_t entity) {
    if (c->where[entity] != UINT32_MAX)
        return;
    c->where[entity] = (uint32_t)c->count;
    c->ids[c->count++] = entity;
}

void transr_candidates_choose(transr_candidates *candidates, const transr_queries *queries,
                              const transr_batches *batches, const transr_recipe *recipe,
                              size_t b) {
    transr_candidates *c = candidates;
    if (!c->where)
        return;
    for (size_t i = 0; i < c->count; i++)
        c->where[c->ids[i]] = UINT32_MAX;
    c->count = 0;
    kg_rng rng = kg_rng_stream(recipe->seed, batches->epoch, b, PURPOSE_SAMPLE);
    for (uint32_t i = 0; i < recipe->negatives; i++) {
        bool by_degree = kg_rng_uniform(&rng) < (double)recipe->degree_share;
        add(c, by_degree ? c->drawn[kg_rng_below(&rng, c->n_drawn)]
                         : (uint32_t)kg_rng_below(&rng, c->E));
    }
    transr_batch batch = batches->list[b];
    for (size_t i = 0; i < batch.count; i++) {
        size_t query = batches->order[batch.first + i];
        add(c, queries->list[query].anchor);
        for (size_t a = queries->first[query]; a < queries->first[query + 1]; a++)
            add(c, queries->answers[a]);
    }
}
