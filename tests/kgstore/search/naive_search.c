#include "tests/kgstore/search/naive_search.h"

#include "kgstore/base/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *memory) {
    if (!memory) {
        fputs("naive_search: out of memory\n", stderr);
        abort();
    }
    return memory;
}

uint32_t *naive_fold(size_t *n, kg_str text) {
    uint32_t *points = NULL;
    *n = 0;
    for (size_t at = 0; at < text.len;) {
        kg_folded piece;
        kg_text_fold_next(&piece, (kg_str){text.data + at, text.len - at});
        points = must(realloc(points, (*n + piece.n + 1) * sizeof *points));
        for (size_t i = 0; i < piece.n; i++)
            points[(*n)++] = (uint32_t)piece.points[i];
        at += piece.bytes;
    }
    return points ? points : must(malloc(1));
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

uint32_t naive_distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m) {
    size_t width = m + 1;
    uint32_t *d = must(malloc((n + 1) * width * sizeof *d));
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            uint32_t *at = &d[i * width + j];
            if (i == 0 || j == 0) {
                *at = (uint32_t)(i + j);
                continue;
            }
            *at = least(least(at[-1], d[(i - 1) * width + j]) + 1,
                        d[(i - 1) * width + j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                *at = least(*at, d[(i - 2) * width + j - 2] + 1);
        }
    uint32_t distance = d[n * width + m];
    free(d);
    return distance;
}

static bool matches(kg_hit *hit, const uint32_t *name, size_t n, const uint32_t *word, size_t m) {
    for (size_t at = 0; at + m <= n; at++)
        if (memcmp(name + at, word, m * sizeof *word) == 0) {
            hit->match = at ? KG_MATCH_PART : m < n ? KG_MATCH_PREFIX : KG_MATCH_EXACT;
            return true;
        }
    uint32_t most = m > 64 || m < 2 ? 0 : m < 6 ? 1 : m < 12 ? 2 : 3;
    hit->match = KG_MATCH_NEAR;
    hit->distance = most && n < 1000 ? naive_distance(name, n, word, m) : 1;
    return hit->distance <= most;
}

static int compare(const kg_hit *a, const kg_hit *b) {
    if (a->match != b->match)
        return a->match < b->match ? -1 : 1;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->entity < b->entity ? -1 : a->entity > b->entity;
}

static int in_order(const void *a, const void *b) {
    return compare(a, b);
}

void naive_search(kg_hits *hits, const naive_name *names, size_t n, kg_str text,
                  const double *weights, uint64_t n_weights, uint32_t k) {
    size_t m;
    uint32_t *word = naive_fold(&m, text);
    for (size_t i = 0; m > 0 && i < n; i++) {
        kg_id entity = names[i].entity;
        kg_hit hit = {.entity = entity, .name = i};
        size_t length;
        uint32_t *name = naive_fold(&length, names[i].text);
        hit.weight = entity < n_weights ? weights[entity] : 0;
        bool again = hits->len > 0 && hits->data[hits->len - 1].entity == entity;
        bool found = matches(&hit, name, length, word, m);
        if (found && !again)
            must(kg_array_push(hits, hit) == KG_OK ? hits->data : NULL);
        else if (found && compare(&hit, &hits->data[hits->len - 1]) < 0)
            hits->data[hits->len - 1] = hit;
        free(name);
    }
    if (hits->len)
        qsort(hits->data, hits->len, sizeof *hits->data, in_order);
    hits->len = hits->len < k ? hits->len : k;
    free(word);
}
