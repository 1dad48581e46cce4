#include "model/loss_mlm.h"

#include <string.h>

enum { LOGIT_ROWS = 256 };

void kg_mlm_bind(kg_mlm_pass *pass, const kg_params *params, const kg_encoder_ids *encoder,
                 const kg_heads_ids *heads, const kg_model_config *config) {
    pass->backend = params->backend;
    pass->transform = kg_linear_of(params, heads->transform_weight, heads->transform_bias);
    pass->decoder = kg_linear_of(params, encoder->word, heads->decoder_bias);
    pass->norm =
        (kg_norm_site){.norm = kg_norm_of(params, heads->transform_gain, heads->transform_norm_bias,
                                          (float)config->layer_norm_eps)};
    pass->activation = config->hidden_act;
}

void kg_mlm_carve(kg_mlm_pass *pass, kg_carver *carver, const kg_token_batch *batch) {
    size_t p = batch->mlm_positions.len, d1 = pass->transform.in, d = pass->transform.out;
    pass->batch = batch;
    pass->chunk = p < LOGIT_ROWS ? p : LOGIT_ROWS;
    pass->rows = kg_carve_floats(carver, p * d1);
    pass->u = kg_carve_floats(carver, p * d);
    pass->norm.z =
        kg_carve_floats(carver, p * (d1 > d ? d1 : d)); /* at last the gradient of rows */
    pass->norm.stats = kg_carve_floats(carver, p * 2);
    pass->norm.rows = p;
    pass->out = kg_carve_floats(carver, p * d);
    pass->dout = kg_carve_floats(carver, p * d);
    pass->logits = kg_carve_floats(carver, pass->chunk * pass->decoder.out);
    pass->losses = kg_carve_floats(carver, p);
    pass->correct = kg_carve(carver, p);
    pass->partials = kg_carve_floats(carver, kg_partial_size(p, 3 * d));
    pass->positions = kg_carve_u32(carver, p);
    pass->labels = kg_carve_u32(carver, p);
    if (carver->counting || p == 0)
        return;
    memcpy(pass->positions, batch->mlm_positions.data, p * sizeof *pass->positions);
    memcpy(pass->labels, batch->mlm_labels.data, p * sizeof *pass->labels);
}

static void decode(kg_mlm_pass *pass, bool backward, float scale) {
    const kg_backend *be = pass->backend;
    size_t total = pass->batch->mlm_positions.len, d = pass->transform.out, v = pass->decoder.out;
    for (size_t first = 0; first < total; first += pass->chunk) {
        size_t n = total - first < pass->chunk ? total - first : pass->chunk;
        const float *rows = pass->out + first * d;
        be->linear_forward(pass->logits, rows, n, &pass->decoder);
        be->cross_entropy(pass->logits, pass->losses + first, pass->correct + first,
                          pass->decoder.bias, pass->labels + first, n, v, scale);
        if (!backward)
            continue;
        be->linear_backward(pass->dout + first * d, 0, pass->logits, rows, n, &pass->decoder);
        be->column_sum(pass->decoder.dbias, pass->logits, n, v, v);
    }
}

kg_loss_sum kg_mlm_run(kg_mlm_pass *pass, float *dhidden, const float *hidden, float scale) {
    const kg_backend *be = pass->backend;
    const uint32_t *positions = pass->positions;
    size_t p = pass->batch->mlm_positions.len, d1 = pass->transform.in;
    if (p == 0)
        return (kg_loss_sum){0, 0};
    be->gather(pass->rows, hidden, positions, p, d1);
    be->linear_forward(pass->u, pass->rows, p, &pass->transform);
    be->activation_forward(pass->norm.z, pass->u, p, &pass->transform, pass->activation);
    be->norm_forward(pass->out, &pass->norm);
    decode(pass, dhidden != NULL, scale);
    if (dhidden != NULL) {
        be->norm_backward(pass->dout, NULL, pass->dout, &pass->norm, pass->partials);
        be->activation_backward(pass->dout, pass->u, p, &pass->transform, pass->activation,
                                pass->partials);
        be->linear_backward(pass->norm.z, 0, pass->dout, pass->rows, p, &pass->transform);
        be->scatter_add(dhidden, pass->norm.z, positions, p, d1);
    }
    return be->loss_sum(pass->losses, pass->correct, p);
}

void kg_order_bind(kg_order_pass *pass, const kg_params *params, const kg_heads_ids *heads) {
    pass->backend = params->backend;
    pass->pooler = kg_linear_of(params, heads->pooler_weight, heads->pooler_bias);
    pass->classifier = kg_linear_of(params, heads->order_weight, heads->order_bias);
}

void kg_order_carve(kg_order_pass *pass, kg_carver *carver, const kg_token_batch *batch) {
    size_t d = pass->pooler.in, b = batch->lengths.len;
    pass->firsts = kg_carve_u32(carver, b);
    pass->labels = kg_carve_u32(carver, b);
    pass->rows = kg_carve_floats(carver, b * d);
    pass->pooled = kg_carve_floats(carver, b * d);
    pass->dpooled = kg_carve_floats(carver, b * d);
    pass->logits = kg_carve_floats(carver, b * 2);
    pass->losses = kg_carve_floats(carver, b);
    pass->correct = kg_carve(carver, b);
    pass->count = 0;
    if (carver->counting)
        return;
    uint32_t first = 0;
    for (size_t s = 0; s < b; first += batch->lengths.data[s++])
        if (batch->sop_labels.data[s] != KG_SOP_NONE) {
            pass->firsts[pass->count] = first;
            pass->labels[pass->count++] = batch->sop_labels.data[s];
        }
}

kg_loss_sum kg_order_run(kg_order_pass *pass, float *dhidden, const float *hidden, float scale) {
    const kg_backend *be = pass->backend;
    size_t b = pass->count, d = pass->pooler.in;
    if (b == 0)
        return (kg_loss_sum){0, 0};
    be->gather(pass->rows, hidden, pass->firsts, b, d);
    be->linear_forward(pass->pooled, pass->rows, b, &pass->pooler);
    be->tanh_forward(pass->pooled, pass->pooler.bias, b, d);
    be->linear_forward(pass->logits, pass->pooled, b, &pass->classifier);
    be->cross_entropy(pass->logits, pass->losses, pass->correct, pass->classifier.bias,
                      pass->labels, b, 2, scale);
    if (dhidden != NULL) {
        be->linear_backward(pass->dpooled, 0, pass->logits, pass->pooled, b, &pass->classifier);
        be->column_sum(pass->classifier.dbias, pass->logits, b, 2, 2);
        be->tanh_backward(pass->dpooled, pass->pooled, b * d);
        be->column_sum(pass->pooler.dbias, pass->dpooled, b, d, d);
        be->linear_backward(pass->pooled, 0, pass->dpooled, pass->rows, b, &pass->pooler);
        be->scatter_add(dhidden, pass->pooled, pass->firsts, b, d);
    }
    return be->loss_sum(pass->losses, pass->correct, b);
}
