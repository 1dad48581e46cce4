/* The tool ner.compare: the predictions of two settings' runs, say with and without the graph, one
 * file a seed, compared by their mean F1 and a paired bootstrap. */
#include "plugins/smedbert/tasks/ner/ner_tools.h"

#include "plugins/smedbert/tasks/ner/ner_data.h"
#include "plugins/smedbert/tasks/ner/ner_score.h"
#include "plugins/common/json_output.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_compare_schema[]; /* schemas/ner.compare.schema.json */

typedef struct comparison {
    kg_ner_data first; /* what all files must agree with in tokens and gold tags */
    const char *first_path;
    kg_ner_score *scores; /* of the runs, then of the others */
    size_t n;             /* scores begun */
    kg_ner_runs runs, others;
} comparison;

/* The first token or gold tag in which predictions differ from those read first: they are then not
 * of the same data. */
static kg_status check_same_data(const comparison *c, const kg_ner_data *data, const char *path,
                                 kg_error *err) {
    const kg_ner_data *first = &c->first;
    char ours[256], theirs[256];
    size_t n = first->tags.len, m = data->tags.len;
    if (n != m || first->sequence_ends.len != data->sequence_ends.len)
        return kg_error_at(err, KG_ERR_ARGUMENT, path, 0,
                           "holds %zu tokens in %zu sequences, %s %zu in %zu; predictions of the "
                           "same data are needed",
                           m, data->sequence_ends.len, c->first_path, n, first->sequence_ends.len);
    for (size_t i = 0; i < n; i++) {
        kg_tag_format(ours, sizeof ours, &first->set, first->tags.data[i]);
        kg_tag_format(theirs, sizeof theirs, &data->set, data->tags.data[i]);
        if (!kg_str_equal(kg_ner_token(first, i), kg_ner_token(data, i)) ||
            strcmp(ours, theirs) != 0)
            return kg_error_at(err, KG_ERR_ARGUMENT, path, data->lines.data[i],
                               "the token \"%.*s\" is tagged %s, %s has \"%.*s\" tagged %s; "
                               "predictions of the same data are needed",
                               KG_STR_ARG(kg_ner_token(data, i)), theirs, c->first_path,
                               KG_STR_ARG(kg_ner_token(first, i)), ours);
    }
    return KG_OK;
}

static kg_status score(kg_ner_score *score, const kg_ner_data *data) {
    kg_status st;
    KG_TRY(st, kg_ner_score_init(score, data->set.types.len, KG_STRICT));
    for (size_t s = 0; s < data->sequence_ends.len; s++) {
        size_t first = kg_ner_sequence_start(data, s);
        KG_TRY(st, kg_ner_score_add(score, data->tags.data + first, data->predicted.data + first,
                                    data->sequence_ends.data[s] - first));
    }
    return KG_OK;
}

/* Read and score one more file. */
static kg_status add_run(comparison *c, const char *path, kg_error *err) {
    kg_ner_data data = {0};
    kg_status st = kg_ner_data_read(&data, path, &(kg_ner_format){.predictions = true}, err);
    if (st == KG_OK && c->n > 0)
        st = check_same_data(c, &data, path, err);
    if (st == KG_OK && (st = score(&c->scores[c->n++], &data)) != KG_OK)
        st = kg_error_set(err, st, "out of memory scoring %s", path);
    if (st == KG_OK && c->n == 1) {
        c->first = data;
        c->first_path = path;
    } else {
        kg_ner_data_free(&data);
    }
    return st;
}

static double deviation(kg_ner_runs runs) {
    double mean = kg_ner_mean_f1(runs), sum = 0;
    for (size_t i = 0; i < runs.n; i++)
        sum += pow(kg_prf_f1(runs.scores[i].micro) - mean, 2);
    return runs.n > 1 ? sqrt(sum / (double)(runs.n - 1)) : 0;
}

static kg_status write_result(const comparison *c, const json_t *request,
                              const kgp_output *output) {
    kg_interval interval;
    kg_status st;
    size_t rounds = (size_t)json_integer_value(json_object_get(request, "bootstrap"));
    uint64_t seed = (uint64_t)json_integer_value(json_object_get(request, "seed"));
    double mean = kg_ner_mean_f1(c->runs), other = kg_ner_mean_f1(c->others);
    KG_TRY(st, kg_ner_bootstrap(&interval, c->runs, &c->others, rounds, seed));
    json_t *result = json_pack(
        "{s:I, s:f, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:f}", "runs", (json_int_t)c->runs.n, "f1",
        mean, "deviation", deviation(c->runs), "other_runs", (json_int_t)c->others.n, "other_f1",
        other, "other_deviation", deviation(c->others), "difference", mean - other, "low",
        interval.low, "high", interval.high, "above_zero", interval.above);
    return kg_output_json(output, result, 12, "");
}

static kg_status compare(const kgp_host *host, const json_t *request, const kgp_output *output,
                         kg_error *err) {
    const json_t *runs = json_object_get(request, "runs"), *to = json_object_get(request, "to");
    size_t n = json_array_size(runs), n_to = json_array_size(to);
    comparison c = {.scores = calloc(n + n_to + 1, sizeof *c.scores)};
    (void)host;
    kg_status st = c.scores ? KG_OK : KG_ERR_MEMORY;
    for (size_t i = 0; i < n && st == KG_OK; i++)
        st = add_run(&c, json_string_value(json_array_get(runs, i)), err);
    for (size_t i = 0; i < n_to && st == KG_OK; i++)
        st = add_run(&c, json_string_value(json_array_get(to, i)), err);
    if (st == KG_OK) {
        c.runs = (kg_ner_runs){c.scores, n};
        c.others = (kg_ner_runs){c.scores + n, n_to};
        st = write_result(&c, request, output);
    }
    for (size_t i = 0; i < c.n; i++)
        kg_ner_score_free(&c.scores[i]);
    free(c.scores);
    kg_ner_data_free(&c.first);
    return st;
}

const kg_tool kg_ner_compare_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "ner.compare",
            .description = "Compares the predictions of two settings by a paired bootstrap",
            .schema = ner_compare_schema,
            .output = "json",
        },
    .run = compare,
};
