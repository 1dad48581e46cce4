#include "model/tokenizer/learn.h"

#include "kgstore/base/utf8.h"
#include "model/tokenizer/char_table.h"
#include "model/tokenizer/merges.h"
#include "model/tokenizer/word_counts.h"

#include <stdlib.h>
#include <string.h>

/* Pieces are kept as code points, those that continue a word behind the mark 0. */
enum { LONGEST_WORD = 100, MARK = 0 };

/* How often each character of a page occurs as a word of its own, and within words. */
typedef struct counts_page {
    uint64_t alone[KG_PAGE_SIZE], within[KG_PAGE_SIZE];
} counts_page;

struct kg_vocab_learner {
    kg_vocab_options options;
    const kg_char_table *chars;
    counts_page *counts[KG_PAGES]; /* NULL: none of its characters was met */
    kg_word_counts words;
    uint32_t word[LONGEST_WORD]; /* in the making */
    uint32_t length;             /* beyond LONGEST_WORD: too long to count */

    kg_word_counts pieces;
    uint32_t emitted;
    kg_bytes token;
    kg_status (*visit)(void *context, kg_str token);
    void *context;
};

kg_status kg_vocab_learner_new(kg_vocab_learner **out, const kg_vocab_options *options) {
    kg_vocab_learner *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return KG_ERR_MEMORY;
    l->options = *options;
    l->chars = kg_char_table_shared(options->cased);
    if (!l->chars) {
        kg_vocab_learner_free(l);
        return KG_ERR_MEMORY;
    }
    *out = l;
    return KG_OK;
}

void kg_vocab_learner_free(kg_vocab_learner *learner) {
    if (!learner)
        return;
    for (uint32_t p = 0; p < KG_PAGES; p++)
        free(learner->counts[p]);
    kg_word_counts_free(&learner->words);
    kg_word_counts_free(&learner->pieces);
    kg_array_free(&learner->token);
    free(learner);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* The counts of a character's page; NULL: out of memory. */
static counts_page *page_of(kg_vocab_learner *l, uint32_t c) {
    counts_page **page = &l->counts[c >> KG_PAGE_BITS];
    if (!*page)
        *page = calloc(1, sizeof **page);
    return *page;
}

static kg_status end_word(kg_vocab_learner *l) {
    kg_status st = KG_OK;
    if (l->length > 0 && l->length <= LONGEST_WORD)
        st = kg_word_counts_add(NULL, &l->words, l->word, l->length);
    l->length = 0;
    return st;
}

static kg_status take(kg_vocab_learner *l, kg_char_entry entry) {
    kg_status st;
    kg_expansion x;
    counts_page *page;
    uint32_t payload = entry >> KG_ACTION_BITS;
    switch ((kg_char_action)(entry & KG_ACTION_MASK)) {
    case KG_ACTION_DROP:
    case KG_ACTION_STRIP:
        return KG_OK;
    case KG_ACTION_SPACE:
        return end_word(l);
    case KG_ACTION_ALONE:
    case KG_ACTION_SPLIT:
        page = page_of(l, payload);
        if (!page)
            return KG_ERR_MEMORY;
        page->alone[payload & (KG_PAGE_SIZE - 1)]++;
        return end_word(l);
    case KG_ACTION_PART:
        if (l->length < LONGEST_WORD)
            l->word[l->length] = payload;
        l->length += l->length <= LONGEST_WORD;
        return KG_OK;
    case KG_ACTION_EXPAND:
        break;
    }
    x = l->chars->expansions.data[payload];
    for (uint32_t i = 0; i < x.n; i++)
        KG_TRY(st, take(l, l->chars->expanded.data[x.start + i]));
    return KG_OK;
}

kg_status kg_vocab_learner_add(kg_vocab_learner *learner, kg_str text) {
    kg_status st;
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        i += kg_utf8_next(&c, text.data + i, text.len - i);
        KG_TRY(st, take(learner, kg_char_table_at(learner->chars, c)));
    }
    return end_word(learner);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static bool is_full(const kg_vocab_learner *l) {
    return l->emitted >= l->options.size;
}

static kg_status emit(kg_vocab_learner *l, kg_str token) {
    l->emitted++;
    return l->visit(l->context, token);
}

static kg_status emit_piece(kg_vocab_learner *l, const uint32_t *piece, size_t n) {
    kg_status st;
    l->token.len = 0;
    for (size_t i = 0; i < n; i++) {
        char encoded[4];
        size_t length = piece[i] == MARK ? 0 : kg_utf8_encode(encoded, piece[i]);
        if (length)
            KG_TRY(st, kg_array_append(&l->token, encoded, length));
        else
            KG_TRY(st, kg_array_append(&l->token, "##", 2));
    }
    return emit(l, (kg_str){l->token.data, l->token.len});
}

/* The piece of one character; *index is its number. Emitted when it is new. */
static kg_status take_piece(uint32_t *index, kg_vocab_learner *l, const uint32_t *piece, size_t n) {
    kg_status st;
    size_t before = l->pieces.words.len;
    KG_TRY(st, kg_word_counts_add(index, &l->pieces, piece, n));
    return l->pieces.words.len > before ? emit_piece(l, piece, n) : KG_OK;
}

typedef struct character {
    uint32_t code_point;
    uint64_t count;
} character;

static int compare_characters(const void *a, const void *b) {
    const character *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->code_point > y->code_point) - (x->code_point < y->code_point);
}

static kg_status count_within_words(kg_vocab_learner *l) {
    for (size_t i = 0; i < l->words.words.len; i++) {
        const kg_counted_word *w = &l->words.words.data[i];
        for (uint32_t k = 0; k < w->length; k++) {
            uint32_t c = l->words.characters.data[w->start + k];
            counts_page *page = page_of(l, c);
            if (!page)
                return KG_ERR_MEMORY;
            page->within[c & (KG_PAGE_SIZE - 1)] += w->count;
        }
    }
    return KG_OK;
}

typedef KG_ARRAY(character) characters;

/* The characters that are frequent enough, the most frequent first. */
static kg_status frequent_characters(characters *found, const kg_vocab_learner *l) {
    kg_status st;
    for (uint32_t p = 0; p < KG_PAGES; p++)
        for (uint32_t i = 0; l->counts[p] && i < KG_PAGE_SIZE; i++) {
            character one = {p << KG_PAGE_BITS | i,
                             l->counts[p]->alone[i] + l->counts[p]->within[i]};
            if (one.count > 0 && one.count >= l->options.min_count)
                KG_TRY(st, kg_array_push(found, one));
        }
    if (found->len > 0)
        qsort(found->data, found->len, sizeof *found->data, compare_characters);
    return KG_OK;
}

static kg_status emit_characters(kg_vocab_learner *l) {
    characters found = KG_ARRAY_INIT;
    kg_status st = count_within_words(l);
    if (st == KG_OK)
        st = frequent_characters(&found, l);
    for (size_t i = 0; i < found.len && st == KG_OK && !is_full(l); i++) {
        uint32_t index, c = found.data[i].code_point, continued[2] = {MARK, c};
        bool within = page_of(l, c)->within[c & (KG_PAGE_SIZE - 1)] > 0;
        st = take_piece(&index, l, &c, 1);
        if (st == KG_OK && within && !is_full(l))
            st = take_piece(&index, l, continued, 2);
    }
    kg_array_free(&found);
    return st;
}

/* ---- Joining --------------------------------------------------------------------------------- */

typedef struct spelled {
    KG_ARRAY(uint32_t) pieces;
    KG_ARRAY(kg_piece_word) words;
} spelled;

/* The words as pieces of one character, but those with a character that is no token. */
static kg_status spell(spelled *to, kg_vocab_learner *l) {
    kg_status st;
    for (size_t i = 0; i < l->words.words.len; i++) {
        const kg_counted_word *w = &l->words.words.data[i];
        kg_piece_word word = {to->pieces.len, w->length, w->count};
        bool known = true;
        for (uint32_t k = 0; k < w->length && known; k++) {
            uint32_t c[2] = {MARK, l->words.characters.data[w->start + k]}, index = 0;
            known = kg_word_counts_find(&index, &l->pieces, k ? c : c + 1, k ? 2 : 1);
            KG_TRY(st, kg_array_push(&to->pieces, index));
        }
        if (known && w->length > 1)
            KG_TRY(st, kg_array_push(&to->words, word));
        else
            to->pieces.len = word.start;
    }
    return KG_OK;
}

/* The number of the piece that two make together. */
static kg_status joined(uint32_t *index, kg_vocab_learner *l, uint32_t left, uint32_t right) {
    const kg_counted_word *a = &l->pieces.words.data[left], *b = &l->pieces.words.data[right];
    uint32_t piece[2 * LONGEST_WORD + 2];
    memcpy(piece, l->pieces.characters.data + a->start, a->length * sizeof *piece);
    memcpy(piece + a->length, l->pieces.characters.data + b->start + 1,
           (b->length - 1) * sizeof *piece);
    return take_piece(index, l, piece, a->length + b->length - 1);
}

static kg_status join_pieces(kg_vocab_learner *l, kg_merges *merges) {
    kg_status st;
    while (!is_full(l)) {
        uint32_t left, right, index;
        uint64_t count;
        KG_TRY(st, kg_merges_best(&left, &right, &count, merges));
        if (count == 0 || count < l->options.min_count)
            break;
        KG_TRY(st, joined(&index, l, left, right));
        KG_TRY(st, kg_merges_join(merges, left, right, index));
    }
    return KG_OK;
}

kg_status kg_vocab_learner_finish(kg_vocab_learner *learner,
                                  kg_status (*visit)(void *context, kg_str token), void *context) {
    static const char *const special[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    kg_status st;
    kg_vocab_learner *l = learner;
    spelled words = {KG_ARRAY_INIT, KG_ARRAY_INIT};
    kg_merges *merges = NULL;
    l->visit = visit;
    l->context = context;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        KG_TRY(st, emit(l, kg_str_from(special[i])));
    kg_word_counts_sort(&l->words);
    KG_TRY(st, emit_characters(l));
    st = spell(&words, l);
    if (st == KG_OK)
        st = kg_merges_new(&merges, words.pieces.data, words.words.data, words.words.len);
    if (st == KG_OK)
        st = join_pieces(l, merges);
    kg_merges_free(merges);
    kg_array_free(&words.pieces);
    kg_array_free(&words.words);
    return st;
}
