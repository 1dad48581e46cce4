#include "model/ops_cpu.h"

#include "model/vecmath.h"

#include <math.h>

static float row_maximum(const float *x, size_t d) {
    float greatest = -INFINITY;
#pragma omp simd reduction(max : greatest)
    for (size_t j = 0; j < d; j++)
        greatest = x[j] > greatest ? x[j] : greatest;
    return greatest;
}

/* A NaN logit makes the sum, and so the loss, NaN. */
static float row_loss(float *x, uint8_t *correct, const float *bias, uint32_t label, size_t d,
                      float scale) {
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        x[j] += bias[j];
    float greatest = row_maximum(x, d), sum = 0, at_label = x[label];
    *correct = at_label == greatest;
#pragma omp simd reduction(+ : sum)
    for (size_t j = 0; j < d; j++) {
        x[j] = kg_vec_exp(x[j] - greatest);
        sum += x[j];
    }
    float inverse = scale / sum;
#pragma omp simd
    for (size_t j = 0; j < d; j++)
        x[j] *= inverse;
    x[label] -= scale;
    return logf(sum) + greatest - at_label;
}

void kg_cpu_cross_entropy(float *logits, float *losses, uint8_t *correct, const float *bias,
                          const uint32_t *labels, size_t rows, size_t d, float scale) {
#pragma omp parallel for schedule(static) if (rows * d > 4096)
    for (size_t r = 0; r < rows; r++)
        losses[r] = row_loss(logits + r * d, correct + r, bias, labels[r], d, scale);
}

kg_loss_sum kg_cpu_loss_sum(const float *losses, const uint8_t *correct, size_t n) {
    kg_loss_sum total = {0, 0};
    for (size_t i = 0; i < n; i++) {
        total.sum += (double)losses[i];
        total.correct += correct[i];
    }
    return total;
}
