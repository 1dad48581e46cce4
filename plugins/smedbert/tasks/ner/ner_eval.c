/* The tool ner.eval: score a checkpoint, or predictions that are there already. */
#include "plugins/smedbert/tasks/ner/ner_tools.h"

#include "plugins/smedbert/tasks/ner/ner_score.h"
#include "plugins/smedbert/tasks/ner/ner_task.h"
#include "plugins/smedbert/tune/tune_neighbors.h"

#include "kgstore/base/outfile.h"
#include "plugins/common/json_output.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_eval_schema[]; /* schemas/ner.eval.schema.json */

typedef struct evaluation {
    kg_ner_data data;
    kg_tagset set; /* types of gold and predictions */
    kg_ner_tagging said;
    kg_ner_score scores[KG_CONVENTIONS];
    json_t *faults;    /* a list */
    json_t *neighbors; /* likewise; NULL: not asked for */
    size_t faults_wanted, sequence;
} evaluation;

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *figures(double precision, double recall, double f1) {
    return json_pack("{s:f, s:f, s:f}", "precision", precision, "recall", recall, "f1", f1);
}

static json_t *counted(kg_prf counts) {
    json_t *object = figures(kg_prf_precision(counts), kg_prf_recall(counts), kg_prf_f1(counts));
    json_object_set_new(object, "support", json_integer((json_int_t)counts.gold));
    json_object_set_new(object, "predicted", json_integer((json_int_t)counts.predicted));
    json_object_set_new(object, "correct", json_integer((json_int_t)counts.correct));
    return object;
}

static json_t *averaged(kg_averages mean) {
    return figures(mean.precision, mean.recall, mean.f1);
}

static json_t *score_to_json(const kg_ner_score *score, const kg_tagset *set) {
    json_t *types = json_object();
    for (size_t t = 0; t < set->types.len; t++)
        json_object_set_new(types, set->types.data[t], counted(score->types[t]));
    return json_pack("{s:o, s:o, s:o, s:o}", "micro", counted(score->micro), "macro",
                     averaged(kg_ner_macro(score)), "weighted", averaged(kg_ner_weighted(score)),
                     "types", types);
}

/* {gold type: {predicted type: count}} of what is not zero; "none" on either side. */
static json_t *confusion_to_json(const kg_ner_score *score, const kg_tagset *set) {
    json_t *rows = json_object();
    size_t n = set->types.len + 1;
    for (size_t g = 0; g < n; g++) {
        json_t *row = json_object();
        for (size_t p = 0; p < n; p++)
            if (score->confusion[g * n + p])
                json_object_set_new(row, p + 1 < n ? set->types.data[p] : "none",
                                    json_integer((json_int_t)score->confusion[g * n + p]));
        json_object_set_new(rows, g + 1 < n ? set->types.data[g] : "none", row);
    }
    return rows;
}

static json_t *span_to_json(const evaluation *e, const kg_ner_span *span) {
    if (!span)
        return json_null();
    kg_bytes text = KG_ARRAY_INIT;
    size_t first = kg_ner_sequence_start(&e->data, e->sequence);
    for (uint32_t i = span->start; i < span->end; i++) {
        kg_str token = kg_ner_token(&e->data, first + i);
        if (i > span->start && !e->data.characters)
            (void)kg_array_push(&text, ' ');
        (void)kg_array_append(&text, token.data, token.len);
    }
    json_t *object = json_pack("{s:i, s:i, s:s, s:o}", "start", (int)span->start, "end",
                               (int)span->end, "type", e->set.types.data[span->type], "text",
                               json_stringn(text.data ? text.data : "", text.len));
    kg_array_free(&text);
    return object;
}

static kg_status add_fault(void *context, kg_ner_fault fault, const kg_ner_span *gold,
                           const kg_ner_span *predicted) {
    evaluation *e = context;
    if (json_array_size(e->faults) >= e->faults_wanted)
        return KG_OK;
    size_t first = kg_ner_sequence_start(&e->data, e->sequence);
    size_t n = e->data.sequence_ends.data[e->sequence] - first;
    kg_bytes text = KG_ARRAY_INIT;
    uint32_t *starts = malloc((n + 1) * sizeof *starts);
    kg_status st =
        starts ? kg_ner_sequence_text(&text, starts, &e->data, e->sequence) : KG_ERR_MEMORY;
    if (st == KG_OK)
        json_array_append_new(
            e->faults, json_pack("{s:s, s:I, s:o, s:o, s:o}", "fault", kg_ner_fault_name(fault),
                                 "line", (json_int_t)e->data.lines.data[first], "gold",
                                 span_to_json(e, gold), "predicted", span_to_json(e, predicted),
                                 "text", json_stringn(text.data ? text.data : "", text.len)));
    kg_array_free(&text);
    free(starts);
    return st;
}

/* ---- Scoring -------------------------------------------------------------------------------- */

static kg_status score_all(evaluation *e) {
    kg_status st;
    for (int c = 0; c < KG_CONVENTIONS; c++)
        KG_TRY(st, kg_ner_score_init(&e->scores[c], e->set.types.len, (kg_convention)c));
    for (size_t s = 0; s < e->data.sequence_ends.len; s++) {
        size_t first = kg_ner_sequence_start(&e->data, s);
        size_t n = e->data.sequence_ends.data[s] - first;
        e->sequence = s;
        for (int c = 0; c < KG_CONVENTIONS; c++)
            KG_TRY(st, kg_ner_score_add(&e->scores[c], e->data.tags.data + first,
                                        e->said.tags + first, n));
        KG_TRY(st, kg_ner_faults(&e->scores[KG_STRICT], add_fault, e));
    }
    return KG_OK;
}

static void free_evaluation(evaluation *e) {
    kg_ner_data_free(&e->data);
    kg_tagset_free(&e->set);
    for (int c = 0; c < KG_CONVENTIONS; c++)
        kg_ner_score_free(&e->scores[c]);
    kg_ner_tagging_free(&e->said);
    json_decref(e->neighbors);
    json_decref(e->faults);
}

static kg_status copy_set(kg_tagset *to, const kg_tagset *from) {
    kg_status st;
    for (size_t i = 0; i < from->types.len; i++)
        KG_TRY(st, kg_tagset_add(to, kg_str_from(from->types.data[i]), NULL));
    return KG_OK;
}

/* Gold and predicted tags of a file of predictions. */
static kg_status read_predictions(evaluation *e, const char *path, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_ner_data_read(&e->data, path, &(kg_ner_format){.predictions = true}, err));
    KG_TRY(st, copy_set(&e->set, &e->data.set));
    e->said.tags = malloc(e->data.predicted.len * sizeof *e->said.tags);
    if (!e->said.tags)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    memcpy(e->said.tags, e->data.predicted.data, e->data.predicted.len * sizeof *e->said.tags);
    return KG_OK;
}

/* What mentions attended to, by the first checkpoint. */
static kg_status list_neighbors(evaluation *e, const kg_tune_models *models, size_t count,
                                kg_error *err) {
    kg_tune_part part = {.task = &kg_ner_task, .data = &e->data, .items = e->data.tags.len};
    kg_tune_session *first = &models->sessions[0];
    kg_status st = count > 0 ? kg_ner_task.pack(&part, first, NULL, err) : KG_OK;
    if (st == KG_OK && count > 0)
        st = kg_tune_neighbors(&e->neighbors, first, &part.packs, count, err);
    kg_tune_packs_free(&part.packs);
    return st;
}

static kg_status predict(evaluation *e, const kgp_host *host, const json_t *request,
                         const char *path, const kg_ner_format *format, kg_error *err) {
    kg_tune_models models;
    size_t neighbors = (size_t)json_integer_value(json_object_get(request, "neighbors"));
    kg_status st = kg_ner_load(&models, host, json_object_get(request, "checkpoint"), err);
    if (st == KG_OK)
        st = copy_set(&e->set, &kg_ner_own(&models.sessions[0])->set);
    if (st == KG_OK) {
        kg_ner_format as_trained = *format;
        as_trained.characters = kg_ner_own(&models.sessions[0])->characters;
        st = kg_ner_data_read(&e->data, path, &as_trained, err);
    }
    if (st == KG_OK)
        kg_ner_say_how_read(host, &e->data, path);
    if (st == KG_OK)
        st = kg_ner_data_align(&e->data, &e->set, path, err);
    if (st == KG_OK)
        st = kg_ner_predict(&e->said, &models, &e->data, err);
    if (st == KG_OK)
        st = list_neighbors(e, &models, neighbors, err);
    kg_tune_models_free(&models);
    return st;
}

/* Lines `token gold predicted`, as conlleval reads them. */
static kg_status write_predictions(const evaluation *e, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    char gold[256], predicted[256];
    KG_TRY(st, kg_outfile_open(&file, path, err));
    FILE *to = kg_outfile_stream(file);
    size_t sequence = 0;
    for (size_t i = 0; i < e->data.tags.len; i++) {
        fprintf(to, "%.*s %s %s\n", KG_STR_ARG(kg_ner_token(&e->data, i)),
                kg_tag_format(gold, sizeof gold, &e->set, e->data.tags.data[i]),
                kg_tag_format(predicted, sizeof predicted, &e->set, e->said.tags[i]));
        if (i + 1 == e->data.sequence_ends.data[sequence]) {
            fputc('\n', to);
            sequence++;
        }
    }
    return kg_outfile_commit(file, err);
}

/* ---- The tool ------------------------------------------------------------------------------- */

static json_t *interval_to_json(double value, kg_interval interval) {
    return json_pack("{s:f, s:f, s:f, s:f}", "value", value, "low", interval.low, "high",
                     interval.high, "above_zero", interval.above);
}

static kg_status make_result(json_t **out, evaluation *e, const json_t *request) {
    kg_status st;
    kg_interval interval;
    const kg_ner_score *strict = &e->scores[KG_STRICT];
    size_t rounds = (size_t)json_integer_value(json_object_get(request, "bootstrap"));
    uint64_t seed = (uint64_t)json_integer_value(json_object_get(request, "seed"));
    json_t *result = *out = json_object();
    if (!result)
        return KG_ERR_MEMORY;
    for (int c = 0; c < KG_CONVENTIONS; c++)
        json_object_set_new(result, kg_convention_name((kg_convention)c),
                            score_to_json(&e->scores[c], &e->set));
    json_object_set_new(result, "confusion", confusion_to_json(strict, &e->set));
    KG_TRY(st, kg_ner_bootstrap(&interval, (kg_ner_runs){strict, 1}, NULL, rounds, seed));
    json_object_set_new(result, "bootstrap", interval_to_json(kg_prf_f1(strict->micro), interval));
    json_object_set_new(result, "sequences", json_integer((json_int_t)e->data.sequence_ends.len));
    json_object_set_new(result, "tokens", json_integer((json_int_t)e->data.tags.len));
    if (e->faults_wanted)
        json_object_set(result, "errors", e->faults);
    if (e->neighbors)
        json_object_set(result, "neighbors", e->neighbors);
    return KG_OK;
}

static kg_status evaluate(const kgp_host *host, const json_t *request, const kgp_output *output,
                          kg_error *err) {
    kg_status st;
    const json_t *checkpoints = json_object_get(request, "checkpoint");
    const char *data = json_string_value(json_object_get(request, "data"));
    const char *predictions = json_string_value(json_object_get(request, "predictions"));
    const char *write = json_string_value(json_object_get(request, "write"));
    if (!predictions && (json_array_size(checkpoints) == 0 || !data))
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found no checkpoint with tagged data; expected both, or a file of predictions");
    evaluation e = {.faults = json_array(),
                    .faults_wanted =
                        (size_t)json_integer_value(json_object_get(request, "errors"))};
    json_t *result = NULL;
    const kg_ner_format format = kg_ner_format_read(request);
    st = predictions ? read_predictions(&e, predictions, err)
                     : predict(&e, host, request, data, &format, err);
    if (st == KG_OK)
        st = score_all(&e);
    if (st == KG_OK && write)
        st = write_predictions(&e, write, err);
    if (st == KG_OK)
        st = make_result(&result, &e, request);
    if (st == KG_OK)
        st = kg_output_json(output, result, 12, "");
    else
        json_decref(result);
    free_evaluation(&e);
    return st;
}

const kg_tool kg_ner_eval_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "ner.eval",
            .description = "Scores named-entity recognition by three conventions",
            .schema = ner_eval_schema,
            .output = "json",
        },
    .run = evaluate,
};
