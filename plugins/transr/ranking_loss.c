#include "plugins/transr/ranking_loss.h"

#include "plugins/transr/lanes.h"

#include <math.h>

/* e^x for x <= 0, to 2e-7 relative; 0 below -87. Inlined, so that loops over it become vectors: x
 * is split into n ln 2 + f, e^f by its series, 2^n by its exponent bits. */
static inline float exp_negative(float x) {
    float t = transr_max(x, -87.0f) * 1.44269504f;
    float n = (t + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23: rounds to an integer */
    float f = (t - n) * 0.693147181f;
    float p = 1.0f / 720;
    p = p * f + 1.0f / 120;
    p = p * f + 1.0f / 24;
    p = p * f + 1.0f / 6;
    p = p * f + 0.5f;
    p = p * f + 1.0f;
    p = p * f + 1.0f;
    union {
        int32_t bits;
        float value;
    } power = {.bits = ((int32_t)n + 127) * 8388608};
    return x < -87.0f ? 0 : p * power.value;
}

static float greatest(const float *scores, size_t n) {
    float best = -INFINITY;
#pragma omp simd reduction(max : best)
    for (size_t j = 0; j < n; j++)
        best = transr_max(best, scores[j]);
    return best;
}

/* out[j] = e^(factor (scores[j] - top)) for negatives and 0 for answers; returns their sum. */
static float exponentials(float *out, const float *scores, size_t n, const uint32_t *answers,
                          size_t n_answers, float factor, float top) {
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        out[j] = exp_negative(factor * (scores[j] - top));
    for (size_t a = 0; a < n_answers; a++)
        out[answers[a]] = 0;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < n; j++)
        sum += out[j];
    return sum;
}

static void scale_row(float *row, size_t n, float factor) {
#pragma omp simd
    for (size_t j = 0; j < n; j++)
        row[j] *= factor;
}

/* With z the sum over negatives and e the answer's own: -log(e / (e + z)). The answers of a query
 * do not compete with one another. */
static double softmax_row(float *d, const float *scores, size_t n, const uint32_t *answers,
                          size_t n_answers) {
    float top = greatest(scores, n);
    double z = exponentials(d, scores, n, answers, n_answers, 1, top);
    if (!(z > 0)) { /* no negatives, or none within e^-87 of the best */
        scale_row(d, n, 0);
        return 0;
    }
    double loss = 0, shares = 0;
    for (size_t a = 0; a < n_answers; a++) {
        double above = scores[answers[a]] - top;
        double whole = exp(above) + z;
        loss += log(whole) - above;
        shares += 1 / whole;
    }
    scale_row(d, n, (float)shares);
    for (size_t a = 0; a < n_answers; a++)
        d[answers[a]] = (float)(-z / (exp((double)scores[answers[a]] - top) + z));
    return loss;
}

/* log(1 + e) for e in [0, 1], to 2e-7, by the series of 2 artanh(e / (2 + e)). */
static inline float log_one_plus(float e) {
    float s = e / (2 + e), t = s * s;
    float p = 1.0f / 11;
    p = p * t + 1.0f / 9;
    p = p * t + 1.0f / 7;
    p = p * t + 0.2f;
    p = p * t + 1.0f / 3;
    p = p * t + 1.0f;
    return 2 * s * p;
}

/* log(1 + e^x), and its slope. */
static inline float softplus(float x) {
    return transr_max(x, 0) + log_one_plus(exp_negative(-fabsf(x)));
}

static inline float sigmoid(float x) {
    float e = exp_negative(-fabsf(x));
    return (x > 0 ? 1 : e) / (1 + e);
}

static double logistic_row(float *d, const float *scores, size_t n, const uint32_t *answers,
                           size_t n_answers, const transr_recipe *recipe) {
    float gamma = recipe->gamma, alpha = recipe->adversarial;
    float top = alpha > 0 ? greatest(scores, n) : 0;
    float sum = exponentials(d, scores, n, answers, n_answers, alpha, top);
    float share = sum > 0 ? (float)n_answers / sum : 0;
    float negatives = 0;
#pragma omp simd reduction(+ : negatives)
    for (size_t j = 0; j < n; j++) {
        float x = gamma + scores[j], weight = d[j] * share;
        negatives += weight * softplus(x);
        d[j] = weight * sigmoid(x);
    }
    double loss = negatives;
    for (size_t a = 0; a < n_answers; a++) {
        float x = gamma + scores[answers[a]];
        loss += softplus(-x);
        d[answers[a]] = -sigmoid(-x);
    }
    return loss;
}

double transr_loss_row(float *d_scores, const float *scores, size_t n, const uint32_t *answers,
                       size_t n_answers, const transr_recipe *recipe) {
    switch (recipe->loss) {
    case TRANSR_SOFTMAX:
        return softmax_row(d_scores, scores, n, answers, n_answers);
    case TRANSR_LOGISTIC:
        return logistic_row(d_scores, scores, n, answers, n_answers, recipe);
    }
    return 0;
}
