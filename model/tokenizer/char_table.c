#include "model/tokenizer/char_table.h"

#include "kgstore/base/unicode.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static kg_char_entry entry(kg_char_action action, uint32_t payload) {
    return payload << KG_ACTION_BITS | (kg_char_entry)action;
}

/* Without case and decomposition. */
static bool is_unified_ideograph(uint32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2CEAF);
}

bool kg_char_is_ideograph(uint32_t c) {
    return is_unified_ideograph(c) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x2F800 && c <= 0x2FA1F);
}

/* Punctuation as BERT has it: every ASCII character that is neither letter, digit nor space, too.
 */
static bool is_split(uint32_t c, kg_char_category category) {
    if (c < 0x80)
        return c > ' ' && c < 0x7F && category != KG_CHAR_LETTER && category != KG_CHAR_NUMBER;
    return category == KG_CHAR_PUNCTUATION;
}

static kg_char_entry plain(uint32_t c, kg_char_category category) {
    return entry(is_split(c, category) ? KG_ACTION_SPLIT : KG_ACTION_PART, c);
}

/* Lower-case, decompose, drop the accents. */
static kg_status normalized(kg_char_entry *out, kg_char_table *table, uint32_t c) {
    kg_status st;
    uint32_t parts[KG_CHAR_MAX_DECOMPOSED];
    size_t n = kg_char_decompose(parts, kg_char_lower(c)), kept = 0;
    kg_char_entry entries[KG_CHAR_MAX_DECOMPOSED];
    for (size_t i = 0; i < n; i++) {
        kg_char_category category = kg_char_category_of(parts[i]);
        if (category != KG_CHAR_ACCENT)
            entries[kept++] = plain(parts[i], category);
    }
    if (kept == 0) {
        *out = entry(KG_ACTION_STRIP, 0);
    } else if (kg_char_is_ideograph(c)) {
        *out = entry(KG_ACTION_ALONE, entries[0] >> KG_ACTION_BITS);
    } else if (kept == 1) {
        *out = entries[0];
    } else {
        kg_expansion expansion = {(uint32_t)table->expanded.len, (uint32_t)kept};
        *out = entry(KG_ACTION_EXPAND, (uint32_t)table->expansions.len);
        KG_TRY(st, kg_array_append(&table->expanded, entries, kept));
        KG_TRY(st, kg_array_push(&table->expansions, expansion));
    }
    return KG_OK;
}

static kg_status entry_for(kg_char_entry *out, kg_char_table *table, uint32_t c, bool cased) {
    kg_char_category category = kg_char_category_of(c);
    bool space = c == '\t' || c == '\n' || c == '\r' || category == KG_CHAR_SPACE;
    if (space)
        *out = entry(KG_ACTION_SPACE, 0);
    else if (c == 0xFFFD || category == KG_CHAR_CONTROL || category == KG_CHAR_OTHER)
        *out = entry(KG_ACTION_DROP, 0);
    else if (!cased && !is_unified_ideograph(c))
        return normalized(out, table, c);
    else
        *out = kg_char_is_ideograph(c) ? entry(KG_ACTION_ALONE, c) : plain(c, category);
    return KG_OK;
}

/* Planes whose characters have pages of their own, and a page for the rest. */
enum { FULL_PLANES = 6 };

/* Planes in which Unicode has assigned nothing (4 to 13) or only private use (15, 16). */
static bool is_empty_plane(uint32_t c) {
    return (c >= 0x40000 && c < 0xE0000) || c >= 0xF0000;
}

static kg_status build(kg_char_table *table, bool cased) {
    kg_status st;
    uint32_t pages = 0, empty = UINT32_MAX;
    KG_TRY(st, kg_array_reserve(&table->pages, FULL_PLANES << 16));
    for (uint32_t p = 0; p < KG_PAGES; p++) {
        kg_char_entry page[KG_PAGE_SIZE];
        uint32_t first = p << KG_PAGE_BITS;
        if (is_empty_plane(first) && empty != UINT32_MAX) {
            table->page_of[p] = (uint16_t)empty;
            continue;
        }
        for (uint32_t i = 0; i < KG_PAGE_SIZE; i++)
            KG_TRY(st, entry_for(&page[i], table, first + i, cased));
        KG_TRY(st, kg_array_append(&table->pages, page, KG_PAGE_SIZE));
        if (is_empty_plane(first))
            empty = pages;
        table->page_of[p] = (uint16_t)pages++;
    }
    return KG_OK;
}

const kg_char_table *kg_char_table_shared(bool cased) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static kg_char_table *made[2];
    pthread_mutex_lock(&lock);
    if (!made[cased]) {
        kg_char_table *table = calloc(1, sizeof *table);
        if (table && build(table, cased) != KG_OK) {
            kg_char_table_free(table);
            free(table);
            table = NULL;
        }
        made[cased] = table;
    }
    const kg_char_table *table = made[cased];
    pthread_mutex_unlock(&lock);
    return table;
}

kg_status kg_char_table_init(kg_char_table *table, bool cased) {
    kg_status st;
    memset(table, 0, sizeof *table);
    const kg_char_table *from = kg_char_table_shared(cased);
    if (!from)
        return KG_ERR_MEMORY;
    memcpy(table->page_of, from->page_of, sizeof table->page_of);
    KG_TRY(st, kg_array_append(&table->pages, from->pages.data, from->pages.len));
    KG_TRY(st, kg_array_append(&table->expansions, from->expansions.data, from->expansions.len));
    return kg_array_append(&table->expanded, from->expanded.data, from->expanded.len);
}

void kg_char_table_free(kg_char_table *table) {
    kg_array_free(&table->pages);
    kg_array_free(&table->expansions);
    kg_array_free(&table->expanded);
}
