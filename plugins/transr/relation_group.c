#include "plugins/transr/relation_group.h"

#include "plugins/transr/adagrad.h"
#include "plugins/transr/pair_distance.h"
#include "plugins/transr/ranking_loss.h"

#include "kgstore/base/rng.h"
#include "model/blas.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Queries computed at a time: enough for full speed of the product, few enough for the cache. */
enum { BLOCK = 256 };

enum { PURPOSE_DROPOUT = 6 };

/* Candidates seen as heads or as tails: projected, with the gradient of that. */
typedef struct side {
    const float *vectors; /* (C, dr) */
    float *norms;         /* (C) */
    float *d_vectors;     /* (C, dr) */
} side;

struct transr_workspace {
    const transr_parameters *parameters;
    const transr_recipe *recipe;
    float *projected[2], *d_projected[2]; /* (C, dr); the second only where separate */
    float *norms[2];                      /* (C) */
    float *masked[2];                     /* (d, dr) projections after dropout */
    float *d_masked;                      /* (d, dr) */
    float *kept;                          /* (dr) factors of dropout: 0 or more than 1 */
    float *queries, *d_queries;           /* (BLOCK, dr) */
    float *query_norms, *row_sums;        /* (BLOCK) */
    float *values;                        /* (BLOCK, C) */
    float *column_sums;                   /* (threads, C) */
    float *scores;                        /* (threads, C) */
    uint32_t *answers;                    /* positions of a block's answers among candidates */
    size_t first_answer[BLOCK + 1];
    double losses[BLOCK];
    int threads;
    bool dropping; /* in the group at hand */
    uint64_t products;
};

/* One allocation of n floats into *to. */
static bool room(float **to, size_t n) {
    *to = malloc((n + 1) * sizeof(float));
    return *to != NULL;
}

kg_status transr_workspace_new(transr_workspace **out, const transr_parameters *parameters,
                               const transr_recipe *recipe, size_t most_candidates,
                               size_t most_answers) {
    transr_workspace *w = calloc(1, sizeof *w);
    *out = w;
    if (!w)
        return KG_ERR_MEMORY;
    w->parameters = parameters;
    w->recipe = recipe;
    w->threads = omp_get_max_threads();
    size_t C = most_candidates, dr = parameters->dr, threads = (size_t)w->threads;
    bool ok = room(&w->norms[0], C) && room(&w->queries, BLOCK * dr) &&
              room(&w->d_queries, BLOCK * dr) && room(&w->query_norms, BLOCK) &&
              room(&w->row_sums, BLOCK) && room(&w->values, BLOCK * C) &&
              room(&w->column_sums, threads * C) && room(&w->scores, threads * C);
    if (ok && recipe->project)
        ok = room(&w->projected[0], C * dr) && room(&w->d_projected[0], C * dr);
    if (ok && recipe->project && recipe->separate)
        ok = room(&w->projected[1], C * dr) && room(&w->d_projected[1], C * dr) &&
             room(&w->norms[1], C);
    size_t d = parameters->d;
    if (ok && recipe->project && recipe->dropout > 0)
        ok = room(&w->masked[0], d * dr) && room(&w->masked[1], d * dr) &&
             room(&w->d_masked, d * dr) && room(&w->kept, dr);
    w->answers = malloc((most_answers + 1) * sizeof *w->answers);
    if (ok && w->answers)
        return KG_OK;
    transr_workspace_free(w);
    *out = NULL;
    return KG_ERR_MEMORY;
}

void transr_workspace_free(transr_workspace *workspace) {
    if (!workspace)
        return;
    float *all[] = {workspace->projected[0],   workspace->projected[1], workspace->d_projected[0],
                    workspace->d_projected[1], workspace->norms[0],     workspace->norms[1],
                    workspace->queries,        workspace->d_queries,    workspace->query_norms,
                    workspace->row_sums,       workspace->values,       workspace->column_sums,
                    workspace->scores,         workspace->masked[0],    workspace->masked[1],
                    workspace->d_masked,       workspace->kept};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(workspace->answers);
    free(workspace);
}

static void product(transr_workspace *w, float *c, size_t columns, float beta, kg_mat a, kg_mat b) {
    size_t m = a.transposed ? a.columns : a.rows, k = a.transposed ? a.rows : a.columns;
    kg_gemm(c, columns, beta, a, b, 1);
    w->products += 2 * (uint64_t)m * k * columns;
}

/* to += sign * from, each coordinate by its factor of dropout where there is dropout. */
static void add_relation(const transr_workspace *w, float *to, float sign, const float *from) {
    if (!w->dropping) {
        transr_axpy(to, sign, from, w->parameters->dr);
        return;
    }
    for (size_t k = 0; k < w->parameters->dr; k++)
        to[k] += sign * w->kept[k] * from[k];
}

/* Query vectors: h + r asks for tails, t - r for heads. Also where their answers stand. */
static void build_queries(transr_workspace *w, const transr_work *work, size_t first, size_t n,
                          const transr_group *group, const side *heads, const side *tails) {
    size_t dr = w->parameters->dr, answers = 0;
    for (size_t i = 0; i < n; i++) {
        size_t query = work->order[first + i];
        transr_query q = work->queries->list[query];
        while (first + i >= group->first + group->count)
            group++;
        const float *relation = w->parameters->value.relation + group->relation * dr;
        const float *anchor = (q.side ? tails : heads)->vectors +
                              transr_candidate_of(work->candidates, q.anchor) * dr;
        memcpy(w->queries + i * dr, anchor, dr * sizeof(float));
        add_relation(w, w->queries + i * dr, q.side ? -1.0f : 1.0f, relation);
        w->first_answer[i] = answers;
        for (size_t a = work->queries->first[query]; a < work->queries->first[query + 1]; a++)
            w->answers[answers++] =
                transr_candidate_of(work->candidates, work->queries->answers[a]);
    }
    w->first_answer[n] = answers;
}

/* Add the gradient of query vectors to the anchors and relations they were made of. */
static void scatter_queries(transr_workspace *w, const transr_work *work, size_t first, size_t n,
                            transr_group *group, const side *heads, const side *tails) {
    size_t dr = w->parameters->dr;
    for (size_t i = 0; i < n; i++) {
        transr_query q = work->queries->list[work->order[first + i]];
        while (first + i >= group->first + group->count)
            group++;
        const float *d = w->d_queries + i * dr;
        float *anchor = (q.side ? tails : heads)->d_vectors +
                        transr_candidate_of(work->candidates, q.anchor) * dr;
        transr_axpy(anchor, 1, d, dr);
        add_relation(w, group->d_relation, q.side ? -1.0f : 1.0f, d);
    }
}

/* Row i of values: from what transr_pairs_forward left to the gradient by the measure. */
static void loss_row(transr_workspace *w, const transr_pairs *pairs, size_t i, float *scores,
                     float *column_sums) {
    float *row = w->values + i * pairs->stride;
    transr_scores_row(scores, row, pairs, i, w->recipe->scale);
    w->losses[i] =
        transr_loss_row(row, scores, pairs->n_candidates, w->answers + w->first_answer[i],
                        w->first_answer[i + 1] - w->first_answer[i], w->recipe);
    transr_scores_row_backward(row, row, scores, pairs, w->recipe->scale);
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < pairs->n_candidates; j++) {
        sum += row[j];
        column_sums[j] += row[j];
    }
    w->row_sums[i] = sum;
}

/* Losses and their gradients by the measures; column sums of all threads end in the first's. */
static void loss_rows(transr_workspace *w, const transr_pairs *pairs) {
    size_t C = pairs->n_candidates;
#pragma omp parallel num_threads(w->threads)
    {
        size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
        float *sums = w->column_sums + thread * C;
        memset(sums, 0, C * sizeof *sums);
#pragma omp for schedule(static)
        for (size_t i = 0; i < pairs->n_queries; i++)
            loss_row(w, pairs, i, w->scores + thread * C, sums);
#pragma omp for schedule(static)
        for (size_t j = 0; j < C; j++)
            for (size_t t = 1; t < threads; t++)
                w->column_sums[j] += w->column_sums[t * C + j];
    }
}

/* Queries order[first] .. of one side, or of both where heads and tails are the same. */
static double run_block(transr_workspace *w, const transr_work *work, size_t first, size_t n,
                        transr_group *group, const side *heads, const side *tails) {
    size_t dr = w->parameters->dr, C = work->candidates->count;
    bool asks_heads = work->queries->list[work->order[first]].side == 1;
    const side *to = asks_heads ? heads : tails;
    build_queries(w, work, first, n, group, heads, tails);
    transr_row_norms(w->query_norms, w->queries, n, dr);
    transr_pairs pairs = {.queries = w->queries,
                          .candidates = to->vectors,
                          .query_norms = w->query_norms,
                          .candidate_norms = to->norms,
                          .n_queries = n,
                          .n_candidates = C,
                          .dr = dr,
                          .stride = C,
                          .norm = w->recipe->norm};
    transr_pairs_forward(w->values, &pairs);
    loss_rows(w, &pairs);
    transr_pairs_backward(w->d_queries, to->d_vectors, w->values, w->row_sums, w->column_sums,
                          &pairs);
    if (w->recipe->norm != TRANSR_L1)
        w->products += 6 * (uint64_t)n * C * dr;
    scatter_queries(w, work, first, n, group, heads, tails);
    double loss = 0;
    for (size_t i = 0; i < n; i++)
        loss += w->losses[i];
    return loss;
}

/* Queries from `first` to `end`, cut into blocks, and where the side changes unless both sides look
 * at the same vectors. */
static double run_range(transr_workspace *w, const transr_work *work, size_t first, size_t end,
                        transr_group *group, const side *heads, const side *tails) {
    double loss = 0;
    while (first < end) {
        size_t n = end - first < BLOCK ? end - first : BLOCK;
        if (heads != tails) {
            uint32_t one = work->queries->list[work->order[first]].side;
            for (size_t i = 1; i < n; i++)
                if (work->queries->list[work->order[first + i]].side != one)
                    n = i;
        }
        while (first >= group->first + group->count)
            group++;
        loss += run_block(w, work, first, n, group, heads, tails);
        first += n;
    }
    return loss;
}

/* Project the candidates by M (d, dr), as one side. */
static side project(transr_workspace *w, const transr_work *work, const float *M, int which) {
    size_t C = work->candidates->count, d = w->parameters->d, dr = w->parameters->dr;
    product(w, w->projected[which], dr, 0, kg_mat_of(work->rows, C, d), kg_mat_of(M, d, dr));
    memset(w->d_projected[which], 0, C * dr * sizeof(float));
    transr_row_norms(w->norms[which], w->projected[which], C, dr);
    return (side){w->projected[which], w->norms[which], w->d_projected[which]};
}

static void project_backward(transr_workspace *w, const transr_work *work, const float *M,
                             float *d_M, const float *d_projected) {
    size_t C = work->candidates->count, d = w->parameters->d, dr = w->parameters->dr;
    product(w, d_M, dr, 1, kg_mat_t(work->rows, C, d), kg_mat_of(d_projected, C, dr));
    product(w, work->d_rows, d, 1, kg_mat_of(d_projected, C, dr), kg_mat_t(M, d, dr));
}

/* Factors of n coordinates: 0 for those left out, and for the others what keeps the expectation of
 * a squared distance. */
static void draw_kept(float *kept, size_t n, float dropout, kg_rng *rng) {
    float factor = 1 / sqrtf(1 - dropout);
    for (size_t k = 0; k < n; k++)
        kept[k] = kg_rng_uniform(rng) < (double)dropout ? 0 : factor;
}

/* to[i][k] += from[i][k], or = where `set`, with the factors of columns. */
static void mask(const transr_workspace *w, float *to, const float *from, bool set) {
    size_t d = w->parameters->d, dr = w->parameters->dr;
    for (size_t i = 0; i < d; i++)
        for (size_t k = 0; k < dr; k++) {
            float x = from[i * dr + k] * w->kept[k];
            to[i * dr + k] = set ? x : to[i * dr + k] + x;
        }
}

/* One side of a group: its projection, what stands in for it under dropout, and its gradient. */
static const float *dropped(transr_workspace *w, const float *M, int which) {
    if (!w->dropping)
        return M;
    mask(w, w->masked[which], M, true);
    return w->masked[which];
}

static void finish_side(transr_workspace *w, const transr_work *work, const float *M, float *d_M,
                        const float *d_projected) {
    if (!w->dropping) {
        project_backward(w, work, M, d_M, d_projected);
        return;
    }
    memset(w->d_masked, 0, (size_t)w->parameters->d * w->parameters->dr * sizeof(float));
    project_backward(w, work, M, w->d_masked, d_projected);
    mask(w, d_M, w->d_masked, false);
}

static double run_group(transr_workspace *w, const transr_work *work, transr_group *g) {
    size_t size = (size_t)w->parameters->d * w->parameters->dr, end = g->first + g->count;
    w->dropping = w->recipe->dropout > 0;
    if (w->dropping) {
        kg_rng rng = kg_rng_stream(w->recipe->seed, work->epoch, work->batch << 32 | g->relation,
                                   PURPOSE_DROPOUT);
        draw_kept(w->kept, w->parameters->dr, w->recipe->dropout, &rng);
    }
    const float *M_head = dropped(w, w->parameters->value.head_proj + g->relation * size, 0);
    side heads = project(w, work, M_head, 0);
    if (!w->recipe->separate) {
        double loss = run_range(w, work, g->first, end, g, &heads, &heads);
        finish_side(w, work, M_head, g->d_head_proj, heads.d_vectors);
        return loss;
    }
    const float *M_tail = dropped(w, w->parameters->value.tail_proj + g->relation * size, 1);
    side tails = project(w, work, M_tail, 1);
    double loss = run_range(w, work, g->first, end, g, &heads, &tails);
    finish_side(w, work, M_head, g->d_head_proj, heads.d_vectors);
    finish_side(w, work, M_tail, g->d_tail_proj, tails.d_vectors);
    return loss;
}

double transr_groups_run(uint64_t *products, transr_workspace *workspace, const transr_work *work) {
    transr_workspace *w = workspace;
    double loss = 0;
    w->products = 0;
    w->dropping = false;
    if (work->project) {
        for (size_t i = work->rank; i < work->n_groups; i += work->ranks)
            loss += run_group(w, work, &work->groups[i]);
    } else if (work->n_groups > 0) {
        transr_group *last = &work->groups[work->n_groups - 1];
        size_t first = work->groups[0].first, n = last->first + last->count - first;
        side both = {work->rows, w->norms[0], work->d_rows};
        transr_row_norms(w->norms[0], work->rows, work->candidates->count, w->parameters->d);
        loss = run_range(w, work, first + n * work->rank / work->ranks,
                         first + n * (work->rank + 1) / work->ranks, work->groups, &both, &both);
    }
    *products = w->products;
    return loss;
}
