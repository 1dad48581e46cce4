/* The tool tune.predict: texts in, what they are taken for out. */
#include "plugins/smedbert/tasks/texts/text_tools.h"

#include "kgstore/base/utf8.h"
#include "plugins/smedbert/tasks/texts/text_session.h"
#include "plugins/common/json_output.h"

#include <stdlib.h>
#include <string.h>

extern const char tune_predict_schema[]; /* schemas/tune.predict.schema.json */

enum { EXAMPLES_AT_ONCE = 256, MAX_LINE = 1 << 24 };

typedef struct predictor {
    kg_tune_models models;
    const kgp_output *output;
    double min_confidence; /* of items with classes: below it they are left out */
    kg_error *err;
    kg_texts texts; /* of the lines at hand */
} predictor;

static json_t *text_to_json(const kg_texts *t, uint32_t i) {
    kg_str text = kg_texts_text(t, i);
    return json_stringn(text.data, text.len);
}

/* {"label", "probability", "probabilities": {class: p}} */
static json_t *classes_to_json(const kg_labels *labels, const float *p) {
    size_t n = labels->types.len, best = kg_texts_best(p, n);
    json_t *all = json_object();
    for (size_t k = 0; k < n; k++)
        json_object_set_new(all, labels->types.data[k], json_real((double)p[k]));
    return json_pack("{s:s, s:f, s:o}", "label", labels->types.data[best], "probability",
                     (double)p[best], "probabilities", all);
}

/* {"start", "end", "text"}, counted in characters. */
static json_t *span_to_json(kg_str text, const kg_text_span *span) {
    size_t length = span->end - span->start, before = kg_utf8_length(text.data, span->start);
    return json_pack("{s:I, s:I, s:o}", "start", (json_int_t)before, "end",
                     (json_int_t)(before + kg_utf8_length(text.data + span->start, length)), "text",
                     json_stringn(text.data + span->start, length));
}

static bool is_sure(const predictor *p, size_t i, const float *scores) {
    size_t n = kg_texts_own(&p->models.sessions[0])->labels.types.len;
    const float *probabilities = scores + i * n;
    return (double)probabilities[kg_texts_best(probabilities, n)] >= p->min_confidence;
}

static json_t *item_to_json(const predictor *p, size_t i, const float *scores) {
    const kg_text_item *item = &p->texts.items.data[i];
    const kg_labels *labels = &kg_texts_own(&p->models.sessions[0])->labels;
    json_t *object = classes_to_json(labels, scores + i * labels->types.len);
    bool pair = p->texts.kind == KG_TEXT_PAIR;
    json_object_set_new(object, pair ? "text_a" : "text", text_to_json(&p->texts, item->a));
    if (pair)
        json_object_set_new(object, "text_b", text_to_json(&p->texts, item->b));
    for (int s = 0; p->texts.kind == KG_TEXT_RELATION && s < 2; s++)
        json_object_set_new(object, s ? "tail" : "head",
                            span_to_json(kg_texts_text(&p->texts, item->a), &item->spans[s]));
    return object;
}

static int compare_candidates(const void *x, const void *y) {
    double a = json_real_value(json_object_get(*(json_t *const *)x, "score"));
    double b = json_real_value(json_object_get(*(json_t *const *)y, "score"));
    return (a < b) - (a > b);
}

/* A query with its candidates, best first. */
static json_t *query_to_json(const predictor *p, size_t query, const float *scores) {
    const kg_texts *t = &p->texts;
    size_t first = kg_texts_first(t, query), n = t->example_ends.data[query] - first;
    json_t **sorted = calloc(n + 1, sizeof *sorted);
    json_t *list = json_array();
    for (size_t i = 0; sorted && i < n; i++)
        sorted[i] = json_pack("{s:o, s:f}", "text", text_to_json(t, t->items.data[first + i].b),
                              "score", (double)scores[first + i]);
    if (sorted && n > 1)
        qsort(sorted, n, sizeof *sorted, compare_candidates);
    for (size_t i = 0; sorted && i < n; i++)
        json_array_append_new(list, sorted[i]);
    free(sorted);
    return json_pack("{s:o, s:o}", "query", text_to_json(t, t->items.data[first].a), "candidates",
                     list);
}

static kg_status write_example(predictor *p, size_t e, const float *scores) {
    bool ranks = p->texts.kind == KG_TEXT_RANK;
    if (!ranks && !is_sure(p, e, scores))
        return KG_OK;
    json_t *object = ranks ? query_to_json(p, e, scores) : item_to_json(p, e, scores);
    kg_status st = kg_output_json(p->output, object, 6, "\n");
    return st == KG_ERR_MEMORY ? kg_error_set(p->err, st, "out of memory predicting") : st;
}

/* Predict what was gathered, write it and forget it. */
static kg_status flush(predictor *p) {
    kg_status st;
    float *scores;
    if (p->texts.items.len == 0)
        return KG_OK;
    if (kg_texts_gather(&p->texts) != KG_OK)
        return kg_error_set(p->err, KG_ERR_MEMORY, "out of memory predicting");
    st = kg_texts_predict(&scores, &p->models, &p->texts, p->err);
    for (size_t e = 0; st == KG_OK && e < p->texts.example_ends.len; e++)
        st = write_example(p, e, scores);
    free(scores);
    kg_texts_clear(&p->texts);
    return st;
}

/* Queries that stand in several lines are ranked when all are there. */
static kg_status predict_file(predictor *p, const char *path) {
    kg_status st;
    kg_lines *lines;
    KG_TRY(st, kg_lines_open(&lines, path, MAX_LINE, p->err));
    kg_texts_reader reader = {
        .to = &p->texts,
        .options = {.kind = p->texts.kind, .unlabeled = true},
        .path = kg_lines_name(lines),
        .err = p->err,
    };
    size_t most = reader.options.kind == KG_TEXT_RANK ? SIZE_MAX : EXAMPLES_AT_ONCE;
    for (;;) {
        kg_str line;
        bool end;
        st = kg_lines_next(&line, &end, lines, p->err);
        if (st != KG_OK || end)
            break;
        reader.line = kg_lines_number(lines);
        st = kg_texts_take(&reader, line);
        if (st == KG_OK && p->texts.example_ends.len >= most)
            st = flush(p);
        if (st != KG_OK)
            break;
    }
    kg_lines_close(lines);
    return st == KG_OK ? flush(p) : st;
}

static kg_status predict(const kgp_host *host, const json_t *request, const kgp_output *output,
                         kg_error *err) {
    predictor p = {.output = output, .err = err};
    const json_t *checkpoints = json_object_get(request, "checkpoint");
    const char *task = json_string_value(json_object_get(request, "task"));
    size_t i;
    json_t *path;
    kg_status st = kg_texts_open(&p.models, host, task, checkpoints, err);
    p.min_confidence = json_number_value(json_object_get(request, "min_confidence"));
    if (st == KG_OK)
        p.texts.kind = kg_text_kind_of(p.models.sessions[0].setup.task);
    json_array_foreach(json_object_get(request, "text"), i, path) {
        if (st == KG_OK)
            st = predict_file(&p, json_string_value(path));
    }
    kg_texts_free(&p.texts);
    kg_tune_models_free(&p.models);
    return st;
}

const kg_tool kg_tune_predict_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "tune.predict",
            .description = "Tells the classes of texts, pairs and relations, and ranks candidates",
            .schema = tune_predict_schema,
            .output = "jsonl",
        },
    .run = predict,
};
