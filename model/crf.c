#include "model/crf.h"

#include <math.h>
#include <string.h>

/* Sums over all sequences run in the linear domain, each token's terms divided by their sum, so
 * that nothing overflows and an exponential is taken once for each emission and transition (Rabiner
 * 1989). */
typedef struct lattice {
    size_t n, tags;
    double *forward, *backward; /* (n, L), scaled */
    double *weights;            /* (n, L): exp(emission - the token's largest) */
    double *scale;              /* n: what a token's forward terms were divided by */
    double *steps;              /* (L, L): exp(transition - the largest) */
    double *last;               /* L: exp(last - the largest) */
    double *terms;              /* L */
    double end;                 /* sum of forward times last at the last token */
} lattice;

size_t kg_crf_workspace(size_t n, size_t tags) {
    return (3 * n + tags + 2) * tags + n;
}

static lattice lattice_of(double *workspace, size_t n, size_t tags) {
    lattice l = {.n = n, .tags = tags, .forward = workspace};
    l.backward = l.forward + n * tags;
    l.weights = l.backward + n * tags;
    l.steps = l.weights + n * tags;
    l.last = l.steps + tags * tags;
    l.terms = l.last + tags;
    l.scale = l.terms + tags;
    return l;
}

/* out = exp(x - largest); returns the largest. */
static double exponentials(double *out, const float *x, size_t n) {
    float largest = x[0];
    for (size_t i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < n; i++)
        out[i] = exp((double)x[i] - (double)largest);
    return largest;
}

/* Divide a token's terms by their sum, and return that. */
static double normalize(double *terms, size_t tags) {
    double sum = 0;
    for (size_t j = 0; j < tags; j++)
        sum += terms[j];
    for (size_t j = 0; j < tags; j++)
        terms[j] /= sum;
    return sum;
}

/* Fill in all but backward; returns log Z. forward[t][j]: the share of prefixes that end with tag j
 * at token t, by weight. */
static double run_forward(lattice *l, const float *emissions, const float *transitions) {
    size_t n = l->n, tags = l->tags;
    const float *first = transitions + tags * tags;
    double step = exponentials(l->steps, transitions, tags * tags);
    double log_z = exponentials(l->last, first + tags, tags);
    log_z += exponentials(l->terms, first, tags) + step * (double)(n - 1);
    for (size_t t = 0; t < n; t++) {
        double *here = l->forward + t * tags, *weights = l->weights + t * tags;
        log_z += exponentials(weights, emissions + t * tags, tags);
        if (t > 0)
            memset(l->terms, 0, tags * sizeof *l->terms);
        for (size_t i = 0; t > 0 && i < tags; i++) {
            double before = l->forward[(t - 1) * tags + i];
#pragma omp simd
            for (size_t j = 0; j < tags; j++)
                l->terms[j] += before * l->steps[i * tags + j];
        }
        for (size_t j = 0; j < tags; j++)
            here[j] = l->terms[j] * weights[j];
        l->scale[t] = normalize(here, tags);
        log_z += log(l->scale[t]);
    }
    l->end = 0;
    for (size_t j = 0; j < tags; j++)
        l->end += l->forward[(n - 1) * tags + j] * l->last[j];
    return log_z + log(l->end);
}

/* backward[t][i]: the weight of suffixes after tag i at token t, by the same scale. */
static void run_backward(lattice *l) {
    size_t tags = l->tags;
    for (size_t i = 0; i < tags; i++)
        l->backward[(l->n - 1) * tags + i] = l->last[i];
    for (size_t t = l->n - 1; t > 0; t--) {
        const double *after = l->backward + t * tags, *weights = l->weights + t * tags;
        for (size_t j = 0; j < tags; j++)
            l->terms[j] = weights[j] * after[j] / l->scale[t];
        for (size_t i = 0; i < tags; i++) {
            double sum = 0;
#pragma omp simd reduction(+ : sum)
            for (size_t j = 0; j < tags; j++)
                sum += l->steps[i * tags + j] * l->terms[j];
            l->backward[(t - 1) * tags + i] = sum;
        }
    }
}

static double gold_score(const float *emissions, const uint16_t *gold, const float *transitions,
                         size_t n, size_t tags) {
    double score =
        (double)transitions[tags * tags + gold[0]] + transitions[(tags + 1) * tags + gold[n - 1]];
    for (size_t t = 0; t < n; t++) {
        score += emissions[t * tags + gold[t]];
        if (t > 0)
            score += transitions[(size_t)gold[t - 1] * tags + gold[t]];
    }
    return score;
}

/* Expected counts less those of the gold sequence: the gradient of log Z - score(gold). */
static void add_transition_gradient(float *d_transitions, const lattice *l, const uint16_t *gold,
                                    float scale) {
    size_t n = l->n, tags = l->tags;
    float *first = d_transitions + tags * tags, *last = first + tags;
    for (size_t j = 0; j < tags; j++) {
        size_t end = (n - 1) * tags + j;
        first[j] += scale * (float)(l->forward[j] * l->backward[j] / l->end);
        last[j] += scale * (float)(l->forward[end] * l->backward[end] / l->end);
    }
    first[gold[0]] -= scale;
    last[gold[n - 1]] -= scale;
    for (size_t t = 1; t < n; t++) {
        const double *before = l->forward + (t - 1) * tags, *after = l->backward + t * tags;
        for (size_t j = 0; j < tags; j++)
            l->terms[j] = l->weights[t * tags + j] * after[j] / (l->scale[t] * l->end);
        for (size_t i = 0; i < tags; i++) {
            const double *steps = l->steps + i * tags;
            float *to = d_transitions + i * tags;
#pragma omp simd
            for (size_t j = 0; j < tags; j++)
                to[j] += scale * (float)(before[i] * steps[j] * l->terms[j]);
        }
        d_transitions[(size_t)gold[t - 1] * tags + gold[t]] -= scale;
    }
}

double kg_crf_loss(float *d_emissions, float *d_transitions, const float *emissions,
                   const uint16_t *gold, const float *transitions, size_t n, size_t tags,
                   float scale, double *workspace) {
    lattice l = lattice_of(workspace, n, tags);
    double loss =
        run_forward(&l, emissions, transitions) - gold_score(emissions, gold, transitions, n, tags);
    if (!d_emissions)
        return loss;
    run_backward(&l);
    for (size_t t = 0; t < n; t++) {
        for (size_t j = 0; j < tags; j++) {
            size_t at = t * tags + j;
            d_emissions[at] = scale * (float)(l.forward[at] * l.backward[at] / l.end);
        }
        d_emissions[t * tags + gold[t]] -= scale;
    }
    add_transition_gradient(d_transitions, &l, gold, scale);
    return loss;
}

static double transition(const float *transitions, const uint8_t *allowed, size_t at) {
    if (allowed && !allowed[at])
        return -INFINITY;
    return transitions ? transitions[at] : 0;
}

void kg_crf_decode(uint16_t *best, const float *emissions, const float *transitions,
                   const uint8_t *allowed, size_t n, size_t tags, double *workspace) {
    if (n == 0)
        return;
    double *score = workspace;
    uint16_t *from = (uint16_t *)(workspace + n * tags); /* n x tags, one double each is plenty */
    for (size_t j = 0; j < tags; j++)
        score[j] = transition(transitions, allowed, tags * tags + j) + emissions[j];
    for (size_t t = 1; t < n; t++) {
        for (size_t j = 0; j < tags; j++) {
            double top = -INFINITY;
            size_t origin = 0;
            for (size_t i = 0; i < tags; i++) {
                double s =
                    score[(t - 1) * tags + i] + transition(transitions, allowed, i * tags + j);
                if (s > top) {
                    top = s;
                    origin = i;
                }
            }
            score[t * tags + j] = top + emissions[t * tags + j];
            from[t * tags + j] = (uint16_t)origin;
        }
    }
    size_t tag = 0;
    double top = -INFINITY;
    for (size_t j = 0; j < tags; j++) {
        double s =
            score[(n - 1) * tags + j] + transition(transitions, allowed, (tags + 1) * tags + j);
        if (s > top) {
            top = s;
            tag = j;
        }
    }
    for (size_t t = n; t-- > 0;) {
        best[t] = (uint16_t)tag;
        tag = t > 0 ? from[t * tags + tag] : 0;
    }
}
