/* The compiled linker as bytes that can lie in a file and be used where they are mapped: a table
 * that folds and recodes characters, a filter of the pairs of characters that names begin
 * with, and a trie of the names. Private to the link room.
 *
 * The search walks the trie from every position where a name may begin, keeps the longest name that
 * ends well, and goes on behind it. That is leftmost-longest by construction, and obeys the word
 * rule without cases (an Aho-Corasick automaton would have to take back a match whose edge turns
 * out to be inside a word). Most positions never reach the trie, whose nodes lie far apart in
 * memory: the filter, small enough for the processor's second cache, tells that no name begins
 * there. The worst case is the length of the text times that of the longest name. */
#ifndef KG_LINK_AUTOMATON_H
#define KG_LINK_AUTOMATON_H

#include "kgstore/base/trie.h"
#include "kgstore/kgstore.h"

/* What tells whether the names have changed since: how many entities there are (ids in the
 * automaton are below), and checksums of their names and aliases. */
typedef struct kg_automaton_stamp {
    uint64_t entities, names, aliases;
} kg_automaton_stamp;

typedef struct kg_automaton_builder kg_automaton_builder;

kg_status kg_automaton_builder_new(kg_automaton_builder **out);
void kg_automaton_builder_free(kg_automaton_builder *builder);

/* Add a name or alias of an entity. Of equal ones (folded) a name beats an alias, then the
 * greater weight wins, then the smaller entity. One that cannot be linked (shorter than 2
 * characters, all digits, not UTF-8) is left out. */
kg_status kg_automaton_add(kg_automaton_builder *builder, kg_str text, bool is_alias, double weight,
                           kg_id entity);

/* Compile into bytes, which are the caller's: free(*out). */
kg_status kg_automaton_finish(void **out, size_t *size, kg_automaton_builder *builder,
                              const kg_automaton_stamp *stamp);

/* A view of compiled bytes (aligned to 8), which must outlive it. */
typedef struct kg_automaton {
    const uint16_t *page_of;
    const uint32_t *pages;
    const uint64_t *pairs; /* the filter: a bit for each hash of two codes */
    uint32_t pairs_shift;  /* 32 less the bits of a hash */
    kg_trie trie;
    kg_automaton_stamp stamp;
} kg_automaton;

/* KG_ERR_CORRUPT, KG_ERR_VERSION. */
kg_status kg_automaton_view(kg_automaton *out, kg_str bytes);

/* What is known of a character: the code in the trie of what it is folded to (0: in no name),
 * whether it is part of a word in the sense of kg_char_is_word, and whether it takes more than a
 * look-up to fold: it belongs to the character before it, or becomes several. */
#define KG_LINK_WORD (UINT32_C(1) << 31)
#define KG_LINK_COMPLEX (UINT32_C(1) << 30)
#define KG_LINK_CODE (KG_LINK_COMPLEX - 1)
enum { KG_LINK_PAGE_BITS = 8, KG_LINK_PAGE = 1 << KG_LINK_PAGE_BITS };
enum { KG_LINK_PAGES = 0x110000 >> KG_LINK_PAGE_BITS };

static inline uint32_t kg_automaton_char(const kg_automaton *a, uint32_t code_point) {
    uint32_t page = a->page_of[code_point >> KG_LINK_PAGE_BITS];
    return a->pages[(page << KG_LINK_PAGE_BITS) + (code_point & (KG_LINK_PAGE - 1))];
}

/* Where the filter has its bit for two codes that follow each other. */
static inline uint32_t kg_link_pair_hash(uint32_t first, uint32_t second, uint32_t shift) {
    return (first * UINT32_C(0x9E3779B1) ^ second * UINT32_C(0x85EBCA77)) >> shift;
}

/* Whether a name may begin with two characters, given what is known of them; of names that do it is
 * always true, of other pairs mostly false. */
static inline bool kg_automaton_may_begin(const kg_automaton *a, uint32_t first, uint32_t second) {
    uint32_t bit = kg_link_pair_hash(first & KG_LINK_CODE, second & KG_LINK_CODE, a->pairs_shift);
    return a->pairs[bit / 64] >> bit % 64 & 1;
}

#endif
