/* Encoding walks the text once. Ideographs and punctuation, nearly all of Chinese text, are one
 * look-up in the character table, which holds their token; the rest gathers into a word of trie
 * codes that is cut into pieces when it ends. */
#include "model/tokenizer/tokenizer_impl.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <string.h>

enum { MAX_WORD = 100, LONGEST_SPECIAL = 6 };

/* ---- Encoding -------------------------------------------------------------------------------- */

/* A word in the making. Characters beyond MAX_WORD are counted only as far as MAX_WORD + 1. */
typedef struct word {
    uint32_t n;
    bool unknown; /* has a character that no token has */
    kg_span whole;
    uint32_t codes[MAX_WORD];
    kg_span spans[MAX_WORD];
} word;

typedef struct encoder {
    const kg_tokenizer *t;
    kg_tokens *to;
    word word;
} encoder;

/* The longest piece of the word from `from`; 0: none. */
static uint32_t longest_piece(uint32_t *id, const kg_tokenizer *t, const word *w, uint32_t from) {
    uint32_t node = from > 0 ? t->continuation : 0, length = 0;
    if (from > 0 && node == 0)
        return 0;
    for (uint32_t i = from; i < w->n; i++) {
        node = kg_trie_step(&t->trie, node, w->codes[i]);
        if (node == 0)
            break;
        if (kg_trie_accepts(&t->trie, node)) {
            *id = t->trie.values[node];
            length = i + 1 - from;
        }
    }
    return length;
}

/* Cut the word into the greedy longest pieces; [UNK] where that leaves a rest. */
static kg_status end_word(encoder *e) {
    kg_status st;
    word *w = &e->word;
    kg_tokens *to = e->to;
    size_t before = to->ids.len;
    uint32_t i = 0;
    if (w->n == 0)
        return KG_OK;
    if (!w->unknown && w->n <= MAX_WORD) {
        while (i < w->n) {
            uint32_t id = 0, length = longest_piece(&id, e->t, w, i);
            if (length == 0)
                break;
            kg_span span = {w->spans[i].start, w->spans[i + length - 1].end};
            KG_TRY(st, kg_tokens_put(to, id, span, i == 0));
            i += length;
        }
    }
    uint32_t covered = i, n = w->n;
    w->n = 0;
    w->unknown = false;
    if (covered == n)
        return KG_OK;
    to->ids.len = to->spans.len = to->starts.len = before;
    return kg_tokens_put(to, e->t->special.unk, w->whole, 1);
}

static inline void extend_word(word *w, uint32_t code, kg_span span) {
    if (w->n == 0)
        w->whole.start = span.start;
    w->whole.end = span.end;
    if (code == 0)
        w->unknown = true;
    if (w->n < MAX_WORD) {
        w->codes[w->n] = code;
        w->spans[w->n] = span;
    }
    if (w->n <= MAX_WORD)
        w->n++;
}

static kg_status expand(encoder *e, uint32_t index, kg_span span) {
    kg_status st;
    const kg_char_table *chars = &e->t->chars;
    kg_expansion x = chars->expansions.data[index];
    for (uint32_t i = 0; i < x.n; i++) {
        kg_char_entry entry = chars->expanded.data[x.start + i];
        if ((entry & KG_ACTION_MASK) == KG_ACTION_PART) {
            extend_word(&e->word, entry >> KG_ACTION_BITS, span);
        } else {
            KG_TRY(st, end_word(e));
            KG_TRY(st, kg_tokens_put(e->to, entry >> KG_ACTION_BITS, span, 1));
        }
    }
    return KG_OK;
}

/* Whether the word that begins at `at` is, once cleaned, a special token; *end: past its last
 * character. */
static bool special_at(uint32_t *id, size_t *end, const kg_tokenizer *t, kg_str text, size_t at) {
    char cleaned[LONGEST_SPECIAL];
    size_t n = 0, i = at;
    *end = at;
    while (i < text.len) {
        uint32_t c;
        size_t length = kg_utf8_next(&c, text.data + i, text.len - i);
        kg_char_action action = kg_char_table_at(&t->chars, c) & KG_ACTION_MASK;
        if (action == KG_ACTION_SPACE || action == KG_ACTION_ALONE)
            break;
        if (action != KG_ACTION_DROP) {
            if (c >= 0x80 || n == LONGEST_SPECIAL)
                return false;
            cleaned[n++] = (char)c;
            *end = i + length;
        }
        i += length;
    }
    const uint32_t ids[] = {t->special.pad, t->special.unk, t->special.cls, t->special.sep,
                            t->special.mask};
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        *id = ids[k];
        if (*id != KG_NO_TOKEN && kg_str_equal(kg_tokenizer_token(t, *id), (kg_str){cleaned, n}))
            return true;
    }
    return false;
}

static kg_status encode_text(encoder *e, kg_str text) {
    kg_status st;
    const kg_tokenizer *t = e->t;
    bool at_start = true; /* of what stands between two spaces */
    for (size_t i = 0; i < text.len;) {
        uint32_t c, special;
        size_t length = kg_utf8_next(&c, text.data + i, text.len - i), end;
        kg_char_entry entry = kg_char_table_at(&t->chars, c);
        kg_span span = {(uint32_t)i, (uint32_t)(i + length)};
        i += length;
        switch ((kg_char_action)(entry & KG_ACTION_MASK)) {
        case KG_ACTION_ALONE:
            KG_TRY(st, end_word(e));
            KG_TRY(st, kg_tokens_put(e->to, entry >> KG_ACTION_BITS, span, 1));
            at_start = true;
            break;
        case KG_ACTION_PART:
            extend_word(&e->word, entry >> KG_ACTION_BITS, span);
            at_start = false;
            break;
        case KG_ACTION_SPACE:
            KG_TRY(st, end_word(e));
            at_start = true;
            break;
        case KG_ACTION_SPLIT:
            if (c == '[' && at_start && special_at(&special, &end, t, text, span.start)) {
                i = span.end = (uint32_t)end;
                entry = special << KG_ACTION_BITS;
            }
            KG_TRY(st, end_word(e));
            KG_TRY(st, kg_tokens_put(e->to, entry >> KG_ACTION_BITS, span, 1));
            at_start = false;
            break;
        case KG_ACTION_EXPAND:
            KG_TRY(st, expand(e, entry >> KG_ACTION_BITS, span));
            at_start = false;
            break;
        case KG_ACTION_STRIP:
            at_start = false;
            break;
        case KG_ACTION_DROP:
            break;
        }
    }
    return end_word(e);
}

kg_status kg_wordpiece_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text) {
    encoder e;
    e.t = tokenizer;
    e.to = to;
    e.word.n = 0;
    e.word.unknown = false;
    return encode_text(&e, text);
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static bool ends_wide(const char *text, size_t n) {
    size_t i = n;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xC0) == 0x80)
        i--;
    uint32_t c;
    if (i == 0)
        return false;
    kg_utf8_next(&c, text + i - 1, n - i + 1);
    return kg_char_width(c) == 2;
}

static bool begins_wide(kg_str text) {
    uint32_t c;
    kg_utf8_next(&c, text.data, text.len);
    return kg_char_width(c) == 2;
}

kg_status kg_wordpiece_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                              size_t n) {
    kg_status st;
    size_t begin = to->len;
    for (size_t i = 0; i < n; i++) {
        kg_str token = kg_tokenizer_token(tokenizer, ids[i]);
        if (ids[i] >= kg_tokenizer_size(tokenizer))
            token = kg_tokenizer_token(tokenizer, tokenizer->special.unk);
        if (token.len == 0)
            continue;
        bool continues = token.len > 2 && memcmp(token.data, "##", 2) == 0;
        if (continues)
            token = (kg_str){token.data + 2, token.len - 2};
        bool joined = to->len == begin || continues ||
                      (ends_wide(to->data + begin, to->len - begin) && begins_wide(token));
        if (!joined)
            KG_TRY(st, kg_array_push(to, ' '));
        KG_TRY(st, kg_array_append(to, token.data, token.len));
    }
    return KG_OK;
}
