#include "plugins/smedbert/tasks/ner_model.h"

#include "kgstore/base/rng.h"
#include "model/crf.h"
#include "model/ops.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { HEAD_DROPOUT_SITE = 1 << 24 };

kg_status kg_ner_declare(kg_ner_ids *ids, kg_params *params, const kg_ner_shape *shape, size_t d1) {
    kg_status st;
    size_t tags = shape->tags;
    const kg_param_spec head[] = {
        {"classifier.weight", tags, d1, offsetof(kg_ner_ids, weight), KG_PARAM_WEIGHT, false},
        {"classifier.bias", tags, 0, offsetof(kg_ner_ids, bias), KG_PARAM_BIAS, false},
    };
    const kg_param_spec crf = {"crf.transitions", tags + 2, tags, offsetof(kg_ner_ids, transitions),
                               KG_PARAM_BIAS,     false};
    const kg_param_spec features = {"features.weight",
                                    shape->features,
                                    d1,
                                    offsetof(kg_ner_ids, features),
                                    KG_PARAM_BIAS,
                                    false};
    *ids = (kg_ner_ids){KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM, KG_NO_PARAM};
    KG_TRY(st, kg_params_add(ids, params, "", head, 2));
    if (shape->crf)
        KG_TRY(st, kg_params_add(ids, params, "", &crf, 1));
    return shape->features ? kg_params_add(ids, params, "", &features, 1) : KG_OK;
}

/* ---- Packs ----------------------------------------------------------------------------------- */

void kg_ner_pack_clear(kg_ner_pack *pack) {
    kg_token_batch_clear(&pack->batch);
    pack->rows.len = pack->tokens.len = pack->gold.len = pack->ends.len = 0;
    pack->features.len = pack->sparse.len = 0;
}

void kg_ner_pack_free(kg_ner_pack *pack) {
    kg_token_batch_free(&pack->batch);
    kg_array_free(&pack->rows);
    kg_array_free(&pack->tokens);
    kg_array_free(&pack->gold);
    kg_array_free(&pack->ends);
    kg_array_free(&pack->features);
    kg_array_free(&pack->sparse);
}

kg_status kg_ner_pack_append(kg_ner_pack *to, const kg_ner_pack *from) {
    kg_status st;
    uint32_t row = kg_token_batch_tokens(&to->batch), token = (uint32_t)to->rows.len;
    KG_TRY(st, kg_token_batch_append(&to->batch, &from->batch));
    KG_TRY(st, kg_array_append(&to->tokens, from->tokens.data, from->tokens.len));
    KG_TRY(st, kg_array_append(&to->gold, from->gold.data, from->gold.len));
    for (size_t i = 0; i < from->rows.len; i++)
        KG_TRY(st, kg_array_push(&to->rows, row + from->rows.data[i]));
    for (size_t i = 0; i < from->ends.len; i++)
        KG_TRY(st, kg_array_push(&to->ends, token + from->ends.data[i]));
    for (size_t i = 0; i < from->features.len; i++) {
        kg_ner_feature feature = from->features.data[i];
        feature.row += row;
        KG_TRY(st, kg_array_push(&to->features, feature));
    }
    return kg_array_append(&to->sparse, from->sparse.data, from->sparse.len);
}

/* ---- A pass ---------------------------------------------------------------------------------- */

static size_t longest_sequence(const kg_ner_pack *pack) {
    size_t longest = 0, start = 0;
    for (size_t s = 0; s < pack->ends.len; start = pack->ends.data[s++])
        if (pack->ends.data[s] - start > longest)
            longest = pack->ends.data[s] - start;
    return longest;
}

static void carve(void *context, kg_carver *carver) {
    kg_ner_task *task = context;
    kg_encoder encoder = kg_model_encoder(task->model);
    size_t tokens = task->pack->rows.len, tags = task->shape.tags;
    size_t d = encoder.config->hidden_size, pieces = kg_token_batch_tokens(&task->pack->batch);
    task->extra = task->shape.features ? kg_carve_floats(carver, pieces * d) : NULL;
    task->input.extra = task->extra;
    kg_encoder_carve(&task->pass, carver, &encoder, &task->input);
    task->dhidden = kg_carve_floats(carver, pieces * d);
    task->taken = kg_carve_floats(carver, tokens * d);
    task->dtaken = kg_carve_floats(carver, tokens * d);
    task->logits = kg_carve_floats(carver, tokens * tags);
    task->dlogits = kg_carve_floats(carver, tokens * tags);
    task->mixed = kg_carve_shared(carver, tokens * tags * sizeof *task->mixed);
    task->transitions = kg_carve_shared(carver, (tags + 2) * tags * sizeof *task->transitions);
    task->keys = kg_carve_shared(carver, tokens * sizeof *task->keys);
    task->rows = kg_carve_u32(carver, tokens);
    task->gold = kg_carve_shared(carver, tokens * sizeof *task->gold);
    task->ends = kg_carve_u32(carver, task->pack->ends.len);
    task->feature_rows = kg_carve_u32(carver, task->pack->features.len);
    task->feature_ids = kg_carve_u32(carver, task->pack->features.len);
    size_t scratch = kg_crf_workspace(longest_sequence(task->pack), tags) * sizeof(double);
    task->scratch = kg_carve(carver, scratch);
    task->decoding = kg_carve_shared(carver, scratch);
}

/* extra = the sum of each piece's feature rows. */
static void gather_features(kg_ner_task *task, size_t pieces, size_t d) {
    const kg_params *params = kg_model_params(task->model);
    params->backend->clear(task->extra, pieces * d * sizeof *task->extra);
    params->backend->add_rows(task->extra, kg_param_values(params, task->ids.features),
                              task->feature_rows, task->feature_ids, task->pack->features.len, d);
}

static void scatter_features(kg_ner_task *task, size_t d) {
    const kg_params *params = kg_model_params(task->model);
    params->backend->add_rows(kg_param_gradients(params, task->ids.features), task->dhidden,
                              task->feature_ids, task->feature_rows, task->pack->features.len, d);
}

/* The losses of all sequences, read by the encoder alone; where training, dlogits is the gradient
 * of their sum over task->tokens. */
static double run_losses(kg_ner_task *task, bool train) {
    const kg_params *params = kg_model_params(task->model);
    const kg_tag_losses losses = {
        .logits = task->logits,
        .dlogits = train ? task->dlogits : NULL,
        .gold = task->gold,
        .ends = task->ends,
        .transitions = kg_param_values(params, task->ids.transitions),
        .dtransitions = train ? kg_param_gradients(params, task->ids.transitions) : NULL,
        .scratch = task->scratch,
        .sequences = task->pack->ends.len,
        .tags = task->shape.tags,
        .scale = 1.0F / (float)task->tokens,
    };
    return params->backend->tag_losses(&losses);
}

static void forward(kg_ner_task *task, const kg_linear *head, const kg_dropout *dropout) {
    const kg_backend *be = kg_model_params(task->model)->backend;
    size_t tokens = task->pack->rows.len, pieces = kg_token_batch_tokens(&task->pack->batch);
    if (task->extra)
        gather_features(task, pieces, head->in);
    kg_encoder_forward(&task->pass);
    be->gather(task->taken, task->pass.hidden, task->rows, tokens, head->in);
    be->dropout_rows(task->taken, tokens, head->in, dropout);
    be->linear_forward(task->logits, task->taken, tokens, head);
    be->add_bias(task->logits, head->bias, tokens, head->out);
}

static void backward(kg_ner_task *task, const kg_linear *head, const kg_dropout *dropout) {
    const kg_backend *be = kg_model_params(task->model)->backend;
    size_t tokens = task->pack->rows.len, d = head->in;
    be->linear_backward(task->dtaken, 0, task->dlogits, task->taken, tokens, head);
    be->column_sum(head->dbias, task->dlogits, tokens, head->out, head->out);
    be->dropout_rows(task->dtaken, tokens, d, dropout);
    be->clear(task->dhidden, task->pass.tokens * d * sizeof *task->dhidden);
    be->scatter(task->dhidden, task->dtaken, task->rows, tokens, d);
    kg_encoder_backward(&task->pass, task->dhidden);
    if (task->extra)
        scatter_features(task, d);
}

static kg_status check_outputs(const kg_ner_task *task, kg_error *err) {
    const kg_backend *be = kg_model_params(task->model)->backend;
    size_t n = task->pack->rows.len * task->shape.tags, bad = be->first_bad(task->logits, n);
    if (bad < n)
        return kg_error_set(err, KG_ERR_NUMERIC,
                            "the scores of token %u are not finite; lower the learning rate",
                            task->pack->tokens.data[bad / task->shape.tags]);
    return KG_OK;
}

/* What operations read of the pack. */
static void fill_indices(kg_ner_task *task, bool train) {
    const kg_ner_pack *pack = task->pack;
    for (size_t i = 0; i < pack->rows.len; i++) {
        task->rows[i] = pack->rows.data[i];
        if (train)
            task->keys[i] = task->pass.keys[pack->rows.data[i]];
    }
    for (size_t i = 0; i < pack->gold.len; i++)
        task->gold[i] = pack->gold.data[i];
    for (size_t i = 0; i < pack->ends.len; i++)
        task->ends[i] = pack->ends.data[i];
    for (size_t i = 0; i < pack->features.len; i++) {
        task->feature_rows[i] = pack->features.data[i].row;
        task->feature_ids[i] = pack->features.data[i].feature;
    }
}

kg_status kg_ner_run(double *loss, kg_ner_task *task, const kg_ner_pack *pack,
                     const kg_ner_way *way, kg_error *err) {
    kg_status st;
    bool train = way->train;
    const kg_params *params = kg_model_params(task->model);
    task->pack = pack;
    task->tokens = way->tokens;
    task->input = (kg_encoder_input){.batch = &pack->batch,
                                     .tables = way->tables,
                                     .seed = way->seed,
                                     .dropout = train,
                                     .backward = train};
    KG_TRY(st, kg_workspace_carve(&task->workspace, params->backend, carve, task, err));
    fill_indices(task, train);
    kg_linear head = kg_linear_of(params, task->ids.weight, task->ids.bias);
    kg_dropout dropout = kg_dropout_of(task->keys, HEAD_DROPOUT_SITE, train ? task->dropout : 0);
    forward(task, &head, &dropout);
    KG_TRY(st, check_outputs(task, err));
    if (loss)
        *loss = run_losses(task, train) / (double)way->tokens;
    if (train)
        backward(task, &head, &dropout);
    return KG_OK;
}

/* to = (1 - share) own + share sparse, of n scores; own (in the backend's memory) or sparse NULL:
 * zeros, and without sparse own has it all. */
static kg_status mix(float *to, const kg_ner_task *task, float *own, const float *sparse,
                     float share, size_t n) {
    const kg_backend *be = kg_model_params(task->model)->backend;
    float *view = own ? be->map(own, n * sizeof *view) : NULL, rest = sparse ? 1 - share : 1;
    if (own && view == NULL)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        to[i] = (view ? rest * view[i] : 0) + (sparse ? share * sparse[i] : 0);
    be->unmap(own, view, n * sizeof *view, false);
    return KG_OK;
}

kg_status kg_ner_decode(uint16_t *tags, kg_ner_task *task, const uint8_t *allowed,
                        const kg_ner_reading *reading) {
    size_t start = 0, n_tags = task->shape.tags, tokens = task->pack->rows.len;
    bool mixes = reading->share > 0 && task->sparse_transitions;
    float *own = kg_param_values(kg_model_params(task->model), task->ids.transitions);
    kg_status st;
    KG_TRY(st, mix(task->mixed, task, task->logits, mixes ? task->pack->sparse.data : NULL,
                   reading->share, tokens * n_tags));
    KG_TRY(st, mix(task->transitions, task, own, mixes ? task->sparse_transitions : NULL,
                   reading->share, (n_tags + 2) * n_tags));
    for (size_t i = 0; i < tokens; i++)
        task->mixed[i * n_tags] -= reading->bias;
    for (size_t s = 0; s < task->pack->ends.len; start = task->pack->ends.data[s++])
        kg_crf_decode(tags + start, task->mixed + start * n_tags, task->transitions, allowed,
                      task->pack->ends.data[s] - start, n_tags, task->decoding);
    return KG_OK;
}

void kg_ner_task_free(kg_ner_task *task) {
    kg_workspace_free(&task->workspace);
}
