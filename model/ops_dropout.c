#include "model/ops_cpu.h"

#include "kgstore/base/rng.h"

/* One number of the stream serves four elements, sixteen bits each. */
void kg_cpu_dropout_row(float *x, size_t n, const kg_dropout *dropout, size_t row) {
    if (dropout->threshold == 0)
        return;
    kg_rng rng = {dropout->keys[row], 0};
    uint64_t counter = dropout->site << 32;
    size_t whole = n / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        uint64_t bits = kg_rng_at(&rng, counter++);
        for (size_t l = 0; l < 4; l++)
            x[i + l] *= (bits >> (16 * l) & 0xFFFF) < dropout->threshold ? 0.0f : dropout->scale;
    }
    uint64_t bits = kg_rng_at(&rng, counter);
    for (size_t i = whole; i < n; i++, bits >>= 16)
        x[i] *= (bits & 0xFFFF) < dropout->threshold ? 0.0f : dropout->scale;
}

void kg_cpu_dropout_rows(float *y, size_t rows, size_t d, const kg_dropout *dropout) {
    if (dropout->threshold == 0)
        return;
#pragma omp parallel for schedule(static)
    for (size_t r = 0; r < rows; r++)
        kg_cpu_dropout_row(y + r * d, d, dropout, r);
}
