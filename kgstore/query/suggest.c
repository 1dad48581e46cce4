/* The name that a mistyped one was meant to be. */
#include "kgstore/kgstore.h"

#include "kgstore/base/nearest.h"
#include "kgstore/base/utf8.h"

enum { LONGEST = 63 }; /* characters of a name that is compared */

/* Names are compared character by character, each character of the word standing as a byte: its
 * place among them, and one byte for all that the word has not. */
typedef struct search {
    kg_str name;
    uint32_t characters[LONGEST];
    size_t n_characters;
    char word[LONGEST + 1];
    size_t length, most; /* characters; the greatest distance that is better than the best so far */
    kg_id best;
} search;

static const char OTHER = (char)0xFF;

/* The byte that stands for a character; where `add`, one is given to it. */
static char code_of(search *s, uint32_t character, bool add) {
    size_t i = 0;
    while (i < s->n_characters && s->characters[i] != character)
        i++;
    if (i == s->n_characters && !add)
        return OTHER;
    if (i == s->n_characters)
        s->characters[s->n_characters++] = character;
    return (char)(i + 1);
}

/* False: the name is too long. */
static bool encode(char to[LONGEST + 1], size_t *length, search *s, kg_str name, bool add) {
    *length = 0;
    for (size_t at = 0; at < name.len;) {
        uint32_t character;
        bool valid;
        at += kg_utf8_decode(&character, &valid, name.data + at, name.len - at);
        if (*length == LONGEST)
            return false;
        to[(*length)++] = code_of(s, character, add);
    }
    to[*length] = '\0';
    return true;
}

static kg_status consider_name(void *context, kg_str name, kg_id id) {
    search *s = context;
    char other[LONGEST + 1];
    size_t length;
    if (s->most == 0 || kg_str_equal(name, s->name) || !encode(other, &length, s, name, false) ||
        (length > s->length ? length - s->length : s->length - length) > s->most)
        return KG_OK;
    size_t distance = kg_edit_distance(s->word, other);
    if (distance <= s->most) {
        s->most = distance - 1;
        s->best = id;
    }
    return KG_OK;
}

/* A third of the characters and one may differ, but half at most. */
static size_t most_of(size_t length) {
    size_t third = length / 3 + 1, half = length / 2;
    return third < half ? third : half;
}

static kg_status nearest_name(kg_id *id, kg_snapshot *snapshot, kg_kind kind, kg_str name) {
    kg_status st;
    search s = {.name = name, .best = KG_NO_ID};
    if (!encode(s.word, &s.length, &s, name, true))
        return KG_ERR_NOT_FOUND;
    s.most = most_of(s.length);
    KG_TRY(st, kg_name_complete(snapshot, kind, KG_STR(""), UINT32_MAX, consider_name, &s));
    *id = s.best;
    return s.best == KG_NO_ID ? KG_ERR_NOT_FOUND : KG_OK;
}

kg_status kg_name_suggest(kg_id *id, kg_snapshot *snapshot, kg_kind kind, kg_str name) {
    kg_ids entities;
    *id = KG_NO_ID;
    if (kind == KG_ENTITY) {
        kg_status st = kg_alias_find(&entities, snapshot, name);
        if (st == KG_OK)
            *id = kg_ids_at(entities, 0);
        if (st != KG_ERR_NOT_FOUND)
            return st;
    }
    return nearest_name(id, snapshot, kind, name);
}
