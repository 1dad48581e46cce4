#include "plugins/transr/queries.h"

#include <stdbool.h>
#include <stdlib.h>

/* What is sorted: a query and one answer. */
typedef struct pair {
    transr_query query;
    uint32_t answer;
} pair;

static int compare_queries(const transr_query *a, const transr_query *b) {
    if (a->relation != b->relation)
        return a->relation < b->relation ? -1 : 1;
    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    return (a->anchor > b->anchor) - (a->anchor < b->anchor);
}

static int compare_pairs(const void *left, const void *right) {
    const pair *a = left, *b = right;
    int order = compare_queries(&a->query, &b->query);
    return order ? order : (a->answer > b->answer) - (a->answer < b->answer);
}

/* Lay sorted pairs out; out's arrays have room for all. */
static void collect(transr_queries *out, const pair *pairs, size_t n) {
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && compare_queries(&pairs[i].query, &pairs[i - 1].query) == 0;
        if (same && pairs[i].answer == pairs[i - 1].answer)
            continue;
        if (!same) {
            out->first[out->count] = out->n_answers;
            out->list[out->count++] = pairs[i].query;
        }
        out->answers[out->n_answers++] = pairs[i].answer;
    }
    out->first[out->count] = out->n_answers;
}

kg_status transr_queries_build(transr_queries *out, const transr_triple *triples, size_t n) {
    *out = (transr_queries){NULL, NULL, NULL, 0, 0};
    pair *pairs = malloc((2 * n + 1) * sizeof *pairs);
    out->list = malloc((2 * n + 1) * sizeof *out->list);
    out->first = malloc((2 * n + 1) * sizeof *out->first);
    out->answers = malloc((2 * n + 1) * sizeof *out->answers);
    if (!pairs || !out->list || !out->first || !out->answers) {
        free(pairs);
        return KG_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        transr_triple t = triples[i];
        pairs[2 * i] = (pair){{t.head, t.relation, 0}, t.tail};
        pairs[2 * i + 1] = (pair){{t.tail, t.relation, 1}, t.head};
    }
    qsort(pairs, 2 * n, sizeof *pairs, compare_pairs);
    collect(out, pairs, 2 * n);
    free(pairs);
    return KG_OK;
}

void transr_queries_free(transr_queries *queries) {
    free(queries->list);
    free(queries->first);
    free(queries->answers);
    *queries = (transr_queries){NULL, NULL, NULL, 0, 0};
}

size_t transr_queries_find(const transr_queries *queries, transr_query query) {
    size_t low = 0, high = queries->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_queries(&queries->list[middle], &query) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < queries->count && compare_queries(&queries->list[low], &query) == 0;
    return found ? low : queries->count;
}

int transr_queries_has(const transr_queries *queries, size_t i, uint32_t answer) {
    size_t low = queries->first[i], high = queries->first[i + 1], end = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (queries->answers[middle] < answer)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && queries->answers[low] == answer;
}
