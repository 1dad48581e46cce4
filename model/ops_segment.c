#include "model/ops_cpu.h"

#include "model/vecmath.h"

#include <math.h>
#include <string.h>

void kg_cpu_segment_softmax(float *x, const uint32_t *offsets, size_t n) {
    for (size_t s = 0; s < n; s++) {
        float greatest = -INFINITY, sum = 0;
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++)
            greatest = x[i] > greatest ? x[i] : greatest;
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++)
            sum += x[i] = kg_vec_exp(x[i] - greatest);
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++)
            x[i] /= sum;
    }
}

void kg_cpu_segment_softmax_backward(float *dp, const float *p, const uint32_t *offsets, size_t n) {
    for (size_t s = 0; s < n; s++) {
        float mean = 0;
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++)
            mean += p[i] * dp[i];
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++)
            dp[i] = p[i] * (dp[i] - mean);
    }
}

void kg_cpu_segment_sum(float *y, const float *x, const float *w, const uint32_t *offsets, size_t n,
                        size_t d) {
#pragma omp parallel for schedule(static) if (n * d > 4096)
    for (size_t s = 0; s < n; s++) {
        float *out = y + s * d;
        memset(out, 0, d * sizeof *out);
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++) {
            const float *from = x + i * d;
            float weight = w ? w[i] : 1.0f;
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                out[j] += weight * from[j];
        }
    }
}

void kg_cpu_segment_spread(float *y, const float *x, const uint32_t *offsets, size_t n, size_t d) {
    for (size_t s = 0; s < n; s++)
        for (uint32_t i = offsets[s]; i < offsets[s + 1]; i++) {
            float *to = y + i * d;
            const float *from = x + s * d;
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                to[j] += from[j];
        }
}
