/* How far a name is from a word: letters changed, left out, put in, or swapped with the next.
 * Private to the search room. */
#ifndef KG_SEARCH_SPELLING_H
#define KG_SEARCH_SPELLING_H

#include "kgstore/base/str.h"

#include <stdint.h>

enum { KG_SPELLING_LONGEST = 64, KG_SPELLING_SLOTS = 128 };

/* A word prepared: in which places each of its characters stands, a bit for each place. */
typedef struct kg_spelling {
    uint32_t size; /* characters; 0: the word is empty or too long to be compared */
    uint32_t characters[KG_SPELLING_SLOTS];
    uint64_t places[KG_SPELLING_SLOTS]; /* 0: the slot is free */
} kg_spelling;

void kg_spelling_init(kg_spelling *spelling, kg_str word);

/* The restricted distance of Damerau and Levenshtein between the word, which has 1 to 64
 * characters, and a name. Bits of one machine word stand for a column of the table of distances
 * (H. Hyyro, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003),
 * so that a character of the name costs a dozen operations. */
uint32_t kg_spelling_distance(const kg_spelling *spelling, kg_str name);

#endif
