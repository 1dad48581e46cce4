#include "model/mention.h"
#include "model/ops_cpu.h"

/* d pooled reaches a token twice: through the sum and through its weight. */
void kg_cpu_pool_backward(float *dtokens, kg_mention_pass *pass) {
    const kg_spans *s = pass->spans;
    size_t d1 = pass->project.in;
#pragma omp parallel for schedule(static) if (s->tokens * d1 > 4096)
    for (size_t m = 0; m < s->count; m++) {
        const float *dpooled = pass->dpooled + m * d1;
        for (uint32_t i = s->offsets[m]; i < s->offsets[m + 1]; i++) {
            const float *token = pass->tokens + i * d1;
            float *dtoken = dtokens + i * d1, dot = 0, alpha = pass->alpha[i];
#pragma omp simd reduction(+ : dot)
            for (size_t j = 0; j < d1; j++) {
                dot += dpooled[j] * token[j];
                dtoken[j] += alpha * dpooled[j];
            }
            pass->dalpha[i] = dot;
        }
    }
}
