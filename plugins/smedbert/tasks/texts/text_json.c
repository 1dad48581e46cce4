/* Data sets of texts as JSON lines. */
#include "plugins/smedbert/tasks/texts/text_data.h"

#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static kg_status fault(const kg_texts_reader *r, const char *expected) {
    return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->line, "expected %s", expected);
}

static kg_str text_at(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return (kg_str){json_string_value(value), json_string_length(value)};
}

/* The label under "label", a string or a whole number, which `buffer` then holds. False: none. */
static bool read_label(kg_str *label, char buffer[32], const json_t *object) {
    const json_t *value = json_object_get(object, "label");
    if (json_is_integer(value)) {
        int n = snprintf(buffer, 32, "%lld", (long long)json_integer_value(value));
        *label = (kg_str){buffer, (size_t)n};
    } else {
        *label = (kg_str){json_string_value(value), json_string_length(value)};
    }
    return label->data != NULL && label->len > 0;
}

static kg_status take_label(kg_str *label, char buffer[32], kg_texts_reader *r,
                            const json_t *object) {
    *label = (kg_str){NULL, 0};
    if (r->options.unlabeled || read_label(label, buffer, object))
        return KG_OK;
    return fault(r, "\"label\", a string or a whole number");
}

/* ---- Text and pair --------------------------------------------------------------------------- */

static kg_status take_texts(kg_texts_reader *r, const json_t *object) {
    kg_status st;
    kg_str label, a = text_at(object, "text"), b = {NULL, 0};
    char buffer[32];
    kg_text_item item = {0};
    if (r->options.kind == KG_TEXT_PAIR) {
        bool named = json_object_get(object, "sentence1") != NULL;
        a = text_at(object, named ? "sentence1" : "text_a");
        b = text_at(object, named ? "sentence2" : "text_b");
        if (!a.data || !b.data)
            return fault(r, "\"text_a\" and \"text_b\", or \"sentence1\" and \"sentence2\"");
    } else if (!a.data) {
        return fault(r, "\"text\"");
    }
    KG_TRY(st, take_label(&label, buffer, r, object));
    KG_TRY(st, kg_texts_add(&item.a, r, a));
    item.b = item.a;
    if (b.data)
        KG_TRY(st, kg_texts_add(&item.b, r, b));
    KG_TRY(st, kg_texts_add_item(r, &item, label));
    return kg_texts_end_example(r);
}

/* ---- Relation -------------------------------------------------------------------------------- */

/* {"start", "end"} in characters, as bytes of the text. */
static bool read_span(kg_text_span *out, const json_t *object, kg_str text) {
    json_int_t edges[2];
    uint32_t bytes[2];
    if (json_unpack((json_t *)object, "{s:I, s:I}", "start", &edges[0], "end", &edges[1]) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        size_t at = 0;
        if (edges[i] < 0)
            return false;
        for (; edges[i] > 0 && at < text.len; edges[i]--) {
            uint32_t c;
            at += kg_utf8_next(&c, text.data + at, text.len - at);
        }
        if (edges[i] > 0)
            return false;
        bytes[i] = (uint32_t)at;
    }
    *out = (kg_text_span){bytes[0], bytes[1]};
    return bytes[0] < bytes[1];
}

static kg_status take_spans(kg_texts_reader *r, const json_t *object, kg_str text) {
    kg_status st;
    kg_str label;
    char buffer[32];
    kg_text_item item = {0};
    if (!read_span(&item.spans[0], json_object_get(object, "head"), text) ||
        !read_span(&item.spans[1], json_object_get(object, "tail"), text))
        return fault(r,
                     "\"head\" and \"tail\", each with \"start\" and \"end\" in characters of the "
                     "text, start before end");
    KG_TRY(st, take_label(&label, buffer, r, object));
    KG_TRY(st, kg_texts_add(&item.a, r, text));
    item.b = item.a;
    KG_TRY(st, kg_texts_add_item(r, &item, label));
    return kg_texts_end_example(r);
}

/* The entities of a sentence, and its triples. */
typedef struct sentence {
    kg_text_item item;
    KG_ARRAY(kg_text_span) entities;
    KG_ARRAY(uint8_t) related; /* (n, n), once all entities are there */
} sentence;

/* Where a name first stands in the text. */
static bool find_name(kg_text_span *span, kg_str text, kg_str name) {
    const char *at = name.len ? memmem(text.data, text.len, name.data, name.len) : NULL;
    if (!at)
        return false;
    span->start = (uint32_t)(at - text.data);
    span->end = span->start + (uint32_t)name.len;
    return true;
}

static kg_status number_entity(size_t *number, sentence *s, kg_text_span span) {
    for (size_t i = 0; i < s->entities.len; i++)
        if (memcmp(&s->entities.data[i], &span, sizeof span) == 0) {
            *number = i;
            return KG_OK;
        }
    *number = s->entities.len;
    return kg_array_push(&s->entities, span);
}

/* The object of a triple: text, or {"@value": text}. */
static kg_str object_of(const json_t *triple) {
    const json_t *object = json_object_get(triple, "object");
    return json_is_object(object) ? text_at(object, "@value") : text_at(triple, "object");
}

static kg_status take_triple(sentence *s, kg_texts_reader *r, const json_t *triple, kg_str text,
                             bool items) {
    kg_status st;
    kg_str names[2] = {text_at(triple, "subject"), object_of(triple)};
    kg_str predicate = text_at(triple, "predicate");
    size_t ends[2];
    if (!names[0].data || !names[1].data || !predicate.data || predicate.len == 0)
        return fault(r, "\"subject\", \"predicate\" and \"object\" in each of \"spo_list\"");
    for (int i = 0; i < 2; i++) {
        if (!find_name(&s->item.spans[i], text, names[i])) {
            kg_quoted name = kg_quote(names[i]);
            return kg_error_at(r->err, KG_ERR_FORMAT, r->path, r->line,
                               "the text does not hold \"%s\" of its spo_list", name.text);
        }
        if (number_entity(&ends[i], s, s->item.spans[i]) != KG_OK)
            return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s", r->path);
    }
    if (!items)
        return KG_OK;
    s->related.data[ends[0] * s->entities.len + ends[1]] = 1;
    KG_TRY(st, kg_texts_add_item(r, &s->item, predicate));
    return kg_texts_end_example(r);
}

/* Other pairs of the sentence's entities, of no relation: each with the chance that gives as many
 * as were asked for. */
static kg_status add_negatives(sentence *s, kg_texts_reader *r, size_t there) {
    kg_status st;
    size_t n = s->entities.len, free_pairs = 0;
    kg_rng rng = kg_rng_stream(0, 0, r->line, 0x6e65);
    for (size_t i = 0; i < n * n; i++)
        free_pairs += i / n != i % n && !s->related.data[i];
    double chance = r->options.negatives < 0 ? 1
                    : free_pairs ? r->options.negatives * (double)there / (double)free_pairs
                                 : 0;
    for (size_t i = 0; i < n * n; i++) {
        if (i / n == i % n || s->related.data[i] || kg_rng_uniform(&rng) >= chance)
            continue;
        s->item.spans[0] = s->entities.data[i / n];
        s->item.spans[1] = s->entities.data[i % n];
        KG_TRY(st, kg_texts_add_item(r, &s->item, kg_str_from(KG_NO_RELATION)));
        KG_TRY(st, kg_texts_end_example(r));
    }
    return KG_OK;
}

static kg_status take_triples(sentence *s, kg_texts_reader *r, const json_t *list, kg_str text) {
    kg_status st;
    size_t i;
    json_t *triple;
    json_array_foreach(list, i, triple) {
        KG_TRY(st, take_triple(s, r, triple, text, false));
    }
    size_t n = s->entities.len;
    if (kg_array_reserve(&s->related, n * n + 1) != KG_OK)
        return kg_error_set(r->err, KG_ERR_MEMORY, "out of memory reading %s", r->path);
    memset(s->related.data, 0, n * n);
    KG_TRY(st, kg_texts_add(&s->item.a, r, text));
    s->item.b = s->item.a;
    json_array_foreach(list, i, triple) {
        KG_TRY(st, take_triple(s, r, triple, text, true));
    }
    return add_negatives(s, r, json_array_size(list));
}

static kg_status take_relation(kg_texts_reader *r, const json_t *object) {
    kg_str text = text_at(object, "text");
    const json_t *list = json_object_get(object, "spo_list");
    if (!text.data)
        return fault(r, "\"text\"");
    if (!list)
        return take_spans(r, object, text);
    if (!json_is_array(list) || r->options.unlabeled)
        return fault(r, r->options.unlabeled ? "\"head\" and \"tail\": which pairs to classify"
                                             : "\"spo_list\", a list of triples");
    sentence s = {.entities = KG_ARRAY_INIT};
    kg_status st = take_triples(&s, r, list, text);
    kg_array_free(&s.entities);
    kg_array_free(&s.related);
    return st;
}

/* ---- Rank ------------------------------------------------------------------------------------ */

static kg_status take_candidate(kg_texts_reader *r, kg_text_item *item, const json_t *value,
                                bool right) {
    kg_status st;
    kg_str text = json_is_object(value)
                      ? text_at(value, "text")
                      : (kg_str){json_string_value(value), json_string_length(value)};
    kg_str id = text_at(value, "id"), label;
    char buffer[32];
    if (!text.data)
        return fault(r, "candidates that are texts, or {\"text\", \"label\"}");
    if (json_is_object(value) && !r->options.unlabeled) {
        if (!read_label(&label, buffer, value) || label.len != 1 ||
            (label.data[0] != '0' && label.data[0] != '1'))
            return fault(r, "\"label\" 1 of right candidates and 0 of others");
        right = label.data[0] == '1';
    }
    KG_TRY(st, kg_texts_add(&item->b, r, text));
    item->id = item->b;
    if (id.data)
        KG_TRY(st, kg_texts_add(&item->id, r, id));
    return kg_texts_add_candidate(r, item, right && !r->options.unlabeled);
}

static kg_status take_query(kg_texts_reader *r, const json_t *object) {
    static const char *const keys[] = {"positive", "negative", "candidates"};
    kg_status st;
    kg_text_item item = {0};
    kg_str query = text_at(object, "query");
    size_t before = r->to->items.len, i;
    json_t *value;
    if (!query.data)
        return fault(r, "\"query\"");
    KG_TRY(st, kg_texts_add(&item.a, r, query));
    for (int k = 0; k < 3; k++) {
        json_array_foreach(json_object_get(object, keys[k]), i, value) {
            KG_TRY(st, take_candidate(r, &item, value, k == 0));
        }
    }
    if (r->to->items.len == before)
        return fault(r, "\"candidates\", or \"positive\" and \"negative\": lists of texts");
    return kg_texts_end_example(r);
}

/* ---- A line ---------------------------------------------------------------------------------- */

kg_status kg_texts_take_json(kg_texts_reader *r, kg_str line) {
    json_error_t where;
    kg_status st = KG_ERR_FORMAT;
    json_t *object = json_loadb(line.data, line.len, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(object))
        kg_error_at(r->err, st, r->path, r->line, "%s at column %d; expected a JSON object a line",
                    object ? "no object" : where.text, object ? 1 : where.column);
    else if (r->options.kind == KG_TEXT_RANK)
        st = take_query(r, object);
    else if (r->options.kind == KG_TEXT_RELATION)
        st = take_relation(r, object);
    else
        st = take_texts(r, object);
    json_decref(object);
    return st;
}
