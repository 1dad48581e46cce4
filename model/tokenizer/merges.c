/* A heap of pairs with the counts they had when they were put there. A count changes as pieces
 * around it are joined; an entry that is out of date when it comes up is put back with the count
 * of now. Each pair keeps a list of the words it was seen in (perhaps not any more). */
#include "model/tokenizer/merges.h"

#include "kgstore/base/hash.h"

#include <stdbool.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 4096 };

typedef struct pair {
    uint32_t left, right;
    uint64_t count;
    KG_ARRAY(uint32_t) words;
} pair;

typedef struct entry {
    uint64_t count;
    uint32_t pair; /* index */
} entry;

struct kg_merges {
    uint32_t *pieces;
    kg_piece_word *words;
    size_t n_words;
    KG_ARRAY(pair) pairs;
    uint32_t *slots; /* index of a pair + 1; 0 free */
    size_t n_slots;
    KG_ARRAY(entry) heap;
    KG_ARRAY(uint32_t) touched; /* pairs whose count grew in this join */
};

/* ---- Pairs ----------------------------------------------------------------------------------- */

static uint32_t *find_slot(const kg_merges *m, uint32_t left, uint32_t right) {
    for (size_t i = kg_hash_u64((uint64_t)left << 32 | right);; i++) {
        uint32_t *slot = &m->slots[i & (m->n_slots - 1)];
        if (*slot == 0)
            return slot;
        const pair *p = &m->pairs.data[*slot - 1];
        if (p->left == left && p->right == right)
            return slot;
    }
}

static kg_status grow(kg_merges *m) {
    size_t n = m->n_slots ? m->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    free(m->slots);
    m->slots = slots;
    m->n_slots = n;
    for (size_t i = 0; i < m->pairs.len; i++)
        *find_slot(m, m->pairs.data[i].left, m->pairs.data[i].right) = (uint32_t)i + 1;
    return KG_OK;
}

/* The pair's index; made where it is new. */
static kg_status pair_at(uint32_t *index, kg_merges *m, uint32_t left, uint32_t right) {
    kg_status st;
    if ((m->pairs.len + 1) * 2 > m->n_slots)
        KG_TRY(st, grow(m));
    uint32_t *slot = find_slot(m, left, right);
    if (*slot == 0) {
        pair fresh = {left, right, 0, KG_ARRAY_INIT};
        KG_TRY(st, kg_array_push(&m->pairs, fresh));
        *slot = (uint32_t)m->pairs.len;
    }
    *index = *slot - 1;
    return KG_OK;
}

static kg_status gain(kg_merges *m, uint32_t left, uint32_t right, uint32_t word) {
    kg_status st;
    uint32_t index;
    KG_TRY(st, pair_at(&index, m, left, right));
    pair *p = &m->pairs.data[index];
    p->count += m->words[word].count;
    if (p->words.len == 0 || p->words.data[p->words.len - 1] != word)
        KG_TRY(st, kg_array_push(&p->words, word));
    return kg_array_push(&m->touched, index);
}

static void lose(kg_merges *m, uint32_t left, uint32_t right, uint32_t word) {
    m->pairs.data[*find_slot(m, left, right) - 1].count -= m->words[word].count;
}

/* ---- The heap -------------------------------------------------------------------------------- */

static bool comes_before(const kg_merges *m, entry a, entry b) {
    if (a.count != b.count)
        return a.count > b.count;
    const pair *x = &m->pairs.data[a.pair], *y = &m->pairs.data[b.pair];
    return x->left != y->left ? x->left < y->left : x->right < y->right;
}

static kg_status heap_push(kg_merges *m, uint32_t index) {
    kg_status st;
    entry e = {m->pairs.data[index].count, index};
    KG_TRY(st, kg_array_push(&m->heap, e));
    entry *h = m->heap.data;
    size_t i = m->heap.len - 1;
    while (i > 0 && comes_before(m, e, h[(i - 1) / 2])) {
        h[i] = h[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h[i] = e;
    return KG_OK;
}

static entry heap_pop(kg_merges *m) {
    entry *h = m->heap.data, top = h[0], e = h[--m->heap.len];
    size_t i = 0, n = m->heap.len;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && comes_before(m, h[child + 1], h[child]))
            child++;
        if (!comes_before(m, h[child], e))
            break;
        h[i] = h[child];
        i = child;
    }
    h[i] = e;
    return top;
}

/* Pairs whose count grew go onto the heap with their new count. */
static kg_status push_touched(kg_merges *m) {
    kg_status st;
    for (size_t i = 0; i < m->touched.len; i++)
        KG_TRY(st, heap_push(m, m->touched.data[i]));
    m->touched.len = 0;
    return KG_OK;
}

/* ---- Joining --------------------------------------------------------------------------------- */

kg_status kg_merges_best(uint32_t *left, uint32_t *right, uint64_t *count, kg_merges *m) {
    kg_status st;
    *count = 0;
    while (m->heap.len > 0) {
        entry e = heap_pop(m);
        const pair *p = &m->pairs.data[e.pair];
        if (p->count == 0)
            continue;
        if (p->count < e.count) {
            KG_TRY(st, heap_push(m, e.pair));
            continue;
        }
        if (p->count > e.count)
            continue;
        *left = p->left;
        *right = p->right;
        *count = p->count;
        return KG_OK;
    }
    return KG_OK;
}

static kg_status join_in(kg_merges *m, uint32_t index, uint32_t left, uint32_t right,
                         uint32_t joined) {
    kg_status st;
    kg_piece_word *w = &m->words[index];
    uint32_t *p = m->pieces + w->start;
    for (uint32_t i = 0; i + 1 < w->length; i++) {
        if (p[i] != left || p[i + 1] != right)
            continue;
        lose(m, left, right, index);
        if (i > 0) {
            lose(m, p[i - 1], left, index);
            KG_TRY(st, gain(m, p[i - 1], joined, index));
        }
        if (i + 2 < w->length) {
            lose(m, right, p[i + 2], index);
            KG_TRY(st, gain(m, joined, p[i + 2], index));
        }
        p[i] = joined;
        for (uint32_t k = i + 1; k + 1 < w->length; k++)
            p[k] = p[k + 1];
        w->length--;
    }
    return KG_OK;
}

kg_status kg_merges_join(kg_merges *m, uint32_t left, uint32_t right, uint32_t joined) {
    kg_status st;
    uint32_t index;
    KG_TRY(st, pair_at(&index, m, left, right));
    for (size_t i = 0; i < m->pairs.data[index].words.len; i++)
        KG_TRY(st, join_in(m, m->pairs.data[index].words.data[i], left, right, joined));
    kg_array_free(&m->pairs.data[index].words);
    return push_touched(m);
}

kg_status kg_merges_new(kg_merges **out, uint32_t *pieces, kg_piece_word *words, size_t n_words) {
    kg_status st = KG_OK;
    kg_merges *m = *out = calloc(1, sizeof *m);
    if (!m)
        return KG_ERR_MEMORY;
    m->pieces = pieces;
    m->words = words;
    m->n_words = n_words;
    for (uint32_t w = 0; w < n_words && st == KG_OK; w++)
        for (uint32_t i = 0; i + 1 < words[w].length && st == KG_OK; i++)
            st = gain(m, pieces[words[w].start + i], pieces[words[w].start + i + 1], w);
    m->touched.len = 0;
    for (uint32_t i = 0; i < m->pairs.len && st == KG_OK; i++)
        st = heap_push(m, i);
    return st;
}

void kg_merges_free(kg_merges *merges) {
    if (!merges)
        return;
    for (size_t i = 0; i < merges->pairs.len; i++)
        kg_array_free(&merges->pairs.data[i].words);
    kg_array_free(&merges->pairs);
    kg_array_free(&merges->heap);
    kg_array_free(&merges->touched);
    free(merges->slots);
    free(merges);
}
