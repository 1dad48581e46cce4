/* What hybrid attention computes row by row: METHOD 4 (3) to (6), (10) and (11). */
#include "model/infusion.h"
#include "model/ops_cpu.h"

#include <math.h>
#include <string.h>

/* to += s x */
static void add_scaled(float *to, float s, const float *x, size_t n) {
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        to[j] += s * x[j];
}

void kg_cpu_type_sums(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    memset(p->type_sums, 0, x->groups * d2 * sizeof(float));
    for (size_t k = 0; k < x->neighbors; k++) {
        uint32_t g = x->group_of[k];
        add_scaled(p->type_sums + g * d2, p->type_mean ? 1.0f / x->group_sizes[g] : 1.0f,
                   p->rows + k * d2, d2);
    }
}

void kg_cpu_node_scores(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2;
    float scale = 1.0f / sqrtf((float)d2);
    for (size_t m = 0; m < x->spans.count; m++)
        for (uint32_t k = x->neighbor_offsets[m]; k < x->neighbor_offsets[m + 1]; k++) {
            add_scaled(p->node_v + k * d2, 1, p->node_value.bias, d2);
            p->dot[k] = scale * kg_dot_product(p->node_q + m * d2, p->node_k + k * d2, d2);
            p->node_weight[k] =
                p->dot[k] * (p->type_attention ? p->type_weight[x->group_of[k]] : 1.0f);
        }
}

void kg_cpu_node_backward(kg_infusion_pass *p) {
    const kg_infusion_index *x = &p->index;
    size_t d2 = p->d2, m_count = x->spans.count;
    float scale = 1.0f / sqrtf((float)d2);
    for (size_t m = 0; m < m_count; m++)
        for (uint32_t k = x->neighbor_offsets[m]; k < x->neighbor_offsets[m + 1]; k++)
            p->dweight[k] = kg_dot_product(p->dattended + m * d2, p->node_v + k * d2, d2);
    kg_cpu_segment_softmax_backward(p->dweight, p->node_weight, x->neighbor_offsets, m_count);
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

void kg_cpu_table_backward(kg_infusion_pass *p, const kg_rows *entities) {
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

void kg_cpu_gate_join(kg_infusion_pass *p) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1;
    for (size_t m = 0; m < s->count; m++)
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            memcpy(p->gate_in + i * 2 * d1, p->mention.tokens + i * d1, d1 * sizeof(float));
            memcpy(p->gate_in + i * 2 * d1 + d1, p->expanded + m * d1, d1 * sizeof(float));
        }
}

void kg_cpu_gate_product(kg_infusion_pass *p) {
    size_t d1 = p->d1;
    for (size_t i = 0; i < p->index.spans.tokens; i++) {
        const float *in = p->gate_in + i * 2 * d1, *g = p->gated + i * d1;
        float *out = p->output_in + i * 2 * d1;
        memcpy(out, in, d1 * sizeof(float));
#pragma omp simd
        for (size_t j = 0; j < d1; j++)
            out[d1 + j] = g[j] * in[d1 + j];
    }
}

void kg_cpu_gate_product_backward(kg_infusion_pass *p) {
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

void kg_cpu_gate_join_backward(kg_infusion_pass *p) {
    const kg_spans *s = &p->index.spans;
    size_t d1 = p->d1;
    for (size_t m = 0; m < s->count; m++)
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            add_scaled(p->dtokens + i * d1, 1, p->dwide + i * 2 * d1, d1);
            add_scaled(p->dexpanded + m * d1, 1, p->dwide + i * 2 * d1 + d1, d1);
        }
}
