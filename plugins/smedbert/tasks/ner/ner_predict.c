/* The tool ner.predict: lines of text in, their entities out. */
#include "plugins/smedbert/tasks/ner/ner_tools.h"

#include "plugins/smedbert/tasks/ner/ner_names.h"
#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "kgstore/base/utf8.h"
#include "plugins/common/json_output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_predict_schema[]; /* schemas/ner.predict.schema.json */

enum { LINES_AT_ONCE = 64 };

typedef struct predictor {
    kg_tune_models models;
    const kgp_output *output;
    kg_error *err;
    /* The lines at hand. */
    kg_ner_data data;
    KG_ARRAY(char *) lines;
    KG_ARRAY(size_t) lengths;
    KG_ARRAY(uint32_t) starts;    /* byte of its line where each token begins */
    KG_ARRAY(uint32_t) sequences; /* of each line; UINT32_MAX: it has no token */
    kg_ner_starts scratch;
} predictor;

static void clear_lines(predictor *p) {
    for (size_t i = 0; i < p->lines.len; i++)
        free(p->lines.data[i]);
    p->lines.len = p->lengths.len = p->starts.len = p->sequences.len = 0;
    p->data.text.len = p->data.token_ends.len = p->data.tags.len = 0;
    p->data.lines.len = p->data.sequence_ends.len = 0;
    p->data.given.len = p->data.given_ends.len = 0;
}

static kg_status take_line(predictor *p, const kg_linked_text *text) {
    kg_status st;
    kg_str line = text->text;
    size_t before = p->data.sequence_ends.len;
    char *copy = strndup(line.data, line.len);
    if (!copy || kg_array_push(&p->lines, copy) != KG_OK) {
        free(copy);
        return KG_ERR_MEMORY;
    }
    KG_TRY(st, kg_array_push(&p->lengths, line.len));
    KG_TRY(st, kg_ner_data_add_text(&p->data, &p->scratch, line,
                                    kg_ner_own(&p->models.sessions[0])->characters));
    bool any = p->data.sequence_ends.len > before;
    KG_TRY(st, kg_array_push(&p->sequences, any ? (uint32_t)before : UINT32_MAX));
    if (any && text->linked)
        KG_TRY(st, kg_ner_names_give(&p->data, &p->scratch, text->mentions, text->n_mentions));
    return kg_array_append(&p->starts, p->scratch.data, p->scratch.len);
}

/* The entity that the store links these very bytes to. */
static bool find_entity(uint32_t *entity, predictor *p, kg_str text) {
    const kgp_mention *found;
    size_t n = 0;
    if (kg_reading_mentions(&found, &n, &p->models.sessions[0].base.reading,
                            &(kg_linked_text){.text = text}, NULL) != KG_OK ||
        n != 1 || found[0].byte_start != 0 || found[0].byte_end != text.len)
        return false;
    *entity = found[0].entity;
    return true;
}

/* The entity of the mention that was given of these very tokens. */
static bool find_given(uint32_t *entity, const predictor *p, uint32_t sequence,
                       const kg_ner_span *span) {
    const kg_ner_data *data = &p->data;
    uint32_t m = sequence > 0 ? data->given_ends.data[sequence - 1] : 0;
    for (; m < data->given_ends.data[sequence]; m++)
        if (data->given.data[m].first == span->start && data->given.data[m].end == span->end) {
            *entity = data->given.data[m].entity;
            return true;
        }
    return false;
}

/* The identifier of what a span names; null where that is not known. */
static json_t *identifier(predictor *p, uint32_t sequence, const kg_ner_span *span, kg_str text) {
    uint32_t entity;
    bool known =
        p->data.linked ? find_given(&entity, p, sequence, span) : find_entity(&entity, p, text);
    if (!known || !p->models.sessions[0].base.reading.snapshot)
        return json_null();
    kg_str name = kg_reading_name(&p->models.sessions[0].base.reading, KGP_ENTITY, entity, false);
    return name.len > 0 ? json_stringn(name.data, name.len) : json_null();
}

static json_t *entities_of(predictor *p, size_t line, const uint16_t *tags) {
    json_t *list = json_array();
    kg_ner_spans spans = KG_ARRAY_INIT;
    if (p->sequences.data[line] == UINT32_MAX)
        return list;
    size_t first = kg_ner_sequence_start(&p->data, p->sequences.data[line]);
    size_t end = p->data.sequence_ends.data[p->sequences.data[line]];
    const char *text = p->lines.data[line];
    if (kg_tags_spans(&spans, tags + first, end - first, KG_STRICT) != KG_OK) {
        json_decref(list);
        return NULL;
    }
    for (size_t i = 0; i < spans.len; i++) {
        size_t last = first + spans.data[i].end - 1;
        uint32_t from = p->starts.data[first + spans.data[i].start];
        uint32_t to = p->starts.data[last] + (uint32_t)kg_ner_token(&p->data, last).len;
        size_t start = kg_utf8_length(text, from);
        json_array_append_new(
            list, json_pack("{s:I, s:I, s:I, s:I, s:o, s:s, s:o}", "start", (json_int_t)start,
                            "end", (json_int_t)(start + kg_utf8_length(text + from, to - from)),
                            "byte_start", (json_int_t)from, "byte_end", (json_int_t)to, "text",
                            json_stringn(text + from, to - from), "type",
                            kg_ner_own(&p->models.sessions[0])->set.types.data[spans.data[i].type],
                            "entity",
                            identifier(p, p->sequences.data[line], &spans.data[i],
                                       (kg_str){text + from, to - from})));
    }
    kg_array_free(&spans);
    return list;
}

static kg_status write_lines(predictor *p, const uint16_t *tags) {
    kg_status st = KG_OK;
    for (size_t i = 0; i < p->lines.len && st == KG_OK; i++) {
        json_t *entities = entities_of(p, i, tags);
        json_t *object = entities ? json_pack("{s:o, s:o}", "text",
                                              json_stringn(p->lines.data[i], p->lengths.data[i]),
                                              "entities", entities)
                                  : NULL;
        st = kg_output_json(p->output, object, 9, "\n"); /* no numbers but whole ones */
    }
    return st;
}

/* Predict the lines gathered, write them and forget them. */
static kg_status flush(predictor *p) {
    uint16_t *tags;
    kg_status st = kg_ner_predict(&tags, &p->models, &p->data, p->err);
    if (st == KG_OK)
        st = write_lines(p, tags);
    free(tags);
    clear_lines(p);
    return st;
}

static kg_status predict_file(predictor *p, const kgp_host *host, const char *path) {
    kgp_error detail = {""};
    kgp_corpus *corpus = NULL;
    kgp_document document;
    int32_t end = 0;
    kg_status st = KG_OK;
    const kgp_corpus_reader *reader = host->get_extension(host, KGP_EXT_TEXT);
    kgp_corpus_options options = {
        .size = sizeof options, .paths = &path, .n_paths = 1, .linked = p->data.linked};
    kgp_status got = reader->open(&corpus, host, &options, &detail);
    while (got == KGP_OK && st == KG_OK &&
           (got = reader->next(&document, &end, corpus, &detail)) == KGP_OK && !end) {
        kg_linked_text text = kg_linked_document(&document, reader, corpus, p->data.linked);
        st = take_line(p, &text);
        if (st == KG_OK && p->lines.len == LINES_AT_ONCE)
            st = flush(p);
    }
    if (corpus)
        reader->close(corpus);
    if (got != KGP_OK)
        return kg_error_set(p->err, (kg_status)got, "%s", detail.text);
    return st == KG_OK ? flush(p) : st;
}

static kg_status predict(const kgp_host *host, const json_t *request, const kgp_output *output,
                         kg_error *err) {
    predictor p = {.output = output, .err = err};
    kg_status st = kg_ner_load(&p.models, host, json_object_get(request, "checkpoint"), err);
    size_t i;
    json_t *path;
    p.data.linked = json_is_true(json_object_get(request, "linked"));
    json_array_foreach(json_object_get(request, "text"), i, path) {
        if (st == KG_OK)
            st = predict_file(&p, host, json_string_value(path));
    }
    clear_lines(&p);
    kg_array_free(&p.lines);
    kg_array_free(&p.lengths);
    kg_array_free(&p.starts);
    kg_array_free(&p.sequences);
    kg_array_free(&p.scratch);
    kg_ner_data_free(&p.data);
    kg_tune_models_free(&p.models);
    return st;
}

const kg_tool kg_ner_predict_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "ner.predict",
            .description = "Finds the entities in lines of text",
            .schema = ner_predict_schema,
            .output = "jsonl",
        },
    .run = predict,
};
