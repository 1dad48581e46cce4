#include "kgstore/link/automaton.h"

#include "kgstore/base/array.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <string.h>

static const char MAGIC[8] = "kglink\x03"; /* a name and the version of the layout */

enum { MAGIC_NAME = 6, HEADER = 64, PAGE_OF_BYTES = KG_LINK_PAGES * 2, MIN_CHARACTERS = 2 };

/* Offsets in the header, after the magic. */
enum {
    AT_PAGES = 8,
    AT_NODES = 12,
    AT_ENTITIES = 16,
    AT_NAMES = 24,
    AT_ALIASES = 32,
    AT_PAIRS_BITS = 40
};

/* The filter has a bit for each of 2^bits hashes: eight for every pair of a name's first two
 * characters, as far as the second cache of a processor holds them. */
enum { MIN_PAIRS_BITS = 6, MAX_PAIRS_BITS = 21, BITS_A_PAIR = 8 };

struct kg_automaton_builder {
    kg_trie_builder *trie;
    KG_ARRAY(uint32_t) key;
};

kg_status kg_automaton_builder_new(kg_automaton_builder **out) {
    kg_status st;
    *out = NULL;
    kg_automaton_builder *b = calloc(1, sizeof *b);
    if (!b)
        return KG_ERR_MEMORY;
    st = kg_trie_builder_new(&b->trie);
    if (st != KG_OK) {
        free(b);
        return st;
    }
    *out = b;
    return KG_OK;
}

void kg_automaton_builder_free(kg_automaton_builder *builder) {
    if (!builder)
        return;
    kg_trie_builder_free(builder->trie);
    kg_array_free(&builder->key);
    free(builder);
}

/* Smaller for what wins: names first, then the greater weight. Doubles that are not negative order
 * as their bits do. */
static uint64_t order_of(bool is_alias, double weight) {
    uint64_t bits;
    if (!(weight > 0))
        weight = 0;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)is_alias << 63 | (UINT64_C(0x7FFFFFFFFFFFFFFF) - bits);
}

kg_status kg_automaton_add(kg_automaton_builder *builder, kg_str text, bool is_alias, double weight,
                           kg_id entity) {
    kg_status st;
    kg_folded folded;
    bool all_digits = true;
    size_t characters = 0;
    builder->key.len = 0;
    if (kg_utf8_valid_prefix(text.data, text.len) < text.len)
        return KG_OK;
    for (size_t at = 0; at < text.len; at += folded.bytes) {
        kg_text_fold_next(&folded, (kg_str){text.data + at, text.len - at});
        characters += folded.characters;
        for (size_t i = 0; i < folded.n; i++) {
            uint32_t c = (uint32_t)folded.points[i];
            all_digits = all_digits && kg_char_is_digit(c);
            KG_TRY(st, kg_array_push(&builder->key, c));
        }
    }
    if (characters < MIN_CHARACTERS || builder->key.len < MIN_CHARACTERS || all_digits)
        return KG_OK;
    return kg_trie_add(builder->trie, builder->key.data, builder->key.len, entity,
                       order_of(is_alias, weight));
}

enum { CHARACTERS = 0xE01F0 }; /* beyond there is nothing to be folded and no mark */

/* Ranges of characters that are folded to themselves and are no letters of words. */
static bool is_plain(uint32_t c) {
    return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x20000 && c < 0x2F800) ||
           (c >= 0x2FA20 && c < 0xE0100) || c >= CHARACTERS;
}

static uint32_t code_of(uint32_t c, const uint32_t *map, size_t size) {
    return c < size ? map[c] : 0;
}

static uint32_t entry_of(uint32_t c, const uint32_t *map, size_t size) {
    kg_folded folded;
    char text[4];
    if (is_plain(c) || (c >= 0xD800 && c <= 0xDFFF))
        return code_of(c, map, size);
    kg_text_fold_next(&folded, (kg_str){text, kg_utf8_encode(text, c)});
    uint32_t word = kg_char_is_word(c) ? KG_LINK_WORD : 0;
    if (folded.n > 1)
        return KG_LINK_COMPLEX | word;
    return code_of((uint32_t)folded.points[0], map, size) | word |
           (kg_char_continues(c) ? KG_LINK_COMPLEX : 0);
}

/* The table of characters: pages of KG_LINK_PAGE; the first is empty and stands for most
 * of Unicode. */
typedef struct char_pages {
    uint16_t page_of[KG_LINK_PAGES];
    KG_ARRAY(uint32_t) data;
} char_pages;

static kg_status fill_pages(char_pages *pages, const uint32_t *map, size_t size) {
    kg_status st;
    uint32_t page[KG_LINK_PAGE] = {0};
    size_t end = size > CHARACTERS ? size : CHARACTERS;
    KG_TRY(st, kg_array_append(&pages->data, page, KG_LINK_PAGE));
    for (uint32_t p = 0; p * KG_LINK_PAGE < end; p++) {
        bool empty = true;
        for (uint32_t i = 0; i < KG_LINK_PAGE; i++) {
            page[i] = entry_of(p * KG_LINK_PAGE + i, map, size);
            empty = empty && page[i] == 0;
        }
        if (empty)
            continue;
        pages->page_of[p] = (uint16_t)(pages->data.len / KG_LINK_PAGE);
        KG_TRY(st, kg_array_append(&pages->data, page, KG_LINK_PAGE));
    }
    return KG_OK;
}

/* The two codes that lead from the root to a node; false where the way is not of two steps. */
static bool is_second(uint32_t codes[2], const kg_trie *trie, uint32_t node) {
    uint32_t parent = trie->nodes[node].check;
    if (parent == 0 || parent >= trie->count || trie->nodes[parent].check != 0)
        return false;
    codes[0] = parent - (trie->nodes[0].base & ~KG_TRIE_ACCEPT);
    codes[1] = node - (trie->nodes[parent].base & ~KG_TRIE_ACCEPT);
    return true;
}

/* The filter, of 2^*bits bits; the caller's to free. */
static kg_status fill_pairs(uint64_t **out, uint32_t *bits, const kg_trie *trie) {
    uint32_t codes[2], count = 0;
    for (uint32_t node = 1; node < trie->count; node++)
        count += is_second(codes, trie, node);
    *bits = MIN_PAIRS_BITS;
    while (*bits < MAX_PAIRS_BITS && UINT64_C(1) << *bits < (uint64_t)count * BITS_A_PAIR)
        ++*bits;
    uint64_t *pairs = *out = calloc((size_t)1 << (*bits - MIN_PAIRS_BITS), sizeof *pairs);
    if (!pairs)
        return KG_ERR_MEMORY;
    for (uint32_t node = 1; node < trie->count; node++)
        if (is_second(codes, trie, node)) {
            uint32_t bit = kg_link_pair_hash(codes[0], codes[1], 32 - *bits);
            pairs[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    return KG_OK;
}

/* The parts of compiled bytes in the making; each is owned. */
typedef struct parts {
    char_pages pages;
    uint64_t *pairs;
    uint32_t pairs_bits;
    kg_trie trie;
} parts;

static void free_parts(parts *p) {
    if (!p)
        return;
    kg_array_free(&p->pages.data);
    free(p->pairs);
    free((void *)p->trie.nodes);
    free((void *)p->trie.values);
    free(p);
}

static kg_status write_bytes(void **out, size_t *size, const parts *p,
                             const kg_automaton_stamp *stamp) {
    const struct {
        const void *bytes;
        size_t size;
    } pieces[] = {{p->pages.page_of, PAGE_OF_BYTES},
                  {p->pages.data.data, p->pages.data.len * sizeof *p->pages.data.data},
                  {p->pairs, (size_t)1 << (p->pairs_bits - 3)},
                  {p->trie.nodes, p->trie.count * sizeof *p->trie.nodes},
                  {p->trie.values, p->trie.count * sizeof *p->trie.values}};
    enum { PIECES = sizeof pieces / sizeof *pieces };
    *size = HEADER;
    for (size_t i = 0; i < PIECES; i++)
        *size += pieces[i].size;
    unsigned char *to = *out = calloc(1, *size);
    if (!to)
        return KG_ERR_MEMORY;
    memcpy(to, MAGIC, sizeof MAGIC);
    kg_store_u32(to + AT_PAGES, (uint32_t)(p->pages.data.len / KG_LINK_PAGE));
    kg_store_u32(to + AT_NODES, p->trie.count);
    kg_store_u64(to + AT_ENTITIES, stamp->entities);
    kg_store_u64(to + AT_NAMES, stamp->names);
    kg_store_u64(to + AT_ALIASES, stamp->aliases);
    kg_store_u32(to + AT_PAIRS_BITS, p->pairs_bits);
    to += HEADER;
    for (size_t i = 0; i < PIECES; to += pieces[i++].size)
        memcpy(to, pieces[i].bytes, pieces[i].size);
    return KG_OK;
}

kg_status kg_automaton_finish(void **out, size_t *size, kg_automaton_builder *builder,
                              const kg_automaton_stamp *stamp) {
    uint32_t *map = NULL;
    size_t map_size;
    parts *p = calloc(1, sizeof *p);
    *out = NULL;
    kg_status st = p ? kg_trie_recode(&map, &map_size, builder->trie) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = fill_pages(&p->pages, map, map_size);
    if (st == KG_OK)
        st = kg_trie_build(&p->trie, builder->trie);
    if (st == KG_OK)
        st = fill_pairs(&p->pairs, &p->pairs_bits, &p->trie);
    if (st == KG_OK)
        st = write_bytes(out, size, p, stamp);
    free(map);
    free_parts(p);
    return st;
}

kg_status kg_automaton_view(kg_automaton *out, kg_str bytes) {
    const unsigned char *from = (const unsigned char *)bytes.data;
    if (bytes.len < HEADER + PAGE_OF_BYTES || memcmp(from, MAGIC, MAGIC_NAME) != 0)
        return KG_ERR_CORRUPT;
    if (memcmp(from, MAGIC, sizeof MAGIC) != 0)
        return KG_ERR_VERSION;
    uint64_t n_pages = kg_load_u32(from + AT_PAGES), n_nodes = kg_load_u32(from + AT_NODES);
    uint32_t pairs_bits = kg_load_u32(from + AT_PAIRS_BITS);
    if (n_nodes == 0 || pairs_bits < MIN_PAIRS_BITS || pairs_bits > MAX_PAIRS_BITS)
        return KG_ERR_CORRUPT;
    uint64_t pages_bytes = n_pages * KG_LINK_PAGE * 4, pairs_bytes = UINT64_C(1)
                                                                     << (pairs_bits - 3);
    if (bytes.len != HEADER + PAGE_OF_BYTES + pages_bytes + pairs_bytes + n_nodes * 12)
        return KG_ERR_CORRUPT;
    out->stamp = (kg_automaton_stamp){kg_load_u64(from + AT_ENTITIES), kg_load_u64(from + AT_NAMES),
                                      kg_load_u64(from + AT_ALIASES)};
    from += HEADER;
    out->page_of = (const uint16_t *)(const void *)from;
    from += PAGE_OF_BYTES;
    out->pages = (const uint32_t *)(const void *)from;
    from += pages_bytes;
    out->pairs = (const uint64_t *)(const void *)from;
    out->pairs_shift = 32 - pairs_bits;
    from += pairs_bytes;
    out->trie.nodes = (const kg_trie_node *)(const void *)from;
    out->trie.values = (const uint32_t *)(const void *)(from + n_nodes * 8);
    out->trie.count = (uint32_t)n_nodes;
    for (size_t i = 0; i < KG_LINK_PAGES; i++)
        if (out->page_of[i] >= n_pages)
            return KG_ERR_CORRUPT;
    return KG_OK;
}
