#include "kgstore/link/automaton.h"

#include "kgstore/base/array.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <string.h>

static const char MAGIC[8] = "kglink\x01";

enum { HEADER = 64, PAGE_OF_BYTES = KG_LINK_PAGES * 2, MIN_CHARACTERS = 2 };

/* Offsets in the header, after the magic. */
enum { AT_PAGES = 8, AT_NODES = 12, AT_ENTITIES = 16, AT_ALIASES = 24, AT_LABELS = 32 };

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
    bool all_digits = true;
    builder->key.len = 0;
    if (kg_utf8_valid_prefix(text.data, text.len) < text.len)
        return KG_OK;
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        i += kg_utf8_next(&c, text.data + i, text.len - i);
        all_digits = all_digits && kg_char_is_digit(c);
        KG_TRY(st, kg_array_push(&builder->key, kg_char_lower(c)));
    }
    if (builder->key.len < MIN_CHARACTERS || all_digits)
        return KG_OK;
    return kg_trie_add(builder->trie, builder->key.data, builder->key.len, entity,
                       order_of(is_alias, weight));
}

/* From here on Unicode has neither letters with case nor letters of the scripts of words. */
enum { CASELESS = 0x20000 };

/* The table of characters: pages of KG_LINK_PAGE, equal ones among neighbours kept once (most of
 * Unicode is the page without anything). */
typedef struct char_pages {
    uint16_t page_of[KG_LINK_PAGES];
    KG_ARRAY(uint32_t) data;
} char_pages;

static kg_status fill_pages(char_pages *pages, const uint32_t *map, size_t size) {
    kg_status st;
    uint32_t page[KG_LINK_PAGE] = {0};
    KG_TRY(st, kg_array_append(&pages->data, page, KG_LINK_PAGE));
    for (uint32_t p = 0; p < KG_LINK_PAGES; p++) {
        bool empty = true;
        for (uint32_t i = 0; i < KG_LINK_PAGE; i++) {
            uint32_t c = p * KG_LINK_PAGE + i;
            uint32_t lower = c < CASELESS ? kg_char_lower(c) : c;
            bool word = c < CASELESS && kg_char_is_word(c);
            page[i] = (lower < size ? map[lower] : 0) | (word ? KG_LINK_WORD : 0);
            empty = empty && page[i] == 0;
        }
        pages->page_of[p] = empty ? 0 : (uint16_t)(pages->data.len / KG_LINK_PAGE);
        if (!empty)
            KG_TRY(st, kg_array_append(&pages->data, page, KG_LINK_PAGE));
    }
    return KG_OK;
}

static kg_status write_bytes(void **out, size_t *size, const char_pages *pages, const kg_trie *trie,
                             const kg_automaton_stamp *stamp) {
    size_t pages_bytes = pages->data.len * sizeof *pages->data.data;
    size_t nodes_bytes = trie->count * sizeof *trie->nodes;
    size_t values_bytes = trie->count * sizeof *trie->values;
    *size = HEADER + PAGE_OF_BYTES + pages_bytes + nodes_bytes + values_bytes;
    unsigned char *to = *out = calloc(1, *size);
    if (!to)
        return KG_ERR_MEMORY;
    memcpy(to, MAGIC, sizeof MAGIC);
    kg_store_u32(to + AT_PAGES, (uint32_t)(pages->data.len / KG_LINK_PAGE));
    kg_store_u32(to + AT_NODES, trie->count);
    kg_store_u64(to + AT_ENTITIES, stamp->entities);
    kg_store_u64(to + AT_ALIASES, stamp->aliases);
    kg_store_u64(to + AT_LABELS, stamp->labels);
    to += HEADER;
    memcpy(to, pages->page_of, PAGE_OF_BYTES);
    to += PAGE_OF_BYTES;
    memcpy(to, pages->data.data, pages_bytes);
    to += pages_bytes;
    memcpy(to, trie->nodes, nodes_bytes);
    memcpy(to + nodes_bytes, trie->values, values_bytes);
    return KG_OK;
}

kg_status kg_automaton_finish(void **out, size_t *size, kg_automaton_builder *builder,
                              const kg_automaton_stamp *stamp) {
    uint32_t *map = NULL;
    size_t map_size;
    kg_trie trie = {NULL, NULL, 0};
    char_pages *pages = calloc(1, sizeof *pages);
    *out = NULL;
    kg_status st = pages ? kg_trie_recode(&map, &map_size, builder->trie) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = fill_pages(pages, map, map_size);
    if (st == KG_OK)
        st = kg_trie_build(&trie, builder->trie);
    if (st == KG_OK)
        st = write_bytes(out, size, pages, &trie, stamp);
    free((void *)trie.nodes);
    free((void *)trie.values);
    free(map);
    if (pages)
        kg_array_free(&pages->data);
    free(pages);
    return st;
}

kg_status kg_automaton_view(kg_automaton *out, kg_str bytes) {
    const unsigned char *from = (const unsigned char *)bytes.data;
    if (bytes.len < HEADER + PAGE_OF_BYTES || memcmp(from, MAGIC, sizeof MAGIC - 1) != 0)
        return KG_ERR_CORRUPT;
    if (memcmp(from, MAGIC, sizeof MAGIC) != 0)
        return KG_ERR_VERSION;
    uint64_t n_pages = kg_load_u32(from + AT_PAGES), n_nodes = kg_load_u32(from + AT_NODES);
    uint64_t pages_bytes = n_pages * KG_LINK_PAGE * 4;
    if (n_nodes == 0 || bytes.len != HEADER + PAGE_OF_BYTES + pages_bytes + n_nodes * 12)
        return KG_ERR_CORRUPT;
    out->stamp =
        (kg_automaton_stamp){kg_load_u64(from + AT_ENTITIES), kg_load_u64(from + AT_ALIASES),
                             kg_load_u64(from + AT_LABELS)};
    from += HEADER;
    out->page_of = (const uint16_t *)(const void *)from;
    from += PAGE_OF_BYTES;
    out->pages = (const uint32_t *)(const void *)from;
    from += pages_bytes;
    out->trie.nodes = (const kg_trie_node *)(const void *)from;
    out->trie.values = (const uint32_t *)(const void *)(from + n_nodes * 8);
    out->trie.count = (uint32_t)n_nodes;
    for (size_t i = 0; i < KG_LINK_PAGES; i++)
        if (out->page_of[i] >= n_pages)
            return KG_ERR_CORRUPT;
    return KG_OK;
}
