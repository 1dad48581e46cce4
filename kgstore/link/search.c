/* Names found in text. Most text is folded by one look-up a character, in place. Where a character
 * takes more, the text is first written anew, folded, with the place in the original of each
 * character that begins a piece; the same search runs on that and keeps what begins and ends at
 * such places: nothing ends before an accent of its last character, or inside of one that becomes
 * two. */
#include "kgstore/link/search.h"

#include "kgstore/base/array.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

/* A place between two characters. */
typedef struct place {
    size_t byte, character;
} place;

/* Text folded; places.data[i] is where its character i was, of byte INSIDE where that was inside a
 * piece. One more than there are characters. */
typedef struct folded_text {
    kg_bytes text;
    KG_ARRAY(place) places;
} folded_text;

static const size_t INSIDE = SIZE_MAX;

typedef struct search {
    const kg_automaton *automaton;
    const uint64_t *stopped;
    kg_str text;
    const folded_text *folded; /* text is its; NULL: text is the original */
    kg_mentions *to;
    bool all;
    bool complex; /* the original has a character that takes more than a look-up */
} search;

static bool is_stopped(const search *s, uint32_t node) {
    return s->stopped && s->stopped[node / 64] >> node % 64 & 1;
}

/* The functions below are made twice, for text as it is and for text folded, since the first is
 * what speed is measured by. */
#define TWICE static inline __attribute__((always_inline))

TWICE bool is_border(const search *s, place at, const bool folded) {
    return !folded || s->folded->places.data[at.character].byte != INSIDE;
}

static kg_status found(search *s, place start, place end, uint32_t node) {
    if (s->folded) {
        start = s->folded->places.data[start.character];
        end = s->folded->places.data[end.character];
    }
    kg_mention mention = {(uint32_t)start.byte, (uint32_t)end.byte, (uint32_t)start.character,
                          (uint32_t)end.character, s->automaton->trie.values[node]};
    return kg_array_push(s->to, mention);
}

/* What is known of a character, given that of the one before: a mark is part of a word as what it
 * belongs to is. */
TWICE uint32_t with_word(uint32_t known, uint32_t before, const bool folded) {
    return folded && (known & KG_LINK_COMPLEX) ? known | (before & KG_LINK_WORD) : known;
}

/* Follow names from their first character (known as `known`, ending at `at`) on; *end is where the
 * longest ends, with *last what is known of its last character, or left alone. */
TWICE kg_status walk(place *end, uint32_t *last, search *s, place at, uint32_t known,
                     const bool folded) {
    kg_status st;
    const kg_automaton *a = s->automaton;
    const place start = *end;
    uint32_t node = kg_trie_step(&a->trie, 0, known & KG_LINK_CODE), best = 0;
    while (node != 0) {
        uint32_t c, next = 0;
        size_t length = 0;
        if (at.byte < s->text.len) {
            length = kg_utf8_next(&c, s->text.data + at.byte, s->text.len - at.byte);
            next = with_word(kg_automaton_char(a, c), known, folded);
        }
        if (!folded && (next & KG_LINK_COMPLEX)) {
            s->complex = true;
            return KG_OK;
        }
        if (kg_trie_accepts(&a->trie, node) && !(known & next & KG_LINK_WORD) &&
            is_border(s, at, folded) && !is_stopped(s, node)) {
            if (s->all)
                KG_TRY(st, found(s, start, at, node));
            best = node;
            *end = at;
            *last = known;
        }
        node = kg_trie_step(&a->trie, node, next & KG_LINK_CODE);
        known = next;
        at.byte += length;
        at.character++;
    }
    return best && !s->all ? found(s, start, *end, best) : KG_OK;
}

/* What is known of the character at `at`, and where the one after it begins; nothing at the end. */
TWICE uint32_t look(place *next, const search *s, place at, uint32_t before, const bool folded) {
    uint32_t c;
    *next = at;
    if (at.byte == s->text.len)
        return 0;
    next->byte += kg_utf8_next(&c, s->text.data + at.byte, s->text.len - at.byte);
    next->character++;
    return with_word(kg_automaton_char(s->automaton, c), before, folded);
}

/* Search until the end, or in the original until a character takes more than a look-up. */
TWICE kg_status run(search *s, const bool folded) {
    kg_status st;
    place at = {0, 0}, next, after_next;
    uint32_t before = 0; /* what is known of the character before */
    uint32_t known = look(&next, s, at, before, folded), following = known;
    while (next.byte < s->text.len) { /* a name has two characters */
        following = look(&after_next, s, next, known, folded);
        if (!folded && ((known | following) & KG_LINK_COMPLEX))
            break;
        place end = at;
        uint32_t last = known;
        if (kg_automaton_may_begin(s->automaton, known, following) &&
            !(known & before & KG_LINK_WORD) && is_border(s, at, folded)) {
            KG_TRY(st, walk(&end, &last, s, next, known, folded));
            if (!folded && s->complex)
                return KG_OK;
        }
        if (s->all || end.byte == at.byte) {
            before = known;
            at = next;
            next = after_next;
            known = following;
        } else {
            before = last;
            at = end;
            known = look(&next, s, at, before, folded);
        }
    }
    s->complex = (known | following) & KG_LINK_COMPLEX;
    return KG_OK;
}

static kg_status fold(folded_text *to, kg_str text) {
    kg_status st;
    kg_folded piece;
    place at = {0, 0};
    for (; at.byte < text.len; at.byte += piece.bytes, at.character += piece.characters) {
        kg_text_fold_next(&piece, (kg_str){text.data + at.byte, text.len - at.byte});
        for (size_t i = 0; i < piece.n; i++) {
            char encoded[4];
            const place here = i ? (place){INSIDE, INSIDE} : at;
            size_t n = kg_utf8_encode(encoded, (uint32_t)piece.points[i]);
            KG_TRY(st, kg_array_append(&to->text, encoded, n));
            KG_TRY(st, kg_array_append(&to->places, &here, 1));
        }
    }
    return kg_array_push(&to->places, at);
}

static kg_status search_folded(const search *original) {
    folded_text folded = {KG_ARRAY_INIT, KG_ARRAY_INIT};
    search s = *original;
    kg_status st = fold(&folded, s.text);
    s.folded = &folded;
    s.text = (kg_str){folded.text.data, folded.text.len};
    if (st == KG_OK)
        st = run(&s, true);
    kg_array_free(&folded.text);
    kg_array_free(&folded.places);
    return st;
}

kg_status kg_search(kg_mentions *to, const kg_automaton *automaton, const uint64_t *stopped,
                    kg_str text, bool all) {
    kg_status st;
    search s = {.automaton = automaton, .stopped = stopped, .text = text, .to = to, .all = all};
    size_t before = to->len;
    if (text.len >= UINT32_MAX)
        return KG_ERR_LIMIT;
    KG_TRY(st, run(&s, false));
    if (!s.complex)
        return KG_OK;
    to->len = before;
    return search_folded(&s);
}
