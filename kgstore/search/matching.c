/* The search: a pass over all names that keeps the best entities in a heap. */
#include "kgstore/search/nametable.h"
#include "kgstore/search/spelling.h"

#include <string.h>

typedef struct matching {
    kg_str text; /* folded */
    uint64_t bag;
    uint32_t size, most; /* characters; letters that may differ */
    kg_spelling spelling;
    kg_hits *hits; /* a heap, the worst first */
    uint32_t k;
} matching;

/* How many letters of a word may differ. */
static uint32_t most_of(uint32_t size) {
    enum { FEWEST = 2, SOME = 6, MANY = 12 };
    if (size > KG_SPELLING_LONGEST || size < FEWEST)
        return 0;
    return size < SOME ? 1 : size < MANY ? 2 : 3;
}

static bool is_better(const kg_hit *a, const kg_hit *b) {
    if (a->match != b->match)
        return a->match < b->match;
    if (a->distance != b->distance)
        return a->distance < b->distance;
    if (a->weight != b->weight)
        return a->weight > b->weight;
    return a->entity < b->entity;
}

static int best_first(const void *a, const void *b) {
    return is_better(a, b) ? -1 : is_better(b, a);
}

/* ---- The heap -------------------------------------------------------------------------------- */

static void sink(kg_hits *hits) {
    kg_hit *h = hits->data, top = h[0];
    size_t at = 0;
    for (size_t child = 1; child < hits->len; child = 2 * at + 1) {
        if (child + 1 < hits->len && is_better(&h[child], &h[child + 1]))
            child++;
        if (!is_better(&top, &h[child]))
            break;
        h[at] = h[child];
        at = child;
    }
    h[at] = top;
}

static kg_status keep(matching *m, const kg_hit *hit) {
    kg_status st;
    kg_hits *hits = m->hits;
    if (hits->len == m->k) {
        if (!is_better(hit, &hits->data[0]))
            return KG_OK;
        hits->data[0] = *hit;
        sink(hits);
        return KG_OK;
    }
    KG_TRY(st, kg_array_push(hits, *hit));
    kg_hit *h = hits->data;
    size_t at = hits->len - 1;
    for (; at > 0 && is_better(&h[(at - 1) / 2], hit); at = (at - 1) / 2)
        h[at] = h[(at - 1) / 2];
    h[at] = *hit;
    return KG_OK;
}

/* ---- Matching -------------------------------------------------------------------------------- */

static uint32_t bits(uint64_t word) {
    return (uint32_t)__builtin_popcountll(word);
}

/* Whether name i matches, and how. A letter that is changed takes at most one character from the
 * bag and brings at most one into it. */
static bool match_name(kg_hit *hit, const matching *m, const kg_name_table *t, size_t i) {
    const kg_name_entry *name = &t->names.data[i];
    uint64_t bag = t->bags.data[i];
    size_t end = i + 1 < t->names.len ? name[1].start : t->text.len;
    kg_str text = {t->text.len ? t->text.data + name->start : "", end - name->start};
    *hit = (kg_hit){.entity = name->entity, .name = i};
    if (!(m->bag & ~bag)) {
        const char *at = memmem(text.data, text.len, m->text.data, m->text.len);
        if (at)
            hit->match = at > text.data            ? KG_MATCH_PART
                         : text.len == m->text.len ? KG_MATCH_EXACT
                                                   : KG_MATCH_PREFIX;
        if (at)
            return true;
    }
    uint32_t apart = name->size > m->size ? name->size - m->size : m->size - name->size;
    if (m->most == 0 || apart > m->most || bits(bag & ~m->bag) > m->most)
        return false;
    hit->match = KG_MATCH_NEAR;
    hit->distance = kg_spelling_distance(&m->spelling, text);
    return hit->distance <= m->most;
}

static kg_status match_all(matching *m, const kg_name_table *t, const double *weights,
                           uint64_t n_weights) {
    kg_status st;
    kg_hit best = {.entity = KG_NO_ID}, hit;
    for (size_t i = 0; i < t->bags.len; i++) {
        if (bits(m->bag & ~t->bags.data[i]) > m->most || !match_name(&hit, m, t, i))
            continue;
        hit.weight = hit.entity < n_weights ? weights[hit.entity] : 0;
        if (best.entity != hit.entity && best.entity != KG_NO_ID)
            KG_TRY(st, keep(m, &best));
        if (best.entity != hit.entity || is_better(&hit, &best))
            best = hit;
    }
    return best.entity == KG_NO_ID ? KG_OK : keep(m, &best);
}

kg_status kg_name_table_search(kg_hits *hits, const kg_name_table *table, kg_str text,
                               const double *weights, uint64_t n_weights, uint32_t k) {
    kg_bytes folded = KG_ARRAY_INIT;
    matching m = {.hits = hits, .k = k};
    kg_status st = kg_name_fold(&folded, text);
    m.text = (kg_str){folded.data, folded.len};
    m.bag = kg_name_bag(&m.size, m.text);
    m.most = most_of(m.size);
    kg_spelling_init(&m.spelling, m.text);
    if (st == KG_OK && m.size > 0 && k > 0)
        st = match_all(&m, table, weights, n_weights);
    if (st == KG_OK && hits->len > 0)
        qsort(hits->data, hits->len, sizeof *hits->data, best_first);
    kg_array_free(&folded);
    return st;
}
