#include "plugins/smedbert/tune/tune_head.h"

#include "kgstore/base/rng.h"
#include "model/crf.h"
#include "model/ops.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { HEAD_DROPOUT_SITE = 1 << 24 };

kg_status kg_tune_declare(kg_tune_ids *ids, kg_params *params, const kg_tune_shape *shape,
                          size_t d1) {
    kg_status st;
    size_t outputs = shape->outputs;
    const kg_param_spec head[] = {
        {"classifier.weight", outputs, shape->rows * d1, offsetof(kg_tune_ids, weight),
         KG_PARAM_WEIGHT, false},
        {"classifier.bias", outputs, 0, offsetof(kg_tune_ids, bias), KG_PARAM_BIAS, false},
    };
    const kg_param_spec crf = {"crf.transitions", outputs + 2,
                               outputs,           offsetof(kg_tune_ids, transitions),
                               KG_PARAM_BIAS,     false};
    const kg_param_spec features = {"features.weight",
                                    shape->features,
                                    d1,
                                    offsetof(kg_tune_ids, features),
                                    KG_PARAM_BIAS,
                                    false};
    const kg_param_spec pooler[] = {
        {"bert.pooler.dense.weight", d1, d1, offsetof(kg_tune_ids, pooler_weight), KG_PARAM_WEIGHT,
         false},
        {"bert.pooler.dense.bias", d1, 0, offsetof(kg_tune_ids, pooler_bias), KG_PARAM_BIAS, false},
    };
    *ids =
        (kg_tune_ids){KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM};
    KG_TRY(st, kg_params_add(ids, params, "", head, 2));
    if (shape->loss == KG_TUNE_CRF)
        KG_TRY(st, kg_params_add(ids, params, "", &crf, 1));
    if (shape->pooled)
        KG_TRY(st, kg_params_add(ids, params, "", pooler, 2));
    return shape->features ? kg_params_add(ids, params, "", &features, 1) : KG_OK;
}

/* ---- A pass ---------------------------------------------------------------------------------- */

static size_t longest_group(const kg_tune_pack *pack) {
    size_t longest = 0, start = 0;
    for (size_t s = 0; s < pack->ends.len; start = pack->ends.data[s++])
        if (pack->ends.data[s] - start > longest)
            longest = pack->ends.data[s] - start;
    return longest;
}

static bool items_compete(const kg_tune_shape *shape) {
    return shape->loss == KG_TUNE_GROUPS || shape->loss == KG_TUNE_HINGE;
}

size_t kg_tune_losses(const kg_tune_shape *shape, const kg_tune_pack *pack) {
    return items_compete(shape) ? pack->ends.len : pack->items.len;
}

static void carve_pooler(kg_tune_head *head, kg_carver *carver, size_t items, size_t d) {
    size_t n = head->shape.pooled ? items * d : 0;
    head->pooled = kg_carve_floats(carver, n);
    head->kept = kg_carve_floats(carver, n);
}

static void carve(void *context, kg_carver *carver) {
    kg_tune_head *head = context;
    kg_encoder encoder = kg_model_encoder(head->model);
    size_t items = head->pack->items.len, rows = head->pack->rows.len;
    size_t outputs = head->shape.outputs, features = head->pack->features.len;
    size_t d = encoder.config->hidden_size, pieces = kg_token_batch_tokens(&head->pack->batch);
    head->extra = head->shape.features ? kg_carve_floats(carver, pieces * d) : NULL;
    head->rows = kg_carve_u32(carver, rows);
    for (size_t i = 0; !carver->counting && i < rows; i++)
        head->rows[i] = head->pack->rows.data[i];
    head->input.extra = head->extra;
    head->input.rows = head->rows;
    head->input.n_rows = rows;
    kg_encoder_carve(&head->pass, carver, &encoder, &head->input);
    head->dhidden = kg_carve_floats(carver, pieces * d);
    head->taken = kg_carve_floats(carver, rows * d);
    head->dtaken = kg_carve_floats(carver, rows * d);
    carve_pooler(head, carver, items, d);
    head->logits = kg_carve_floats(carver, items * outputs);
    head->dlogits = kg_carve_floats(carver, items * outputs);
    head->keys = kg_carve_shared(carver, items * sizeof *head->keys);
    head->gold = kg_carve_shared(carver, items * sizeof *head->gold);
    head->weights = head->class_weights ? kg_carve_shared(carver, outputs * sizeof(float)) : NULL;
    head->ends = kg_carve_u32(carver, head->pack->ends.len);
    head->feature_rows = kg_carve_u32(carver, features);
    head->feature_ids = kg_carve_u32(carver, features);
    head->scratch = head->shape.loss == KG_TUNE_CRF
                        ? kg_carve(carver, sizeof(double) *
                                               kg_crf_workspace(longest_group(head->pack), outputs))
                        : NULL;
}

/* extra = the sum of each piece's feature rows. */
static void gather_features(kg_tune_head *head, size_t pieces, size_t d) {
    const kg_params *params = kg_model_params(head->model);
    params->backend->clear(head->extra, pieces * d * sizeof *head->extra);
    params->backend->add_rows(head->extra, kg_param_values(params, head->ids.features),
                              head->feature_rows, head->feature_ids, head->pack->features.len, d);
}

static void scatter_features(kg_tune_head *head, size_t d) {
    const kg_params *params = kg_model_params(head->model);
    params->backend->add_rows(kg_param_gradients(params, head->ids.features), head->dhidden,
                              head->feature_ids, head->feature_rows, head->pack->features.len, d);
}

/* The losses of all groups, by the head alone; where training, dlogits is the gradient of their sum
 * over head->count. */
static double run_losses(kg_tune_head *head, bool train) {
    const kg_params *params = kg_model_params(head->model);
    const kg_tag_losses tags = {
        .logits = head->logits,
        .dlogits = train ? head->dlogits : NULL,
        .gold = head->gold,
        .ends = head->ends,
        .transitions = kg_param_values(params, head->ids.transitions),
        .dtransitions = train ? kg_param_gradients(params, head->ids.transitions) : NULL,
        .scratch = head->scratch,
        .sequences = head->pack->ends.len,
        .tags = head->shape.outputs,
        .scale = 1.0F / (float)head->count,
        .weights = train ? head->weights : NULL,
        .smoothing = train ? (float)head->smoothing : 0,
    };
    const kg_group_losses groups = {
        .scores = head->logits,
        .dscores = train ? head->dlogits : NULL,
        .right = head->gold,
        .ends = head->ends,
        .groups = head->pack->ends.len,
        .margin = head->shape.loss == KG_TUNE_HINGE ? head->shape.margin : 0,
        .scale = tags.scale,
    };
    return items_compete(&head->shape) ? params->backend->group_losses(&groups)
                                       : params->backend->tag_losses(&tags);
}

/* The linear maps of the head. */
typedef struct maps {
    kg_linear pooler, classifier;
    kg_dropout dropout;
} maps;

static void forward(kg_tune_head *head, const maps *m) {
    const kg_backend *be = kg_model_params(head->model)->backend;
    size_t items = head->pack->items.len, d = head->pass.d1;
    float *states = head->taken;
    if (head->extra)
        gather_features(head, kg_token_batch_tokens(&head->pack->batch), d);
    kg_encoder_forward(&head->pass);
    be->gather(head->taken, head->pass.hidden, head->rows, head->pack->rows.len, d);
    if (head->shape.pooled) {
        states = head->pooled;
        be->linear_forward(states, head->taken, items, &m->pooler);
        be->tanh_forward(states, m->pooler.bias, items, d);
        if (m->dropout.threshold > 0) /* tanh's output is needed as it is */
            be->copy(head->kept, states, items * d * sizeof *states);
    }
    be->dropout_rows(states, items, m->classifier.in, &m->dropout);
    be->linear_forward(head->logits, states, items, &m->classifier);
    be->add_bias(head->logits, m->classifier.bias, items, m->classifier.out);
}

static void backward(kg_tune_head *head, const maps *m) {
    const kg_backend *be = kg_model_params(head->model)->backend;
    size_t items = head->pack->items.len, d = head->pass.d1;
    bool pooled = head->shape.pooled;
    float *states = pooled ? head->pooled : head->taken;
    be->linear_backward(head->dtaken, 0, head->dlogits, states, items, &m->classifier);
    be->column_sum(m->classifier.dbias, head->dlogits, items, m->classifier.out, m->classifier.out);
    be->dropout_rows(head->dtaken, items, m->classifier.in, &m->dropout);
    if (pooled) {
        be->tanh_backward(head->dtaken, m->dropout.threshold > 0 ? head->kept : states, items * d);
        be->column_sum(m->pooler.dbias, head->dtaken, items, d, d);
        be->linear_backward(head->pooled, 0, head->dtaken, head->taken, items, &m->pooler);
    }
    be->clear(head->dhidden, head->pass.tokens * d * sizeof *head->dhidden);
    be->scatter(head->dhidden, pooled ? head->pooled : head->dtaken, head->rows,
                head->pack->rows.len, d);
    kg_encoder_backward(&head->pass, head->dhidden);
    if (head->extra)
        scatter_features(head, d);
}

static kg_status check_outputs(const kg_tune_head *head, kg_error *err) {
    const kg_backend *be = kg_model_params(head->model)->backend;
    size_t n = head->pack->items.len * head->shape.outputs;
    size_t bad = be->first_bad(head->logits, n);
    if (bad < n)
        return kg_error_set(err, KG_ERR_NUMERIC,
                            "the scores of item %u are not finite; lower the learning rate",
                            head->pack->items.data[bad / head->shape.outputs]);
    return KG_OK;
}

/* What operations read of the pack. */
static void fill_indices(kg_tune_head *head, bool train) {
    const kg_tune_pack *pack = head->pack;
    for (size_t i = 0; train && i < pack->items.len; i++)
        head->keys[i] = head->pass.keys[pack->rows.data[i * head->shape.rows]];
    for (size_t i = 0; i < pack->gold.len; i++)
        head->gold[i] = pack->gold.data[i];
    for (size_t i = 0; head->weights && i < head->shape.outputs; i++)
        head->weights[i] = head->class_weights[i];
    for (size_t i = 0; i < pack->ends.len; i++)
        head->ends[i] = pack->ends.data[i];
    for (size_t i = 0; i < pack->features.len; i++) {
        head->feature_rows[i] = pack->features.data[i].row;
        head->feature_ids[i] = pack->features.data[i].feature;
    }
}

kg_status kg_tune_run(double *loss, kg_tune_head *head, const kg_tune_pack *pack,
                      const kg_tune_way *way, kg_error *err) {
    kg_status st;
    bool train = way->train;
    const kg_params *params = kg_model_params(head->model);
    head->pack = pack;
    head->count = way->count;
    head->input = (kg_encoder_input){.batch = &pack->batch,
                                     .tables = way->tables,
                                     .seed = way->seed,
                                     .dropout = train,
                                     .backward = train};
    KG_TRY(st, kg_workspace_carve(&head->workspace, params->backend, carve, head, err));
    fill_indices(head, train);
    maps m = {.classifier = kg_linear_of(params, head->ids.weight, head->ids.bias),
              .dropout = kg_dropout_of(head->keys, HEAD_DROPOUT_SITE, train ? head->dropout : 0)};
    if (head->shape.pooled)
        m.pooler = kg_linear_of(params, head->ids.pooler_weight, head->ids.pooler_bias);
    forward(head, &m);
    KG_TRY(st, check_outputs(head, err));
    if (loss)
        *loss = run_losses(head, train) / (double)way->count;
    if (train)
        backward(head, &m);
    return KG_OK;
}

void kg_tune_head_free(kg_tune_head *head) {
    kg_workspace_free(&head->workspace);
}
