/* A trie over sequences of small codes, as a double array: one memory access a step, and a layout
 * that can be written to a file and used where it is mapped.
 *
 * Node 0 is the root. The child of node s by code c stands at base(s) + c, and belongs to s where
 * its check says so (Aoe 1989). Codes are 1 and up; give the frequent ones the small numbers, for
 * then the array is dense. */
#ifndef KG_BASE_TRIE_H
#define KG_BASE_TRIE_H

#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_trie_node {
    uint32_t base;  /* KG_TRIE_ACCEPT set where a key ends */
    uint32_t check; /* the parent; UINT32_MAX: free */
} kg_trie_node;

#define KG_TRIE_ACCEPT (UINT32_C(1) << 31)

/* A view: owns nothing. */
typedef struct kg_trie {
    const kg_trie_node *nodes;
    const uint32_t *values; /* of the key that ends at a node; 0 elsewhere */
    uint32_t count;         /* of nodes and values, free ones included */
} kg_trie;

/* The child of node by code; 0 where there is none (or code is 0). */
static inline uint32_t kg_trie_step(const kg_trie *trie, uint32_t node, uint32_t code) {
    uint32_t next = (trie->nodes[node].base & ~KG_TRIE_ACCEPT) + code;
    return next < trie->count && trie->nodes[next].check == node ? next : 0;
}

static inline bool kg_trie_accepts(const kg_trie *trie, uint32_t node) {
    return trie->nodes[node].base & KG_TRIE_ACCEPT;
}

typedef struct kg_trie_builder kg_trie_builder;

kg_status kg_trie_builder_new(kg_trie_builder **out);
void kg_trie_builder_free(kg_trie_builder *builder);

/* Add a key of n > 0 codes, each below 2^24. Of keys that are equal the one of the smallest
 * `order` stays, of equal orders the smallest value. */
kg_status kg_trie_add(kg_trie_builder *builder, const uint32_t *codes, size_t n, uint32_t value,
                      uint64_t order);

/* Give the codes new numbers: 1 to the most frequent, and on; of codes as frequent the smaller
 * comes first. *map (the caller's to free) has *size entries: the new number of each old code, 0
 * where none uses it. Once, after the last key. */
kg_status kg_trie_recode(uint32_t **map, size_t *size, kg_trie_builder *builder);

/* Build. The arrays that the view points at are the caller's to free: free((void *)out->nodes),
 * free((void *)out->values). The same keys in any order give the same bytes. KG_ERR_LIMIT where
 * 2^31 nodes do not hold them. */
kg_status kg_trie_build(kg_trie *out, kg_trie_builder *builder);

#endif
