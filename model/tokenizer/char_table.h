/* What the tokenizer does with each character, looked up in two steps. Private to the tokenizer. */
#ifndef KG_MODEL_CHAR_TABLE_H
#define KG_MODEL_CHAR_TABLE_H

#include "kgstore/base/array.h"
#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum kg_char_action {
    KG_ACTION_DROP,  /* controls and U+FFFD: as if they were not there */
    KG_ACTION_STRIP, /* an accent, unless cased: leaves nothing, but belongs to its word */
    KG_ACTION_SPACE, /* ends a word */
    KG_ACTION_ALONE, /* an ideograph: a word of its own. payload: its code point */
    KG_ACTION_SPLIT, /* punctuation: a word of its own. payload: its code point */
    KG_ACTION_PART,  /* part of a word. payload: its normalized code point */
    KG_ACTION_EXPAND /* becomes several. payload: index of an expansion */
} kg_char_action;

enum { KG_ACTION_BITS = 3, KG_ACTION_MASK = 7 };

/* payload << KG_ACTION_BITS | action. The tokenizer replaces payloads that are code points by
 * what its vocabulary makes of them. */
typedef uint32_t kg_char_entry;

/* What a character expands to: n entries (SPLIT or PART) from `start` in `expanded`. */
typedef struct kg_expansion {
    uint32_t start, n;
} kg_expansion;

enum { KG_PAGE_BITS = 8, KG_PAGE_SIZE = 1 << KG_PAGE_BITS, KG_PAGES = 0x110000 >> KG_PAGE_BITS };

typedef struct kg_char_table {
    uint16_t page_of[KG_PAGES];    /* index of a page */
    KG_ARRAY(kg_char_entry) pages; /* KG_PAGE_SIZE entries each */
    KG_ARRAY(kg_expansion) expansions;
    KG_ARRAY(kg_char_entry) expanded;
} kg_char_table;

/* The table of every code point, built when it is first asked for and kept for the life of the
 * process; any thread may ask. NULL: out of memory. */
const kg_char_table *kg_char_table_shared(bool cased);

/* Fill a table with a copy of the shared one, for entries to be changed. Free it with
 * kg_char_table_free in any case. */
kg_status kg_char_table_init(kg_char_table *table, bool cased);
void kg_char_table_free(kg_char_table *table);

/* Is it one of the characters around which BERT puts spaces? */
bool kg_char_is_ideograph(uint32_t code_point);

static inline kg_char_entry kg_char_table_at(const kg_char_table *table, uint32_t code_point) {
    uint32_t page = table->page_of[code_point >> KG_PAGE_BITS];
    return table->pages.data[(page << KG_PAGE_BITS) + (code_point & (KG_PAGE_SIZE - 1))];
}

#endif
