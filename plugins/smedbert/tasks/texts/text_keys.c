/* Sparse features of texts (METHOD 9): the n-grams of characters that a text has; of a pair those
 * that both have and those that one has, how much they share, and which characters of one stand
 * against which of the other; of a relation those of both spans, between them and beside them. Of
 * linked mentions the entities, likewise. */
#include "plugins/smedbert/tasks/texts/text_task.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* What a key states. Their numbers are in checkpoints: new ones go to the end. */
enum statement { GRAM = 1, BOTH, ONE, SHARE, LENGTH, AGAINST, ENTITY, SAME, PLACE, DISTANCE };

enum { LONGEST_GRAM = 4, LONGEST_SHARED = 3, BINS = 10, MOST_AGAINST = 400, BESIDE = 3 };

/* A set of hashes, sorted. */
typedef KG_ARRAY(uint64_t) hashes;

static uint64_t key_of(enum statement statement, uint64_t a, uint64_t b) {
    return kg_sparse_mix(kg_sparse_mix((uint64_t)statement, a), b);
}

static int compare_hashes(const void *x, const void *y) {
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void make_set(hashes *h) {
    size_t kept = 0;
    if (h->len < 2)
        return;
    qsort(h->data, h->len, sizeof *h->data, compare_hashes);
    for (size_t i = 1; i < h->len; i++)
        if (h->data[i] != h->data[kept])
            h->data[++kept] = h->data[i];
    h->len = kept + 1;
}

/* The characters of a text: in lower case, digits alike, white space left out. */
static kg_status read_characters(hashes *out, kg_str text) {
    kg_status st;
    out->len = 0;
    for (size_t at = 0; at < text.len;) {
        uint32_t c;
        at += kg_utf8_next(&c, text.data + at, text.len - at);
        kg_char_category category = kg_char_category_of(c);
        if (category == KG_CHAR_SPACE || category == KG_CHAR_CONTROL)
            continue;
        uint64_t character = category == KG_CHAR_NUMBER ? '0' : kg_char_lower(c);
        KG_TRY(st, kg_array_push(out, character));
    }
    return KG_OK;
}

/* The n-grams of characters, as a set. */
static kg_status read_grams(hashes *out, const hashes *characters, size_t n) {
    kg_status st;
    out->len = 0;
    for (size_t i = 0; i + n <= characters->len; i++) {
        uint64_t gram = n;
        for (size_t k = i; k < i + n; k++)
            gram = kg_sparse_mix(gram, characters->data[k]);
        KG_TRY(st, kg_array_push(out, gram));
    }
    make_set(out);
    return KG_OK;
}

/* The entities that a text names, as a set. */
static kg_status read_entities(hashes *out, const kg_tune_session *s, kg_str text, kg_error *err) {
    const kgp_mention *mentions;
    const kg_linked_text linked = {.text = text};
    size_t n;
    kg_status st;
    out->len = 0;
    KG_TRY(st, kg_reading_mentions(&mentions, &n, &s->base.reading, &linked, err));
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, kg_array_push(out, (uint64_t)mentions[i].entity));
    make_set(out);
    return KG_OK;
}

/* ---- One text, and two ----------------------------------------------------------------------- */

typedef struct scratch {
    hashes characters[2], sets[2], alone[2];
} scratch;

static void free_scratch(scratch *w) {
    for (int i = 0; i < 2; i++) {
        kg_array_free(&w->characters[i]);
        kg_array_free(&w->sets[i]);
        kg_array_free(&w->alone[i]);
    }
}

static kg_status add_all(kg_sparse_keys *keys, enum statement statement, uint64_t of,
                         const hashes *set) {
    kg_status st;
    for (size_t i = 0; i < set->len; i++)
        KG_TRY(st, kg_array_push(&keys->keys, key_of(statement, of, set->data[i])));
    return KG_OK;
}

static kg_status add_grams(kg_sparse_keys *keys, scratch *w, uint64_t of, kg_str text) {
    kg_status st;
    KG_TRY(st, read_characters(&w->characters[0], text));
    for (size_t n = 1; n <= LONGEST_GRAM; n++) {
        KG_TRY(st, read_grams(&w->sets[0], &w->characters[0], n));
        KG_TRY(st, add_all(keys, GRAM, of, &w->sets[0]));
    }
    return KG_OK;
}

static uint64_t bin(size_t part, size_t whole) {
    return whole ? part * BINS / whole : BINS + 1;
}

/* Split both sets into what they share, told at once, and what each has alone. */
static kg_status compare_sets(kg_sparse_keys *keys, scratch *w, enum statement shared,
                              uint64_t of) {
    kg_status st;
    const hashes *a = &w->sets[0], *b = &w->sets[1];
    size_t i = 0, j = 0, both = 0;
    w->alone[0].len = w->alone[1].len = 0;
    while (i < a->len || j < b->len) {
        bool from_a = i < a->len && (j == b->len || a->data[i] <= b->data[j]);
        bool from_b = j < b->len && (i == a->len || b->data[j] <= a->data[i]);
        uint64_t one = from_a ? a->data[i] : b->data[j];
        if (from_a && from_b)
            both++;
        else
            KG_TRY(st, kg_array_push(&w->alone[from_a ? 0 : 1], one));
        KG_TRY(st, kg_array_push(&keys->keys, key_of(from_a && from_b ? shared : ONE, of, one)));
        i += from_a;
        j += from_b;
    }
    size_t all = a->len + b->len - both, fewer = a->len < b->len ? a->len : b->len;
    KG_TRY(st, kg_array_push(&keys->keys, key_of(SHARE, of, bin(both, all))));
    return kg_array_push(&keys->keys, key_of(SHARE, of + 100, bin(both, fewer)));
}

/* Each that one has alone against each that the other has. */
static kg_status add_against(kg_sparse_keys *keys, const scratch *w, uint64_t of) {
    kg_status st;
    const hashes *a = &w->alone[0], *b = &w->alone[1];
    if (a->len * b->len > MOST_AGAINST)
        return KG_OK;
    for (size_t i = 0; i < a->len; i++)
        for (size_t j = 0; j < b->len; j++) {
            uint64_t x = a->data[i], y = b->data[j];
            uint64_t pair = x < y ? kg_sparse_mix(x, y) : kg_sparse_mix(y, x);
            KG_TRY(st, kg_array_push(&keys->keys, key_of(AGAINST, of, pair)));
        }
    return KG_OK;
}

static kg_status add_pair(kg_sparse_keys *keys, scratch *w, const kg_tune_session *s,
                          const kg_str *texts, kg_error *err) {
    kg_status st;
    for (int i = 0; i < 2; i++)
        KG_TRY(st, read_characters(&w->characters[i], texts[i]));
    size_t a = w->characters[0].len, b = w->characters[1].len;
    KG_TRY(st, kg_array_push(&keys->keys, key_of(LENGTH, 0, a < b ? bin(a, b) : bin(b, a))));
    KG_TRY(st, kg_array_push(&keys->keys, key_of(LENGTH, 1, (a + b) / 8)));
    for (size_t n = 1; n <= LONGEST_SHARED; n++) {
        for (int i = 0; i < 2; i++)
            KG_TRY(st, read_grams(&w->sets[i], &w->characters[i], n));
        KG_TRY(st, compare_sets(keys, w, BOTH, n));
        if (n < LONGEST_SHARED)
            KG_TRY(st, add_against(keys, w, n));
    }
    if (!s->setup.kg)
        return KG_OK;
    for (int i = 0; i < 2; i++)
        KG_TRY(st, read_entities(&w->sets[i], s, texts[i], err));
    KG_TRY(st, compare_sets(keys, w, SAME, 50));
    return add_against(keys, w, 50);
}

static kg_status add_text(kg_sparse_keys *keys, scratch *w, const kg_tune_session *s, kg_str text,
                          kg_error *err) {
    kg_status st;
    KG_TRY(st, add_grams(keys, w, 0, text));
    if (!s->setup.kg)
        return KG_OK;
    KG_TRY(st, read_entities(&w->sets[0], s, text, err));
    return add_all(keys, ENTITY, 0, &w->sets[0]);
}

/* ---- A relation ------------------------------------------------------------------------------ */

/* At most BESIDE characters that end, or begin, at a byte of the text. */
static kg_str beside(kg_str text, uint32_t at, bool before) {
    size_t from = at, end = at;
    for (int i = 0; before && i < BESIDE && from > 0; i++)
        do
            from--;
        while (from > 0 && ((unsigned char)text.data[from] & 0xC0) == 0x80);
    for (int i = 0; !before && i < BESIDE && end < text.len; i++) {
        uint32_t c;
        end += kg_utf8_next(&c, text.data + end, text.len - end);
    }
    return (kg_str){text.data + from, end - from};
}

static kg_status add_relation(kg_sparse_keys *keys, scratch *w, kg_str text,
                              const kg_text_span *spans) {
    kg_status st;
    bool turned = spans[1].start < spans[0].start;
    uint32_t from = spans[turned].end, end = spans[!turned].start;
    kg_str between = {text.data + from, end > from ? end - from : 0};
    size_t far = kg_utf8_length(between.data, between.len);
    KG_TRY(st, kg_array_push(&keys->keys, key_of(PLACE, turned, end < from)));
    KG_TRY(st, kg_array_push(&keys->keys, key_of(DISTANCE, turned, far < 8 ? far : 8 + far / 16)));
    KG_TRY(st, add_grams(keys, w, 1 + (uint64_t)turned, between));
    for (uint64_t i = 0; i < 2; i++) {
        kg_str span = {text.data + spans[i].start, spans[i].end - spans[i].start};
        KG_TRY(st, add_grams(keys, w, 3 + i, span));
        KG_TRY(st, add_grams(keys, w, 5 + i, beside(text, spans[i].start, true)));
        KG_TRY(st, add_grams(keys, w, 7 + i, beside(text, spans[i].end, false)));
    }
    return KG_OK;
}

/* ---- Items ----------------------------------------------------------------------------------- */

static kg_status add_item(kg_sparse_keys *keys, scratch *w, const kg_tune_session *s,
                          const kg_texts *t, uint32_t i, kg_error *err) {
    const kg_text_item *item = &t->items.data[i];
    const kg_str texts[2] = {kg_texts_text(t, item->a), kg_texts_text(t, item->b)};
    if (t->kind == KG_TEXT)
        return add_text(keys, w, s, texts[0], err);
    if (t->kind == KG_TEXT_RELATION)
        return add_relation(keys, w, texts[0], item->spans);
    return add_pair(keys, w, s, texts, err);
}

kg_status kg_texts_keys(kg_sparse_keys *keys, const uint16_t **gold, kg_tune_session *session,
                        const kg_tune_part *part, size_t example, kg_error *err) {
    const kg_texts *t = &((const kg_texts_part *)part->data)->texts;
    scratch w = {.characters = {KG_ARRAY_INIT}};
    kg_status st = KG_OK;
    uint32_t first = (uint32_t)kg_texts_first(t, example);
    *gold = t->gold.data + first;
    keys->keys.len = keys->ends.len = 0;
    for (uint32_t i = first; st == KG_OK && i < t->example_ends.data[example]; i++) {
        st = add_item(keys, &w, session, t, i, err);
        if (st == KG_OK)
            st = kg_array_push(&keys->ends, (uint32_t)keys->keys.len);
    }
    free_scratch(&w);
    if (st == KG_ERR_MEMORY)
        kg_error_set(err, st, "out of memory gathering sparse features");
    return st;
}
