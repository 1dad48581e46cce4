#include "plugins/transr/link_prediction.h"

#include "plugins/transr/adagrad.h"
#include "plugins/transr/pair_distance.h"

#include "model/blas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* Single-precision measures of one pair differ from exact ones by less than this share of the sum
 * of both vectors' norms. */
static const float doubt = 3e-5f;

typedef struct ranker {
    const transr_trial *trial;
    size_t E, d, dr;
    float *projected[2]; /* (E, dr) as heads, as tails */
    float *norms[2];     /* (E) squares, or sums of |x| for L1 */
    float *queries;      /* (BLOCK, dr) */
    float *query_norms;  /* (BLOCK) */
    float *values;       /* (BLOCK, E) */
    double *ranks;       /* of every answer of test, in the order of its answers */
} ranker;

double transr_distance_exact(const transr_parameters *parameters, const transr_recipe *recipe,
                             transr_triple triple) {
    const transr_parameters *p = parameters;
    const float *h = p->value.entity + triple.head * (size_t)p->d;
    const float *t = p->value.entity + triple.tail * (size_t)p->d;
    const float *r = p->value.relation + triple.relation * (size_t)p->dr;
    size_t size = (size_t)p->d * p->dr;
    double sum = 0;
    for (size_t k = 0; k < p->dr; k++) {
        double left = 0, right = 0;
        if (recipe->project) {
            const float *head = p->value.head_proj + triple.relation * size;
            const float *tail = p->value.tail_proj + triple.relation * size;
            for (size_t i = 0; i < p->d; i++) {
                left += (double)h[i] * head[i * p->dr + k];
                right += (double)t[i] * tail[i * p->dr + k];
            }
        } else {
            left = h[k];
            right = t[k];
        }
        double x = left + r[k] - right;
        sum += recipe->norm == TRANSR_L1 ? fabs(x) : x * x;
    }
    return sum;
}

static bool room(float **to, size_t n) {
    *to = malloc((n + 1) * sizeof(float));
    return *to != NULL;
}

static void ranker_free(ranker *r) {
    float *all[] = {r->projected[0], r->projected[1], r->norms[0], r->norms[1],
                    r->queries,      r->query_norms,  r->values};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(r->ranks);
}

static kg_status ranker_new(ranker *r, const transr_trial *trial) {
    const transr_parameters *p = trial->parameters;
    *r = (ranker){.trial = trial, .E = p->E, .d = p->d, .dr = p->dr};
    r->ranks = calloc(trial->test->n_answers + 1, sizeof *r->ranks);
    bool ok = r->ranks && room(&r->norms[0], r->E) && room(&r->norms[1], r->E) &&
              room(&r->queries, BLOCK * r->dr) && room(&r->query_norms, BLOCK) &&
              room(&r->values, BLOCK * r->E);
    if (ok && trial->recipe->project)
        ok = room(&r->projected[0], r->E * r->dr) && room(&r->projected[1], r->E * r->dr);
    if (ok)
        return KG_OK;
    ranker_free(r);
    return KG_ERR_MEMORY;
}

/* What the doubt is measured by. */
static void sizes(float *out, const float *rows, size_t n, size_t columns, transr_norm norm) {
    if (norm != TRANSR_L1) {
        transr_row_norms(out, rows, n, columns);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        for (size_t k = 0; k < columns; k++)
            out[i] += fabsf(rows[i * columns + k]);
    }
}

/* All entities as heads and as tails of a relation; vectors[side] is set. */
static void project(ranker *r, const float *vectors[2], uint32_t relation) {
    const transr_parameters *p = r->trial->parameters;
    transr_norm norm = r->trial->recipe->norm;
    const float *M[2] = {p->value.head_proj, p->value.tail_proj};
    for (int s = 0; s < 2; s++) {
        vectors[s] = p->value.entity;
        if (r->trial->recipe->project) {
            kg_gemm(r->projected[s], r->dr, 0, kg_mat_of(p->value.entity, r->E, r->d),
                    kg_mat_of(M[s] + relation * r->d * r->dr, r->d, r->dr), 1);
            vectors[s] = r->projected[s];
        }
        sizes(r->norms[s], vectors[s], r->E, r->dr, norm);
    }
}

static transr_triple triple_of(transr_query q, uint32_t answer) {
    return q.side ? (transr_triple){answer, q.relation, q.anchor}
                  : (transr_triple){q.anchor, q.relation, answer};
}

/* The rank of an answer among candidates whose measures are row; those filtered are infinite. */
static double rank_of(const ranker *r, const float *row, const float *norms, float own,
                      float measure, transr_query q, uint32_t answer) {
    const transr_trial *t = r->trial;
    uint32_t better = 0, near = 0;
#pragma omp simd reduction(+ : better, near)
    for (size_t j = 0; j < r->E; j++) {
        float difference = row[j] - measure, tolerance = doubt * (own + norms[j] + norms[answer]);
        better += difference < -tolerance;
        near += fabsf(difference) <= tolerance;
    }
    double rank = 1 + (double)better;
    if (near == 0)
        return rank;
    double exact = transr_distance_exact(t->parameters, t->recipe, triple_of(q, answer));
    for (size_t j = 0; j < r->E; j++) {
        float tolerance = doubt * (own + norms[j] + norms[answer]);
        if (!(fabsf(row[j] - measure) <= tolerance))
            continue;
        double other = transr_distance_exact(t->parameters, t->recipe, triple_of(q, (uint32_t)j));
        rank += other < exact ? 1 : other > exact ? 0 : 0.5;
    }
    return rank;
}

/* Rank the answers of test query i, whose row of values holds dots (L2) or measures (L1). */
static void rank_query(const ranker *r, float *row, const float *norms, float own, size_t i) {
    const transr_trial *t = r->trial;
    transr_query q = t->test->list[i];
    if (t->recipe->norm != TRANSR_L1) {
#pragma omp simd
        for (size_t j = 0; j < r->E; j++)
            row[j] = own + norms[j] - 2 * row[j];
    }
    size_t first = t->test->first[i], end = t->test->first[i + 1];
    for (size_t a = first; a < end; a++)
        r->ranks[a] = row[t->test->answers[a]];
    size_t known = transr_queries_find(t->known, q);
    for (size_t k = t->known->first[known]; k < t->known->first[known + 1]; k++)
        row[t->known->answers[k]] = INFINITY;
    for (size_t a = first; a < end; a++)
        r->ranks[a] = rank_of(r, row, norms, own, (float)r->ranks[a], q, t->test->answers[a]);
}

/* Test queries [first, first + n) of one relation and side. */
static void rank_block(ranker *r, const float *const vectors[2], size_t first, size_t n) {
    const transr_parameters *p = r->trial->parameters;
    const transr_query *list = r->trial->test->list + first;
    uint32_t side = list[0].side;
    for (size_t i = 0; i < n; i++) {
        float *q = r->queries + i * r->dr;
        memcpy(q, vectors[side] + list[i].anchor * r->dr, r->dr * sizeof(float));
        transr_axpy(q, side ? -1.0f : 1.0f, p->value.relation + list[i].relation * r->dr, r->dr);
    }
    sizes(r->query_norms, r->queries, n, r->dr, r->trial->recipe->norm);
    transr_pairs pairs = {.queries = r->queries,
                          .candidates = vectors[1 - side],
                          .n_queries = n,
                          .n_candidates = r->E,
                          .dr = r->dr,
                          .stride = r->E,
                          .norm = r->trial->recipe->norm};
    transr_pairs_forward(r->values, &pairs);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        rank_query(r, r->values + i * r->E, r->norms[1 - side], r->query_norms[i], first + i);
}

static kg_status rank_all(ranker *r) {
    const transr_trial *t = r->trial;
    const transr_query *list = t->test->list;
    const float *vectors[2] = {NULL, NULL};
    for (size_t first = 0, n; first < t->test->count; first += n) {
        if (t->cancelled && t->cancelled(t->context))
            return KG_ERR_CANCELLED;
        if (first == 0 || (list[first].relation != list[first - 1].relation && t->recipe->project))
            project(r, vectors, list[first].relation);
        for (n = 1; n < BLOCK && first + n < t->test->count; n++)
            if (list[first + n].relation != list[first].relation ||
                list[first + n].side != list[first].side)
                break;
        rank_block(r, vectors, first, n);
    }
    return KG_OK;
}

static void add_rank(transr_figures *f, double rank) {
    f->mrr += 1 / rank;
    f->mr += rank;
    f->hits1 += rank <= 1;
    f->hits3 += rank <= 3;
    f->hits10 += rank <= 10;
    f->count++;
}

static void divide(transr_figures *f) {
    double n = f->count ? (double)f->count : 1;
    f->mrr /= n;
    f->mr /= n;
    f->hits1 /= n;
    f->hits3 /= n;
    f->hits10 /= n;
}

static void summarize(transr_evaluation *out, const ranker *r) {
    const transr_queries *test = r->trial->test;
    *out = (transr_evaluation){.triples = 0};
    for (size_t i = 0; i < test->count; i++)
        for (size_t a = test->first[i]; a < test->first[i + 1]; a++) {
            add_rank(test->list[i].side ? &out->head : &out->tail, r->ranks[a]);
            add_rank(&out->both, r->ranks[a]);
        }
    out->triples = out->tail.count;
    divide(&out->head);
    divide(&out->tail);
    divide(&out->both);
}

enum { SEEN = 1, UNSEEN = 2 };

/* marks[e]: SEEN where training has the entity, UNSEEN where only the test does. */
static void count_unseen(transr_evaluation *out, unsigned char *marks, const transr_trial *trial) {
    for (size_t i = 0; i < trial->train->count; i++)
        marks[trial->train->list[i].anchor] = SEEN;
    const transr_queries *test = trial->test;
    for (size_t i = 0; i < test->count; i++) {
        uint32_t anchor = test->list[i].anchor;
        if (!marks[anchor]) {
            marks[anchor] = UNSEEN;
            out->unseen_entities++;
        }
    }
    for (size_t i = 0; i < test->count; i++)
        for (size_t a = test->first[i]; a < test->first[i + 1] && !test->list[i].side; a++)
            out->unseen_triples +=
                marks[test->list[i].anchor] != SEEN || marks[test->answers[a]] != SEEN;
}

kg_status transr_evaluate(transr_evaluation *out, const transr_trial *trial) {
    ranker r;
    kg_status st;
    KG_TRY(st, ranker_new(&r, trial));
    unsigned char *marks = calloc(r.E + 1, 1);
    st = marks ? rank_all(&r) : KG_ERR_MEMORY;
    if (st == KG_OK) {
        summarize(out, &r);
        count_unseen(out, marks, trial);
    }
    free(marks);
    ranker_free(&r);
    return st;
}
