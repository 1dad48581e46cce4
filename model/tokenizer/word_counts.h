/* How often each word occurs: a hash table of sequences of code points. Private to the learner. */
#ifndef KG_MODEL_WORD_COUNTS_H
#define KG_MODEL_WORD_COUNTS_H

#include "kgstore/base/array.h"
#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_counted_word {
    size_t start; /* in characters */
    uint32_t length;
    uint64_t count;
} kg_counted_word;

typedef struct kg_word_counts {
    KG_ARRAY(uint32_t) characters;
    KG_ARRAY(kg_counted_word) words;
    uint32_t *slots; /* index of a word + 1; 0 free */
    size_t n_slots;  /* a power of two, or 0 */
} kg_word_counts;

/* Count one more; *index (may be NULL) is the word's in `words`. All zero bytes: empty. */
kg_status kg_word_counts_add(uint32_t *index, kg_word_counts *counts, const uint32_t *word,
                             size_t length);

/* Whether the word is there; its index. */
bool kg_word_counts_find(uint32_t *index, const kg_word_counts *counts, const uint32_t *word,
                         size_t length);
void kg_word_counts_free(kg_word_counts *counts);

/* Sort the words by their characters, so that nothing depends on the order they came in; adding
 * is over. */
void kg_word_counts_sort(kg_word_counts *counts);

#endif
