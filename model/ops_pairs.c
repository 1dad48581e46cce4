/* The relation's matrix A = [M_r ; s g_r], with g_r the relation's vector and s the direction, is
 * never formed, nor A At: with v = [h; 1] A = h M_r + s g_r,
 *
 *     u = v At = [v M_rt ; s v.g_r]
 *
 * so that all pairs of a relation share two products. */
#include "model/loss_neighbor.h"

#include "model/blas.h"
#include "model/ops_cpu.h"
#include "model/vecmath.h"

#include <math.h>
#include <string.h>

#define NORM_FLOOR 1e-12f

static float floored_norm(const float *x, size_t n) {
    float norm = sqrtf(kg_dot_product(x, x, n));
    return norm > NORM_FLOOR ? norm : NORM_FLOOR;
}

/* The rows of one relation, with its M_r and g_r, and their gradients where they are trained. */
typedef struct group {
    size_t first, rows;
    const float *projection, *relation;
    float *dprojection, *drelation;
} group;

static group group_at(const kg_neighbor_pass *pass, size_t g, const kg_graph_tables *tables) {
    size_t first = pass->group_offsets[g], relation = pass->group_relations[g];
    bool trained = tables->projections.gradient != NULL;
    return (group){first,
                   pass->group_offsets[g + 1] - first,
                   kg_row(&tables->projections, relation),
                   kg_row(&tables->relations, relation),
                   trained ? kg_row_gradient(&tables->projections, relation) : NULL,
                   trained ? kg_row_gradient(&tables->relations, relation) : NULL};
}

static void group_forward(kg_neighbor_pass *pass, const group *g) {
    size_t d2 = pass->d2, dr = pass->dr, end = g->first + g->rows;
    float *h = pass->h + g->first * d2, *v = pass->v + g->first * dr;
    float *u = pass->u + g->first * (d2 + 1);
    for (size_t i = g->first; i < end; i++)
        memcpy(pass->h + i * d2, pass->mention.out + pass->mention_of[i] * d2, d2 * sizeof(float));
    kg_gemm(v, dr, 0, kg_mat_of(h, g->rows, d2), kg_mat_of(g->projection, d2, dr), 1);
    for (size_t i = 0; i < g->rows; i++) {
        float s = pass->directions[g->first + i];
#pragma omp simd
        for (size_t j = 0; j < dr; j++)
            v[i * dr + j] += s * g->relation[j];
        u[i * (d2 + 1) + d2] = s * kg_dot_product(v + i * dr, g->relation, dr);
    }
    kg_gemm(u, d2 + 1, 0, kg_mat_of(v, g->rows, dr), kg_mat_t(g->projection, d2, dr), 1);
}

/* Add to the gradients of M_r and g_r, where they are trained: of u = [v M_rt ; s v.g_r], while u
 * holds its gradient and v is v; or of v = h M_r + s g_r, once v holds its gradient. */
static void relation_backward(kg_neighbor_pass *pass, const group *g, bool of_u) {
    size_t d2 = pass->d2, dr = pass->dr, stride = of_u ? d2 + 1 : d2;
    const float *x = (of_u ? pass->u : pass->h) + g->first * stride;
    const float *v = pass->v + g->first * dr;
    if (g->dprojection == NULL)
        return;
    kg_mat xt = {x, g->rows, d2, stride, true};
    kg_gemm(g->dprojection, dr, 1, xt, kg_mat_of(v, g->rows, dr), 1);
    for (size_t i = 0; i < g->rows; i++) {
        float s = pass->directions[g->first + i] * (of_u ? x[i * stride + d2] : 1.0f);
#pragma omp simd
        for (size_t j = 0; j < dr; j++)
            g->drelation[j] += s * v[i * dr + j];
    }
}

/* From u's gradient, in u itself, to h's, in h. */
static void group_backward(kg_neighbor_pass *pass, const group *g) {
    size_t d2 = pass->d2, dr = pass->dr;
    float *h = pass->h + g->first * d2, *v = pass->v + g->first * dr;
    const float *du = pass->u + g->first * (d2 + 1);
    kg_mat du_rows = {du, g->rows, d2, d2 + 1, false};
    relation_backward(pass, g, true);
    kg_gemm(v, dr, 0, du_rows, kg_mat_of(g->projection, d2, dr), 1);
    for (size_t i = 0; i < g->rows; i++) {
        float s = pass->directions[g->first + i] * du[i * (d2 + 1) + d2];
#pragma omp simd
        for (size_t j = 0; j < dr; j++)
            v[i * dr + j] += s * g->relation[j];
    }
    relation_backward(pass, g, false);
    kg_gemm(h, d2, 0, kg_mat_of(v, g->rows, dr), kg_mat_t(g->projection, d2, dr), 1);
}

/* (19) and (15); leaves the gradient of the scaled loss in the logits. */
static void score_row(kg_neighbor_pass *pass, size_t row, const kg_rows *entities, float scale) {
    size_t n = pass->candidates_per_pair;
    const float *u = pass->u + row * (pass->d2 + 1);
    float *logits = pass->logits + row * n, *cosines = pass->cosines + row * n;
    float u_norm = floored_norm(u, pass->d2 + 1), greatest = -INFINITY, rival = -INFINITY, sum = 0;
    for (size_t j = 0; j < n; j++) {
        const float *entity = kg_row(entities, pass->candidates[row * n + j]);
        cosines[j] =
            kg_dot_product(u, entity, pass->d2) / (u_norm * floored_norm(entity, pass->d2));
        logits[j] = (float)pass->config->mnem_scale * cosines[j] - pass->log_q[row * n + j];
        greatest = logits[j] > greatest ? logits[j] : greatest;
        if (j > 0)
            rival = logits[j] > rival ? logits[j] : rival;
    }
    float own = logits[0];
    pass->correct[row] = own > rival;
    for (size_t j = 0; j < n; j++)
        sum += logits[j] = kg_vec_exp(logits[j] - greatest);
    for (size_t j = 0; j < n; j++)
        logits[j] *= scale / sum;
    logits[0] -= scale;
    pass->losses[row] = logf(sum) + greatest - own;
}

/* To the candidates' rows, from u: d cos / de = u / (|u| |e|) - cos e / |e|^2. */
static void entities_backward(const kg_neighbor_pass *pass, size_t row, const kg_rows *entities) {
    size_t n = pass->candidates_per_pair;
    size_t d2 = pass->d2;
    const float *u = pass->u + row * (d2 + 1);
    float u_norm = floored_norm(u, d2 + 1);
    for (size_t j = 0; j < n; j++) {
        float dcosine = pass->logits[row * n + j] * (float)pass->config->mnem_scale;
        uint32_t id = pass->candidates[row * n + j];
        const float *entity = kg_row(entities, id);
        float *to = kg_row_gradient(entities, id), norm = floored_norm(entity, d2);
        float along = dcosine / (u_norm * norm);
        float back = dcosine * pass->cosines[row * n + j] / (norm * norm);
#pragma omp simd
        for (size_t l = 0; l < d2; l++)
            to[l] += along * u[l] - back * entity[l];
    }
}

/* u becomes its gradient: d cos / du = e / (|u| |e|) - cos u / |u|^2. */
static void score_row_backward(kg_neighbor_pass *pass, size_t row, const kg_rows *entities) {
    size_t n = pass->candidates_per_pair;
    size_t d2 = pass->d2;
    float *u = pass->u + row * (d2 + 1), factor = (float)pass->config->mnem_scale, own = 0;
    float u_norm = floored_norm(u, d2 + 1);
    const float *dlogits = pass->logits + row * n, *cosines = pass->cosines + row * n;
    for (size_t j = 0; j < n; j++)
        own -= dlogits[j] * factor * cosines[j] / (u_norm * u_norm);
#pragma omp simd
    for (size_t j = 0; j <= d2; j++)
        u[j] *= own;
    for (size_t j = 0; j < n; j++) {
        const float *entity = kg_row(entities, pass->candidates[row * n + j]);
        float c = dlogits[j] * factor / (u_norm * floored_norm(entity, d2));
#pragma omp simd
        for (size_t l = 0; l < d2; l++)
            u[l] += c * entity[l];
    }
}

kg_loss_sum kg_cpu_pair_losses(kg_neighbor_pass *pass, bool backward,
                               const kg_neighbor_inputs *in) {
    kg_loss_sum total = {0, 0};
    const kg_rows *entities = &in->tables->entities;
#pragma omp parallel
    {
#pragma omp for schedule(dynamic)
        for (size_t g = 0; g < pass->groups; g++) {
            group now = group_at(pass, g, in->tables);
            group_forward(pass, &now);
        }
#pragma omp for schedule(static)
        for (size_t i = 0; i < pass->pairs; i++)
            score_row(pass, i, entities, in->pair_scale);
#pragma omp single
        for (size_t i = 0; i < (backward && entities->gradient ? pass->pairs : 0); i++)
            entities_backward(pass, i, entities);
#pragma omp for schedule(static)
        for (size_t i = 0; i < (backward ? pass->pairs : 0); i++)
            score_row_backward(pass, i, entities);
#pragma omp for schedule(dynamic)
        for (size_t g = 0; g < (backward ? pass->groups : 0); g++) {
            group now = group_at(pass, g, in->tables);
            group_backward(pass, &now);
        }
    }
    for (size_t i = 0; i < pass->pairs; i++) {
        total.sum += (double)pass->losses[i];
        total.correct += pass->correct[i];
        float *dout = pass->dout + pass->mention_of[i] * pass->d2;
        for (size_t j = 0; j < (backward ? pass->d2 : 0); j++)
            dout[j] += pass->h[i * pass->d2 + j];
    }
    return total;
}

/* (20), (21). */
void kg_cpu_mention_losses(kg_neighbor_sums *sums, kg_neighbor_pass *pass, bool backward,
                           const kg_neighbor_inputs *in) {
    size_t m = pass->targets.count, d2 = pass->d2;
    sums->mentions = m;
    for (size_t j = 0; j < d2; j++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++) {
            double t = (double)pass->target.out[i * d2 + j];
            size_t at = pass->infused[i] * d2 + j;
            double off = (double)pass->mention.out[at] - t;
            sum += t;
            sums->target_squares += t * t;
            sums->squares += off * off;
            if (backward)
                pass->dout[at] += 2 * in->mention_scale * (float)off;
        }
        if (in->target_sums)
            in->target_sums[j] += sum;
    }
}
