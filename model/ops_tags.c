#include "model/crf.h"
#include "model/ops_cpu.h"

#include <math.h>

/* -log softmax(x)[label] of one row; d (L, may be NULL) becomes its gradient times scale. */
static double softmax_loss(float *d, const float *x, size_t label, size_t tags, float scale) {
    double largest = x[0], sum = 0;
    for (size_t j = 1; j < tags; j++)
        largest = x[j] > largest ? x[j] : largest;
    for (size_t j = 0; j < tags; j++)
        sum += exp(x[j] - largest);
    double log_sum = largest + log(sum);
    for (size_t j = 0; d && j < tags; j++)
        d[j] = scale * (float)(exp(x[j] - log_sum) - (j == label));
    return log_sum - x[label];
}

static double sequence_loss(const kg_tag_losses *l, size_t start, size_t end) {
    size_t tags = l->tags;
    double sum = 0;
    if (l->transitions)
        return kg_crf_loss(l->dlogits ? l->dlogits + start * tags : NULL, l->dtransitions,
                           l->logits + start * tags, l->gold + start, l->transitions, end - start,
                           tags, l->scale, l->scratch);
    for (size_t i = start; i < end; i++)
        sum += softmax_loss(l->dlogits ? l->dlogits + i * tags : NULL, l->logits + i * tags,
                            l->gold[i], tags, l->scale);
    return sum;
}

double kg_cpu_tag_losses(const kg_tag_losses *l) {
    double sum = 0;
    for (size_t s = 0, start = 0; s < l->sequences; start = l->ends[s++])
        sum += sequence_loss(l, start, l->ends[s]);
    return sum;
}
