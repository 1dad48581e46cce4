#include "model/crf.h"

#include <math.h>

size_t kg_crf_workspace(size_t n, size_t tags) {
    return (2 * n + 2) * tags;
}

/* log sum exp of x[0..n) */
static double log_sum(const double *x, size_t n) {
    double largest = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - largest);
    return largest + log(sum);
}

/* forward[t][j]: log of the summed weight of all prefixes that end with tag j at token t. */
static double run_forward(double *forward, const float *emissions, const float *transitions,
                          size_t n, size_t tags, double *terms) {
    const float *first = transitions + tags * tags, *last = first + tags;
    for (size_t j = 0; j < tags; j++)
        forward[j] = (double)first[j] + emissions[j];
    for (size_t t = 1; t < n; t++) {
        const double *before = forward + (t - 1) * tags;
        for (size_t j = 0; j < tags; j++) {
            for (size_t i = 0; i < tags; i++)
                terms[i] = before[i] + transitions[i * tags + j];
            forward[t * tags + j] = log_sum(terms, tags) + emissions[t * tags + j];
        }
    }
    for (size_t j = 0; j < tags; j++)
        terms[j] = forward[(n - 1) * tags + j] + last[j];
    return log_sum(terms, tags);
}

/* backward[t][i]: log of the summed weight of all suffixes after tag i at token t. */
static void run_backward(double *backward, const float *emissions, const float *transitions,
                         size_t n, size_t tags, double *terms) {
    const float *last = transitions + (tags + 1) * tags;
    for (size_t i = 0; i < tags; i++)
        backward[(n - 1) * tags + i] = last[i];
    for (size_t t = n - 1; t > 0; t--) {
        const double *after = backward + t * tags;
        for (size_t i = 0; i < tags; i++) {
            for (size_t j = 0; j < tags; j++)
                terms[j] = (double)transitions[i * tags + j] + emissions[t * tags + j] + after[j];
            backward[(t - 1) * tags + i] = log_sum(terms, tags);
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
static void add_transition_gradient(float *d_transitions, const double *forward,
                                    const double *backward, const float *emissions,
                                    const uint16_t *gold, const float *transitions, size_t n,
                                    size_t tags, float scale, double log_z) {
    float *first = d_transitions + tags * tags, *last = first + tags;
    for (size_t j = 0; j < tags; j++) {
        first[j] += scale * (float)exp(forward[j] + backward[j] - log_z);
        size_t end = (n - 1) * tags + j;
        last[j] += scale * (float)exp(forward[end] + backward[end] - log_z);
    }
    first[gold[0]] -= scale;
    last[gold[n - 1]] -= scale;
    for (size_t t = 1; t < n; t++) {
        const double *before = forward + (t - 1) * tags, *after = backward + t * tags;
        const float *here = emissions + t * tags;
        for (size_t i = 0; i < tags; i++)
            for (size_t j = 0; j < tags; j++)
                d_transitions[i * tags + j] +=
                    scale *
                    (float)exp(before[i] + transitions[i * tags + j] + here[j] + after[j] - log_z);
        d_transitions[(size_t)gold[t - 1] * tags + gold[t]] -= scale;
    }
}

double kg_crf_loss(float *d_emissions, float *d_transitions, const float *emissions,
                   const uint16_t *gold, const float *transitions, size_t n, size_t tags,
                   float scale, double *workspace) {
    double *forward = workspace, *backward = forward + n * tags, *terms = backward + n * tags;
    double log_z = run_forward(forward, emissions, transitions, n, tags, terms);
    double loss = log_z - gold_score(emissions, gold, transitions, n, tags);
    if (!d_emissions)
        return loss;
    run_backward(backward, emissions, transitions, n, tags, terms);
    for (size_t t = 0; t < n; t++) {
        for (size_t j = 0; j < tags; j++) {
            size_t at = t * tags + j;
            d_emissions[at] = scale * (float)exp(forward[at] + backward[at] - log_z);
        }
        d_emissions[t * tags + gold[t]] -= scale;
    }
    add_transition_gradient(d_transitions, forward, backward, emissions, gold, transitions, n, tags,
                            scale, log_z);
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
