#include "plugins/smedbert/tune/sparse_crf.h"

#include "kgstore/base/hash.h"
#include "model/crf.h"
#include "model/owlqn.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

uint64_t kg_sparse_mix(uint64_t x, uint64_t y) {
    return kg_hash_u64(x ^ kg_hash_u64(y));
}

void kg_sparse_keys_free(kg_sparse_keys *keys) {
    kg_array_free(&keys->keys);
    kg_array_free(&keys->ends);
    kg_array_free(&keys->tokens);
    kg_array_free(&keys->classes);
    kg_array_free(&keys->lower);
}

/* ---- What is fitted -------------------------------------------------------------------------- */

/* The training data: of each token its features that occur often enough, as places in keys. */
typedef struct gathered {
    KG_ARRAY(uint64_t) keys;      /* ascending */
    KG_ARRAY(uint32_t) features;  /* of token 0, then of token 1, ... */
    KG_ARRAY(uint32_t) ends;      /* of each token, in features */
    KG_ARRAY(uint16_t) gold;      /* of each token */
    KG_ARRAY(uint32_t) sequences; /* ends of each, in tokens */
    KG_ARRAY(uint64_t) seen;      /* keys of all tokens, which become features */
    size_t longest;               /* tokens of a sequence */
} gathered;

static void gathered_free(gathered *g) {
    kg_array_free(&g->keys);
    kg_array_free(&g->features);
    kg_array_free(&g->ends);
    kg_array_free(&g->gold);
    kg_array_free(&g->sequences);
    kg_array_free(&g->seen);
}

static kg_status gather_sequence(gathered *g, const kg_sparse_keys *keys, const uint16_t *gold) {
    kg_status st;
    size_t n = keys->ends.len;
    uint32_t before = (uint32_t)g->seen.len;
    if (g->seen.len + keys->keys.len > UINT32_MAX)
        return KG_ERR_LIMIT;
    KG_TRY(st, kg_array_append(&g->seen, keys->keys.data, keys->keys.len));
    KG_TRY(st, kg_array_append(&g->gold, gold, n));
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, kg_array_push(&g->ends, before + keys->ends.data[i]));
    if (n > g->longest)
        g->longest = n;
    return n ? kg_array_push(&g->sequences, (uint32_t)g->gold.len) : KG_OK;
}

static kg_status gather(gathered *g, const kg_sparse_fitting *f, kg_error *err) {
    kg_status st = KG_OK;
    kg_sparse_keys keys = {.lower = KG_ARRAY_INIT};
    const uint16_t *gold;
    for (size_t s = 0; st == KG_OK && s < f->sequences; s++) {
        if (f->held && f->held[s])
            continue;
        st = f->read(&keys, &gold, f->source, s, err);
        if (st != KG_OK)
            break;
        st = gather_sequence(g, &keys, gold);
        if (st != KG_OK)
            kg_error_set(err, st,
                         st == KG_ERR_LIMIT ? "the training data has more than 2^32 sparse features"
                                            : "out of memory gathering sparse features");
    }
    kg_sparse_keys_free(&keys);
    return st;
}

static int compare_keys(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t find_key(const uint64_t *keys, size_t n, uint64_t key) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && keys[low] == key ? low : n;
}

/* Keep one of each key that is there min_count times. */
static kg_status keep_frequent(gathered *g, uint32_t min_count) {
    kg_status st;
    KG_TRY(st, kg_array_append(&g->keys, g->seen.data, g->seen.len));
    uint64_t *keys = g->keys.data;
    size_t n = g->keys.len, kept = 0;
    if (n > 1)
        qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && keys[end] == keys[i];)
            end++;
        if (end - i >= min_count)
            keys[kept++] = keys[i];
    }
    g->keys.len = kept;
    return KG_OK;
}

static kg_status number_features(gathered *g) {
    kg_status st;
    size_t from = 0;
    for (size_t t = 0; t < g->ends.len; t++) {
        size_t end = g->ends.data[t];
        for (; from < end; from++) {
            size_t at = find_key(g->keys.data, g->keys.len, g->seen.data[from]);
            if (at < g->keys.len)
                KG_TRY(st, kg_array_push(&g->features, (uint32_t)at));
        }
        g->ends.data[t] = (uint32_t)g->features.len;
    }
    kg_array_free(&g->seen);
    return KG_OK;
}

static kg_status give_weights(kg_sparse_crf *crf, const uint64_t *met, bool all) {
    kg_status st;
    size_t count = 0;
    for (size_t tag = 0; tag < crf->tags; tag++)
        count += met[tag / 64] >> tag % 64 & 1;
    all |= 3 * count >= crf->tags;
    for (size_t tag = 0; tag < crf->tags; tag++)
        if (all || (met[tag / 64] >> tag % 64 & 1))
            KG_TRY(st, kg_array_push(&crf->of_tags, (uint16_t)tag));
    return kg_array_push(&crf->ends, (uint32_t)crf->of_tags.len);
}

/* Give a weight to each pair of a key and a tag that occurs; and to all tags where a third do: a
 * whole row is added faster than what is scattered in it. */
static kg_status pair(kg_sparse_crf *crf, const gathered *g, bool all) {
    kg_status st = KG_OK;
    size_t words = (crf->tags + 63) / 64, from = 0;
    uint64_t *met = calloc(g->keys.len * words + 1, sizeof *met);
    if (!met)
        return KG_ERR_MEMORY;
    for (size_t t = 0; t < g->ends.len; t++)
        for (; from < g->ends.data[t]; from++)
            met[g->features.data[from] * words + g->gold.data[t] / 64] |= 1ULL
                                                                          << g->gold.data[t] % 64;
    for (size_t k = 0; st == KG_OK && k < g->keys.len; k++)
        st = give_weights(crf, met + k * words, all);
    free(met);
    return st;
}

/* ---- The loss -------------------------------------------------------------------------------- */

/* The arguments that are minimized over: the weights, then the transitions. */
typedef struct problem {
    const gathered *data;
    const kg_sparse_crf *crf; /* its keys' tags */
    const kg_sparse_fitting *fitting;
    size_t weights, steps, n; /* how many of each; their sum */
    double *sums;             /* (threads, n): gradients */
    float *transitions;       /* (L + 2, L) */
    struct own {              /* of each thread */
        float *scores, *gradients, *steps;
        double *scratch, loss;
    } * own;
} problem;

static void problem_free(problem *p) {
    for (int i = 0; p->own && i < p->fitting->threads; i++) {
        free(p->own[i].scores);
        free(p->own[i].scratch);
    }
    free(p->own);
    free(p->sums);
    free(p->transitions);
}

static bool problem_make(problem *p) {
    size_t tags = p->crf->tags, most = p->data->longest * tags;
    p->steps = (tags + 2) * tags;
    p->weights = p->crf->of_tags.len;
    p->n = p->weights + p->steps;
    p->sums = calloc((size_t)p->fitting->threads * p->n, sizeof *p->sums);
    p->transitions = calloc(p->steps, sizeof *p->transitions);
    p->own = calloc((size_t)p->fitting->threads, sizeof *p->own);
    for (int i = 0; p->own && i < p->fitting->threads; i++) {
        struct own *o = &p->own[i];
        o->scores = calloc(2 * most + p->steps, sizeof *o->scores);
        o->scratch = calloc(kg_crf_workspace(p->data->longest, tags), sizeof *o->scratch);
        if (!o->scores || !o->scratch)
            return false;
        o->gradients = o->scores + most;
        o->steps = o->gradients + most;
    }
    return p->sums && p->transitions && p->own;
}

/* scores (L) of token t += its features' weights. */
static void add_weights(float *scores, const double *weights, const problem *p, size_t t) {
    const uint32_t *ends = p->crf->ends.data;
    const uint16_t *of_tags = p->crf->of_tags.data;
    size_t tags = p->crf->tags;
    for (uint32_t i = t ? p->data->ends.data[t - 1] : 0; i < p->data->ends.data[t]; i++) {
        uint32_t key = p->data->features.data[i], w = key ? ends[key - 1] : 0;
        if (ends[key] - w == tags) {
#pragma omp simd
            for (size_t j = 0; j < tags; j++)
                scores[j] += (float)weights[w + j];
        } else {
            for (; w < ends[key]; w++)
                scores[of_tags[w]] += (float)weights[w];
        }
    }
}

/* The gradients of those weights += the scores' (L). */
static void add_gradients(double *gradients, const float *scores, const problem *p, size_t t) {
    const uint32_t *ends = p->crf->ends.data;
    const uint16_t *of_tags = p->crf->of_tags.data;
    size_t tags = p->crf->tags;
    for (uint32_t i = t ? p->data->ends.data[t - 1] : 0; i < p->data->ends.data[t]; i++) {
        uint32_t key = p->data->features.data[i], w = key ? ends[key - 1] : 0;
        if (ends[key] - w == tags) {
#pragma omp simd
            for (size_t j = 0; j < tags; j++)
                gradients[w + j] += (double)scores[j];
        } else {
            for (; w < ends[key]; w++)
                gradients[w] += (double)scores[of_tags[w]];
        }
    }
}

static double run_sequence(double *gradient, const double *x, const problem *p,
                           const struct own *own, size_t sequence) {
    size_t tags = p->crf->tags;
    size_t first = sequence ? p->data->sequences.data[sequence - 1] : 0;
    size_t n = p->data->sequences.data[sequence] - first;
    const float *weights = p->fitting->class_weights;
    float weight = weights ? weights[p->data->gold.data[first]] : 1;
    memset(own->scores, 0, n * tags * sizeof *own->scores);
    memset(own->steps, 0, p->steps * sizeof *own->steps);
    for (size_t i = 0; i < n; i++)
        add_weights(own->scores + i * tags, x, p, first + i);
    double loss = kg_crf_loss(own->gradients, own->steps, own->scores, p->data->gold.data + first,
                              p->transitions, n, tags, weight, own->scratch);
    for (size_t i = 0; i < n; i++)
        add_gradients(gradient, own->gradients + i * tags, p, first + i);
    for (size_t i = 0; i < p->steps; i++)
        gradient[p->weights + i] += (double)own->steps[i];
    return (double)weight * loss;
}

static double run_all(double *gradient, const double *x, void *context) {
    problem *p = context;
    double loss = 0;
    size_t n = p->n, sequences = p->data->sequences.len;
    for (size_t i = 0; i < p->steps; i++)
        p->transitions[i] = (float)x[p->weights + i];
#pragma omp parallel num_threads(p->fitting->threads)
    {
        struct own *own = &p->own[omp_get_thread_num()];
        double *sums = p->sums + (size_t)omp_get_thread_num() * n;
        memset(sums, 0, n * sizeof *sums);
        own->loss = 0;
#pragma omp for schedule(static, 1)
        for (size_t s = 0; s < sequences; s++)
            own->loss += run_sequence(sums, x, p, own, s);
    }
    for (int i = 0; i < p->fitting->threads; i++)
        loss += p->own[i].loss;
    for (size_t i = 0; i < n; i++) {
        gradient[i] = p->fitting->l2 * x[i];
        for (int k = 0; k < p->fitting->threads; k++)
            gradient[i] += p->sums[(size_t)k * n + i];
        loss += p->fitting->l2 / 2 * x[i] * x[i];
    }
    return loss;
}

static bool goes_on(void *context, unsigned iteration, double loss) {
    const kg_sparse_fitting *f = ((problem *)context)->fitting;
    return !f->goes_on || f->goes_on(f->context, iteration, loss);
}

/* ---- Fitting --------------------------------------------------------------------------------- */

/* Keep what is not zero of the weights, and the keys that have such. */
static kg_status keep_weights(kg_sparse_crf *crf, const gathered *g, const double *weights) {
    kg_status st;
    uint32_t from = 0, kept = 0;
    size_t keys = 0;
    for (size_t k = 0; k < g->keys.len; k++) {
        uint32_t end = crf->ends.data[k], before = kept;
        for (; from < end; from++) {
            if (weights[from] == 0)
                continue;
            KG_TRY(st, kg_array_push(&crf->weights, (float)weights[from]));
            crf->of_tags.data[kept++] = crf->of_tags.data[from];
        }
        if (kept == before)
            continue;
        KG_TRY(st, kg_array_push(&crf->keys, g->keys.data[k]));
        crf->ends.data[keys++] = kept;
    }
    crf->ends.len = keys;
    crf->of_tags.len = kept;
    return KG_OK;
}

static kg_status minimize(kg_sparse_crf *crf, const gathered *g, const kg_sparse_fitting *f,
                          kg_error *err) {
    problem p = {.data = g, .crf = crf, .fitting = f};
    kg_owlqn q = KG_OWLQN_INIT;
    bool made = problem_make(&p);
    double value, *x = calloc(p.n + 1, sizeof *x);
    crf->transitions = calloc(p.steps + 1, sizeof *crf->transitions);
    kg_status st = made && x && crf->transitions ? KG_OK : KG_ERR_MEMORY;
    q.n = p.n;
    q.l1 = f->l1;
    q.iterations = f->iterations;
    q.objective = run_all;
    q.goes_on = goes_on;
    q.context = &p;
    if (st == KG_OK)
        st = kg_owlqn_minimize(x, &value, &q, err);
    if (st == KG_OK) {
        for (size_t i = 0; i < p.steps; i++)
            crf->transitions[i] = (float)x[p.weights + i];
        st = keep_weights(crf, g, x);
    }
    if (st == KG_ERR_MEMORY)
        kg_error_set(err, st, "out of memory fitting sparse features");
    problem_free(&p);
    free(x);
    return st;
}

kg_status kg_sparse_crf_fit(kg_sparse_crf *out, const kg_sparse_fitting *fitting, kg_error *err) {
    gathered g = {.longest = 0};
    *out = (kg_sparse_crf){.tags = fitting->tags};
    kg_status st = gather(&g, fitting, err);
    if (st == KG_OK) {
        st = keep_frequent(&g, fitting->min_count);
        if (st == KG_OK)
            st = number_features(&g);
        if (st == KG_OK)
            st = pair(out, &g, fitting->all_tags);
        if (st != KG_OK)
            kg_error_set(err, st, "out of memory gathering sparse features");
    }
    if (st == KG_OK)
        st = minimize(out, &g, fitting, err);
    gathered_free(&g);
    return st;
}

void kg_sparse_crf_free(kg_sparse_crf *crf) {
    kg_array_free(&crf->keys);
    kg_array_free(&crf->ends);
    kg_array_free(&crf->of_tags);
    kg_array_free(&crf->weights);
    free(crf->transitions);
    crf->transitions = NULL;
}

void kg_sparse_crf_score(float *scores, const kg_sparse_crf *crf, const kg_sparse_keys *keys) {
    size_t from = 0;
    memset(scores, 0, keys->ends.len * crf->tags * sizeof *scores);
    for (size_t t = 0; t < keys->ends.len; t++) {
        float *token = scores + t * crf->tags;
        for (; from < keys->ends.data[t]; from++) {
            size_t key = find_key(crf->keys.data, crf->keys.len, keys->keys.data[from]);
            if (key == crf->keys.len)
                continue;
            for (uint32_t w = key ? crf->ends.data[key - 1] : 0; w < crf->ends.data[key]; w++)
                token[crf->of_tags.data[w]] += crf->weights.data[w];
        }
    }
}
