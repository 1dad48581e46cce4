#include "model/adamw.h"

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

double kg_gradient_norm(const kg_params *params) {
    double sums[PARTS] = {0}, total = 0;
    size_t length = (params->total + PARTS - 1) / PARTS;
#pragma omp parallel for schedule(static)
    for (size_t c = 0; c < PARTS; c++) {
        size_t first = c * length < params->total ? c * length : params->total;
        size_t end = first + length < params->total ? first + length : params->total;
        sums[c] = sum_of_squares(params->gradients + first, end - first);
    }
    for (size_t c = 0; c < PARTS; c++)
        total += sums[c];
    return sqrt(total);
}

/* A step's constants in single precision. */
typedef struct step_constants {
    float beta1, beta2, clip, rate, correction2, epsilon, keep;
} step_constants;

static void step_range(const kg_params *params, size_t first, size_t end, const step_constants *k) {
    float *value = params->values, *gradient = params->gradients;
    float *m = params->first, *v = params->second;
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

void kg_adamw_step(kg_params *params, const kg_adamw *o, uint64_t step, double norm) {
    double correction1 = 1 / (1 - pow(o->beta1, (double)step));
    step_constants k = {
        .beta1 = (float)o->beta1,
        .beta2 = (float)o->beta2,
        .clip = o->clip > 0 && norm > o->clip ? (float)(o->clip / norm) : 1,
        .correction2 = (float)(1 / (1 - pow(o->beta2, (double)step))),
        .epsilon = (float)o->epsilon,
    };
    for (size_t t = 0; t < params->table.len; t++) {
        const kg_param *p = &params->table.data[t];
        size_t end = p->offset + p->count;
        double rate = o->learning_rate * (double)p->rate;
        k.rate = (float)(rate * correction1);
        k.keep = (float)(1 - rate * o->decay * (double)p->decay);
#pragma omp parallel for schedule(static) if (p->count > CHUNK)
        for (size_t first = p->offset; first < end; first += CHUNK)
            step_range(params, first, first + CHUNK < end ? first + CHUNK : end, &k);
    }
}

double kg_schedule(uint64_t step, uint64_t warmup, uint64_t total, double floor) {
    if (step <= warmup)
        return (double)step / (double)(warmup ? warmup : 1);
    if (total <= warmup)
        return 1;
    double left = step >= total ? 0 : (double)(total - step) / (double)(total - warmup);
    return floor + (1 - floor) * left;
}
