#include "model/ops_cpu.h"

void kg_cpu_embedding_forward(float *sum, const kg_embedding *e) {
    size_t d = e->d;
#pragma omp parallel for schedule(static) if (e->tokens * d > 8192)
    for (size_t i = 0; i < e->tokens; i++) {
        const float *word = e->word + e->ids[i] * d, *position = e->position + e->positions[i] * d;
        const float *segment = e->segment + e->segments[i] * d;
        float *out = sum + i * d;
#pragma omp simd
        for (size_t j = 0; j < d; j++)
            out[j] = word[j] + position[j] + segment[j];
        if (e->extra != NULL) {
            const float *extra = e->extra + i * d;
#pragma omp simd
            for (size_t j = 0; j < d; j++)
                out[j] += extra[j];
        }
    }
}

/* Rows collide, so threads take columns: each sum is made in the order of the tokens. */
void kg_cpu_embedding_backward(const float *dsum, const kg_embedding *e) {
    enum { WIDTH = 64 };
    size_t d = e->d;
#pragma omp parallel for schedule(static) if (e->tokens * d > 8192)
    for (size_t first = 0; first < d; first += WIDTH) {
        size_t end = first + WIDTH < d ? first + WIDTH : d;
        for (size_t i = 0; i < e->tokens; i++) {
            const float *from = dsum + i * d;
            float *word = e->dword + e->ids[i] * d, *position = e->dposition + e->positions[i] * d;
            float *segment = e->dsegment + e->segments[i] * d;
#pragma omp simd
            for (size_t j = first; j < end; j++) {
                word[j] += from[j];
                position[j] += from[j];
                segment[j] += from[j];
            }
        }
    }
}
