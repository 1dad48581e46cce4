/* Names on their way into the table. Folding is what costs most of the time in which a table is
 * made, so ASCII and Han, which fold alone and at sight, go past the general way. */
#include "kgstore/search/nametable.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <string.h>

/* The length of the character at text if it is of ASCII or a common one of Han; else 0. */
static size_t plain_length(const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    bool han = n >= 3 && s[0] >= 0xE4 && s[0] <= 0xE9 && (s[1] & 0xC0) == 0x80 &&
               (s[2] & 0xC0) == 0x80 && (s[0] > 0xE4 || s[1] >= 0xB8);
    return han ? 3 : 0;
}

/* Bytes at the beginning of text that fold at sight. The character before one that does not is left
 * out: a mark may belong to it. */
static size_t plain_run(kg_str text) {
    size_t at = 0, last = 0, length;
    uint64_t word;
    for (; text.len - at >= sizeof word; at += sizeof word) { /* of ASCII, a word at once */
        memcpy(&word, text.data + at, sizeof word);
        if (word & UINT64_C(0x8080808080808080))
            break;
        last = at + sizeof word - 1;
    }
    while (at < text.len && (length = plain_length(text.data + at, text.len - at)) > 0) {
        last = at;
        at += length;
    }
    return at < text.len ? last : at;
}

static kg_status append_plain(kg_bytes *to, kg_str text) {
    kg_status st;
    size_t from = to->len;
    KG_TRY(st, kg_array_append(to, text.data, text.len));
    for (char *c = to->data + from; c < to->data + to->len; c++)
        *c = (char)(*c + (*c >= 'A' && *c <= 'Z' ? 'a' - 'A' : 0));
    return KG_OK;
}

static kg_status append_folded(kg_bytes *to, const kg_folded *piece) {
    kg_status st;
    for (size_t i = 0; i < piece->n; i++) {
        char encoded[4];
        size_t n = kg_utf8_encode(encoded, (uint32_t)piece->points[i]);
        KG_TRY(st, kg_array_append(to, encoded, n));
    }
    return KG_OK;
}

kg_status kg_name_fold(kg_bytes *to, kg_str text) {
    kg_status st;
    for (size_t at = 0; at < text.len;) {
        kg_folded piece;
        kg_str rest = {text.data + at, text.len - at};
        size_t run = plain_run(rest);
        if (run > 0) {
            KG_TRY(st, append_plain(to, (kg_str){rest.data, run}));
            at += run;
        } else {
            kg_text_fold_next(&piece, rest);
            KG_TRY(st, append_folded(to, &piece));
            at += piece.bytes;
        }
    }
    return KG_OK;
}

uint64_t kg_name_bag(uint32_t *size, kg_str folded) {
    uint64_t bag = 0;
    *size = 0;
    for (size_t at = 0; at < folded.len; ++*size) {
        uint32_t c;
        at += kg_utf8_next(&c, folded.data + at, folded.len - at);
        bag |= UINT64_C(1) << (c * UINT32_C(0x9E3779B1) >> 26);
    }
    return bag;
}

kg_status kg_name_table_add(kg_name_table *t, kg_str name, kg_id entity) {
    kg_status st;
    kg_name_entry entry = {t->text.len, entity, 0};
    KG_TRY(st, kg_array_reserve(&t->bags, 1));
    KG_TRY(st, kg_array_reserve(&t->names, 1));
    st = kg_name_fold(&t->text, name);
    if (st != KG_OK) {
        t->text.len = entry.start;
        return st;
    }
    kg_str folded = {NULL, t->text.len - entry.start};
    if (folded.len)
        folded.data = t->text.data + entry.start;
    uint64_t bag = kg_name_bag(&entry.size, folded);
    t->bags.data[t->bags.len++] = bag;
    t->names.data[t->names.len++] = entry;
    return KG_OK;
}

void kg_name_table_free(kg_name_table *table) {
    kg_array_free(&table->bags);
    kg_array_free(&table->names);
    kg_array_free(&table->text);
}
