#include "plugins/transr/recipe_json.h"

#include <string.h>

static const char *const norm_names[] = {"l1", "l2", "l2_squared"};

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

static float single(const json_t *object, const char *key) {
    return (float)number(object, key);
}

static uint32_t whole(const json_t *object, const char *key) {
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool is(const json_t *object, const char *key, const char *value) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && strcmp(text, value) == 0;
}

void transr_model_from_json(transr_recipe *recipe, const json_t *object) {
    if (json_object_get(object, "model"))
        recipe->project = is(object, "model", "transr");
    if (json_object_get(object, "separate_projections"))
        recipe->separate = json_is_true(json_object_get(object, "separate_projections"));
    for (size_t i = 0; i < sizeof norm_names / sizeof *norm_names; i++)
        if (is(object, "norm", norm_names[i]))
            recipe->norm = (transr_norm)i;
}

kg_status transr_model_to_json(json_t *object, const transr_recipe *recipe) {
    int failed =
        json_object_set_new(object, "model", json_string(recipe->project ? "transr" : "transe")) ||
        json_object_set_new(object, "separate_projections", json_boolean(recipe->separate)) ||
        json_object_set_new(object, "norm", json_string(norm_names[recipe->norm]));
    return failed ? KG_ERR_MEMORY : KG_OK;
}

static void read_recipe(transr_recipe *r, const json_t *json, const json_t *run) {
    *r = (transr_recipe){
        .d = whole(json, "entity_dim"),
        .dr = whole(json, "relation_dim"),
        .loss = is(json, "loss", "logistic") ? TRANSR_LOGISTIC : TRANSR_SOFTMAX,
        .scale = single(json, "scale"),
        .gamma = single(json, "gamma"),
        .adversarial = single(json, "adversarial"),
        .learning_rate = single(json, "learning_rate"),
        .projection_rate = single(json, "projection_rate"),
        .final_rate = single(json, "final_rate"),
        .regularization = single(json, "regularization"),
        .dropout = single(json, "dropout"),
        .init = single(json, "init"),
        .queries = whole(json, "queries"),
        .groups = whole(json, "groups"),
        .negatives = whole(json, "negatives"),
        .degree_share = single(json, "degree_share"),
        .warm_epochs = whole(json, "warm_epochs"),
        .seed = (uint64_t)json_integer_value(json_object_get(run, "seed")),
    };
    if (r->dr == 0)
        r->dr = r->d;
    transr_model_from_json(r, json);
}

static kg_status check(const transr_recipe *r, kg_error *err) {
    if (!r->project && r->d != r->dr)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "TransE has one dimension, but entity_dim is %u and relation_dim %u: "
                            "leave relation_dim out",
                            r->d, r->dr);
    if (r->warm_epochs > 0 && r->d != r->dr)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "warm_epochs needs equal dimensions, but entity_dim is %u and "
                            "relation_dim %u",
                            r->d, r->dr);
    if (!r->project && (r->separate || r->dropout > 0))
        return kg_error_set(err, KG_ERR_ARGUMENT, "model transe has no projections: leave %s out",
                            r->separate ? "separate_projections" : "dropout");
    return KG_OK;
}

kg_status transr_config_parse(transr_config *out, const char *json, kg_error *err) {
    json_error_t detail;
    *out = (transr_config){.json = json_loads(json, 0, &detail)};
    if (!out->json)
        return kg_error_set(err, KG_ERR_FORMAT, "the configuration: %s", detail.text);
    const json_t *run = json_object_get(out->json, "run");
    read_recipe(&out->recipe, out->json, run);
    out->source = (transr_source){
        .train = json_string_value(json_object_get(out->json, "train")),
        .valid = json_string_value(json_object_get(out->json, "valid")),
        .test = json_string_value(json_object_get(out->json, "test")),
        .holdout = number(out->json, "holdout"),
        .seed = out->recipe.seed,
    };
    out->steps = (uint64_t)json_integer_value(json_object_get(run, "steps"));
    out->epochs = number(run, "epochs");
    out->threads = (int)whole(run, "threads");
    return check(&out->recipe, err);
}

void transr_config_free(transr_config *config) {
    json_decref(config->json);
    config->json = NULL;
}
