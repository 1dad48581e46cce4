/* GPT-2's pattern, one alternative after the other, by the Unicode categories of base/unicode.h. */
#include "model/tokenizer/bpe.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

typedef enum kind { KIND_SPACE, KIND_LETTER, KIND_NUMBER, KIND_OTHER } kind;

bool kg_bpe_is_space(uint32_t c) {
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || kg_char_category_of(c) == KG_CHAR_SPACE;
}

static kind kind_of(uint32_t c) {
    if (kg_bpe_is_space(c))
        return KIND_SPACE;
    switch (kg_char_category_of(c)) {
    case KG_CHAR_LETTER:
        return KIND_LETTER;
    case KG_CHAR_NUMBER:
        return KIND_NUMBER;
    case KG_CHAR_MARK:
    case KG_CHAR_ACCENT:
    case KG_CHAR_PUNCTUATION:
    case KG_CHAR_SYMBOL:
    case KG_CHAR_SPACE:
    case KG_CHAR_CONTROL:
    case KG_CHAR_OTHER:
        break;
    }
    return KIND_OTHER;
}

/* The kind of the character at `at`, and where it ends. */
static kind next(size_t *end, kg_str text, size_t at) {
    uint32_t c;
    *end = at + kg_utf8_next(&c, text.data + at, text.len - at);
    return kind_of(c);
}

/* Where characters of one kind end. */
static size_t run_end(kg_str text, size_t at, kind wanted) {
    size_t end;
    while (at < text.len && next(&end, text, at) == wanted)
        at = end;
    return at;
}

/* Bytes of 's, 't, 're, 've, 'm, 'll or 'd that stand here; 0: none does. */
static size_t contraction(kg_str text, size_t at) {
    char first = at + 1 < text.len ? text.data[at + 1] : 0;
    char second = at + 2 < text.len ? text.data[at + 2] : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 2;
    bool two = ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
    return two ? 3 : 0;
}

/* White space up to the end of the text; or up to its last character, which may belong to the word
 * behind it; or that alone. */
static size_t space_end(kg_str text, size_t at, bool prefixed) {
    size_t last = at, end = at, after;
    while (end < text.len && next(&after, text, end) == KIND_SPACE) {
        last = end;
        end = after;
    }
    return end < text.len && (last > at || prefixed) ? last : end;
}

size_t kg_bpe_word_end(kg_str text, size_t at, bool prefixed) {
    size_t end, behind = at;
    if (!prefixed && text.data[at] == '\'')
        behind = at + contraction(text, at);
    if (behind > at)
        return behind;
    if (!prefixed && text.data[at] == ' ' && at + 1 < text.len) {
        kind after = next(&end, text, at + 1);
        if (after != KIND_SPACE)
            return run_end(text, end, after);
    }
    kind own = next(&end, text, at);
    return own == KIND_SPACE ? space_end(text, at, prefixed) : run_end(text, end, own);
}
