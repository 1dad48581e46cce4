#include "plugins/smedbert/tune/class_weights.h"

#include <math.h>
#include <string.h>

void kg_class_counts(uint64_t *counts, size_t classes, const uint16_t *gold, const uint8_t *only,
                     size_t n) {
    memset(counts, 0, classes * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[gold[i]] += !only || only[i];
}

void kg_class_weights(float *weights, const uint64_t *counts, size_t classes, double power) {
    double items = 0, sum = 0;
    for (size_t k = 0; k < classes; k++) {
        items += (double)counts[k];
        sum += counts[k] ? pow((double)counts[k], 1 - power) : 0;
    }
    for (size_t k = 0; k < classes; k++)
        weights[k] = counts[k] ? (float)(pow((double)counts[k], -power) * items / sum) : 0;
}

void kg_class_logs(float *logs, const uint64_t *counts, size_t classes) {
    double items = 0;
    for (size_t k = 0; k < classes; k++)
        items += (double)counts[k] + 0.5;
    for (size_t k = 0; k < classes; k++)
        logs[k] = (float)log(((double)counts[k] + 0.5) / items);
}
