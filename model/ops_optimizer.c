#include "model/ops_cpu.h"

#include <math.h>

enum {
    PARTS = 256,    /* the norm is summed in so many parts */
    CHAINS = 16,    /* and each of them in so many sums that do not wait for each other */
    CHUNK = 1 << 16 /* elements that one thread steps at a time */
};

static double sum_of_squares(const float *x, size_t n) {
    double sums[CHAINS] = {0}, total = 0;
    size_t i = 0;
    for (; i + CHAINS <= n; i += CHAINS) {
#pragma omp simd
        for (size_t j = 0; j < CHAINS; j++)
            sums[j] += (double)x[i + j] * (double)x[i + j];
    }
    for (size_t j = 0; j < CHAINS; j++)
        total += sums[j];
    for (; i < n; i++)
        total += (double)x[i] * (double)x[i];
    return total;
}

double kg_cpu_norm(const float *x, size_t n) {
    double sums[PARTS] = {0}, total = 0;
    size_t length = (n + PARTS - 1) / PARTS;
#pragma omp parallel for schedule(static)
    for (size_t c = 0; c < PARTS; c++) {
        size_t first = c * length < n ? c * length : n;
        size_t end = first + length < n ? first + length : n;
        sums[c] = sum_of_squares(x + first, end - first);
    }
    for (size_t c = 0; c < PARTS; c++)
        total += sums[c];
    return sqrt(total);
}

size_t kg_cpu_first_bad(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return i;
    return n;
}

static void step_range(const kg_adamw_range *k, size_t first, size_t end) {
    float *value = k->values, *gradient = k->gradients, *m = k->first, *v = k->second;
    const float b1 = k->beta1, b2 = k->beta2, clip = k->clip, rate = k->rate;
    const float correction2 = k->correction2, epsilon = k->epsilon, keep = k->keep;
#pragma omp simd
    for (size_t i = first; i < end; i++) {
        float g = gradient[i] * clip;
        m[i] = b1 * m[i] + (1.0f - b1) * g;
        v[i] = b2 * v[i] + (1.0f - b2) * g * g;
        value[i] = keep * value[i] - rate * m[i] / (sqrtf(v[i] * correction2) + epsilon);
        gradient[i] = 0;
    }
}

void kg_cpu_adamw(const kg_adamw_range *k) {
#pragma omp parallel for schedule(static) if (k->count > CHUNK)
    for (size_t first = 0; first < k->count; first += CHUNK)
        step_range(k, first, first + CHUNK < k->count ? first + CHUNK : k->count);
}
