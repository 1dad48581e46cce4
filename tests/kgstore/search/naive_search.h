/* The search of names as kgstore.h says it, slowly: every name against the text, character by
 * character, and a sort of all that match. For tests. */
#ifndef KG_TESTS_NAIVE_SEARCH_H
#define KG_TESTS_NAIVE_SEARCH_H

#include "kgstore/search/nametable.h"

typedef struct naive_name {
    kg_str text;
    kg_id entity;
} naive_name;

/* As kg_name_table_search among n names, those of an entity one after the other. Ends the process
 * where there is no memory. */
void naive_search(kg_hits *hits, const naive_name *names, size_t n, kg_str text,
                  const double *weights, uint64_t n_weights, uint32_t k);

/* Letters changed, left out, put in or swapped with the next: the whole table of distances. */
uint32_t naive_distance(const uint32_t *a, size_t n, const uint32_t *b, size_t m);

/* text folded, one code point a character; the caller's to free. */
uint32_t *naive_fold(size_t *n, kg_str text);

#endif
