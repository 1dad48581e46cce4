#include "plugins/smedbert/tasks/ner/ner_documents.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>
#include <string.h>

void kg_ner_documents_free(kg_ner_documents *documents) {
    kg_arena_free(&documents->arena);
    kg_array_free(&documents->entities);
    kg_array_free(&documents->list);
}

/* ---- What a reader gives --------------------------------------------------------------------- */

static bool copy(kg_str *out, kg_ner_reader *r, kg_str from) {
    out->data = kg_arena_copy(&r->documents.arena, from);
    out->len = from.len;
    return out->data;
}

/* A type is one word, since tags stand in columns. */
static void join_words(kg_ner_reader *r, kg_str type) {
    char *at = (char *)type.data; /* the copy is ours */
    for (size_t i = 0; i < type.len; i++)
        if ((unsigned char)at[i] <= ' ') {
            at[i] = '_';
            r->documents.joined = true;
        }
}

kg_status kg_ner_documents_add(kg_ner_reader *r, uint64_t line, const char *name,
                               const kg_ner_entity *entity, bool last) {
    kg_ner_entity e = *entity;
    if (e.end < e.start || (e.end == e.start && !last))
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line,
                           "%s spans %llu to %llu; expected 0 <= start < end", name,
                           (unsigned long long)e.start, (unsigned long long)e.end);
    if (e.type.len == 0)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->path, line, "%s has an empty type", name);
    if (!copy(&e.type, r, e.type) || (e.text.data && !copy(&e.text, r, e.text)) ||
        kg_array_push(&r->documents.entities, e) != KG_OK)
        return kg_ner_no_memory(r);
    join_words(r, e.type);
    r->documents.last = r->documents.last || last;
    return KG_OK;
}

kg_status kg_ner_documents_end(kg_ner_reader *r, uint64_t line, kg_str text) {
    kg_ner_document document = {line, r->path, text, r->documents.entities.len};
    if (!copy(&document.text, r, text) || kg_array_push(&r->documents.list, document) != KG_OK)
        return kg_ner_no_memory(r);
    return KG_OK;
}

/* ---- What offsets count ---------------------------------------------------------------------- */

/* Where each character of a text begins; one more than there are characters. */
typedef struct place {
    uint64_t character, utf16, byte;
} place;

typedef struct text_places {
    kg_str text;
    KG_ARRAY(place) list;
} text_places;

static kg_status find_places(text_places *p, kg_str text) {
    kg_status st;
    place at = {0, 0, 0};
    p->text = text;
    p->list.len = 0;
    KG_TRY(st, kg_array_push(&p->list, at));
    while (at.byte < text.len) {
        uint32_t c;
        bool valid;
        at.byte += kg_utf8_decode(&c, &valid, text.data + at.byte, text.len - at.byte);
        at.utf16 += c > 0xFFFF ? 2 : 1;
        at.character++;
        KG_TRY(st, kg_array_push(&p->list, at));
    }
    return KG_OK;
}

/* The ways to count, in the order in which they are tried. */
enum { UNITS = 3, WAYS = 2 * UNITS }; /* those from UNITS on: the end is the last character */
static const char *const unit_names[UNITS] = {"characters", "UTF-16 units", "bytes"};

static uint64_t offset_of(const place *at, int unit) {
    return unit == 0 ? at->character : unit == 1 ? at->utf16 : at->byte;
}

/* The number of the character at an offset; SIZE_MAX: behind the text, or inside a character. */
static size_t character_at(const text_places *p, int unit, uint64_t offset) {
    size_t low = 0, high = p->list.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (offset_of(&p->list.data[middle], unit) < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->list.len && offset_of(&p->list.data[low], unit) == offset ? low : SIZE_MAX;
}

/* The characters [*start, *end) of an entity by a way to count; false: there are none. */
static bool span_of(size_t *start, size_t *end, const text_places *p, const kg_ner_entity *e,
                    int way) {
    *start = character_at(p, way % UNITS, e->start);
    *end = character_at(p, way % UNITS, e->end);
    if (way >= UNITS && *end != SIZE_MAX)
        ++*end;
    return *start != SIZE_MAX && *end < p->list.len && *start < *end;
}

static kg_str slice(const text_places *p, size_t start, size_t end) {
    uint64_t from = p->list.data[start].byte;
    return (kg_str){p->text.data + from, p->list.data[end].byte - from};
}

/* Equal but for line ends, which tools write as blanks. */
static bool reads(kg_str there, kg_str said) {
    if (there.len != said.len)
        return false;
    for (size_t i = 0; i < said.len; i++) {
        char c = there.data[i], d = said.data[i];
        bool blanks = (c == '\n' || c == '\r' || c == ' ') && (d == '\n' || d == '\r' || d == ' ');
        if (c != d && !blanks)
            return false;
    }
    return true;
}

static bool fits(const text_places *p, const kg_ner_entity *e, int way) {
    size_t start, end;
    return span_of(&start, &end, p, e, way) && reads(slice(p, start, end), e->text);
}

/* The first way of a set; WAYS: it is empty. */
static int first_way(unsigned set) {
    int way = 0;
    while (way < WAYS && !(set >> way & 1))
        way++;
    return way;
}

static kg_status text_elsewhere(kg_ner_reader *r, const kg_ner_document *d, const text_places *p,
                                const kg_ner_entity *e, int way) {
    size_t start, end;
    kg_str there = {"", 0};
    if (span_of(&start, &end, p, e, way))
        there = slice(p, start, end);
    return kg_error_at(r->err, KG_ERR_FORMAT, d->path, d->line,
                       "the entity at %llu to %llu is \"%.*s\" by the file, but the text there, "
                       "counted in %s, is \"%.*s\"; offsets begin at 0 and count characters, "
                       "UTF-16 units or bytes, the same in the whole file",
                       (unsigned long long)e->start, (unsigned long long)e->end,
                       KG_STR_ARG(e->text), unit_names[way % UNITS], KG_STR_ARG(there));
}

/* Which way all entities that say their text agree with. */
static kg_status find_way(int *way, kg_ner_reader *r, text_places *p) {
    const kg_ner_documents *all = &r->documents;
    unsigned set = r->format.offsets == KG_NER_ANY_OFFSETS
                       ? (1u << UNITS) - 1
                       : 1u << (r->format.offsets - KG_NER_CHARACTERS);
    set |= all->last ? set << UNITS : 0;
    size_t e = 0;
    for (size_t i = 0; i < all->list.len; i++) {
        const kg_ner_document *d = &all->list.data[i];
        if (e < d->entities_end && find_places(p, d->text) != KG_OK)
            return kg_ner_no_memory(r);
        for (; e < d->entities_end; e++) {
            unsigned left = 0;
            if (!all->entities.data[e].text.data)
                continue;
            for (int w = 0; w < WAYS; w++)
                if ((set >> w & 1) && fits(p, &all->entities.data[e], w))
                    left |= 1u << w;
            if (left == 0)
                return text_elsewhere(r, d, p, &all->entities.data[e], first_way(set));
            set = left;
        }
    }
    *way = first_way(set);
    return KG_OK;
}

/* Let the entities of a document count characters, the end exclusive. */
static kg_status to_characters(kg_ner_reader *r, const kg_ner_document *d, const text_places *p,
                               kg_ner_entity *entities, size_t n, int way) {
    for (size_t i = 0; i < n; i++) {
        size_t start, end;
        const place *last = &p->list.data[p->list.len - 1];
        if (!span_of(&start, &end, p, &entities[i], way))
            return kg_error_at(r->err, KG_ERR_FORMAT, d->path, d->line,
                               "an entity spans %llu to %llu, counted in %s; the text has %llu",
                               (unsigned long long)entities[i].start,
                               (unsigned long long)entities[i].end, unit_names[way % UNITS],
                               (unsigned long long)offset_of(last, way % UNITS));
        entities[i].start = start;
        entities[i].end = end;
    }
    return KG_OK;
}

/* ---- Nested entities ------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b) {
    const kg_ner_entity *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return kg_str_compare(x->type, y->type);
}

static int by_length(const void *a, const void *b) {
    const kg_ner_entity *x = a, *y = b;
    uint64_t m = x->end - x->start, n = y->end - y->start;
    return m != n ? (m < n ? -1 : 1) : by_start(a, b);
}

static int by_length_down(const void *a, const void *b) {
    const kg_ner_entity *x = a, *y = b;
    uint64_t m = x->end - x->start, n = y->end - y->start;
    return m != n ? (m > n ? -1 : 1) : by_start(a, b);
}

/* Leave one of entities that are the same. Returns how many are left. */
static size_t drop_repeats(kg_ner_entity *e, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || by_start(&e[kept - 1], &e[i]) != 0)
            e[kept++] = e[i];
    return kept;
}

/* Put e among kept, which are in order and do not overlap; false: it overlaps one of them. */
static bool keep(kg_ner_entity *kept, size_t n, const kg_ner_entity *e) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (kept[middle].start < e->end)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && kept[low - 1].end > e->start)
        return false;
    memmove(&kept[low + 1], &kept[low], (n - low) * sizeof *kept);
    kept[low] = *e;
    return true;
}

/* Order the entities of a document, and leave those that do not overlap. */
static kg_status settle(size_t *n, kg_ner_reader *r, const kg_ner_document *d, kg_ner_entity *e) {
    if (*n < 2)
        return KG_OK;
    qsort(e, *n, sizeof *e, by_start);
    *n = drop_repeats(e, *n);
    for (size_t i = 1; r->format.nested == KG_NER_NESTING_ERROR && i < *n; i++)
        if (e[i].start < e[i - 1].end)
            return kg_error_at(r->err, KG_ERR_FORMAT, d->path, d->line,
                               "the entities at %llu to %llu and at %llu to %llu overlap, and a "
                               "token has one tag; choose with --nested outermost or innermost",
                               (unsigned long long)e[i - 1].start, (unsigned long long)e[i - 1].end,
                               (unsigned long long)e[i].start, (unsigned long long)e[i].end);
    if (r->format.nested == KG_NER_NESTING_ERROR)
        return KG_OK;
    qsort(e, *n, sizeof *e, r->format.nested == KG_NER_OUTERMOST ? by_length_down : by_length);
    kg_ner_entity *kept = malloc(*n * sizeof *kept);
    if (!kept)
        return kg_ner_no_memory(r);
    size_t k = 0;
    for (size_t i = 0; i < *n; i++)
        k += keep(kept, k, &e[i]);
    memcpy(e, kept, k * sizeof *kept);
    free(kept);
    r->documents.left_out += *n - k;
    *n = k;
    return KG_OK;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

size_t kg_ner_token_length(size_t *characters, const char *text, size_t n) {
    uint32_t c;
    bool valid;
    size_t length = kg_utf8_decode(&c, &valid, text, n);
    kg_char_category category = kg_char_category_of(c);
    *characters = 1;
    if (category == KG_CHAR_SPACE || category == KG_CHAR_CONTROL)
        return 0;
    if ((category != KG_CHAR_LETTER && category != KG_CHAR_NUMBER) || kg_char_width(c) == 2)
        return length;
    while (length < n) {
        size_t more = kg_utf8_decode(&c, &valid, text + length, n - length);
        category = kg_char_category_of(c);
        bool joins = category == KG_CHAR_LETTER || category == KG_CHAR_NUMBER ||
                     category == KG_CHAR_MARK || category == KG_CHAR_ACCENT;
        if (!joins || kg_char_width(c) == 2)
            break;
        length += more;
        ++*characters;
    }
    return length;
}

static kg_status tag_text(kg_ner_reader *r, const kg_ner_document *d, const text_places *p,
                          const kg_ner_entity *entities, size_t n) {
    kg_status st;
    size_t e = 0, characters;
    const kg_ner_entity *within = NULL;
    for (size_t at = 0; at + 1 < p->list.len; at += characters) {
        uint64_t byte = p->list.data[at].byte;
        char letter = 'O';
        kg_str type = {"", 0};
        if (kg_ner_token_length(&characters, d->text.data + byte, d->text.len - byte) == 0)
            continue;
        if (r->format.characters)
            characters = 1;
        while (e < n && entities[e].end <= at)
            e++;
        if (e < n) {
            const kg_ner_entity *next = &entities[e];
            uint64_t edge = next->start > at ? next->start : next->end;
            if (edge < at + characters)
                characters = edge - at;
            if (next->start <= at) {
                letter = within == next ? 'I' : 'B';
                type = next->type;
                within = next;
            }
        }
        KG_TRY(st, kg_ner_add_token(r, d->line, slice(p, at, at + characters), letter, type));
    }
    return kg_ner_end_sequence(r);
}

static kg_status tag_all(kg_ner_reader *r, text_places *p) {
    kg_status st;
    int way = 0;
    kg_ner_documents *all = &r->documents;
    KG_TRY(st, find_way(&way, r, p));
    for (size_t i = 0, e = 0; i < all->list.len; i++) {
        const kg_ner_document *d = &all->list.data[i];
        kg_ner_entity *entities = all->entities.data ? &all->entities.data[e] : NULL;
        size_t n = d->entities_end - e;
        e = d->entities_end;
        if (find_places(p, d->text) != KG_OK)
            return kg_ner_no_memory(r);
        KG_TRY(st, to_characters(r, d, p, entities, n, way));
        KG_TRY(st, settle(&n, r, d, entities));
        KG_TRY(st, tag_text(r, d, p, entities, n));
    }
    if (way % UNITS > 0)
        kg_ner_tell(r, "offsets count %s; ", unit_names[way % UNITS]);
    if (way >= UNITS)
        kg_ner_tell(r, "an entity's end is its last character; ");
    if (all->left_out > 0)
        kg_ner_tell(r, "nested or overlapping entities left out: %zu; ", all->left_out);
    if (all->joined)
        kg_ner_tell(r, "blanks in types became _; ");
    return KG_OK;
}

kg_status kg_ner_documents_tag(kg_ner_reader *r) {
    text_places places = {{"", 0}, KG_ARRAY_INIT};
    kg_status st = tag_all(r, &places);
    kg_array_free(&places.list);
    kg_ner_documents_free(&r->documents);
    r->documents = (kg_ner_documents){.arena = KG_ARENA_INIT};
    return st;
}
