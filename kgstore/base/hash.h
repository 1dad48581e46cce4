/* A 64-bit hash of bytes, and a finaliser for integers. Not for use against an adversary.
 * The value is written to stores (checksums, hashed keys): it must never change. */
#ifndef KG_BASE_HASH_H
#define KG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The high and low halves of a 128-bit product, folded: the mixing step of wyhash and its kin. */
static inline uint64_t kg_hash_fold(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Bijective on 64 bits (the finaliser of SplitMix64, Steele, Lea, Flood 2014). */
static inline uint64_t kg_hash_u64(uint64_t x) {
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static inline uint64_t kg_hash_bytes(const void *data, size_t n, uint64_t seed) {
    const unsigned char *p = data;
    uint64_t h =
        seed ^ kg_hash_fold(n ^ UINT64_C(0xA0761D6478BD642F), UINT64_C(0xE7037ED1A0B428DB));
    uint64_t a, b;
    while (n > 16) {
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        h = kg_hash_fold(a ^ UINT64_C(0x8EBC6AF09C88C6E3), b ^ h);
        p += 16;
        n -= 16;
    }
    a = b = 0;
    if (n >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + n - 8, 8);
    } else if (n >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        a = low;
        b = high;
    } else if (n > 0) {
        a = (uint64_t)p[0] << 16 | (uint64_t)p[n >> 1] << 8 | p[n - 1];
    }
    h = kg_hash_fold(a ^ UINT64_C(0x589965CC75374CC3), b ^ h);
    return kg_hash_u64(h);
}

#endif
