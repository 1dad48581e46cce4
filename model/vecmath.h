/* Elementary functions in single precision that a compiler turns into vector code: branch-free,
 * inlined, no table. Inside a loop under `#pragma omp simd` they run eight lanes at a time with
 * AVX2.
 *
 * Accuracy, held by tests/model/test_vecmath.c over their whole range: kg_vec_exp to 3e-7 relative,
 * kg_vec_erf and kg_vec_tanh to 5e-7 absolute and 1e-6 relative. NaN comes back as NaN. */
#ifndef KG_MODEL_VECMATH_H
#define KG_MODEL_VECMATH_H

#include <stdint.h>
#include <string.h>

/* e^x; 0 below -87.3, and e^88.3 above 88.3 (so that nothing overflows by itself). */
static inline float kg_vec_exp(float x) {
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    float low = x < -87.3f ? -87.3f : x;
    float y = low > 88.3f ? 88.3f : low;
    float n = (y * 1.44269504f + round) - round;
    float r = y - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = ((uint32_t)(int32_t)n + 127U) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return x < -87.3f ? 0.0f : p * scale;
}

/* erf by a rational function of x on [-4, 4], beyond which it is 1 to single precision. */
static inline float kg_vec_erf(float x) {
    float low = x < -4.0f ? -4.0f : x;
    float y = low > 4.0f ? 4.0f : low;
    float s = y * y;
    float p = -2.72614225801306e-10f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s + -2.10102402082508e-06f;
    p = p * s + -5.69250639462346e-05f;
    p = p * s + -7.34990630326855e-04f;
    p = p * s + -2.95459980854025e-03f;
    p = p * s + -1.60960333262415e-02f;
    float q = -1.45660718464996e-05f;
    q = q * s + -2.13374055278905e-04f;
    q = q * s + -1.68282697438203e-03f;
    q = q * s + -7.37332916720468e-03f;
    q = q * s + -1.42647390514189e-02f;
    return y * p / q;
}

/* tanh by a rational function of x on [-7.9, 7.9], beyond which it is 1 to single precision. */
static inline float kg_vec_tanh(float x) {
    float low = x < -7.9053111f ? -7.9053111f : x;
    float y = low > 7.9053111f ? 7.9053111f : low;
    float s = y * y;
    float p = -2.76076847742355e-16f;
    p = p * s + 2.00018790482477e-13f;
    p = p * s + -8.60467152213735e-11f;
    p = p * s + 5.12229709037114e-08f;
    p = p * s + 1.48572235717979e-05f;
    p = p * s + 6.37261928875436e-04f;
    p = p * s + 4.89352455891786e-03f;
    float q = 1.19825839466702e-06f;
    q = q * s + 1.18534705686654e-04f;
    q = q * s + 2.26843463243900e-03f;
    q = q * s + 4.89352518554385e-03f;
    return y * p / q;
}

/* x Phi(x), the erf form of GELU (Hendrycks and Gimpel 2016). */
static inline float kg_vec_gelu(float x) {
    return 0.5f * x * (1.0f + kg_vec_erf(x * 0.70710678f));
}

/* d gelu / dx = Phi(x) + x phi(x). */
static inline float kg_vec_gelu_slope(float x) {
    float phi = 0.39894228f * kg_vec_exp(-0.5f * x * x);
    return 0.5f * (1.0f + kg_vec_erf(x * 0.70710678f)) + x * phi;
}

#endif
