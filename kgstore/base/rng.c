#include "kgstore/base/rng.h"

#include <math.h>

double kg_rng_normal(kg_rng *rng) {
    double radius = sqrt(-2.0 * log(1.0 - kg_rng_uniform(rng)));
    return radius * cos(6.283185307179586 * kg_rng_uniform(rng));
}
