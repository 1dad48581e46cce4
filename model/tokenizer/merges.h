/* Joining of neighboring pieces, the most frequent pair first. Private to the learner. */
#ifndef KG_MODEL_MERGES_H
#define KG_MODEL_MERGES_H

#include "kgstore/base/array.h"
#include "kgstore/base/status.h"

#include <stdint.h>

/* A word as pieces; pieces are numbers that the caller gave out. */
typedef struct kg_piece_word {
    size_t start; /* in pieces */
    uint32_t length;
    uint64_t count;
} kg_piece_word;

typedef struct kg_merges kg_merges;

/* pieces and words are taken over as they are, changed by joining, and stay the caller's to free
 * after the merges. */
kg_status kg_merges_new(kg_merges **out, uint32_t *pieces, kg_piece_word *words, size_t n_words);
void kg_merges_free(kg_merges *merges);

/* The most frequent pair, of equals that with the smallest numbers; *count 0 where none is left. */
kg_status kg_merges_best(uint32_t *left, uint32_t *right, uint64_t *count, kg_merges *merges);

/* Replace that pair by one piece wherever it stands. */
kg_status kg_merges_join(kg_merges *merges, uint32_t left, uint32_t right, uint32_t joined);

#endif
