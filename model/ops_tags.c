#include "model/crf.h"
#include "model/ops_cpu.h"

#include <math.h>

/* The cross entropy of softmax(x) and a target of one row: 1 - smoothing on the label, the rest
 * alike on all tags. d (L, may be NULL) becomes its gradient times scale. */
static double softmax_loss(float *d, const float *x, size_t label, const kg_tag_losses *l,
                           float scale) {
    size_t tags = l->tags;
    double largest = x[0], sum = 0, mean = 0, smooth = (double)l->smoothing;
    for (size_t j = 1; j < tags; j++)
        largest = x[j] > largest ? x[j] : largest;
    for (size_t j = 0; j < tags; j++)
        sum += exp(x[j] - largest);
    double log_sum = largest + log(sum);
    for (size_t j = 0; d && j < tags; j++)
        d[j] = scale *
               (float)(exp(x[j] - log_sum) - (j == label ? 1 - smooth : 0) - smooth / (double)tags);
    for (size_t j = 0; smooth > 0 && j < tags; j++)
        mean += x[j] / (double)tags;
    return log_sum - (1 - smooth) * x[label] - smooth * mean;
}

static double sequence_loss(const kg_tag_losses *l, size_t start, size_t end) {
    size_t tags = l->tags;
    double sum = 0;
    if (l->transitions)
        return kg_crf_loss(l->dlogits ? l->dlogits + start * tags : NULL, l->dtransitions,
                           l->logits + start * tags, l->gold + start, l->transitions, end - start,
                           tags, l->scale, l->scratch);
    for (size_t i = start; i < end; i++) {
        float weight = l->weights ? l->weights[l->gold[i]] : 1;
        sum +=
            (double)weight * softmax_loss(l->dlogits ? l->dlogits + i * tags : NULL,
                                          l->logits + i * tags, l->gold[i], l, weight * l->scale);
    }
    return sum;
}

double kg_cpu_tag_losses(const kg_tag_losses *l) {
    double sum = 0;
    for (size_t s = 0, start = 0; s < l->sequences; start = l->ends[s++])
        sum += sequence_loss(l, start, l->ends[s]);
    return sum;
}
