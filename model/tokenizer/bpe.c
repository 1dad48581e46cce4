/* Encoding and decoding. A word's bytes are a list of symbols; a heap has the pairs that a merge
 * joins, by rank and place. An entry is stale where its symbols have been joined to others since,
 * and is left out then. n log n in the length of the word, however long it is. */
#include "model/tokenizer/bpe.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"
#include "model/tokenizer/byte_chars.h"

#include <string.h>

#define NONE UINT32_MAX

typedef struct symbol {
    uint32_t id; /* NONE: joined to the one before */
    uint32_t before, after;
    kg_span span;
} symbol;

typedef struct candidate {
    uint32_t rank, place, joined;
} candidate;

typedef struct encoder {
    const kg_bpe *bpe;
    kg_tokens *to;
    kg_str text;
    bool prefixed;   /* a space is thought before what begins with none */
    symbol *symbols; /* of a word, in to->scratch */
    candidate *heap; /* behind them */
    uint32_t n, waiting;
} encoder;

bool kg_bpe_find(uint32_t *rank, uint32_t *joined, const kg_bpe *bpe, uint32_t left,
                 uint32_t right) {
    size_t i = kg_hash_u64((uint64_t)left << 32 | right) & (bpe->n_slots - 1);
    for (; bpe->slots[i].merge; i = (i + 1) & (bpe->n_slots - 1))
        if (bpe->slots[i].left == left && bpe->slots[i].right == right) {
            *rank = bpe->slots[i].merge - 1;
            *joined = bpe->merges.data[*rank].joined;
            return true;
        }
    return false;
}

/* ---- The heap -------------------------------------------------------------------------------- */

static bool comes_before(candidate a, candidate b) {
    return a.rank != b.rank ? a.rank < b.rank : a.place < b.place;
}

/* Put the pair that begins at a symbol on the heap, where a merge joins it. A merge takes one entry
 * off and puts two on at most: there is room for two a symbol. */
static void consider(encoder *e, uint32_t place) {
    candidate c = {.place = place};
    uint32_t after = e->symbols[place].after;
    if (after == NONE ||
        !kg_bpe_find(&c.rank, &c.joined, e->bpe, e->symbols[place].id, e->symbols[after].id))
        return;
    uint32_t i = e->waiting++;
    while (i > 0 && comes_before(c, e->heap[(i - 1) / 2])) {
        e->heap[i] = e->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    e->heap[i] = c;
}

static candidate take_first(encoder *e) {
    candidate *h = e->heap, top = h[0], last = h[--e->waiting];
    uint32_t i = 0, n = e->waiting;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && comes_before(h[child + 1], h[child]))
            child++;
        if (!comes_before(h[child], last))
            break;
        h[i] = h[child];
        i = child;
    }
    h[i] = last;
    return top;
}

static void join(encoder *e, uint32_t place, uint32_t joined) {
    symbol *left = &e->symbols[place], *right = &e->symbols[left->after];
    left->id = joined;
    left->span.end = right->span.end;
    left->after = right->after;
    right->id = NONE;
    if (left->after != NONE)
        e->symbols[left->after].before = place;
    if (left->before != NONE)
        consider(e, left->before);
    consider(e, place);
}

static void join_all(encoder *e) {
    uint32_t rank, joined;
    e->waiting = 0;
    for (uint32_t i = 0; i < e->n; i++)
        consider(e, i);
    while (e->waiting > 0) {
        candidate c = take_first(e);
        const symbol *s = &e->symbols[c.place];
        if (s->id != NONE && s->after != NONE &&
            kg_bpe_find(&rank, &joined, e->bpe, s->id, e->symbols[s->after].id) &&
            joined == c.joined)
            join(e, c.place, c.joined);
    }
}

/* ---- Words ----------------------------------------------------------------------------------- */

static void add_byte(encoder *e, uint8_t byte, kg_span span, bool *unknown) {
    uint32_t id = e->bpe->bytes[byte];
    bool known = id != KG_NO_TOKEN, fused = !known && *unknown && e->bpe->fuses_unknown;
    *unknown = !known;
    if (!known)
        id = e->bpe->unknown;
    if (fused && e->n > 0) {
        e->symbols[e->n - 1].span.end = span.end;
    } else if (id != KG_NO_TOKEN) {
        e->symbols[e->n] = (symbol){id, e->n > 0 ? e->n - 1 : NONE, NONE, span};
        if (e->n > 0)
            e->symbols[e->n - 1].after = e->n;
        e->n++;
    }
}

/* The bytes of a character: those of the text, of an invalid one U+FFFD's. */
static size_t bytes_at(char out[4], size_t *length, kg_str text, size_t at) {
    uint32_t c;
    *length = kg_utf8_next(&c, text.data + at, text.len - at);
    return kg_utf8_encode(out, c);
}

static void spell(encoder *e, size_t at, size_t end, bool prefixed) {
    bool unknown = false;
    size_t length;
    char bytes[4];
    e->n = 0;
    if (prefixed) { /* the space stands where the first character does */
        bytes_at(bytes, &length, e->text, at);
        add_byte(e, ' ', (kg_span){(uint32_t)at, (uint32_t)(at + length)}, &unknown);
    }
    for (; at < end; at += length) {
        size_t n = bytes_at(bytes, &length, e->text, at);
        for (size_t i = 0; i < n; i++)
            add_byte(e, (uint8_t)bytes[i], (kg_span){(uint32_t)at, (uint32_t)(at + length)},
                     &unknown);
    }
}

static kg_span trimmed(kg_str text, kg_span span) {
    kg_span inner = span;
    while (inner.start < inner.end && text.data[inner.start] == ' ')
        inner.start++;
    while (inner.end > inner.start && text.data[inner.end - 1] == ' ')
        inner.end--;
    return inner.start < inner.end ? inner : span;
}

/* The tokens of a word. An ideograph begins a word, too, and so does what follows one. */
static kg_status put_tokens(encoder *e) {
    kg_status st;
    bool first = true, was = false;
    uint32_t end = 0;
    for (uint32_t i = e->n ? 0 : NONE; i != NONE; i = e->symbols[i].after) {
        const symbol *s = &e->symbols[i];
        kg_span span = trimmed(e->text, s->span);
        uint32_t c;
        kg_utf8_next(&c, e->text.data + span.start, e->text.len - span.start);
        bool is = kg_char_is_ideograph(c), whole = first || s->span.start >= end;
        KG_TRY(st, kg_tokens_put(e->to, s->id, span, first || (whole && (is || was))));
        first = false;
        was = is;
        end = s->span.end;
    }
    return KG_OK;
}

/* Room for a word of so many bytes, of which each may be invalid and read as three. */
static kg_status make_room(encoder *e, size_t bytes) {
    kg_status st;
    size_t n = bytes + 1;
    if (n > NONE / 2)
        return KG_ERR_LIMIT;
    e->to->scratch.len = 0;
    KG_TRY(st, kg_array_reserve(&e->to->scratch, n * (sizeof(symbol) + 2 * sizeof(candidate))));
    e->symbols = (symbol *)(void *)e->to->scratch.data;
    e->heap = (candidate *)(void *)(e->symbols + n);
    return KG_OK;
}

static size_t spelled_length(kg_str text, size_t at, size_t end) {
    size_t n = 0, length;
    char bytes[4];
    for (; at < end; at += length)
        n += bytes_at(bytes, &length, text, at);
    return n;
}

static kg_status encode_word(encoder *e, size_t at, size_t end, bool prefixed) {
    kg_status st;
    KG_TRY(st, make_room(e, spelled_length(e->text, at, end)));
    spell(e, at, end, prefixed);
    join_all(e);
    return put_tokens(e);
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* What stands between added tokens. */
static kg_status encode_section(encoder *e, size_t from, size_t to) {
    kg_status st;
    kg_str section = {e->text.data, to};
    bool prefixed = e->prefixed && section.data[from] != ' ';
    for (size_t at = from, end; at < to; at = end) {
        end = kg_bpe_word_end(section, at, prefixed);
        KG_TRY(st, encode_word(e, at, end, prefixed));
        prefixed = false;
    }
    return KG_OK;
}

/* Bytes of the longest added token that stands here; 0: none does. */
static size_t added_at(const kg_bpe_added **added, const encoder *e, int pass, size_t at,
                       size_t to) {
    const kg_trie *trie = &e->bpe->tries[pass];
    size_t length = 0;
    uint32_t node = 0;
    for (size_t i = at; i < to; i++) {
        node = kg_trie_step(trie, node, (uint32_t)(unsigned char)e->text.data[i] + 1);
        if (node == 0)
            break;
        if (kg_trie_accepts(trie, node)) {
            *added = &e->bpe->added.data[trie->values[node]];
            length = i + 1 - at;
        }
    }
    return length;
}

/* Where the white space begins that ends at `at`; not before `from`. */
static size_t space_before(kg_str text, size_t from, size_t at) {
    uint32_t c;
    while (at > from) {
        size_t i = at - 1;
        while (i > from && ((unsigned char)text.data[i] & 0xC0) == 0x80)
            i--;
        if (i + kg_utf8_next(&c, text.data + i, at - i) != at || !kg_bpe_is_space(c))
            break;
        at = i;
    }
    return at;
}

static size_t space_behind(kg_str text, size_t at, size_t to) {
    uint32_t c;
    while (at < to) {
        size_t length = kg_utf8_next(&c, text.data + at, to - at);
        if (!kg_bpe_is_space(c))
            break;
        at += length;
    }
    return at;
}

/* Cut [from, to) at the added tokens of a pass, and hand on what is between them. */
static kg_status encode_pass(encoder *e, int pass, size_t from, size_t to,
                             kg_status (*rest)(encoder *e, size_t from, size_t to)) {
    kg_status st;
    size_t start = from;
    const kg_bpe_added *added = NULL;
    for (size_t i = from, n; e->bpe->tries[pass].count > 0 && i < to; i += n ? n : 1) {
        n = added_at(&added, e, pass, i, to);
        if (n == 0)
            continue;
        size_t first = added->strips_left ? space_before(e->text, start, i) : i;
        if (start < first)
            KG_TRY(st, rest(e, start, first));
        const kg_span span = {(uint32_t)i, (uint32_t)(i + n)};
        KG_TRY(st, kg_tokens_put(e->to, added->id, span, 1));
        start = added->strips_right ? space_behind(e->text, i + n, to) : i + n;
        n = start - i;
    }
    return start < to ? rest(e, start, to) : KG_OK;
}

static kg_status encode_late(encoder *e, size_t from, size_t to) {
    return encode_pass(e, 1, from, to, encode_section);
}

kg_status kg_bpe_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text, bool prefixed) {
    encoder e = {.bpe = tokenizer->bpe, .to = to, .text = text};
    e.prefixed = prefixed || e.bpe->prefix_space;
    return encode_pass(&e, 0, 0, text.len, encode_late);
}

/* ---- Back to text ---------------------------------------------------------------------------- */

/* The bytes of a token; its own where it is not written in the alphabet of bytes. */
static kg_status put_bytes(kg_bytes *to, kg_str token) {
    kg_status st;
    size_t before = to->len;
    for (size_t i = 0; i < token.len;) {
        uint32_t c;
        i += kg_utf8_next(&c, token.data + i, token.len - i);
        int byte = kg_char_byte(c);
        if (byte < 0) {
            to->len = before;
            return kg_array_append(to, token.data, token.len);
        }
        KG_TRY(st, kg_array_push(to, (char)byte));
    }
    return KG_OK;
}

/* U+FFFD for each byte from `from` on that is no UTF-8. */
static kg_status mend(kg_bytes *text, size_t from) {
    kg_status st = KG_OK;
    kg_bytes mended = KG_ARRAY_INIT;
    kg_str all = {text->data, text->len};
    if (from + kg_utf8_valid_prefix(text->data + from, text->len - from) == text->len)
        return KG_OK;
    for (size_t i = from, length; i < all.len && st == KG_OK; i += length) {
        char bytes[4];
        size_t n = bytes_at(bytes, &length, all, i);
        st = kg_array_append(&mended, bytes, n);
    }
    text->len = from;
    if (st == KG_OK)
        st = kg_array_append(text, mended.data, mended.len);
    kg_array_free(&mended);
    return st;
}

kg_status kg_bpe_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                        size_t n) {
    kg_status st;
    size_t begin = to->len;
    for (size_t i = 0; i < n; i++) {
        uint32_t id = ids[i] < kg_tokenizer_size(tokenizer) ? ids[i] : tokenizer->special.unk;
        KG_TRY(st, put_bytes(to, kg_tokenizer_token(tokenizer, id)));
    }
    return to->len > begin ? mend(to, begin) : KG_OK;
}
