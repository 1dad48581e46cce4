#include "model/infusion.h"

#include "model/vecmath.h"

#include <math.h>
#include <string.h>

static float dot_product(const float *a, const float *b, size_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* to += s x */
static void add_scaled(float *to, float s, const float *x, size_t n) {
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        to[j] += s * x[j];
}

/* y (rows, a + b) = each row of x (a) followed by that of z (b). */
static void concatenate(float *y, const float *x, size_t a, const float *z, size_t b, size_t rows) {
    for (size_t r = 0; r < rows; r++) {
        memcpy(y + r * (a + b), x + r * a, a * sizeof *y);
        memcpy(y + r * (a + b) + a, z + r * b, b * sizeof *y);
    }
}

/* ---- (3): the types ---- */

static void type_forward(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    memset(p->type_sums, 0, x->groups * d2 * sizeof(float));
    for (size_t k = 0; k < x->neighbors; k++) {
        uint32_t g = x->group_of[k];
        add_scaled(p->type_sums + g * d2, p->type_mean ? 1.0f / x->group_sizes[g] : 1.0f,
                   p->rows + k * d2, d2);
    }
    kg_linear_forward(p->type_q, p->mention.out, x->spans.count, &p->type_query);
    kg_linear_forward(p->type_hidden, p->type_sums, x->groups, &p->type_key);
    for (size_t m = 0; m < x->spans.count; m++)
        for (uint32_t g = x->group_offsets[m]; g < x->group_offsets[m + 1]; g++)
            add_scaled(p->type_hidden + g * d2, 1, p->type_q + m * d2, d2);
    kg_tanh_forward(p->type_hidden, NULL, x->groups, d2);
    kg_linear_forward(p->type_weight, p->type_hidden, x->groups, &p->type_score);
    kg_segment_softmax(p->type_weight, x->group_offsets, x->spans.count);
}

/* From dscore, the gradient of alpha. Adds to dmention; sets dsums where it is there. */
static void type_backward(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    kg_segment_softmax_backward(p->dscore, p->type_weight, x->group_offsets, m_count);
    kg_linear_backward(p->dtype, 0, p->dscore, p->type_hidden, x->groups, &p->type_score);
    kg_tanh_backward(p->dtype, p->type_hidden, x->groups * d2);
    kg_segment_sum(p->dquery, p->dtype, NULL, x->group_offsets, m_count, d2);
    kg_linear_backward(p->dsums, 0, p->dtype, p->type_sums, x->groups, &p->type_key);
    kg_linear_backward(p->dmention, 1, p->dquery, p->mention.out, m_count, &p->type_query);
}

/* ---- (4) to (6): the neighbors ---- */

static void node_forward(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    float scale = 1.0f / sqrtf((float)d2);
    kg_linear_forward(p->node_q, p->mention.out, m_count, &p->node_query);
    kg_linear_forward(p->node_k, p->rows, x->neighbors, &p->node_key);
    kg_linear_forward(p->node_v, p->rows, x->neighbors, &p->node_value);
    for (size_t m = 0; m < m_count; m++)
        for (uint32_t k = x->neighbor_offsets[m]; k < x->neighbor_offsets[m + 1]; k++) {
            add_scaled(p->node_v + k * d2, 1, p->node_value.bias, d2);
            p->dot[k] = scale * dot_product(p->node_q + m * d2, p->node_k + k * d2, d2);
            p->node_weight[k] =
                p->dot[k] * (p->type_attention ? p->type_weight[x->group_of[k]] : 1.0f);
        }
    kg_segment_softmax(p->node_weight, x->neighbor_offsets, m_count);
    kg_segment_sum(p->attended, p->node_v, p->node_weight, x->neighbor_offsets, m_count, d2);
}

/* From dattended: the gradients of the neighbors' weights, values, keys and of the query. */
static void node_backward_rows(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    float scale = 1.0f / sqrtf((float)d2);
    for (size_t m = 0; m < m_count; m++)
        for (uint32_t k = x->neighbor_offsets[m]; k < x->neighbor_offsets[m + 1]; k++)
            p->dweight[k] = dot_product(p->dattended + m * d2, p->node_v + k * d2, d2);
    kg_segment_softmax_backward(p->dweight, p->node_weight, x->neighbor_offsets, m_count);
    memset(p->dquery, 0, m_count * d2 * sizeof(float));
    memset(p->dkey, 0, x->neighbors * d2 * sizeof(float));
    memset(p->dvalue, 0, x->neighbors * d2 * sizeof(float));
    memset(p->dscore, 0, x->groups * sizeof(float));
    for (size_t m = 0; m < m_count; m++)
        for (uint32_t k = x->neighbor_offsets[m]; k < x->neighbor_offsets[m + 1]; k++) {
            uint32_t g = x->group_of[k];
            float alpha = p->type_attention ? p->type_weight[g] : 1.0f;
            float ddot = p->dweight[k] * alpha * scale;
            p->dscore[g] += p->dweight[k] * p->dot[k];
            add_scaled(p->dvalue + k * d2, p->node_weight[k], p->dattended + m * d2, d2);
            add_scaled(p->dquery + m * d2, ddot, p->node_k + k * d2, d2);
            add_scaled(p->dkey + k * d2, ddot, p->node_q + m * d2, d2);
        }
}

static void node_backward(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    node_backward_rows(p);
    kg_linear_backward(p->drows, 0, p->dvalue, p->rows, x->neighbors, &p->node_value);
    kg_column_sum(p->node_value.dbias, p->dvalue, x->neighbors, d2, d2);
    kg_linear_backward(p->drows, 1, p->dkey, p->rows, x->neighbors, &p->node_key);
    kg_linear_backward(p->dmention, 1, p->dquery, p->mention.out, x->spans.count, &p->node_query);
    if (p->type_attention)
        type_backward(p);
}

/* From drows and dsums to the entities' table. */
static void rows_backward(kg_infusion_pass *p, const kg_rows *entities) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    for (size_t k = 0; k < x->neighbors; k++) {
        uint32_t g = x->group_of[k];
        float *to = kg_row_gradient(entities, x->entities[k]);
        add_scaled(to, 1, p->drows + k * d2, d2);
        if (p->type_attention)
            add_scaled(to, p->type_mean ? 1.0f / x->group_sizes[g] : 1.0f, p->dsums + g * d2, d2);
    }
}

/* ---- (7) to (9): from the attended neighbors to a vector of the encoder's size ---- */

static void expand_forward(kg_infusion_pass *p) {
    size_t m = p->index.spans.count, d2 = p->d2;
    kg_linear_forward(p->ffn_u, p->attended, m, &p->ffn_in);
    kg_gelu_forward(p->ffn_h, p->ffn_u, p->ffn_in.bias, m, 4 * d2);
    kg_linear_forward(p->neighbor_norm.z, p->ffn_h, m, &p->ffn_out);
    p->neighbor_norm.residual = p->attended;
    kg_norm_forward(p->neighbor, &p->neighbor_norm);
    concatenate(p->pair, p->neighbor, d2, p->mention.out, d2, m);
    kg_linear_forward(p->mix_u, p->pair, m, &p->mix);
    kg_gelu_forward(p->mix_h, p->mix_u, p->mix.bias, m, 2 * d2);
    kg_linear_forward(p->expand_norm.z, p->mix_h, m, &p->expand);
    kg_norm_forward(p->expanded, &p->expand_norm);
}

/* From dexpanded (destroyed) to dattended; sets dmention. */
static void expand_backward(kg_infusion_pass *p) {
    size_t m = p->index.spans.count, d2 = p->d2;
    kg_norm_backward(p->dexpanded, NULL, p->dexpanded, &p->expand_norm, p->partials);
    kg_linear_backward(p->dpair, 0, p->dexpanded, p->mix_h, m, &p->expand);
    kg_gelu_backward(p->dpair, p->mix_u, p->mix.dbias, m, 2 * d2, p->partials);
    float *dcat = p->mix_u; /* no longer needed: the gradient of [(7); h'] */
    kg_linear_backward(dcat, 0, p->dpair, p->pair, m, &p->mix);
    for (size_t i = 0; i < m; i++) {
        memcpy(p->dattended + i * d2, dcat + i * 2 * d2, d2 * sizeof(float));
        memcpy(p->dmention + i * d2, dcat + i * 2 * d2 + d2, d2 * sizeof(float));
    }
    kg_norm_backward(p->dattended, NULL, p->dattended, &p->neighbor_norm, p->partials);
    kg_linear_backward(p->dffn, 0, p->dattended, p->ffn_h, m, &p->ffn_out);
    kg_gelu_backward(p->dffn, p->ffn_u, p->ffn_in.dbias, m, 4 * d2, p->partials);
    kg_linear_backward(p->dattended, 1, p->dffn, p->attended, m, &p->ffn_in);
}

/* ---- (10), (11): into the tokens ---- */

static void gate_forward(kg_infusion_pass *p) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1, n = s->tokens;
    for (size_t m = 0; m < s->count; m++)
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            memcpy(p->gate_in + i * 2 * d1, p->mention.tokens + i * d1, d1 * sizeof(float));
            memcpy(p->gate_in + i * 2 * d1 + d1, p->expanded + m * d1, d1 * sizeof(float));
        }
    kg_linear_forward(p->gated, p->gate_in, n, &p->gate);
    kg_tanh_forward(p->gated, p->gate.bias, n, d1);
    for (size_t i = 0; i < n; i++) {
        const float *in = p->gate_in + i * 2 * d1, *g = p->gated + i * d1;
        float *out = p->output_in + i * 2 * d1;
        memcpy(out, in, d1 * sizeof(float));
#pragma omp simd
        for (size_t j = 0; j < d1; j++)
            out[d1 + j] = g[j] * in[d1 + j];
    }
    kg_linear_forward(p->output_u, p->output_in, n, &p->output);
    kg_gelu_forward(p->output_h, p->output_u, p->output.bias, n, d1);
}

/* Of [h_i ; g_i * f]: from its gradient in dwide to those of g (dgate), h_i and f. */
static void split_product(kg_infusion_pass *p) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1;
    memset(p->dexpanded, 0, s->count * d1 * sizeof(float));
    for (size_t m = 0; m < s->count; m++)
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            const float *dwide = p->dwide + i * 2 * d1, *g = p->gated + i * d1;
            const float *f = p->expanded + m * d1;
            float *dg = p->dgate + i * d1, *df = p->dexpanded + m * d1;
            float *dtoken = p->dtokens + i * d1;
#pragma omp simd
            for (size_t j = 0; j < d1; j++) {
                dtoken[j] += dwide[j];
                dg[j] = dwide[d1 + j] * f[j];
                df[j] += dwide[d1 + j] * g[j];
            }
        }
}

/* From dtokens, the gradient of the output rows, to that of the input rows but for the way through
 * h'; sets dexpanded. */
static void gate_backward(kg_infusion_pass *p) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1, n = s->tokens;
    memcpy(p->dgate, p->dtokens, n * d1 * sizeof(float));
    kg_gelu_backward(p->dgate, p->output_u, p->output.dbias, n, d1, p->partials);
    kg_linear_backward(p->dwide, 0, p->dgate, p->output_in, n, &p->output);
    split_product(p);
    kg_tanh_backward(p->dgate, p->gated, n * d1);
    kg_column_sum(p->gate.dbias, p->dgate, n, d1, d1);
    kg_linear_backward(p->dwide, 0, p->dgate, p->gate_in, n, &p->gate);
    for (size_t m = 0; m < s->count; m++)
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            add_scaled(p->dtokens + i * d1, 1, p->dwide + i * 2 * d1, d1);
            add_scaled(p->dexpanded + m * d1, 1, p->dwide + i * 2 * d1 + d1, d1);
        }
}

void kg_infusion_forward(float *hidden, kg_infusion_pass *p, const kg_rows *entities) {
    const kg_infusion_index *x = &p->index;
    size_t d1 = p->d1, d2 = p->d2;
    if (x->spans.count == 0)
        return;
    for (size_t k = 0; k < x->neighbors; k++)
        memcpy(p->rows + k * d2, kg_row(entities, x->entities[k]), d2 * sizeof(float));
    kg_mention_forward(&p->mention, hidden);
    if (p->type_attention)
        type_forward(p);
    node_forward(p);
    expand_forward(p);
    gate_forward(p);
    for (size_t i = 0; i < x->spans.tokens; i++)
        add_scaled(hidden + x->spans.rows[i] * d1, 1, p->output_h + i * d1, d1);
}

void kg_infusion_backward(float *dhidden, kg_infusion_pass *p, const kg_rows *entities) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1;
    if (s->count == 0)
        return;
    kg_gather(p->dtokens, dhidden, s->rows, s->tokens, d1);
    gate_backward(p);
    expand_backward(p);
    node_backward(p);
    if (entities->gradient)
        rows_backward(p, entities);
    kg_mention_backward(p->dtokens, p->dmention, &p->mention);
    for (size_t i = 0; i < s->tokens; i++)
        memcpy(dhidden + s->rows[i] * d1, p->dtokens + i * d1, d1 * sizeof(float));
}
