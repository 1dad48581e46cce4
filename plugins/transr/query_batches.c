#include "plugins/transr/query_batches.h"

#include "model/epoch_order.h"

#include "kgstore/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { PURPOSE_QUERIES = 3, PURPOSE_BATCHES = 4 };

/* The end of the run of queries that may share batches with query i. */
static size_t group_end(const transr_queries *queries, const transr_recipe *recipe, size_t i) {
    if (!recipe->project)
        return queries->count;
    uint32_t relation = queries->list[i].relation;
    while (i < queries->count && queries->list[i].relation == relation)
        i++;
    return i;
}

/* Cut the queries into groups of nearly equal size within each group; list may be NULL to count
 * only. */
static size_t cut(transr_batch *list, const transr_queries *queries, const transr_recipe *recipe) {
    size_t n = 0;
    for (size_t first = 0, end; first < queries->count; first = end) {
        end = group_end(queries, recipe, first);
        size_t size = end - first;
        size_t parts = (size + recipe->queries - 1) / recipe->queries;
        for (size_t k = 0; k < parts; k++, n++)
            if (list) {
                size_t from = first + size * k / parts;
                list[n] = (transr_batch){from, first + size * (k + 1) / parts - from};
            }
    }
    return n;
}

kg_status transr_batches_new(transr_batches *out, const transr_queries *queries,
                             const transr_recipe *recipe) {
    *out = (transr_batches){.count = 0};
    if (queries->count >= UINT32_MAX)
        return KG_ERR_LIMIT;
    out->n_groups = cut(NULL, queries, recipe);
    out->count = (out->n_groups + recipe->groups - 1) / recipe->groups;
    out->most = (size_t)recipe->groups * recipe->queries;
    out->order = malloc((queries->count + 1) * sizeof *out->order);
    out->scratch = malloc((queries->count + 1) * sizeof *out->scratch);
    out->groups = malloc((out->n_groups + 1) * sizeof *out->groups);
    out->list = malloc((out->count + 1) * sizeof *out->list);
    return out->order && out->scratch && out->groups && out->list ? KG_OK : KG_ERR_MEMORY;
}

void transr_batches_free(transr_batches *batches) {
    free(batches->order);
    free(batches->scratch);
    free(batches->groups);
    free(batches->list);
    *batches = (transr_batches){.count = 0};
}

static int compare_positions(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void shuffle_groups(transr_batch *groups, size_t n, kg_rng *rng) {
    for (size_t i = n; i > 1; i--) {
        size_t j = kg_rng_below(rng, i);
        transr_batch swap = groups[i - 1];
        groups[i - 1] = groups[j];
        groups[j] = swap;
    }
}

/* Lay the groups out in their order, each batch sorted. */
static void deal(transr_batches *batches) {
    size_t place = 0, group = 0;
    for (size_t b = 0; b < batches->count; b++) {
        size_t end = batches->n_groups * (b + 1) / batches->count, first = place;
        for (; group < end; group++) {
            transr_batch g = batches->groups[group];
            memcpy(batches->order + place, batches->scratch + g.first,
                   g.count * sizeof *batches->order);
            place += g.count;
        }
        batches->list[b] = (transr_batch){first, place - first};
        qsort(batches->order + first, place - first, sizeof *batches->order, compare_positions);
    }
}

void transr_batches_shuffle(transr_batches *batches, const transr_queries *queries,
                            const transr_recipe *recipe, uint64_t epoch) {
    if (batches->epoch == epoch)
        return;
    for (size_t i = 0; i < queries->count; i++)
        batches->scratch[i] = (uint32_t)i;
    for (size_t first = 0, end; first < queries->count; first = end) {
        end = group_end(queries, recipe, first);
        kg_rng rng = kg_rng_stream(recipe->seed, epoch, first, PURPOSE_QUERIES);
        kg_shuffle(batches->scratch + first, end - first, &rng);
    }
    cut(batches->groups, queries, recipe);
    kg_rng rng = kg_rng_stream(recipe->seed, epoch, 0, PURPOSE_BATCHES);
    shuffle_groups(batches->groups, batches->n_groups, &rng);
    deal(batches);
    batches->epoch = epoch;
}
