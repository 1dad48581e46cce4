#include "model/infusion.h"

/* ---- (3): the types ---- */

static void type_forward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    be->type_sums(p);
    be->linear_forward(p->type_q, p->mention.out, x->spans.count, &p->type_query);
    be->linear_forward(p->type_hidden, p->type_sums, x->groups, &p->type_key);
    be->segment_spread(p->type_hidden, p->type_q, x->group_offsets, x->spans.count, d2);
    be->tanh_forward(p->type_hidden, NULL, x->groups, d2);
    be->linear_forward(p->type_weight, p->type_hidden, x->groups, &p->type_score);
    be->segment_softmax(p->type_weight, x->group_offsets, x->spans.count);
}

/* From dscore, the gradient of alpha. Adds to dmention; sets dsums where it is there. */
static void type_backward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    be->segment_softmax_backward(p->dscore, p->type_weight, x->group_offsets, m_count);
    be->linear_backward(p->dtype, 0, p->dscore, p->type_hidden, x->groups, &p->type_score);
    be->tanh_backward(p->dtype, p->type_hidden, x->groups * d2);
    be->segment_sum(p->dquery, p->dtype, NULL, x->group_offsets, m_count, d2);
    be->linear_backward(p->dsums, 0, p->dtype, p->type_sums, x->groups, &p->type_key);
    be->linear_backward(p->dmention, 1, p->dquery, p->mention.out, m_count, &p->type_query);
}

/* ---- (4) to (6): the neighbors ---- */

static void node_forward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    be->linear_forward(p->node_q, p->mention.out, m_count, &p->node_query);
    be->linear_forward(p->node_k, p->rows, x->neighbors, &p->node_key);
    be->linear_forward(p->node_v, p->rows, x->neighbors, &p->node_value);
    be->node_scores(p);
    be->segment_softmax(p->node_weight, x->neighbor_offsets, m_count);
    be->segment_sum(p->attended, p->node_v, p->node_weight, x->neighbor_offsets, m_count, d2);
}

static void node_backward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    be->node_backward(p);
    be->linear_backward(p->drows, 0, p->dvalue, p->rows, x->neighbors, &p->node_value);
    be->column_sum(p->node_value.dbias, p->dvalue, x->neighbors, d2, d2);
    be->linear_backward(p->drows, 1, p->dkey, p->rows, x->neighbors, &p->node_key);
    be->linear_backward(p->dmention, 1, p->dquery, p->mention.out, x->spans.count, &p->node_query);
    if (p->type_attention)
        type_backward(p);
}

/* ---- (7) to (9): from the attended neighbors to a vector of the encoder's size ---- */

static void expand_forward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    size_t m = p->index.spans.count, d2 = p->d2;
    be->linear_forward(p->ffn_u, p->attended, m, &p->ffn_in);
    be->activation_forward(p->ffn_h, p->ffn_u, m, &p->ffn_in, KG_ACTIVATION_GELU);
    be->linear_forward(p->neighbor_norm.z, p->ffn_h, m, &p->ffn_out);
    p->neighbor_norm.residual = p->attended;
    be->norm_forward(p->neighbor, &p->neighbor_norm);
    be->join(p->pair, p->neighbor, p->mention.out, m, d2);
    be->linear_forward(p->mix_u, p->pair, m, &p->mix);
    be->activation_forward(p->mix_h, p->mix_u, m, &p->mix, KG_ACTIVATION_GELU);
    be->linear_forward(p->expand_norm.z, p->mix_h, m, &p->expand);
    be->norm_forward(p->expanded, &p->expand_norm);
}

/* From dexpanded (destroyed) to dattended; sets dmention. */
static void expand_backward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    size_t m = p->index.spans.count, d2 = p->d2;
    be->norm_backward(p->dexpanded, NULL, p->dexpanded, &p->expand_norm, p->partials);
    be->linear_backward(p->dpair, 0, p->dexpanded, p->mix_h, m, &p->expand);
    be->activation_backward(p->dpair, p->mix_u, m, &p->mix, KG_ACTIVATION_GELU, p->partials);
    float *dcat = p->mix_u; /* no longer needed: the gradient of [(7); h'] */
    be->linear_backward(dcat, 0, p->dpair, p->pair, m, &p->mix);
    be->split(p->dattended, p->dmention, dcat, m, d2);
    be->norm_backward(p->dattended, NULL, p->dattended, &p->neighbor_norm, p->partials);
    be->linear_backward(p->dffn, 0, p->dattended, p->ffn_h, m, &p->ffn_out);
    be->activation_backward(p->dffn, p->ffn_u, m, &p->ffn_in, KG_ACTIVATION_GELU, p->partials);
    be->linear_backward(p->dattended, 1, p->dffn, p->attended, m, &p->ffn_in);
}

/* ---- (10), (11): into the tokens ---- */

static void gate_forward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    size_t d1 = p->d1, n = p->index.spans.tokens;
    be->gate_join(p);
    be->linear_forward(p->gated, p->gate_in, n, &p->gate);
    be->tanh_forward(p->gated, p->gate.bias, n, d1);
    be->gate_product(p);
    be->linear_forward(p->output_u, p->output_in, n, &p->output);
    be->activation_forward(p->output_h, p->output_u, n, &p->output, KG_ACTIVATION_GELU);
}

/* From dtokens, the gradient of the output rows, to that of the input rows but for the way through
 * h'; sets dexpanded. */
static void gate_backward(kg_infusion_pass *p) {
    const kg_backend *be = p->backend;
    size_t d1 = p->d1, n = p->index.spans.tokens;
    be->copy(p->dgate, p->dtokens, n * d1 * sizeof(float));
    be->activation_backward(p->dgate, p->output_u, n, &p->output, KG_ACTIVATION_GELU, p->partials);
    be->linear_backward(p->dwide, 0, p->dgate, p->output_in, n, &p->output);
    be->gate_product_backward(p);
    be->tanh_backward(p->dgate, p->gated, n * d1);
    be->column_sum(p->gate.dbias, p->dgate, n, d1, d1);
    be->linear_backward(p->dwide, 0, p->dgate, p->gate_in, n, &p->gate);
    be->gate_join_backward(p);
}

void kg_infusion_forward(float *hidden, kg_infusion_pass *p, const kg_rows *entities) {
    const kg_spans *s = &p->index.spans;
    if (s->count == 0)
        return;
    p->backend->gather_table(p->rows, entities, p->index.entities, p->index.neighbors);
    kg_mention_forward(&p->mention, hidden);
    if (p->type_attention)
        type_forward(p);
    node_forward(p);
    expand_forward(p);
    gate_forward(p);
    p->backend->scatter_add(hidden, p->output_h, s->rows, s->tokens, p->d1);
}

void kg_infusion_backward(float *dhidden, kg_infusion_pass *p, const kg_rows *entities) {
    const kg_spans *s = &p->index.spans;
    if (s->count == 0)
        return;
    p->backend->gather(p->dtokens, dhidden, s->rows, s->tokens, p->d1);
    gate_backward(p);
    expand_backward(p);
    node_backward(p);
    if (entities->gradient)
        p->backend->table_backward(p, entities);
    kg_mention_backward(p->dtokens, p->dmention, &p->mention);
    p->backend->scatter(dhidden, p->dtokens, s->rows, s->tokens, p->d1);
}
