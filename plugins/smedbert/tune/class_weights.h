/* What rare classes count in a loss, and how much scores know of frequency (METHOD 9). Letters: L
 * classes. */
#ifndef KG_SMEDBERT_CLASS_WEIGHTS_H
#define KG_SMEDBERT_CLASS_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

/* counts (L) = how many of n items have each class; of those whose `only` is set (NULL: all). */
void kg_class_counts(uint64_t *counts, size_t classes, const uint16_t *gold, const uint8_t *only,
                     size_t n);

/* weights (L) = counts^-power, scaled such that their mean over the items is 1; 0 where there are
 * no items. Power 0: all alike; 1: all classes count the same; 1/2: between. */
void kg_class_weights(float *weights, const uint64_t *counts, size_t classes, double power);

/* logs (L) = the logarithm of each class's share of the items, each class having half an item more,
 * so that none is without a share. */
void kg_class_logs(float *logs, const uint64_t *counts, size_t classes);

#endif
