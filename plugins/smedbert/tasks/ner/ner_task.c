#include "plugins/smedbert/tasks/ner/ner_task.h"

#include "plugins/smedbert/tasks/ner/ner_score.h"
#include "plugins/smedbert/tasks/ner/ner_tools.h"
#include "plugins/smedbert/tune/tune_trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char ner_schema[]; /* schemas/ner.schema.json */

/* ---- How files are read ---------------------------------------------------------------------- */

/* The place of a word in a list that ends with NULL; the schema lets no other in. */
static int place_of(const char *word, const char *const *words) {
    for (int i = 0; word && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

kg_ner_format kg_ner_format_read(const json_t *from) {
    static const char *const nested[] = {"error", "outermost", "innermost", NULL};
    static const char *const offsets[] = {"auto", "characters", "utf16", "bytes", NULL};
    return (kg_ner_format){
        .token_column = kg_setting_count(from, "token_column"),
        .tag_column = kg_setting_count(from, "tag_column"),
        .nested = (kg_ner_nesting)place_of(kg_setting_text(from, "nested"), nested),
        .offsets = (kg_ner_offsets)place_of(kg_setting_text(from, "offsets"), offsets)};
}

void kg_ner_say_how_read(const kgp_host *host, const kg_ner_data *data, const char *path) {
    char text[1024];
    const kgp_log *log = host->get_extension(host, KGP_EXT_LOG);
    if (!log || data->told[0] == '\0')
        return;
    snprintf(text, sizeof text, "%s: %s", path, data->told);
    log->log(host, KGP_INFO, text);
}

/* ---- The setup ------------------------------------------------------------------------------- */

static kg_status configure(kg_tune_setup *setup, const json_t *o, kg_error *err) {
    kg_ner_setup *own = setup->own;
    (void)err;
    own->crf = kg_setting_truth(o, "crf");
    own->format = kg_ner_format_read(o);
    own->windows = (kg_ner_window_options){
        .max_len = setup->max_len,
        .mention_features = setup->kg && kg_setting_truth(o, "mention_features"),
        .all_names = setup->kg && kg_setting_truth(o, "all_names"),
        .bigrams = kg_setting_count(o, "bigrams"),
    };
    return KG_OK;
}

static kg_status keep(json_t *object, const kg_tune_setup *setup) {
    const kg_ner_setup *own = setup->own;
    const kg_ner_window_options *w = &own->windows;
    json_t *types = json_array();
    for (size_t i = 0; types && i < own->set.types.len; i++)
        json_array_append_new(types, json_string(own->set.types.data[i]));
    json_t *keys = json_pack("{s:o, s:b, s:b, s:b, s:b, s:b, s:I}", "types", types, "characters",
                             own->characters, "crf", own->crf, "greedy", own->greedy,
                             "mention_features", w->mention_features, "all_names", w->all_names,
                             "bigrams", (json_int_t)w->bigrams);
    bool done = keys && json_object_update(object, keys) == 0;
    json_decref(keys);
    return done ? KG_OK : KG_ERR_MEMORY;
}

static bool take(kg_tune_setup *setup, const json_t *object) {
    kg_ner_setup *own = setup->own;
    json_t *types, *type;
    int characters, crf, mention_features, all_names, greedy = false;
    json_int_t bigrams;
    size_t i;
    if (json_unpack((json_t *)object, "{s:o, s:b, s:b, s?b, s:b, s:b, s:I}", "types", &types,
                    "characters", &characters, "crf", &crf, "greedy", &greedy, "mention_features",
                    &mention_features, "all_names", &all_names, "bigrams", &bigrams) != 0 ||
        json_array_size(types) == 0 || bigrams < 0 || bigrams > 1 << 24)
        return false;
    own->characters = characters;
    own->crf = crf;
    own->greedy = greedy;
    own->windows = (kg_ner_window_options){
        .max_len = setup->max_len,
        .mention_features = mention_features,
        .all_names = all_names,
        .bigrams = (uint32_t)bigrams,
    };
    json_array_foreach(types, i, type) {
        kg_str name = {json_string_value(type), json_string_length(type)};
        if (!name.data || kg_tagset_add(&own->set, name, NULL) != KG_OK)
            return false;
    }
    return true;
}

static const kg_labels *classes_of(const kg_tune_setup *setup) {
    return &((const kg_ner_setup *)setup->own)->set;
}

static const char *scheme_of(const kg_tune_setup *setup) {
    return ((const kg_ner_setup *)setup->own)->characters ? "characters" : "words";
}

static void free_own(void *setup) {
    kg_ner_setup *own = setup;
    kg_tagset_free(&own->set);
    kg_ner_names_free(&own->names);
}

/* ---- Data ------------------------------------------------------------------------------------ */

static kg_status learn_types(kg_ner_setup *own, const kg_ner_data *data, const char *path,
                             kg_error *err) {
    own->characters = data->characters;
    for (size_t i = 0; i < data->set.types.len; i++)
        if (kg_tagset_add(&own->set, kg_str_from(data->set.types.data[i]), NULL) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    if (data->set.types.len == 0)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "holds no entity: every tag is O; there is nothing to learn");
    return KG_OK;
}

static kg_status read_file(kg_tune_part *part, kg_tune_setup *setup, const char *path, bool learn,
                           kg_error *err) {
    kg_status st;
    kg_ner_setup *own = setup->own;
    kg_ner_data *data = part->data = calloc(1, sizeof *data);
    if (!data)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    own->format.characters = !learn && own->characters;
    KG_TRY(st, kg_ner_data_read(data, path, &own->format, err));
    snprintf(part->told, sizeof part->told, "%s", data->told);
    if (learn)
        KG_TRY(st, learn_types(own, data, path, err));
    part->examples = data->sequence_ends.len;
    part->items = data->tags.len;
    return kg_ner_data_align(data, &own->set, path, err);
}

static void drop(void *part) {
    kg_ner_data *data = part;
    kg_ner_data_free(data);
    free(data);
}

static kg_status append(void *data, const void *more) {
    return kg_ner_data_append(data, more);
}

static kg_status sparse_keys(kg_sparse_keys *keys, const uint16_t **gold, kg_tune_session *s,
                             const kg_tune_part *part, size_t sequence, kg_error *err) {
    kg_status st;
    kg_ner_setup *own = kg_ner_own(s);
    const kg_ner_data *data = part->data;
    *gold = data->tags.data + kg_ner_sequence_start(data, sequence);
    KG_TRY(st, kg_ner_names_find(&own->names, data, sequence, &s->base.reading,
                                 own->windows.all_names, err));
    st = kg_ner_sparse_keys(keys, data, sequence, &own->names);
    return st == KG_OK ? st : kg_error_set(err, st, "out of memory gathering sparse features");
}

static kg_status pack(kg_tune_part *part, kg_tune_session *s, const uint8_t *trained,
                      kg_error *err) {
    kg_ner_window_options options = kg_ner_own(s)->windows;
    options.trained = trained;
    options.sparse = s->setup.sparse ? &s->sparse : NULL;
    return kg_ner_windows_make(&part->packs, part->data, &s->base.reading, &options, err);
}

static json_t *labels(const kg_tune_setup *setup) {
    const kg_ner_setup *own = setup->own;
    json_t *names = json_array();
    char name[256];
    for (size_t tag = 0; names && tag < kg_tagset_tags(&own->set); tag++)
        json_array_append_new(
            names, json_string(kg_tag_format(name, sizeof name, &own->set, (uint16_t)tag)));
    return names;
}

static void reduce(kg_tune_setup *setup, json_t *left_out) {
    kg_ner_setup *own = setup->own;
    if (own->crf)
        json_array_append_new(left_out, json_string("transitions of the CRF"));
    if (!own->greedy)
        json_array_append_new(left_out, json_string("order of tags (I- only within an entity)"));
    if (own->windows.mention_features)
        json_array_append_new(left_out, json_string("features of names"));
    if (own->windows.bigrams)
        json_array_append_new(left_out, json_string("features of bigrams"));
    own->crf = own->windows.mention_features = own->windows.all_names = false;
    own->windows.bigrams = 0;
    own->greedy = true;
}

/* O alone. */
static void lower(float *low, const kg_tune_setup *setup, size_t n) {
    (void)setup;
    memset(low, 0, n * sizeof *low);
    low[0] = 1;
}

static kg_tune_shape shape(const kg_tune_session *s) {
    const kg_ner_setup *own = kg_ner_own(s);
    return (kg_tune_shape){
        .outputs = kg_tagset_tags(&own->set),
        .rows = 1,
        .features = kg_ner_feature_rows(&own->windows, s->setup.graph_types),
        .loss = own->crf ? KG_TUNE_CRF : KG_TUNE_SOFTMAX,
    };
}

/* ---- Judging --------------------------------------------------------------------------------- */

static kg_status score_tags(kg_ner_score *score, const kg_ner_data *data, size_t types,
                            const uint8_t *only, const uint16_t *tags) {
    kg_status st;
    KG_TRY(st, kg_ner_score_init(score, types, KG_STRICT));
    for (size_t i = 0; i < data->sequence_ends.len; i++) {
        size_t first = kg_ner_sequence_start(data, i);
        if (!only || only[i])
            KG_TRY(st, kg_ner_score_add(score, data->tags.data + first, tags + first,
                                        data->sequence_ends.data[i] - first));
    }
    return KG_OK;
}

static const char *const figures[] = {"f1", "precision", "recall", "macro_f1", NULL};

static kg_status measure(kg_tune_figures *out, kg_tune_session *s, const kg_tune_part *part,
                         const kg_tune_scores *scores, const uint8_t *only, kg_error *err) {
    kg_ner_score score = {.n_types = 0};
    uint16_t *tags = calloc(part->items + 1, sizeof *tags);
    kg_status st = tags ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_ner_decode(tags, s, &part->packs, scores, only, &out->reading);
    if (st == KG_OK)
        st = score_tags(&score, part->data, kg_ner_own(s)->set.types.len, only, tags);
    if (st == KG_OK) {
        out->values[0] = kg_prf_f1(score.micro);
        out->values[1] = kg_prf_precision(score.micro);
        out->values[2] = kg_prf_recall(score.micro);
        out->values[3] = kg_ner_macro(&score).f1;
        st = kg_ner_bootstrap(&out->interval, (kg_ner_runs){&score, 1}, NULL, out->resamples,
                              KG_TUNE_RESAMPLING);
    }
    if (st != KG_OK)
        kg_error_set(err, st, "out of memory scoring tags");
    kg_ner_score_free(&score);
    free(tags);
    return st;
}

/* ---- Use ------------------------------------------------------------------------------------- */

kg_status kg_ner_load(kg_tune_models *models, const kgp_host *host, const json_t *folders,
                      kg_error *err) {
    static const kg_tune_task *const tasks[] = {&kg_ner_task, NULL};
    return kg_tune_models_load(models, tasks, host, folders, err);
}

/* Add what one model says, in its share of all; part->packs become its windows. */
static kg_status say(kg_ner_chains *chains, kg_tune_part *part, kg_tune_session *s, float weight,
                     kg_error *err) {
    kg_tune_scores scores = {.own = NULL};
    kg_status st = pack(part, s, NULL, err);
    if (st == KG_OK)
        st = kg_tune_session_score(&scores, s, part, NULL, false, err);
    if (st == KG_OK)
        st = kg_ner_chains_add(chains, &(kg_ner_said){.session = s,
                                                      .windows = &part->packs,
                                                      .scores = &scores,
                                                      .reading = s->setup.reading,
                                                      .weight = weight});
    kg_tune_scores_free(&scores);
    return st;
}

void kg_ner_tagging_free(kg_ner_tagging *tagging) {
    free(tagging->tags);
    free(tagging->confidence);
    *tagging = (kg_ner_tagging){NULL, NULL};
}

kg_status kg_ner_predict(kg_ner_tagging *out, const kg_tune_models *models, kg_ner_data *data,
                         kg_error *err) {
    kg_tune_part part = {.task = &kg_ner_task, .data = data, .items = data->tags.len};
    kg_tune_session *first = &models->sessions[0];
    kg_ner_chains chains;
    kg_status st = kg_ner_chains_make(&chains, part.items, first->head.shape.outputs);
    *out = (kg_ner_tagging){calloc(part.items + 1, sizeof *out->tags),
                            calloc(part.items + 1, sizeof *out->confidence)};
    if (!out->tags || !out->confidence)
        st = KG_ERR_MEMORY;
    for (size_t m = models->n; st == KG_OK && m-- > 0;) { /* the first last: its windows stay */
        kg_tune_packs_free(&part.packs);
        part.packs = (kg_tune_packs)KG_TUNE_PACKS_INIT;
        st = say(&chains, &part, &models->sessions[m], 1 / (float)models->n, err);
    }
    if (st == KG_OK)
        st = kg_ner_chains_decode(out->tags, out->confidence, &chains, first, &part.packs, NULL);
    kg_ner_chains_free(&chains);
    kg_tune_packs_free(&part.packs);
    return st;
}

/* ---- The row, and its trainer ---------------------------------------------------------------- */

static const float biases[] = {0, 0.25F, 0.5F, 0.75F, 1, 1.5F, 2};

const kg_tune_task kg_ner_task = {.name = "ner",
                                  .command = "kg ner train",
                                  .file = "ner.json",
                                  .bias = "entity_bias",
                                  .unit = "windows",
                                  .figures = figures,
                                  .architecture = "BertForTokenClassification",
                                  .own_size = sizeof(kg_ner_setup),
                                  .configure = configure,
                                  .keep = keep,
                                  .take = take,
                                  .free = free_own,
                                  .classes = classes_of,
                                  .scheme = scheme_of,
                                  .read = read_file,
                                  .drop = drop,
                                  .append = append,
                                  .keys = sparse_keys,
                                  .pack = pack,
                                  .labels = labels,
                                  .reduce = reduce,
                                  .lower = lower,
                                  .shape = shape,
                                  .measure = measure,
                                  .biases = biases,
                                  .n_biases = sizeof biases / sizeof *biases};

static kg_status configure_trainer(void *state, const char *json, kg_error *err) {
    return kg_tuner_configure(state, &kg_ner_task, json, err);
}

const kg_trainer_class kg_ner_trainer = {
    .descriptor = {.size = sizeof(kgp_trainer_descriptor),
                   .id = "ner",
                   .name = "Named-entity recognition",
                   .version = "1.0",
                   .description = "Fine-tunes a checkpoint to find the entities of tagged text",
                   .features = kg_tuner_features,
                   .schema = ner_schema,
                   .unit = "tokens",
                   .best_metric = "f1",
                   .best_is_highest = 1},
    .configure = configure_trainer,
    KG_TUNER_FUNCTIONS};
