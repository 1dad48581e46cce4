/* The tool tune.compare: what the runs of two settings came to, one file a run, compared by the
 * mean of their figures and a paired bootstrap. */
#include "plugins/smedbert/tasks/texts/text_tools.h"

#include "plugins/smedbert/tasks/texts/outcomes.h"
#include "plugins/common/json_output.h"

#include <stdlib.h>
#include <string.h>

extern const char tune_compare_schema[]; /* schemas/tune.compare.schema.json */

typedef struct comparison {
    kg_outcomes *runs; /* of the one setting, then of the other */
    size_t n, n_to, read;
    size_t figure; /* at hand */
} comparison;

/* All runs must be of the same examples. */
static kg_status check_same(const kg_outcomes *first, const kg_outcomes *other, const char *path,
                            const char *first_path, kg_error *err) {
    if (first->kind != other->kind || first->examples != other->examples)
        return kg_error_at(err, KG_ERR_ARGUMENT, path, 0,
                           "holds %zu examples of the task %s, %s %zu of %s; outcomes of the same "
                           "data are needed",
                           other->examples, kg_text_kind_name(other->kind), first_path,
                           first->examples, kg_text_kind_name(first->kind));
    for (size_t i = 0; i < first->examples; i++) {
        bool same = first->hashes[i] == other->hashes[i];
        if (same && first->gold)
            same = strcmp(first->labels.types.data[first->gold[i]],
                          other->labels.types.data[other->gold[i]]) == 0;
        if (!same)
            return kg_error_at(err, KG_ERR_ARGUMENT, path, 0,
                               "its example %zu is not that of %s; outcomes of the same data are "
                               "needed",
                               i + 1, first_path);
    }
    return KG_OK;
}

static kg_status read_runs(comparison *c, const json_t *paths, const char *first, kg_error *err) {
    kg_status st;
    size_t i;
    json_t *path;
    json_array_foreach(paths, i, path) {
        kg_outcomes *run = &c->runs[c->read++];
        KG_TRY(st, kg_outcomes_read(run, json_string_value(path), err));
        KG_TRY(st, check_same(c->runs, run, json_string_value(path), first, err));
    }
    return KG_OK;
}

static double value_of(const kg_outcomes *run, size_t figure, const uint32_t *picks, size_t n) {
    double values[KG_OUTCOME_FIGURES];
    return kg_outcomes_judge(values, run, picks, n) == KG_OK ? values[figure] : 0;
}

/* The difference of the means of both settings. */
static double difference_of_picked(void *context, const uint32_t *picks, size_t n) {
    const comparison *c = context;
    double sums[2] = {0, 0};
    for (size_t i = 0; i < c->n + c->n_to; i++)
        sums[i >= c->n] += value_of(&c->runs[i], c->figure, picks, n);
    return sums[0] / (double)c->n - sums[1] / (double)c->n_to;
}

static kg_status write_figure(comparison *c, const json_t *request, const kgp_output *output) {
    kg_interval interval;
    kg_status st;
    size_t rounds = (size_t)json_integer_value(json_object_get(request, "bootstrap"));
    uint64_t seed = (uint64_t)json_integer_value(json_object_get(request, "seed"));
    double *values = malloc((c->n + c->n_to) * sizeof *values);
    if (!values)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < c->n + c->n_to; i++)
        values[i] = value_of(&c->runs[i], c->figure, NULL, 0);
    st = kg_bootstrap(&interval, c->runs->examples, rounds, seed, difference_of_picked, c);
    double mean = kg_mean(values, c->n), other = kg_mean(values + c->n, c->n_to);
    json_t *result = json_pack(
        "{s:s, s:I, s:f, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "figure",
        kg_outcome_figures[c->runs->kind][c->figure], "runs", (json_int_t)c->n, "mean", mean,
        "deviation", kg_deviation(values, c->n), "other_runs", (json_int_t)c->n_to, "other_mean",
        other, "other_deviation", kg_deviation(values + c->n, c->n_to), "difference", mean - other,
        "low", interval.low, "high", interval.high, "above_zero", interval.above);
    free(values);
    if (st == KG_OK)
        return kg_output_json(output, result, 12, "\n");
    json_decref(result);
    return st;
}

static kg_status compare(const kgp_host *host, const json_t *request, const kgp_output *output,
                         kg_error *err) {
    const json_t *runs = json_object_get(request, "runs"), *to = json_object_get(request, "to");
    comparison c = {.n = json_array_size(runs), .n_to = json_array_size(to)};
    const char *first = json_string_value(json_array_get(runs, 0));
    (void)host;
    if (c.n == 0 || c.n_to == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %zu runs to compare with %zu; expected 1 or more of each", c.n,
                            c.n_to);
    c.runs = calloc(c.n + c.n_to, sizeof *c.runs);
    kg_status st = c.runs ? read_runs(&c, runs, first, err) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = read_runs(&c, to, first, err);
    for (; st == KG_OK && c.figure < kg_outcome_intervals(c.runs->kind); c.figure++)
        st = write_figure(&c, request, output);
    for (size_t i = 0; i < c.read; i++)
        kg_outcomes_free(&c.runs[i]);
    free(c.runs);
    return st;
}

const kg_tool kg_tune_compare_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "tune.compare",
            .description = "Compares the outcomes of two settings by a paired bootstrap",
            .schema = tune_compare_schema,
            .output = "jsonl",
        },
    .run = compare,
};
