/* The tool ner.convert: tagged data of any form that is read, in one of those that are written. */
#include "plugins/smedbert/tasks/ner/ner_tools.h"

#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "kgstore/base/utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_convert_schema[]; /* schemas/ner.convert.schema.json */

typedef struct converter {
    const kgp_output *output;
    kg_error *err;
    kg_ner_data data;
    kg_bytes text;                   /* of the sequence at hand */
    KG_ARRAY(uint32_t) token_starts; /* bytes, in text */
    kg_ner_spans spans;
    kg_bytes out; /* what the sequence becomes */
} converter;

/* How a sequence is written, into c->out. */
typedef kg_status sequence_writer(converter *c, size_t sequence);

static kg_status put(converter *c, const char *text) {
    return kg_array_append(&c->out, text, strlen(text));
}

static kg_status put_json(converter *c, json_t *object) {
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    kg_status st = text ? put(c, text) : KG_ERR_MEMORY;
    free(text);
    json_decref(object);
    return st == KG_OK ? put(c, "\n") : st;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The letter of token i in BIOES: of its tag, and whether its entity goes on behind it. */
static char bioes_letter(const uint16_t *tags, size_t i, size_t end) {
    bool begins = tags[i] % 2 == 1;
    bool goes_on = i + 1 < end && tags[i + 1] == tags[i] + (begins ? 1 : 0);
    return begins ? (goes_on ? 'B' : 'S') : (goes_on ? 'I' : 'E');
}

static kg_status write_lines(converter *c, size_t sequence, bool bioes) {
    kg_status st;
    const kg_ner_data *d = &c->data;
    size_t end = d->sequence_ends.data[sequence];
    for (size_t i = kg_ner_sequence_start(d, sequence); i < end; i++) {
        char tag[512];
        kg_str token = kg_ner_token(d, i);
        kg_tag_format(tag, sizeof tag, &d->set, d->tags.data[i]);
        if (bioes && d->tags.data[i])
            tag[0] = bioes_letter(d->tags.data, i, end);
        KG_TRY(st, kg_array_append(&c->out, token.data, token.len));
        KG_TRY(st, put(c, " "));
        KG_TRY(st, put(c, tag));
        KG_TRY(st, put(c, "\n"));
    }
    return put(c, "\n");
}

static kg_status write_conll(converter *c, size_t sequence) {
    return write_lines(c, sequence, false);
}

static kg_status write_bioes(converter *c, size_t sequence) {
    return write_lines(c, sequence, true);
}

static kg_status write_tokens(converter *c, size_t sequence) {
    const kg_ner_data *d = &c->data;
    json_t *tokens = json_array(), *tags = json_array();
    for (size_t i = kg_ner_sequence_start(d, sequence); i < d->sequence_ends.data[sequence]; i++) {
        char tag[512];
        kg_str token = kg_ner_token(d, i);
        json_array_append_new(tokens, json_stringn(token.data, token.len));
        json_array_append_new(
            tags, json_string(kg_tag_format(tag, sizeof tag, &d->set, d->tags.data[i])));
    }
    return put_json(c, json_pack("{s:o, s:o}", "tokens", tokens, "ner_tags", tags));
}

/* ---- Text and spans -------------------------------------------------------------------------- */

/* An entity of a form: its characters [start, end) and its type. */
typedef json_t *span_writer(json_int_t start, json_int_t end, const char *type);

static json_t *typed(json_int_t start, json_int_t end, const char *type) {
    return json_pack("{s:I, s:I, s:s}", "start", start, "end", end, "type", type);
}

static json_t *labeled(json_int_t start, json_int_t end, const char *type) {
    return json_pack("{s:I, s:I, s:s}", "start", start, "end", end, "label", type);
}

static json_t *listed(json_int_t start, json_int_t end, const char *type) {
    return json_pack("[I, I, s]", start, end, type);
}

static kg_status write_text(converter *c, size_t sequence, const char *key, span_writer *write) {
    kg_status st;
    const kg_ner_data *d = &c->data;
    size_t first = kg_ner_sequence_start(d, sequence), end = d->sequence_ends.data[sequence];
    c->token_starts.len = c->spans.len = 0;
    KG_TRY(st, kg_array_reserve(&c->token_starts, end - first));
    KG_TRY(st, kg_ner_sequence_text(&c->text, c->token_starts.data, d, sequence));
    KG_TRY(st, kg_tags_spans(&c->spans, d->tags.data + first, end - first, KG_STRICT));
    json_t *list = json_array();
    for (size_t i = 0; i < c->spans.len; i++) {
        const kg_ner_span *span = &c->spans.data[i];
        size_t from = c->token_starts.data[span->start];
        size_t to =
            c->token_starts.data[span->end - 1] + kg_ner_token(d, first + span->end - 1).len;
        size_t start = kg_utf8_length(c->text.data, from);
        size_t length = kg_utf8_length(c->text.data + from, to - from);
        json_array_append_new(list, write((json_int_t)start, (json_int_t)(start + length),
                                          d->set.types.data[span->type]));
    }
    return put_json(
        c, json_pack("{s:o, s:o}", "text", json_stringn(c->text.data, c->text.len), key, list));
}

static kg_status write_jsonl(converter *c, size_t sequence) {
    return write_text(c, sequence, "entities", typed);
}

static kg_status write_prodigy(converter *c, size_t sequence) {
    return write_text(c, sequence, "spans", labeled);
}

static kg_status write_doccano(converter *c, size_t sequence) {
    return write_text(c, sequence, "label", listed);
}

/* ---- The tool -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    sequence_writer *write;
} forms[] = {{"jsonl", write_jsonl},   {"conll", write_conll},     {"bioes", write_bioes},
             {"tokens", write_tokens}, {"doccano", write_doccano}, {"prodigy", write_prodigy}};

static kg_status write_all(converter *c, sequence_writer *write) {
    kg_status st;
    for (size_t s = 0; s < c->data.sequence_ends.len; s++) {
        c->out.len = 0;
        KG_TRY(st, write(c, s));
        KG_TRY(st, (kg_status)c->output->write(c->output, c->out.data, c->out.len));
    }
    return KG_OK;
}

static kg_status convert_file(converter *c, const kgp_host *host, const char *path,
                              const kg_ner_format *format, sequence_writer *write) {
    kg_status st = kg_ner_data_read(&c->data, path, format, c->err);
    if (st == KG_OK) {
        kg_ner_say_how_read(host, &c->data, path);
        st = write_all(c, write);
    }
    kg_ner_data_free(&c->data);
    return st;
}

static kg_status convert(const kgp_host *host, const json_t *request, const kgp_output *output,
                         kg_error *err) {
    converter c = {.output = output, .err = err};
    const char *to = json_string_value(json_object_get(request, "to"));
    const kg_ner_format format = kg_ner_format_read(request);
    sequence_writer *write = NULL;
    kg_status st = KG_OK;
    size_t i;
    json_t *path;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
        if (strcmp(forms[f].name, to) == 0)
            write = forms[f].write;
    json_array_foreach(json_object_get(request, "data"), i, path) {
        if (st == KG_OK)
            st = convert_file(&c, host, json_string_value(path), &format, write);
    }
    kg_array_free(&c.text);
    kg_array_free(&c.token_starts);
    kg_array_free(&c.spans);
    kg_array_free(&c.out);
    return st;
}

const kg_tool kg_ner_convert_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "ner.convert",
            .description = "Writes tagged data in another form",
            .schema = ner_convert_schema,
            .output = "text",
        },
    .run = convert,
};
