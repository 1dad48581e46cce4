/* The greater and lesser of two numbers, as one instruction of a vector: fmaxf must look for NaN,
 * and is a call. A NaN in `a` gives b. */
#ifndef KG_TRANSR_LANES_H
#define KG_TRANSR_LANES_H

static inline float transr_max(float a, float b) {
    return a > b ? a : b;
}

static inline float transr_min(float a, float b) {
    return a < b ? a : b;
}

#endif
