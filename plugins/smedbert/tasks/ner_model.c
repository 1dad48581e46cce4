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
    task->mixed = kg_carve_floats(carver, tokens * tags);
    task->transitions = kg_carve_floats(carver, (tags + 2) * tags);
    task->keys = kg_carve(carver, tokens * sizeof *task->keys);
    task->scratch =
        kg_carve(carver, kg_crf_workspace(longest_sequence(task->pack), tags) * sizeof(double));
}

static void add_row(float *to, const float *from, size_t d) {
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        to[j] += from[j];
}

/* extra = the sum of each piece's feature rows. */
static void gather_features(kg_ner_task *task, size_t pieces, size_t d) {
    const float *table = kg_param_values(kg_model_params(task->model), task->ids.features);
    memset(task->extra, 0, pieces * d * sizeof *task->extra);
    for (size_t i = 0; i < task->pack->features.len; i++) {
        kg_ner_feature f = task->pack->features.data[i];
        add_row(task->extra + f.row * d, table + f.feature * d, d);
    }
}

static void scatter_features(kg_ner_task *task, size_t d) {
    float *gradients = kg_param_gradients(kg_model_params(task->model), task->ids.features);
    for (size_t i = 0; i < task->pack->features.len; i++) {
        kg_ner_feature f = task->pack->features.data[i];
        add_row(gradients + f.feature * d, task->dhidden + f.row * d, d);
    }
}

/* -log softmax(x)[label] of one row; d (L, may be NULL) becomes its gradient times scale. */
static double softmax_loss(float *d, const float *x, size_t label, size_t tags, float scale) {
    double largest = x[0], sum = 0;
    for (size_t j = 1; j < tags; j++)
        largest = x[j] > largest ? x[j] : largest;
    for (size_t j = 0; j < tags; j++)
        sum += exp(x[j] - largest);
    double log_sum = largest + log(sum);
    for (size_t j = 0; d && j < tags; j++)
        d[j] = scale * (float)(exp(x[j] - log_sum) - (j == label));
    return log_sum - x[label];
}

/* The loss of one sequence, read by the encoder alone; where training, dlogits is the gradient of
 * the sum over task->tokens. */
static double run_loss(kg_ner_task *task, size_t start, size_t end, bool train) {
    const kg_params *params = kg_model_params(task->model);
    const uint16_t *gold = task->pack->gold.data;
    size_t tags = task->shape.tags;
    float scale = 1.0F / (float)task->tokens;
    double sum = 0;
    for (size_t i = start; !task->shape.crf && i < end; i++)
        sum += softmax_loss(train ? task->dlogits + i * tags : NULL, task->logits + i * tags,
                            gold[i], tags, scale);
    if (task->shape.crf)
        sum = kg_crf_loss(train ? task->dlogits + start * tags : NULL,
                          train ? kg_param_gradients(params, task->ids.transitions) : NULL,
                          task->logits + start * tags, gold + start,
                          kg_param_values(params, task->ids.transitions), end - start, tags, scale,
                          task->scratch);
    return sum;
}

static double run_losses(kg_ner_task *task, bool train) {
    double sum = 0;
    for (size_t s = 0, start = 0; s < task->pack->ends.len; start = task->pack->ends.data[s++])
        sum += run_loss(task, start, task->pack->ends.data[s], train);
    return sum;
}

static void forward(kg_ner_task *task, const kg_linear *head, const kg_dropout *dropout) {
    size_t tokens = task->pack->rows.len, pieces = kg_token_batch_tokens(&task->pack->batch);
    if (task->extra)
        gather_features(task, pieces, head->in);
    kg_encoder_forward(&task->pass);
    kg_gather(task->taken, task->pass.hidden, task->pack->rows.data, tokens, head->in);
    kg_dropout_rows(task->taken, tokens, head->in, dropout);
    kg_linear_forward(task->logits, task->taken, tokens, head);
    for (size_t i = 0; i < tokens; i++)
        add_row(task->logits + i * head->out, head->bias, head->out);
}

static void backward(kg_ner_task *task, const kg_linear *head, const kg_dropout *dropout) {
    size_t tokens = task->pack->rows.len, d = head->in;
    kg_linear_backward(task->dtaken, 0, task->dlogits, task->taken, tokens, head);
    kg_column_sum(head->dbias, task->dlogits, tokens, head->out, head->out);
    kg_dropout_rows(task->dtaken, tokens, d, dropout);
    memset(task->dhidden, 0, kg_token_batch_tokens(&task->pack->batch) * d * sizeof *task->dhidden);
    for (size_t i = 0; i < tokens; i++)
        memcpy(task->dhidden + task->pack->rows.data[i] * d, task->dtaken + i * d,
               d * sizeof *task->dhidden);
    kg_encoder_backward(&task->pass, task->dhidden);
    if (task->extra)
        scatter_features(task, d);
}

static kg_status check_outputs(const kg_ner_task *task, kg_error *err) {
    size_t n = task->pack->rows.len * task->shape.tags;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(task->logits[i]))
            return kg_error_set(err, KG_ERR_NUMERIC,
                                "the scores of token %u are not finite; lower the learning rate",
                                task->pack->tokens.data[i / task->shape.tags]);
    return KG_OK;
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
    KG_TRY(st, kg_workspace_carve(&task->workspace, carve, task, err));
    for (size_t i = 0; train && i < pack->rows.len; i++)
        task->keys[i] = task->pass.keys[pack->rows.data[i]];
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

/* mixed = the encoder's logits and, where there are sparse scores, this share of them; and the
 * transitions likewise. */
static void mix(kg_ner_task *task, float share) {
    const float *own = kg_param_values(kg_model_params(task->model), task->ids.transitions);
    const float *sparse = share > 0 ? task->sparse_transitions : NULL;
    size_t tags = task->shape.tags, scores = task->pack->rows.len * tags;
    float rest = sparse ? 1 - share : 1;
    for (size_t i = 0; i < scores; i++)
        task->mixed[i] = rest * task->logits[i] + (sparse ? share * task->pack->sparse.data[i] : 0);
    for (size_t i = 0; i < (tags + 2) * tags; i++)
        task->transitions[i] = (own ? rest * own[i] : 0) + (sparse ? share * sparse[i] : 0);
}

void kg_ner_decode(uint16_t *tags, kg_ner_task *task, const uint8_t *allowed,
                   const kg_ner_reading *reading) {
    size_t start = 0, n_tags = task->shape.tags, tokens = task->pack->rows.len;
    mix(task, reading->share);
    for (size_t i = 0; i < tokens; i++)
        task->mixed[i * n_tags] -= reading->bias;
    for (size_t s = 0; s < task->pack->ends.len; start = task->pack->ends.data[s++])
        kg_crf_decode(tags + start, task->mixed + start * n_tags, task->transitions, allowed,
                      task->pack->ends.data[s] - start, n_tags, task->scratch);
}

void kg_ner_task_free(kg_ner_task *task) {
    kg_workspace_free(&task->workspace);
}
