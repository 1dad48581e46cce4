/* The tool ner.predict: lines of text in, their entities out. */
#include "plugins/smedbert/tasks/ner/ner_tools.h"

#include "plugins/smedbert/tasks/ner/ner_names.h"
#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "kgstore/base/utf8.h"
#include "plugins/common/json_output.h"
#include "plugins/common/sentence.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_predict_schema[]; /* schemas/ner.predict.schema.json */

enum { LINES_AT_ONCE = 64, CONFIDENCE_DIGITS = 4 };

typedef struct predictor {
    kg_tune_models models;
    const kgp_output *output;
    double min_confidence; /* above 0: sentences that are as sure; 0: all lines, whole */
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

/* A part of a line: all of it, or a sentence. */
typedef struct part {
    size_t line;
    size_t first, end;           /* its tokens, of the data */
    size_t byte_start, byte_end; /* in the line */
} part;

/* The smallest probability of a tag; 1 where there is none. */
static double least(const kg_ner_tagging *said, size_t first, size_t end) {
    double smallest = 1;
    for (size_t i = first; i < end; i++)
        smallest = said->confidence[i] < smallest ? said->confidence[i] : smallest;
    return smallest;
}

static json_t *entity_of(predictor *p, const part *at, const kg_ner_span *span,
                         const kg_ner_tagging *said) {
    const char *text = p->lines.data[at->line] + at->byte_start;
    uint32_t sequence = p->sequences.data[at->line];
    size_t from = at->first + span->start, to = at->first + span->end;
    size_t first = kg_ner_sequence_start(&p->data, sequence);
    const kg_ner_span whole = {(uint32_t)(from - first), (uint32_t)(to - first), span->type};
    size_t start = p->starts.data[from] - at->byte_start;
    size_t end = p->starts.data[to - 1] + kg_ner_token(&p->data, to - 1).len - at->byte_start;
    size_t before = kg_utf8_length(text, start);
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:s, s:o, s:f}", "start", (json_int_t)before, "end",
                     (json_int_t)(before + kg_utf8_length(text + start, end - start)), "byte_start",
                     (json_int_t)start, "byte_end", (json_int_t)end, "text",
                     json_stringn(text + start, end - start), "type",
                     kg_ner_own(&p->models.sessions[0])->set.types.data[span->type], "entity",
                     identifier(p, sequence, &whole, (kg_str){text + start, end - start}),
                     "confidence", least(said, from, to));
}

static json_t *entities_of(predictor *p, const part *at, const kg_ner_tagging *said) {
    json_t *list = json_array();
    kg_ner_spans spans = KG_ARRAY_INIT;
    if (kg_tags_spans(&spans, said->tags + at->first, at->end - at->first, KG_STRICT) != KG_OK) {
        json_decref(list);
        list = NULL;
    }
    for (size_t i = 0; list && i < spans.len; i++)
        json_array_append_new(list, entity_of(p, at, &spans.data[i], said));
    kg_array_free(&spans);
    return list;
}

/* Write a part, unless it is less sure than was asked for. */
static kg_status write_part(predictor *p, const part *at, const kg_ner_tagging *said) {
    double confidence = least(said, at->first, at->end);
    if (confidence < p->min_confidence)
        return KG_OK;
    json_t *entities = entities_of(p, at, said);
    json_t *object = entities ? json_pack("{s:o, s:o, s:f}", "text",
                                          json_stringn(p->lines.data[at->line] + at->byte_start,
                                                       at->byte_end - at->byte_start),
                                          "entities", entities, "confidence", confidence)
                              : NULL;
    return kg_output_json(p->output, object, CONFIDENCE_DIGITS, "\n");
}

/* The sentences of a line, cut outside entities. */
static kg_status write_sentences(predictor *p, const part *line, const kg_ner_tagging *said) {
    kg_status st;
    kg_str text = {p->lines.data[line->line], p->lengths.data[line->line]};
    part at = *line;
    for (size_t i = line->first + 1; i < line->end; i++) {
        size_t end = p->starts.data[i - 1] + kg_ner_token(&p->data, i - 1).len;
        if (kg_tag_is_inside(said->tags[i]) || !kg_sentence_ends(text, end, p->starts.data[i]))
            continue;
        at.end = i;
        at.byte_end = end;
        KG_TRY(st, write_part(p, &at, said));
        at.first = i;
        at.byte_start = p->starts.data[i];
    }
    at.end = line->end;
    at.byte_end = line->byte_end;
    return write_part(p, &at, said);
}

static kg_status write_lines(predictor *p, const kg_ner_tagging *said) {
    kg_status st = KG_OK;
    for (size_t i = 0; i < p->lines.len && st == KG_OK; i++) {
        part line = {.line = i, .byte_end = p->lengths.data[i]};
        if (p->sequences.data[i] != UINT32_MAX) {
            line.first = kg_ner_sequence_start(&p->data, p->sequences.data[i]);
            line.end = p->data.sequence_ends.data[p->sequences.data[i]];
        }
        if (p->min_confidence == 0)
            st = write_part(p, &line, said);
        else if (line.end > line.first)
            st = write_sentences(p, &line, said);
    }
    return st;
}

/* Predict the lines gathered, write them and forget them. */
static kg_status flush(predictor *p) {
    kg_ner_tagging said;
    kg_status st = kg_ner_predict(&said, &p->models, &p->data, p->err);
    if (st == KG_OK)
        st = write_lines(p, &said);
    kg_ner_tagging_free(&said);
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
    p.min_confidence = json_number_value(json_object_get(request, "min_confidence"));
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
