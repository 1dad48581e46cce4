#include "tests/kgstore/link/naive_linker.h"

#include "kgstore/base/array.h"
#include "kgstore/base/hash.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>

enum { BUCKETS = 1 << 10 };

typedef struct name {
    uint32_t *characters;
    size_t n;
    bool is_alias;
    double weight;
    kg_id entity;
    struct name *next;
} name;

struct naive_linker {
    name *buckets[BUCKETS];
    size_t longest;
};

typedef KG_ARRAY(uint32_t) characters;

naive_linker *naive_new(void) {
    return calloc(1, sizeof(naive_linker));
}

void naive_free(naive_linker *naive) {
    for (size_t i = 0; i < BUCKETS; i++)
        while (naive->buckets[i]) {
            name *next = naive->buckets[i]->next;
            free(naive->buckets[i]->characters);
            free(naive->buckets[i]);
            naive->buckets[i] = next;
        }
    free(naive);
}

/* A text folded: its points, whether each is part of a word, and where it began in bytes and
 * characters of the text: INSIDE where that was inside a piece. The last two have an entry more. */
typedef struct decoded {
    characters points, words, bytes, at;
    size_t length; /* characters of the text */
} decoded;

enum { INSIDE = UINT32_MAX };

static void decode(decoded *to, kg_str text) {
    kg_folded piece;
    *to = (decoded){.length = 0};
    for (size_t i = 0; i < text.len; i += piece.bytes, to->length += piece.characters) {
        kg_text_fold_next(&piece, (kg_str){text.data + i, text.len - i});
        for (size_t k = 0; k < piece.n; k++) {
            uint32_t c = (uint32_t)piece.points[k];
            bool word = kg_char_continues(c) ? to->words.len && to->words.data[to->words.len - 1]
                                             : kg_char_is_word(c);
            (void)kg_array_push(&to->points, c);
            (void)kg_array_push(&to->words, (uint32_t)word);
            (void)kg_array_push(&to->bytes, k ? INSIDE : (uint32_t)i);
            (void)kg_array_push(&to->at, (uint32_t)to->length);
        }
    }
    (void)kg_array_push(&to->bytes, (uint32_t)text.len);
    (void)kg_array_push(&to->at, (uint32_t)to->length);
}

static void free_decoded(decoded *d) {
    kg_array_free(&d->points);
    kg_array_free(&d->words);
    kg_array_free(&d->bytes);
    kg_array_free(&d->at);
}

static name **bucket(const naive_linker *naive, const uint32_t *text, size_t n) {
    return (name **)&naive->buckets[kg_hash_bytes(text, n * 4, 0) % BUCKETS];
}

static name *look_up(const naive_linker *naive, const uint32_t *text, size_t n) {
    for (name *found = *bucket(naive, text, n); found; found = found->next)
        if (found->n == n && memcmp(found->characters, text, n * 4) == 0)
            return found;
    return NULL;
}

static bool wins(const name *a, bool is_alias, double weight, kg_id entity) {
    if (a->is_alias != is_alias)
        return !a->is_alias;
    if (a->weight != weight)
        return a->weight > weight;
    return a->entity < entity;
}

void naive_add(naive_linker *naive, kg_str text, bool is_alias, double weight, kg_id entity) {
    decoded d;
    if (kg_utf8_valid_prefix(text.data, text.len) < text.len)
        return;
    decode(&d, text);
    characters points = d.points;
    bool digits = true;
    for (size_t i = 0; i < points.len; i++)
        digits = digits && kg_char_is_digit(points.data[i]);
    if (d.length >= 2 && points.len >= 2 && !digits) {
        name *old = look_up(naive, points.data, points.len);
        if (!old) {
            old = calloc(1, sizeof *old);
            *old = (name){points.data, points.len, is_alias, weight, entity, NULL};
            name **head = bucket(naive, points.data, points.len);
            old->next = *head;
            *head = old;
            if (naive->longest < points.len)
                naive->longest = points.len;
            d.points.data = NULL;
        } else if (!wins(old, is_alias, weight, entity)) {
            old->is_alias = is_alias;
            old->weight = weight;
            old->entity = entity;
        }
    }
    free_decoded(&d);
}

/* Whether the points before b and at b are within one piece or one word. */
static bool is_inside(const decoded *d, size_t b) {
    return d->bytes.data[b] == INSIDE ||
           (b > 0 && b < d->points.len && d->words.data[b - 1] && d->words.data[b]);
}

void naive_find(kg_mentions *to, const naive_linker *naive, kg_str text, bool all) {
    decoded d;
    decode(&d, text);
    for (size_t i = 0; i < d.points.len; i++) {
        size_t best = 0;
        for (size_t n = 2; n <= naive->longest && i + n <= d.points.len; n++) {
            const name *found = look_up(naive, d.points.data + i, n);
            if (!found || is_inside(&d, i) || is_inside(&d, i + n))
                continue;
            kg_mention mention = {d.bytes.data[i], d.bytes.data[i + n], d.at.data[i],
                                  d.at.data[i + n], found->entity};
            if (!all && best)
                to->data[to->len - 1] = mention;
            else
                (void)kg_array_push(to, mention);
            best = n;
        }
        if (!all && best)
            i += best - 1;
    }
    free_decoded(&d);
}
