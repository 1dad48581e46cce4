#include "kgstore/link/search.h"

#include "kgstore/base/array.h"
#include "kgstore/base/utf8.h"

/* A place between two characters. */
typedef struct place {
    size_t byte, character;
} place;

typedef struct search {
    const kg_automaton *automaton;
    const uint64_t *stopped;
    kg_str text;
    kg_mentions *to;
    bool all;
} search;

static bool is_stopped(const search *s, uint32_t node) {
    return s->stopped && s->stopped[node / 64] >> node % 64 & 1;
}

static kg_status found(search *s, place start, place end, uint32_t node) {
    kg_mention mention = {(uint32_t)start.byte, (uint32_t)end.byte, (uint32_t)start.character,
                          (uint32_t)end.character, s->automaton->trie.values[node]};
    return kg_array_push(s->to, mention);
}

/* Follow names from their first character (known as `known`, ending at `at`) on; *end is where the
 * longest ends, with *last what is known of its last character, or left alone. */
static kg_status walk(place *end, uint32_t *last, search *s, place start, place at,
                      uint32_t known) {
    kg_status st;
    const kg_automaton *a = s->automaton;
    uint32_t node = kg_trie_step(&a->trie, 0, known & ~KG_LINK_WORD), best = 0;
    while (node != 0) {
        uint32_t c, next = 0;
        size_t length = 0;
        if (at.byte < s->text.len) {
            length = kg_utf8_next(&c, s->text.data + at.byte, s->text.len - at.byte);
            next = kg_automaton_char(a, c);
        }
        if (kg_trie_accepts(&a->trie, node) && !(known & next & KG_LINK_WORD) &&
            !is_stopped(s, node)) {
            if (s->all)
                KG_TRY(st, found(s, start, at, node));
            best = node;
            *end = at;
            *last = known;
        }
        node = kg_trie_step(&a->trie, node, next & ~KG_LINK_WORD);
        known = next;
        at.byte += length;
        at.character++;
    }
    return best && !s->all ? found(s, start, *end, best) : KG_OK;
}

/* What is known of the character at `at`, and where the one after it begins; nothing at the end. */
static inline uint32_t look(place *next, const search *s, place at) {
    uint32_t c;
    *next = at;
    if (at.byte == s->text.len)
        return 0;
    next->byte += kg_utf8_next(&c, s->text.data + at.byte, s->text.len - at.byte);
    next->character++;
    return kg_automaton_char(s->automaton, c);
}

kg_status kg_search(kg_mentions *to, const kg_automaton *automaton, const uint64_t *stopped,
                    kg_str text, bool all) {
    kg_status st;
    search s = {automaton, stopped, text, to, all};
    place at = {0, 0}, next, after_next;
    uint32_t before = 0; /* what is known of the character before */
    if (text.len >= UINT32_MAX)
        return KG_ERR_LIMIT;
    uint32_t known = look(&next, &s, at);
    while (next.byte < text.len) { /* a name has two characters */
        uint32_t following = look(&after_next, &s, next);
        place end = next;
        uint32_t last = known;
        if (kg_automaton_may_begin(automaton, known, following) && !(known & before & KG_LINK_WORD))
            KG_TRY(st, walk(&end, &last, &s, at, next, known));
        if (all || end.byte == next.byte) {
            before = known;
            at = next;
            next = after_next;
            known = following;
        } else {
            before = last;
            at = end;
            known = look(&next, &s, at);
        }
    }
    return KG_OK;
}
