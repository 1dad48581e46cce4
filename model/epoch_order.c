#include "model/epoch_order.h"

enum { PURPOSE_SPLIT = 0x6e650001, PURPOSE_ORDER };

void kg_hold_out(uint8_t *held, size_t n, double share) {
    for (size_t i = 0; i < n; i++) {
        kg_rng rng = kg_rng_stream(0, 0, i, PURPOSE_SPLIT);
        held[i] = kg_rng_uniform(&rng) < share;
    }
}

void kg_shuffle(uint32_t *order, size_t n, kg_rng *rng) {
    for (size_t i = n; i > 1; i--) {
        size_t j = kg_rng_below(rng, i);
        uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
}

void kg_epoch_shuffle(uint32_t *order, size_t n, uint64_t seed, uint64_t epoch) {
    kg_rng rng = kg_rng_stream(seed, epoch, 0, PURPOSE_ORDER);
    kg_shuffle(order, n, &rng);
}
