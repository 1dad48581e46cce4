#include "model/tokenizer/word_counts.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

static uint64_t hash_of(const uint32_t *word, size_t length) {
    return kg_hash_bytes(word, length * sizeof *word, 0);
}

/* The slot that holds the word, or the free one where it belongs. */
static uint32_t *find_slot(const kg_word_counts *c, const uint32_t *word, size_t length) {
    for (size_t i = hash_of(word, length);; i++) {
        uint32_t *slot = &c->slots[i & (c->n_slots - 1)];
        if (*slot == 0)
            return slot;
        const kg_counted_word *w = &c->words.data[*slot - 1];
        if (w->length == length &&
            memcmp(c->characters.data + w->start, word, length * sizeof *word) == 0)
            return slot;
    }
}

static kg_status grow(kg_word_counts *c) {
    size_t n = c->n_slots ? c->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    free(c->slots);
    c->slots = slots;
    c->n_slots = n;
    for (size_t i = 0; i < c->words.len; i++) {
        const kg_counted_word *w = &c->words.data[i];
        *find_slot(c, c->characters.data + w->start, w->length) = (uint32_t)i + 1;
    }
    return KG_OK;
}

kg_status kg_word_counts_add(uint32_t *index, kg_word_counts *counts, const uint32_t *word,
                             size_t length) {
    kg_status st;
    if ((counts->words.len + 1) * 2 > counts->n_slots)
        KG_TRY(st, grow(counts));
    uint32_t *slot = find_slot(counts, word, length);
    if (*slot == 0) {
        kg_counted_word fresh = {counts->characters.len, (uint32_t)length, 0};
        KG_TRY(st, kg_array_append(&counts->characters, word, length));
        KG_TRY(st, kg_array_push(&counts->words, fresh));
        *slot = (uint32_t)counts->words.len;
    }
    counts->words.data[*slot - 1].count++;
    if (index)
        *index = *slot - 1;
    return KG_OK;
}

bool kg_word_counts_find(uint32_t *index, const kg_word_counts *counts, const uint32_t *word,
                         size_t length) {
    uint32_t slot = counts->n_slots ? *find_slot(counts, word, length) : 0;
    *index = slot ? slot - 1 : 0;
    return slot != 0;
}

void kg_word_counts_free(kg_word_counts *counts) {
    kg_array_free(&counts->characters);
    kg_array_free(&counts->words);
    free(counts->slots);
    counts->slots = NULL;
    counts->n_slots = 0;
}

static int compare_words(const void *a, const void *b, void *characters) {
    const kg_counted_word *x = a, *y = b;
    const uint32_t *all = characters;
    for (uint32_t i = 0; i < x->length && i < y->length; i++)
        if (all[x->start + i] != all[y->start + i])
            return all[x->start + i] < all[y->start + i] ? -1 : 1;
    return (x->length > y->length) - (x->length < y->length);
}

void kg_word_counts_sort(kg_word_counts *counts) {
    free(counts->slots);
    counts->slots = NULL;
    counts->n_slots = 0;
    if (counts->words.len > 0)
        qsort_r(counts->words.data, counts->words.len, sizeof *counts->words.data, compare_words,
                counts->characters.data);
}
