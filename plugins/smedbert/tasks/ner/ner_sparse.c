#include "plugins/smedbert/tasks/ner/ner_sparse.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

/* What a key states. Their numbers are in checkpoints: new ones go to the end. */
enum statement {
    TOKEN = 1,
    PAIR,
    TRIPLE,
    CLASS,
    CLASSES,
    NAME,
    NAME_LENGTH,
    NO_NAME,
    PREFIX,
    SUFFIX,
    NAME_TOKEN
};

enum { AFFIX = 4, LONGEST_NAME = 8 };

/* Stand for the tokens before the first and after the last. */
enum { BEFORE = 1, AFTER = 2 };

static uint64_t begin_key(enum statement statement, int offset) {
    return kg_sparse_mix((uint64_t)statement, (uint64_t)(offset + 8));
}

static uint64_t at(const uint64_t *hashes, size_t n, size_t i, int offset) {
    if (offset < 0 && i < (size_t)-offset)
        return BEFORE;
    size_t place = i + (size_t)offset; /* wraps back for a negative offset */
    return place < n ? hashes[place] : AFTER;
}

/* ---- What a token looks like ----------------------------------------------------------------- */

/* The classes of a token's characters, equal ones in a row once: "Abc12" is upper, lower, digit. */
static uint64_t class_of(kg_str token) {
    uint64_t hash = 0, last = 0;
    for (size_t i = 0; i < token.len;) {
        uint32_t c;
        i += kg_utf8_next(&c, token.data + i, token.len - i);
        uint64_t class = 1 + (uint64_t)kg_char_category_of(c);
        if (class == 1 + KG_CHAR_LETTER)
            class = kg_char_width(c) == 2 ? 20 : kg_char_lower(c) != c ? 21 : 22;
        else if (class == 1 + KG_CHAR_PUNCTUATION || class == 1 + KG_CHAR_SYMBOL)
            class = 32 + (uint64_t)c;
        if (class != last)
            hash = kg_sparse_mix(hash, class);
        last = class;
    }
    return hash;
}

static kg_status look_at_tokens(kg_sparse_keys *out, const kg_ner_data *data, size_t first,
                                size_t count) {
    kg_status st;
    for (size_t i = first; i < first + count; i++) {
        kg_str token = kg_ner_token(data, i);
        out->lower.len = 0;
        KG_TRY(st, kg_text_lower(&out->lower, token));
        KG_TRY(st, kg_array_push(&out->tokens, kg_hash_bytes(out->lower.data, out->lower.len, 0)));
        KG_TRY(st, kg_array_push(&out->classes, class_of(token)));
    }
    return KG_OK;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static kg_status add(kg_sparse_keys *out, uint64_t key) {
    return kg_array_push(&out->keys, key);
}

static kg_status add_context(kg_sparse_keys *out, size_t i) {
    kg_status st;
    const uint64_t *tokens = out->tokens.data, *classes = out->classes.data;
    size_t n = out->tokens.len;
    uint64_t around[5], class_around[3];
    for (int d = -2; d <= 2; d++) {
        around[d + 2] = at(tokens, n, i, d);
        KG_TRY(st, add(out, kg_sparse_mix(begin_key(TOKEN, d), around[d + 2])));
    }
    for (int d = 0; d < 4; d++)
        KG_TRY(st, add(out,
                       kg_sparse_mix(kg_sparse_mix(begin_key(PAIR, d), around[d]), around[d + 1])));
    KG_TRY(st, add(out, kg_sparse_mix(kg_sparse_mix(begin_key(PAIR, 4), around[1]), around[3])));
    for (int d = 0; d < 3; d++) {
        uint64_t pair =
            kg_sparse_mix(kg_sparse_mix(begin_key(TRIPLE, d), around[d]), around[d + 1]);
        KG_TRY(st, add(out, kg_sparse_mix(pair, around[d + 2])));
        class_around[d] = at(classes, n, i, d - 1);
        KG_TRY(st, add(out, kg_sparse_mix(begin_key(CLASS, d), class_around[d])));
    }
    uint64_t pair =
        kg_sparse_mix(kg_sparse_mix(begin_key(CLASSES, 0), class_around[0]), class_around[1]);
    return add(out, kg_sparse_mix(pair, class_around[2]));
}

/* The beginnings and ends of the token last lower-cased, up to AFFIX characters. */
static kg_status add_affixes(kg_sparse_keys *out, kg_str token) {
    kg_status st;
    out->lower.len = 0;
    KG_TRY(st, kg_text_lower(&out->lower, token));
    const char *text = out->lower.data;
    size_t n = out->lower.len, from = 0, back = n;
    for (int length = 1; length <= AFFIX && from < n; length++) {
        uint32_t c;
        from += kg_utf8_next(&c, text + from, n - from);
        do
            back--;
        while (back > 0 && ((unsigned char)text[back] & 0xC0) == 0x80);
        KG_TRY(st,
               add(out, kg_sparse_mix(begin_key(PREFIX, length), kg_hash_bytes(text, from, 0))));
        KG_TRY(st, add(out, kg_sparse_mix(begin_key(SUFFIX, length),
                                          kg_hash_bytes(text + back, n - back, 0))));
    }
    return KG_OK;
}

/* The keys of the names at token i + offset; *next is the first feature of that token or after it,
 * and moves on. */
static kg_status add_names(kg_sparse_keys *out, size_t i, int offset, const kg_ner_names *names) {
    kg_status st;
    const kg_ner_name_feature *f = names->features.data;
    size_t n = names->features.len, low = 0, high = n;
    uint64_t place = (uint64_t)i + (uint64_t)offset; /* wraps where there is none */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (f[middle].token < place)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n || f[low].token != place)
        return add(out, begin_key(NO_NAME, offset));
    for (; low < n && f[low].token == place; low++) {
        uint32_t length = f[low].length < LONGEST_NAME ? f[low].length : LONGEST_NAME;
        uint64_t key = kg_sparse_mix(begin_key(NAME_LENGTH, offset), f[low].feature);
        KG_TRY(st, add(out, kg_sparse_mix(key, length)));
        if (low > 0 && f[low - 1].token == place && f[low - 1].feature == f[low].feature)
            continue;
        KG_TRY(st, add(out, kg_sparse_mix(begin_key(NAME, offset), f[low].feature)));
        if (offset == 0)
            KG_TRY(st,
                   add(out, kg_sparse_mix(kg_sparse_mix(begin_key(NAME_TOKEN, 0), f[low].feature),
                                          out->tokens.data[i])));
    }
    return KG_OK;
}

kg_status kg_ner_sparse_keys(kg_sparse_keys *out, const kg_ner_data *data, size_t sequence,
                             const kg_ner_names *names) {
    kg_status st;
    size_t first = kg_ner_sequence_start(data, sequence);
    size_t count = data->sequence_ends.data[sequence] - first;
    out->keys.len = out->ends.len = out->tokens.len = out->classes.len = 0;
    KG_TRY(st, look_at_tokens(out, data, first, count));
    for (size_t i = 0; i < count; i++) {
        KG_TRY(st, add_context(out, i));
        if (!data->characters)
            KG_TRY(st, add_affixes(out, kg_ner_token(data, first + i)));
        for (int d = -1; d <= 1; d++)
            KG_TRY(st, add_names(out, i, d, names));
        KG_TRY(st, kg_array_push(&out->ends, (uint32_t)out->keys.len));
    }
    return KG_OK;
}
