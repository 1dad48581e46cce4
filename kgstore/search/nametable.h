/* The names of a graph, folded, side by side in memory, and the search among them. Knows nothing of
 * the store. Private to the search room.
 *
 * The search looks at every name, best while that is fast: one word of each, its bag, tells of
 * nearly all that they cannot match, and the words lie in a row. */
#ifndef KG_SEARCH_NAMETABLE_H
#define KG_SEARCH_NAMETABLE_H

#include "kgstore/base/array.h"
#include "kgstore/kgstore.h"

typedef struct kg_name_entry {
    size_t start;  /* of its text; it ends where the next one starts */
    kg_id entity;  /* names of one entity follow each other */
    uint32_t size; /* characters */
} kg_name_entry;

/* All zero: empty. */
typedef struct kg_name_table {
    KG_ARRAY(uint64_t) bags; /* of each name: a bit for the hash of each of its characters */
    KG_ARRAY(kg_name_entry) names;
    kg_bytes text; /* folded, UTF-8 */
} kg_name_table;

/* Append a name. KG_ERR_MEMORY leaves the table without it. */
kg_status kg_name_table_add(kg_name_table *table, kg_str name, kg_id entity);
void kg_name_table_free(kg_name_table *table);

/* Append text as names are compared: in NFC with full case folding. */
kg_status kg_name_fold(kg_bytes *to, kg_str text);

/* The bag of folded text; *size: its characters. */
uint64_t kg_name_bag(uint32_t *size, kg_str folded);

/* An entity that was found by one of its names. */
typedef struct kg_hit {
    kg_id entity;
    kg_match match;
    uint32_t distance; /* letters changed; 0 but for KG_MATCH_NEAR */
    size_t name;       /* its index in the table */
    double weight;
} kg_hit;

typedef KG_ARRAY(kg_hit) kg_hits;

/* Fill *hits, which is empty, with the best k entities of which a name matches text, best first: by
 * match, distance, weight (the greatest first) and entity. An entity is given once, by the best
 * match among its names, and of equal ones the first. */
kg_status kg_name_table_search(kg_hits *hits, const kg_name_table *table, kg_str text,
                               const double *weights, uint64_t n_weights, uint32_t k);

#endif
