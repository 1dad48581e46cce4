#include "model/positions.h"

#include "kgstore/base/rng.h"

#include <math.h>

static const double SHARPNESS = 8.0; /* a head's logit at its offset, at the start */

enum { PURPOSE = 0x6C6F63 }; /* of the draws: "loc" */

/* Radians a position: evenly spread over (0, pi). */
static double frequency(size_t pair, size_t columns) {
    return 3.141592653589793 * ((double)pair + 0.5) / (double)(columns / 2);
}

void kg_positions_begin(float *values, size_t rows, size_t columns, double deviation) {
    const double amplitude = deviation * 1.4142135623730951;
    for (size_t j = 0; j < columns; j++) {
        double w = frequency(j / 2, columns);
        for (size_t r = 0; r < rows; r++) {
            double angle = w * (double)r;
            values[r * columns + j] = (float)(amplitude * (j % 2 ? cos(angle) : sin(angle)));
        }
    }
}

/* query (heads' rows, d1) from key: the columns of each pair turned by frequency * offset. */
static void turn(float *query, const float *key, size_t rows, const kg_model_config *c,
                 double offset) {
    size_t d = c->hidden_size;
    for (size_t i = 0; i + 1 < d; i += 2) {
        double angle = frequency(i / 2, d) * offset;
        double cosine = cos(angle), sine = sin(angle);
        for (size_t r = 0; r < rows; r++) {
            double a = key[r * d + i], b = key[r * d + i + 1];
            query[r * d + i] = (float)(a * cosine - b * sine);
            query[r * d + i + 1] = (float)(a * sine + b * cosine);
        }
    }
}

/* -1, 1, -2, 2, ... */
static double offset_of(uint32_t head) {
    double distance = 1 + head / 2;
    return head % 2 ? distance : -distance;
}

void kg_local_attention_begin(const kg_local_attention *attention, const kg_model_config *c,
                              uint64_t seed) {
    size_t d = c->hidden_size, width = d / c->num_attention_heads;
    /* The embeddings' norm leaves a third of the variance to the position: x_p . x_p is d / 3 of
     * it, and (W x) . (W x) / sqrt(width) on average sqrt(width) deviation^2 times that. */
    double deviation = sqrt(3 * SHARPNESS / ((double)d * sqrt((double)width)));
    kg_rng rng = kg_rng_stream(seed, 0, attention->layer, PURPOSE);
    for (uint32_t h = 0; h < c->num_attention_heads; h++) {
        float *key = attention->key + h * width * d, *query = attention->query + h * width * d;
        for (size_t i = 0; i < width * d; i++)
            key[i] = (float)(deviation * kg_rng_normal(&rng));
        turn(query, key, width, c, offset_of(h));
    }
}
