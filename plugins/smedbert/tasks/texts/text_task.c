/* The rows of the tasks over texts, and their trainers. */
#include "plugins/smedbert/tasks/texts/text_task.h"

#include "plugins/smedbert/tasks/texts/text_tools.h"
#include "plugins/smedbert/tune/class_weights.h"
#include "plugins/smedbert/tune/tune_trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const char tune_schema[]; /* schemas/tune.schema.json */

kg_text_kind kg_text_kind_of(const kg_tune_task *task) {
    int kind = 0;
    while (kg_text_tasks[kind] && kg_text_tasks[kind] != task)
        kind++;
    return (kg_text_kind)kind;
}

/* ---- The setup ------------------------------------------------------------------------------- */

static char *copy_text(const char *text) {
    return strdup(text ? text : "");
}

/* What a task has no use for is an error, lest it be thought to count. */
static kg_status check_classes(kg_text_kind kind, const json_t *o, kg_error *err) {
    bool weighs = strcmp(kg_setting_text(o, "class_weights"), "none") != 0;
    if (kind == KG_TEXT_RANK && (weighs || kg_setting_number(o, "label_smoothing") > 0))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "%s is of tasks with classes, and rank has none; leave it out",
                            weighs ? "class_weights" : "label_smoothing");
    bool tunes = kg_setting_truth(o, "tune_prior"), lowers = kg_setting_number(o, "prior") > 0;
    if (kind != KG_TEXT && (tunes || lowers))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "%s is of the task text; tune_reading chooses a bias for %s",
                            tunes ? "tune_prior" : "prior", kg_text_kind_name(kind));
    if (tunes && lowers)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "prior is given, and tune_prior would choose another; leave one out");
    return KG_OK;
}

static kg_status configure(kg_tune_setup *setup, const json_t *o, kg_error *err) {
    kg_texts_setup *own = setup->own;
    kg_text_kind kind = kg_text_kind_of(setup->task);
    own->positive = copy_text(kg_setting_text(o, "positive"));
    own->both_orders = kind == KG_TEXT_PAIR && kg_setting_truth(o, "both_orders");
    own->match_features =
        (kind == KG_TEXT_PAIR || kind == KG_TEXT_RANK) && kg_setting_truth(o, "match_features");
    own->mention_features = setup->kg && kg_setting_truth(o, "mention_features");
    own->margin = kg_setting_number(o, "margin");
    own->negatives = kg_setting_count(o, "negatives");
    own->other_pairs = kg_setting_number(o, "other_pairs");
    if (kind == KG_TEXT_RANK) { /* its candidates have no classes to fit a sparse model to */
        setup->sparse = false;
        setup->reading.share = 0;
    }
    if (!own->positive)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory beginning to train");
    return check_classes(kind, o, err);
}

static kg_status keep(json_t *object, const kg_tune_setup *setup) {
    const kg_texts_setup *own = setup->own;
    json_t *labels = json_array(), *counts = json_array();
    for (size_t i = 0; labels && i < own->labels.types.len; i++)
        json_array_append_new(labels, json_string(own->labels.types.data[i]));
    for (size_t i = 0; own->counts && i < own->labels.types.len; i++)
        json_array_append_new(counts, json_integer((json_int_t)own->counts[i]));
    json_t *keys =
        json_pack("{s:o, s:o, s:s, s:b, s:b, s:b}", "labels", labels, "counts", counts, "positive",
                  own->positive, "both_orders", own->both_orders, "match_features",
                  own->match_features, "mention_features", own->mention_features);
    bool done = keys && json_object_update(object, keys) == 0;
    json_decref(keys);
    return done ? KG_OK : KG_ERR_MEMORY;
}

/* A checkpoint of an older kg has no counts. */
static bool take_counts(kg_texts_setup *own, const json_t *counts) {
    size_t i;
    json_t *count;
    if (json_array_size(counts) == 0)
        return true;
    own->counts = calloc(json_array_size(counts), sizeof *own->counts);
    if (!own->counts || json_array_size(counts) != own->labels.types.len)
        return false;
    json_array_foreach(counts, i, count) {
        if (!json_is_integer(count) || json_integer_value(count) < 0)
            return false;
        own->counts[i] = (uint64_t)json_integer_value(count);
    }
    return true;
}

static bool take(kg_tune_setup *setup, const json_t *object) {
    kg_texts_setup *own = setup->own;
    json_t *labels, *label;
    const char *positive;
    int both, match, mention;
    size_t i;
    if (json_unpack((json_t *)object, "{s:o, s:s, s:b, s:b, s:b}", "labels", &labels, "positive",
                    &positive, "both_orders", &both, "match_features", &match, "mention_features",
                    &mention) != 0 ||
        (json_array_size(labels) < 2) != (kg_text_kind_of(setup->task) == KG_TEXT_RANK))
        return false;
    own->positive = copy_text(positive);
    own->both_orders = both;
    own->match_features = match;
    own->mention_features = mention;
    json_array_foreach(labels, i, label) {
        kg_str name = {json_string_value(label), json_string_length(label)};
        if (!name.data || kg_labels_add(&own->labels, name, NULL) != KG_OK)
            return false;
    }
    return own->positive != NULL && own->labels.types.len == json_array_size(labels) &&
           take_counts(own, json_object_get(object, "counts"));
}

static const kg_labels *classes_of(const kg_tune_setup *setup) {
    return &((const kg_texts_setup *)setup->own)->labels;
}

/* Of a pair's two classes it matters which one counts. */
static const char *scheme_of(const kg_tune_setup *setup) {
    const kg_texts_setup *own = setup->own;
    int class = kg_text_kind_of(setup->task) == KG_TEXT_PAIR ? kg_texts_class(setup) : -1;
    return class >= 0 ? own->labels.types.data[class] : "no positive class";
}

static void free_own(void *setup) {
    kg_texts_setup *own = setup;
    kg_labels_free(&own->labels);
    free(own->counts);
    free(own->positive);
}

int kg_texts_class(const kg_tune_setup *setup) {
    const kg_texts_setup *own = setup->own;
    if (kg_text_kind_of(setup->task) == KG_TEXT_RELATION)
        return kg_labels_find(&own->labels, kg_str_from(KG_NO_RELATION));
    if (kg_text_kind_of(setup->task) != KG_TEXT_PAIR || own->labels.types.len != 2)
        return -1;
    return kg_labels_find(&own->labels, kg_str_from(own->positive));
}

bool kg_texts_grades(double *grades, const kg_labels *labels) {
    for (size_t i = 0; i < labels->types.len; i++) {
        char *end;
        grades[i] = strtod(labels->types.data[i], &end);
        if (*end != '\0' || end == labels->types.data[i] || !isfinite(grades[i]))
            return false;
    }
    return true;
}

/* ---- Data ------------------------------------------------------------------------------------ */

static kg_status learn_labels(kg_texts_setup *own, const kg_texts *t, const char *path,
                              kg_error *err) {
    for (size_t i = 0; i < t->labels.types.len; i++)
        if (kg_labels_add(&own->labels, kg_str_from(t->labels.types.data[i]), NULL) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    if (t->kind == KG_TEXT_RANK)
        return KG_OK;
    if (t->labels.types.len < 2)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "has one class alone, \"%s\"; there is nothing to learn",
                           t->labels.types.data[0]);
    own->counts = calloc(own->labels.types.len, sizeof *own->counts);
    if (!own->counts)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    kg_class_counts(own->counts, own->labels.types.len, t->gold.data, NULL, t->gold.len);
    return KG_OK;
}

static const uint64_t *counts(const kg_tune_setup *setup) {
    return ((const kg_texts_setup *)setup->own)->counts;
}

/* A query is learnt from where it has right and wrong candidates. */
static kg_status check_queries(const kg_texts *t, const char *path, kg_error *err) {
    for (size_t e = 0; e < t->example_ends.len; e++) {
        size_t right = 0, first = kg_texts_first(t, e), n = t->example_ends.data[e] - first;
        for (size_t i = first; i < first + n; i++)
            right += t->gold.data[i];
        if (right > 0 && right < n)
            return KG_OK;
    }
    return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                       "has no query with both a right and a wrong candidate; there is nothing to "
                       "learn");
}

static kg_status read_file(kg_tune_part *part, kg_tune_setup *setup, const char *path, bool learn,
                           kg_error *err) {
    kg_status st;
    kg_texts_setup *own = setup->own;
    kg_text_kind kind = kg_text_kind_of(setup->task);
    const kg_texts_options options = {.kind = kind, .negatives = learn ? own->other_pairs : -1};
    kg_texts_part *data = part->data = calloc(1, sizeof *data);
    if (!data)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    KG_TRY(st, kg_texts_read(&data->texts, path, &options, err));
    part->examples = data->texts.example_ends.len;
    part->items = data->texts.items.len;
    if (learn)
        KG_TRY(st, learn_labels(own, &data->texts, path, err));
    if (learn && kind == KG_TEXT_RANK)
        KG_TRY(st, check_queries(&data->texts, path, err));
    return kg_texts_align(&data->texts, &own->labels, path, err);
}

static void drop(void *part) {
    kg_texts_part *data = part;
    kg_texts_free(&data->texts);
    kg_tune_packs_free(&data->single);
    free(data);
}

static kg_status append(void *part, const void *more) {
    kg_texts_part *data = part;
    return kg_texts_append(&data->texts, &((const kg_texts_part *)more)->texts);
}

/* A candidate's only output is its score; transformers gives it this name. */
static json_t *labels(const kg_tune_setup *setup) {
    const kg_texts_setup *own = setup->own;
    json_t *names = json_array();
    for (size_t i = 0; names && i < own->labels.types.len; i++)
        json_array_append_new(names, json_string(own->labels.types.data[i]));
    if (names && own->labels.types.len == 0)
        json_array_append_new(names, json_string("LABEL_0"));
    return names;
}

static void reduce(kg_tune_setup *setup, json_t *left_out) {
    kg_texts_setup *own = setup->own;
    if (own->match_features)
        json_array_append_new(left_out, json_string("features of matches"));
    if (own->mention_features)
        json_array_append_new(left_out, json_string("features of mentions"));
    if (own->both_orders)
        json_array_append_new(left_out, json_string("reading in both orders"));
    own->match_features = own->mention_features = own->both_orders = false;
}

static kg_tune_shape shape(const kg_tune_session *s) {
    const kg_texts_setup *own = kg_texts_own(s);
    kg_text_kind kind = kg_text_kind_of(s->setup.task);
    bool ranks = kind == KG_TEXT_RANK;
    return (kg_tune_shape){
        .outputs = ranks ? 1 : own->labels.types.len,
        .rows = kind == KG_TEXT_RELATION ? 2 : 1,
        .features = kg_texts_features(own, s->setup.graph_types),
        .pooled = kind != KG_TEXT_RELATION,
        .loss = !ranks            ? KG_TUNE_SOFTMAX
                : own->margin > 0 ? KG_TUNE_HINGE
                                  : KG_TUNE_GROUPS,
        .margin = (float)own->margin,
    };
}

/* ---- The rows -------------------------------------------------------------------------------- */

/* Of what is not positive, or of "none". */
static const float biases[] = {0,     0.1F,  0.2F,  0.3F,   0.45F, 0.6F,
                               -0.1F, -0.2F, -0.3F, -0.45F, -0.6F};
enum { BIASES = sizeof biases / sizeof *biases };

/* Of classes none of which counts more than others: of the logarithms of their shares. */
static const float priors[] = {0, 0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F, 0.8F, 1};
enum { PRIORS = sizeof priors / sizeof *priors };

#define ROW(kind, task, trained_by, of_what, tried, n_tried)                                       \
    {                                                                                              \
        .name = (task), .command = (trained_by), .file = "tune.json", .bias = "bias",              \
        .unit = (of_what), .figures = kg_outcome_figures[kind], .all_tags = true,                  \
        .architecture =                                                                            \
            (kind) == KG_TEXT_RELATION ? "BertModel" : "BertForSequenceClassification",            \
        .own_size = sizeof(kg_texts_setup), .configure = configure, .keep = keep, .take = take,    \
        .free = free_own, .classes = classes_of, .scheme = scheme_of, .read = read_file,           \
        .drop = drop, .append = append, .counts = counts, .keys = kg_texts_keys,                   \
        .pack = kg_texts_pack, .deal = kg_texts_deal, .labels = labels, .reduce = reduce,          \
        .lower = kg_texts_lower, .shape = shape, .measure = kg_texts_measure, .biases = (tried),   \
        .n_biases = (n_tried), .asks_for_biases = (kind) == KG_TEXT                                \
    }

static const kg_tune_task text_row =
    ROW(KG_TEXT, "text", "kg tune text train", "texts", priors, PRIORS);
static const kg_tune_task pair_row =
    ROW(KG_TEXT_PAIR, "pair", "kg tune pair train", "pairs", biases, BIASES);
static const kg_tune_task relation_row =
    ROW(KG_TEXT_RELATION, "relation", "kg tune relation train", "pairs", biases, BIASES);
static const kg_tune_task rank_row =
    ROW(KG_TEXT_RANK, "rank", "kg tune rank train", "candidates", biases, 1);

const kg_tune_task *const kg_text_tasks[] = {&text_row, &pair_row, &relation_row, &rank_row, NULL};

static kg_status configure_text(void *state, const char *json, kg_error *err) {
    return kg_tuner_configure(state, &text_row, json, err);
}

static kg_status configure_pair(void *state, const char *json, kg_error *err) {
    return kg_tuner_configure(state, &pair_row, json, err);
}

static kg_status configure_relation(void *state, const char *json, kg_error *err) {
    return kg_tuner_configure(state, &relation_row, json, err);
}

static kg_status configure_rank(void *state, const char *json, kg_error *err) {
    return kg_tuner_configure(state, &rank_row, json, err);
}

#define TRAINER(task, set_up, title, does, chooses)                                                \
    {                                                                                              \
        .descriptor = {.size = sizeof(kgp_trainer_descriptor),                                     \
                       .id = (task),                                                               \
                       .name = (title),                                                            \
                       .version = "1.0",                                                           \
                       .description = (does),                                                      \
                       .features = kg_tuner_features,                                              \
                       .schema = tune_schema,                                                      \
                       .unit = "tokens",                                                           \
                       .best_metric = (chooses),                                                   \
                       .best_is_highest = 1},                                                      \
        .configure = (set_up), KG_TUNER_FUNCTIONS                                                  \
    }

const kg_trainer_class kg_text_trainer =
    TRAINER("tune.text", configure_text, "Text classification",
            "Fine-tunes a checkpoint to put texts into classes", "micro_f1");
const kg_trainer_class kg_pair_trainer =
    TRAINER("tune.pair", configure_pair, "Text pairs",
            "Fine-tunes a checkpoint to tell what two texts are to each other", "f1");
const kg_trainer_class kg_relation_trainer =
    TRAINER("tune.relation", configure_relation, "Relations",
            "Fine-tunes a checkpoint to tell how two spans of a text are related", "f1");
const kg_trainer_class kg_rank_trainer =
    TRAINER("tune.rank", configure_rank, "Ranking",
            "Fine-tunes a checkpoint to put the right candidates of a query first", "mrr");
