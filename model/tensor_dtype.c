#include "model/tensor_dtype.h"

#include "kgstore/base/byteio.h"

#include <math.h>
#include <string.h>

static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, m = half & 1023;
    float value;
    if (exponent == 0) {
        value = (float)m * 0x1p-24f;
        return sign ? -value : value;
    }
    uint32_t bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | m << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_f32(const unsigned char *from) {
    return kg_load_f32(from);
}

static float from_f64(const unsigned char *from) {
    return (float)kg_load_f64(from);
}

static float from_f16(const unsigned char *from) {
    return from_half(kg_load_u16(from));
}

static float from_bf16(const unsigned char *from) {
    const unsigned char wide[4] = {0, 0, from[0], from[1]};
    return kg_load_f32(wide);
}

/* convert is NULL where the type does not hold real numbers. */
static const struct dtype {
    const char *name;
    size_t size;
    float (*convert)(const unsigned char *from);
} dtypes[] = {{"F64", 8, from_f64},   {"F32", 4, from_f32}, {"F16", 2, from_f16},
              {"BF16", 2, from_bf16}, {"I64", 8, NULL},     {"I32", 4, NULL},
              {"I16", 2, NULL},       {"I8", 1, NULL},      {"U8", 1, NULL},
              {"BOOL", 1, NULL},      {"U32", 4, NULL},     {"U64", 8, NULL}};

static const struct dtype *find(const char *name) {
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    return NULL;
}

size_t kg_dtype_size(const char *dtype) {
    const struct dtype *found = find(dtype);
    return found ? found->size : 0;
}

kg_status kg_dtype_check(const kg_tensor_info *t, const char *path, kg_error *err) {
    const struct dtype *found = find(t->dtype);
    return found && found->convert ? KG_OK
                                   : kg_error_at(err, KG_ERR_UNSUPPORTED, path, 0,
                                                 "tensor %s is of dtype %s, expected F32, F16, "
                                                 "BF16 or F64; save it as one of them",
                                                 t->name, t->dtype);
}

void kg_dtype_convert(float *to, const char *dtype, const unsigned char *from, size_t n) {
    const struct dtype *found = find(dtype);
    for (size_t i = 0; i < n; i++)
        to[i] = found->convert(from + i * found->size);
}

kg_status kg_tensor_check_finite(const float *values, const kg_tensor_info *t, const char *path,
                                 kg_error *err) {
    for (uint64_t i = 0; i < t->count; i++)
        if (!isfinite(values[i]))
            return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                               "element %llu of tensor %s is %g, expected a finite number; the "
                               "file is damaged, or is of a training that went astray",
                               (unsigned long long)i, t->name, (double)values[i]);
    return KG_OK;
}
