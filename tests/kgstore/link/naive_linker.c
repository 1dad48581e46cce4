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

/* Lower-cased characters, and where each begins in bytes (one entry more than characters). */
static void decode(characters *plain, characters *lower, characters *starts, kg_str text) {
    size_t i = 0;
    while (i < text.len) {
        uint32_t c;
        bool valid;
        (void)kg_array_push(starts, (uint32_t)i);
        i += kg_utf8_decode(&c, &valid, text.data + i, text.len - i);
        (void)kg_array_push(plain, c);
        (void)kg_array_push(lower, kg_char_lower(c));
    }
    (void)kg_array_push(starts, (uint32_t)text.len);
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
    characters plain = KG_ARRAY_INIT, lower = KG_ARRAY_INIT, starts = KG_ARRAY_INIT;
    if (kg_utf8_valid_prefix(text.data, text.len) < text.len)
        return;
    decode(&plain, &lower, &starts, text);
    bool digits = true;
    for (size_t i = 0; i < plain.len; i++)
        digits = digits && kg_char_is_digit(plain.data[i]);
    if (plain.len >= 2 && !digits) {
        name *old = look_up(naive, lower.data, lower.len);
        if (!old) {
            old = calloc(1, sizeof *old);
            *old = (name){lower.data, lower.len, is_alias, weight, entity, NULL};
            name **head = bucket(naive, lower.data, lower.len);
            old->next = *head;
            *head = old;
            if (naive->longest < lower.len)
                naive->longest = lower.len;
            lower.data = NULL;
        } else if (!wins(old, is_alias, weight, entity)) {
            old->is_alias = is_alias;
            old->weight = weight;
            old->entity = entity;
        }
    }
    kg_array_free(&plain);
    kg_array_free(&lower);
    kg_array_free(&starts);
}

/* Whether characters a and b, side by side, are within one word. */
static bool inside_word(const characters *plain, size_t b) {
    return b > 0 && b < plain->len && kg_char_is_word(plain->data[b - 1]) &&
           kg_char_is_word(plain->data[b]);
}

void naive_find(kg_mentions *to, const naive_linker *naive, kg_str text, bool all) {
    characters plain = KG_ARRAY_INIT, lower = KG_ARRAY_INIT, starts = KG_ARRAY_INIT;
    decode(&plain, &lower, &starts, text);
    for (size_t i = 0; i < plain.len; i++) {
        size_t best = 0;
        for (size_t n = 2; n <= naive->longest && i + n <= plain.len; n++) {
            const name *found = look_up(naive, lower.data + i, n);
            if (!found || inside_word(&plain, i) || inside_word(&plain, i + n))
                continue;
            kg_mention mention = {starts.data[i], starts.data[i + n], (uint32_t)i,
                                  (uint32_t)(i + n), found->entity};
            if (!all && best)
                to->data[to->len - 1] = mention;
            else
                (void)kg_array_push(to, mention);
            best = n;
        }
        if (!all && best)
            i += best - 1;
    }
    kg_array_free(&plain);
    kg_array_free(&lower);
    kg_array_free(&starts);
}
