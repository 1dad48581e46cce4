/* Integers and floats at any address, little-endian as on disk. LMDB pads values to two bytes only,
 * so nothing read from a small value may be assumed aligned; memcpy compiles to one load. */
#ifndef KG_BASE_BYTEIO_H
#define KG_BASE_BYTEIO_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "kg's files are little-endian and read in place: a big-endian machine is not supported"
#endif

static inline uint16_t kg_load_u16(const void *from) {
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline uint32_t kg_load_u32(const void *from) {
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline uint64_t kg_load_u64(const void *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline float kg_load_f32(const void *from) {
    float value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline double kg_load_f64(const void *from) {
    double value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void kg_store_u16(void *to, uint16_t value) {
    memcpy(to, &value, sizeof value);
}

static inline void kg_store_u32(void *to, uint32_t value) {
    memcpy(to, &value, sizeof value);
}

static inline void kg_store_u64(void *to, uint64_t value) {
    memcpy(to, &value, sizeof value);
}

#endif
