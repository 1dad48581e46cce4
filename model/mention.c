#include "model/mention.h"

void kg_mention_bind(kg_mention_pass *pass, const kg_params *params, const kg_mention_ids *ids,
                     float epsilon) {
    pass->backend = params->backend;
    pass->score = kg_linear_of(params, ids->span_weight, ids->span_bias);
    pass->project = kg_linear_of(params, ids->weight, ids->bias);
    pass->norm = (kg_norm_site){.norm = kg_norm_of(params, ids->gain, ids->norm_bias, epsilon)};
}

void kg_mention_carve(kg_mention_pass *pass, kg_carver *carver, const kg_spans *spans) {
    size_t d1 = pass->project.in, d2 = pass->project.out, m = spans->count, n = spans->tokens;
    pass->spans = spans;
    pass->tokens = kg_carve_floats(carver, n * d1);
    pass->alpha = kg_carve_floats(carver, n);
    pass->dalpha = kg_carve_floats(carver, n);
    pass->pooled = kg_carve_floats(carver, m * d1);
    pass->dpooled = kg_carve_floats(carver, m * d1);
    pass->u = kg_carve_floats(carver, m * d2);
    pass->du = kg_carve_floats(carver, m * d2);
    pass->out = kg_carve_floats(carver, m * d2);
    pass->norm.z = kg_carve_floats(carver, m * d2);
    pass->norm.stats = kg_carve_floats(carver, 2 * m);
    pass->norm.rows = m;
    pass->partials = kg_carve_floats(carver, kg_partial_size(m, 3 * d2));
}

void kg_mention_forward(kg_mention_pass *pass, const float *source) {
    const kg_backend *be = pass->backend;
    const kg_spans *s = pass->spans;
    size_t d1 = pass->project.in;
    be->gather(pass->tokens, source, s->rows, s->tokens, d1);
    be->linear_forward(pass->alpha, pass->tokens, s->tokens, &pass->score);
    be->add_bias(pass->alpha, pass->score.bias, s->tokens, 1);
    be->segment_softmax(pass->alpha, s->offsets, s->count);
    be->segment_sum(pass->pooled, pass->tokens, pass->alpha, s->offsets, s->count, d1);
    be->linear_forward(pass->u, pass->pooled, s->count, &pass->project);
    be->activation_forward(pass->norm.z, pass->u, s->count, &pass->project, KG_ACTIVATION_GELU);
    be->norm_forward(pass->out, &pass->norm);
}

void kg_mention_backward(float *dtokens, const float *dout, kg_mention_pass *pass) {
    const kg_backend *be = pass->backend;
    const kg_spans *s = pass->spans;
    be->norm_backward(pass->du, NULL, dout, &pass->norm, pass->partials);
    be->activation_backward(pass->du, pass->u, s->count, &pass->project, KG_ACTIVATION_GELU,
                            pass->partials);
    be->linear_backward(pass->dpooled, 0, pass->du, pass->pooled, s->count, &pass->project);
    be->pool_backward(dtokens, pass);
    be->segment_softmax_backward(pass->dalpha, pass->alpha, s->offsets, s->count);
    be->linear_backward(dtokens, 1, pass->dalpha, pass->tokens, s->tokens, &pass->score);
    be->column_sum(pass->score.dbias, pass->dalpha, s->tokens, 1, 1);
}
