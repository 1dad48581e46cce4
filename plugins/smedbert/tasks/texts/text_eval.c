/* The tool tune.eval: judge a checkpoint, or outcomes that are there already. */
#include "plugins/smedbert/tasks/texts/text_tools.h"

#include "plugins/smedbert/tasks/texts/text_session.h"

#include "kgstore/base/outfile.h"
#include "plugins/common/json_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char tune_eval_schema[]; /* schemas/tune.eval.schema.json */

typedef struct evaluation {
    kg_tune_models models; /* checkpoints */
    kg_texts texts;
    float *p;
    kg_outcomes outcomes;
    json_t *neighbors; /* a list; NULL: not asked for */
} evaluation;

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *figures_to_json(const double *values, kg_text_kind kind) {
    json_t *object = json_object();
    for (size_t i = 0; kg_outcome_figures[kind][i]; i++)
        if (!isnan(values[i]))
            json_object_set_new(object, kg_outcome_figures[kind][i], json_real(values[i]));
    return object;
}

static json_t *classes_to_json(const kg_confusion *c, const kg_labels *labels) {
    json_t *rows = json_object();
    for (size_t k = 0; k < c->n; k++) {
        kg_prf of = kg_confusion_class(c, k);
        json_object_set_new(rows, labels->types.data[k],
                            json_pack("{s:f, s:f, s:f, s:I, s:I, s:I}", "precision",
                                      kg_prf_precision(of), "recall", kg_prf_recall(of), "f1",
                                      kg_prf_f1(of), "support", (json_int_t)of.gold, "predicted",
                                      (json_int_t)of.predicted, "correct", (json_int_t)of.correct));
    }
    return rows;
}

/* {gold: {predicted: count}} of what is not zero. */
static json_t *confusion_to_json(const kg_confusion *c, const kg_labels *labels) {
    json_t *rows = json_object();
    for (size_t g = 0; g < c->n; g++) {
        json_t *row = json_object();
        for (size_t p = 0; p < c->n; p++)
            if (c->counts[g * c->n + p])
                json_object_set_new(row, labels->types.data[p],
                                    json_integer((json_int_t)c->counts[g * c->n + p]));
        json_object_set_new(rows, labels->types.data[g], row);
    }
    return rows;
}

static kg_status add_classes(json_t *result, const kg_outcomes *o) {
    kg_status st;
    kg_confusion c;
    if (o->kind == KG_TEXT_RANK)
        return KG_OK;
    st = kg_outcomes_confuse(&c, o);
    if (st == KG_OK) {
        json_object_set_new(result, "classes", classes_to_json(&c, &o->labels));
        json_object_set_new(result, "confusion", confusion_to_json(&c, &o->labels));
    }
    free(c.counts);
    return st;
}

/* ---- Intervals ------------------------------------------------------------------------------- */

static kg_status add_intervals(json_t *result, const kg_outcomes *o, const double *values,
                               const json_t *request) {
    kg_status st;
    json_t *intervals = json_object();
    size_t rounds = (size_t)json_integer_value(json_object_get(request, "bootstrap"));
    uint64_t seed = (uint64_t)json_integer_value(json_object_get(request, "seed"));
    json_object_set_new(result, "bootstrap", intervals);
    for (size_t i = 0; i < kg_outcome_intervals(o->kind); i++) {
        kg_interval interval;
        KG_TRY(st, kg_outcomes_bootstrap(&interval, o, i, rounds, seed));
        json_object_set_new(intervals, kg_outcome_figures[o->kind][i],
                            json_pack("{s:f, s:f, s:f}", "value", values[i], "low", interval.low,
                                      "high", interval.high));
    }
    return KG_OK;
}

/* ---- What was wrong -------------------------------------------------------------------------- */

static json_t *text_to_json(const kg_texts *t, uint32_t i) {
    kg_str text = kg_texts_text(t, i);
    return json_stringn(text.data, text.len);
}

static json_t *error_to_json(const evaluation *e, size_t i) {
    const kg_text_item *item = &e->texts.items.data[i];
    const kg_labels *labels = &e->outcomes.labels;
    size_t n = labels->types.len;
    json_t *texts = json_array();
    json_array_append_new(texts, text_to_json(&e->texts, item->a));
    if (item->b != item->a)
        json_array_append_new(texts, text_to_json(&e->texts, item->b));
    return json_pack("{s:I, s:s, s:s, s:f, s:o}", "line", (json_int_t)item->line, "gold",
                     labels->types.data[e->outcomes.gold[i]], "predicted",
                     labels->types.data[e->outcomes.predicted[i]], "probability",
                     (double)e->p[i * n + e->outcomes.predicted[i]], "texts", texts);
}

/* The first of the examples that were taken for another class. */
static void add_errors(json_t *result, const evaluation *e, size_t most) {
    json_t *list = json_array();
    for (size_t i = 0; e->p && e->outcomes.gold && i < e->outcomes.examples; i++)
        if (e->outcomes.gold[i] != e->outcomes.predicted[i] && json_array_size(list) < most)
            json_array_append_new(list, error_to_json(e, i));
    if (most > 0)
        json_object_set_new(result, "errors", list);
    else
        json_decref(list);
}

/* ---- The file of outcomes -------------------------------------------------------------------- */

/* A text without tabs and line ends, which would be columns and lines. */
static void write_text(FILE *to, kg_str text) {
    for (size_t i = 0; i < text.len; i++)
        fputc(strchr("\t\r\n", text.data[i]) ? ' ' : text.data[i], to);
}

static void write_item(FILE *to, const evaluation *e, size_t i) {
    const kg_text_item *item = &e->texts.items.data[i];
    const kg_labels *labels = &e->outcomes.labels;
    kg_str a = kg_texts_text(&e->texts, item->a), b = kg_texts_text(&e->texts, item->b);
    if (e->texts.kind == KG_TEXT_RANK) {
        fprintf(to, "%d\t%.9g\t", e->texts.gold.data[i] != 0, (double)e->p[i]);
        write_text(to, kg_texts_text(&e->texts, item->id));
        fputc('\t', to);
        write_text(to, a);
        fputc('\t', to);
        write_text(to, b);
    } else {
        fprintf(to, "%s\t%s\t", labels->types.data[e->outcomes.gold[i]],
                labels->types.data[e->outcomes.predicted[i]]);
        if (e->texts.kind == KG_TEXT_RELATION)
            fprintf(to, "%u\t%u\t%u\t%u\t", item->spans[0].start, item->spans[0].end,
                    item->spans[1].start, item->spans[1].end);
        write_text(to, a);
        if (item->b != item->a)
            fputc('\t', to);
        if (item->b != item->a)
            write_text(to, b);
    }
    fputc('\n', to);
}

static kg_status write_outcomes(const evaluation *e, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    const kg_outcomes *o = &e->outcomes;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    FILE *to = kg_outfile_stream(file);
    fprintf(to, "# kg tune %s%s%s\n", kg_text_kind_name(o->kind), o->class >= 0 ? " " : "",
            o->class >= 0 ? o->labels.types.data[o->class] : "");
    for (size_t i = 0; i < e->texts.items.len; i++)
        write_item(to, e, i);
    return kg_outfile_commit(file, err);
}

/* ---- The tool -------------------------------------------------------------------------------- */

static kg_status predict(evaluation *e, const kgp_host *host, const json_t *request,
                         kg_error *err) {
    kg_status st;
    const json_t *checkpoints = json_object_get(request, "checkpoint");
    const char *task = json_string_value(json_object_get(request, "task"));
    const char *data = json_string_value(json_object_get(request, "data"));
    KG_TRY(st, kg_texts_open(&e->models, host, task, checkpoints, err));
    const kg_tune_session *first = &e->models.sessions[0];
    const kg_texts_options options = {.kind = kg_text_kind_of(first->setup.task), .negatives = -1};
    KG_TRY(st, kg_texts_read(&e->texts, data, &options, err));
    KG_TRY(st, kg_texts_align(&e->texts, &kg_texts_own(first)->labels, data, err));
    KG_TRY(st, kg_texts_predict(&e->p, &e->models, &e->texts, err));
    size_t neighbors = (size_t)json_integer_value(json_object_get(request, "neighbors"));
    if (neighbors > 0)
        KG_TRY(st, kg_texts_neighbors(&e->neighbors, &e->models.sessions[0], &e->texts, neighbors,
                                      err));
    return kg_texts_outcomes(&e->outcomes, first, &e->texts, e->p);
}

static kg_status read_outcomes(evaluation *e, const char *path, const json_t *request,
                               kg_error *err) {
    kg_status st;
    kg_text_kind kind = KG_TEXT;
    KG_TRY(st, kg_text_kind_find(&kind, json_string_value(json_object_get(request, "task")), err));
    KG_TRY(st, kg_outcomes_read(&e->outcomes, path, err));
    if (e->outcomes.kind != kind)
        return kg_error_at(err, KG_ERR_FORMAT, path, 1, "is of the task %s, expected %s",
                           kg_text_kind_name(e->outcomes.kind), kg_text_kind_name(kind));
    return KG_OK;
}

static kg_status make_result(json_t **out, const evaluation *e, const json_t *request) {
    kg_status st;
    double values[KG_OUTCOME_FIGURES];
    const kg_outcomes *o = &e->outcomes;
    KG_TRY(st, kg_outcomes_judge(values, o, NULL, 0));
    json_t *result = *out =
        json_pack("{s:s, s:o, s:I}", "task", kg_text_kind_name(o->kind), "figures",
                  figures_to_json(values, o->kind), "examples", (json_int_t)o->examples);
    if (!result)
        return KG_ERR_MEMORY;
    KG_TRY(st, add_classes(result, o));
    KG_TRY(st, add_intervals(result, o, values, request));
    add_errors(result, e, (size_t)json_integer_value(json_object_get(request, "errors")));
    if (e->neighbors)
        json_object_set(result, "neighbors", e->neighbors);
    return KG_OK;
}

static kg_status evaluate(const kgp_host *host, const json_t *request, const kgp_output *output,
                          kg_error *err) {
    const char *predictions = json_string_value(json_object_get(request, "predictions"));
    const char *write = json_string_value(json_object_get(request, "write"));
    json_t *result = NULL;
    if (!predictions && (json_array_size(json_object_get(request, "checkpoint")) == 0 ||
                         !json_is_string(json_object_get(request, "data"))))
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found no checkpoint with data; expected both, or a file that --write wrote");
    evaluation *e = calloc(1, sizeof *e);
    if (!e)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory beginning an evaluation");
    kg_status st =
        predictions ? read_outcomes(e, predictions, request, err) : predict(e, host, request, err);
    if (st == KG_OK && write && !predictions)
        st = write_outcomes(e, write, err);
    if (st == KG_OK)
        st = make_result(&result, e, request);
    if (st == KG_OK)
        st = kg_output_json(output, result, 12, "");
    else
        json_decref(result);
    json_decref(e->neighbors);
    kg_outcomes_free(&e->outcomes);
    free(e->p);
    kg_texts_free(&e->texts);
    kg_tune_models_free(&e->models);
    free(e);
    return st;
}

const kg_tool kg_tune_eval_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "tune.eval",
            .description = "Judges a task over texts as scikit-learn and trec_eval do",
            .schema = tune_eval_schema,
            .output = "json",
        },
    .run = evaluate,
};
