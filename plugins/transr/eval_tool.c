#include "plugins/transr/eval_tool.h"

#include "plugins/transr/link_prediction.h"
#include "plugins/transr/recipe_json.h"
#include "plugins/transr/table_files.h"

#include "model/blas.h"

#include <stdlib.h>
#include <string.h>

extern const char transr_eval_schema[]; /* schemas/transr.eval.schema.json */

typedef struct evaluation {
    const kgp_host *host;
    const json_t *request;
    transr_source source;
    const char *checkpoint;
    transr_recipe recipe;
    transr_data data;
    transr_parameters parameters;
} evaluation;

static void read_request(evaluation *e) {
    const json_t *r = e->request;
    e->checkpoint = json_string_value(json_object_get(r, "checkpoint"));
    e->source = (transr_source){
        .train = json_string_value(json_object_get(r, "train")),
        .valid = json_string_value(json_object_get(r, "valid")),
        .test = json_string_value(json_object_get(r, "test")),
        .names = e->checkpoint,
        .holdout = json_number_value(json_object_get(r, "holdout")),
        .seed = (uint64_t)json_integer_value(json_object_get(r, "seed")),
    };
    e->recipe.norm = TRANSR_L2;
    int threads = (int)json_integer_value(json_object_get(r, "threads"));
    if (threads > 0)
        kg_blas_set_threads(threads);
}

static kg_status read_tables(evaluation *e, kg_error *err) {
    kg_status st;
    if (e->checkpoint)
        st = transr_folder_open(&e->parameters, &e->recipe, e->checkpoint, err);
    else if (e->data.graph)
        st = transr_store_read(&e->parameters, &e->recipe, e->data.graph, e->data.snapshot, err);
    else
        st = kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found nothing to rank by; expected a checkpoint, or a store that has embeddings");
    if (st != KG_OK)
        return st;
    const char *norm = json_string_value(json_object_get(e->request, "norm"));
    if (norm)
        transr_model_from_json(&e->recipe, e->request);
    if (e->data.E <= e->parameters.E && e->data.R <= e->parameters.R)
        return KG_OK;
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "the triples name %u entities and %u relations, the tables have %u and "
                        "%u; take those that were trained on this graph",
                        e->data.E, e->data.R, e->parameters.E, e->parameters.R);
}

static bool is_cancelled(void *context) {
    const evaluation *e = context;
    const kgp_progress *progress = e->host->get_extension(e->host, KGP_EXT_PROGRESS);
    return progress && progress->is_cancelled(e->host) != 0;
}

static json_t *figures_json(const transr_figures *f) {
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "mrr", f->mrr, "mr", f->mr, "hits1", f->hits1,
                     "hits3", f->hits3, "hits10", f->hits10);
}

static kg_status show(const transr_evaluation *result, const kgp_output *output) {
    json_t *object = figures_json(&result->both);
    char *text = NULL;
    if (object && json_object_set_new(object, "head", figures_json(&result->head)) == 0 &&
        json_object_set_new(object, "tail", figures_json(&result->tail)) == 0 &&
        json_object_set_new(object, "triples", json_integer((json_int_t)result->triples)) == 0 &&
        json_object_set_new(object, "unseen_entities",
                            json_integer((json_int_t)result->unseen_entities)) == 0 &&
        json_object_set_new(object, "unseen_triples",
                            json_integer((json_int_t)result->unseen_triples)) == 0)
        text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!text)
        return KG_ERR_MEMORY;
    kgp_status st = output->write(output, text, strlen(text));
    free(text);
    return (kg_status)st;
}

static kg_status run(evaluation *e, const kgp_output *output, kg_error *err) {
    kg_status st;
    KG_TRY(st, transr_data_read(&e->data, e->host, &e->source, err));
    KG_TRY(st, read_tables(e, err));
    transr_evaluation result;
    const transr_queries *test = e->source.test ? &e->data.test : &e->data.valid;
    if (test->count == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found nothing to rank; expected a test file, or the "
                            "holdout and seed of the training run");
    transr_trial trial = {.parameters = &e->parameters,
                          .recipe = &e->recipe,
                          .test = test,
                          .known = &e->data.known,
                          .train = &e->data.train,
                          .cancelled = is_cancelled,
                          .context = e};
    KG_TRY(st, transr_evaluate(&result, &trial));
    return show(&result, output);
}

static kg_status evaluate(const kgp_host *host, const json_t *request, const kgp_output *output,
                          kg_error *err) {
    evaluation e = {.host = host, .request = request};
    read_request(&e);
    kg_status st = run(&e, output, err);
    transr_parameters_free(&e.parameters);
    transr_data_free(&e.data);
    return st;
}

const kg_tool transr_eval_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "transr.eval",
            .description = "Ranks triples against all entities, known ones left out",
            .schema = transr_eval_schema,
            .output = "json",
        },
    .run = evaluate,
};
