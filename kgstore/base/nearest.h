/* The known name that a mistyped word was meant to be. */
#ifndef KG_BASE_NEAREST_H
#define KG_BASE_NEAREST_H

#include <stddef.h>

typedef struct kg_nearest {
    const char *word;
    const char *best; /* NULL: none near enough so far */
    size_t distance;  /* of best */
} kg_nearest;

/* Only names at most a third of the word's length (and one letter) away count. */
kg_nearest kg_nearest_begin(const char *word);

/* Consider a name; the first of equally near ones stays. */
void kg_nearest_consider(kg_nearest *nearest, const char *name);

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b (the restricted
 * distance of Damerau and Levenshtein), in bytes. Names of 63 bytes or more are infinitely far. */
size_t kg_edit_distance(const char *a, const char *b);

#endif
