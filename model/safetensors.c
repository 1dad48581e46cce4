#include "model/safetensors.h"

#include "kgstore/base/array.h"
#include "kgstore/base/byteio.h"
#include "kgstore/base/outfile.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_LIMIT ((uint64_t)100 << 20)

struct kg_safetensors {
    char *path;
    FILE *stream;
    uint64_t data_at, data_size; /* bytes */
    json_t *header;
    KG_ARRAY(kg_tensor_info) tensors;
};

static kg_status bad(const kg_safetensors *f, kg_error *err, const char *text) {
    return kg_error_at(err, KG_ERR_FORMAT, f->path, 0, "not a safetensors file: %s", text);
}

static size_t element_size(const char *dtype) {
    static const struct {
        const char *name;
        size_t size;
    } types[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4},
                 {"I16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"U32", 4}, {"U64", 8}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, dtype) == 0)
            return types[i].size;
    return 0;
}

static kg_status read_shape(kg_tensor_info *t, const kg_safetensors *f, const json_t *shape,
                            kg_error *err) {
    if (!json_is_array(shape) || json_array_size(shape) > KG_TENSOR_DIMENSIONS)
        return bad(f, err, "a tensor's shape is not a list of at most four numbers");
    t->count = 1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        json_int_t n = json_integer_value(json_array_get(shape, i));
        if (!json_is_integer(json_array_get(shape, i)) || n < 0 ||
            (n > 0 && t->count > f->data_size / (uint64_t)n))
            return bad(f, err, "a tensor's shape does not fit the file");
        t->shape[t->dimensions++] = (uint64_t)n;
        t->count *= (uint64_t)n;
    }
    return KG_OK;
}

static kg_status read_entry(kg_safetensors *f, const char *name, const json_t *entry,
                            kg_error *err) {
    kg_status st;
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (dtype == NULL || json_array_size(offsets) != 2)
        return bad(f, err, "a tensor lacks dtype or data_offsets");
    kg_tensor_info t = {.name = name, .dtype = dtype};
    KG_TRY(st, read_shape(&t, f, json_object_get(entry, "shape"), err));
    json_int_t begin = json_integer_value(json_array_get(offsets, 0));
    json_int_t end = json_integer_value(json_array_get(offsets, 1));
    size_t size = element_size(dtype);
    if (begin < 0 || end < begin || (uint64_t)end > f->data_size ||
        (size > 0 && (uint64_t)(end - begin) != t.count * size))
        return bad(f, err, "a tensor's data_offsets do not fit its shape or the file");
    t.begin = (uint64_t)begin;
    t.end = (uint64_t)end;
    return kg_array_push(&f->tensors, t);
}

static kg_status read_header(kg_safetensors *f, kg_error *err) {
    unsigned char length_bytes[8];
    struct stat info;
    if (fread(length_bytes, 1, 8, f->stream) != 8 || fstat(fileno(f->stream), &info) != 0)
        return bad(f, err, "it is shorter than eight bytes");
    uint64_t length = kg_load_u64(length_bytes), size = (uint64_t)info.st_size;
    if (length > HEADER_LIMIT || length + 8 > size)
        return bad(f, err, "its header is longer than the file");
    char *text = malloc(length + 1);
    if (text == NULL)
        return KG_ERR_MEMORY;
    json_error_t fault;
    f->data_at = 8 + length;
    f->data_size = size - f->data_at;
    if (fread(text, 1, length, f->stream) == length)
        f->header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault);
    free(text);
    if (!json_is_object(f->header))
        return bad(f, err, "its header is not a JSON object");
    const char *name;
    json_t *entry;
    json_object_foreach(f->header, name, entry) {
        kg_status st;
        if (strcmp(name, "__metadata__") != 0)
            KG_TRY(st, read_entry(f, name, entry, err));
    }
    return KG_OK;
}

kg_status kg_safetensors_open(kg_safetensors **out, const char *path, kg_error *err) {
    kg_safetensors *f = calloc(1, sizeof *f);
    kg_status st = KG_ERR_MEMORY;
    if (f == NULL || (f->path = strdup(path)) == NULL)
        goto out;
    f->stream = fopen(path, "rb");
    if (f->stream == NULL) {
        st = kg_error_errno(err, "open", path);
        goto out;
    }
    st = read_header(f, err);
out:
    if (st != KG_OK) {
        kg_safetensors_close(f);
        f = NULL;
    }
    *out = f;
    return st;
}

void kg_safetensors_close(kg_safetensors *f) {
    if (f == NULL)
        return;
    if (f->stream != NULL)
        fclose(f->stream);
    json_decref(f->header);
    kg_array_free(&f->tensors);
    free(f->path);
    free(f);
}

size_t kg_safetensors_count(const kg_safetensors *f) {
    return f->tensors.len;
}

const kg_tensor_info *kg_safetensors_at(const kg_safetensors *f, size_t i) {
    return &f->tensors.data[i];
}

const kg_tensor_info *kg_safetensors_find(const kg_safetensors *f, const char *name) {
    for (size_t i = 0; i < f->tensors.len; i++)
        if (strcmp(f->tensors.data[i].name, name) == 0)
            return &f->tensors.data[i];
    return NULL;
}

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

/* The types that hold real numbers; all others are refused by name. */
static const struct {
    const char *name;
    float (*convert)(const unsigned char *from);
} reals[] = {{"F32", from_f32}, {"F64", from_f64}, {"F16", from_f16}, {"BF16", from_bf16}};

static kg_status cut_short(const kg_safetensors *f, const kg_tensor_info *t, kg_error *err) {
    if (ferror(f->stream))
        return kg_error_errno(err, "read", f->path);
    return kg_error_at(err, KG_ERR_FORMAT, f->path, 0,
                       "the file ends within tensor %s; copy it again", t->name);
}

/* A damaged file, or a training that went astray: what is computed from such a number is none. */
static kg_status check_finite(const float *values, const kg_safetensors *f, const kg_tensor_info *t,
                              kg_error *err) {
    for (uint64_t i = 0; i < t->count; i++)
        if (!isfinite(values[i]))
            return kg_error_at(err, KG_ERR_FORMAT, f->path, 0,
                               "element %llu of tensor %s is %g, expected a finite number; the "
                               "file is damaged, or is of a training that went astray",
                               (unsigned long long)i, t->name, (double)values[i]);
    return KG_OK;
}

kg_status kg_safetensors_read(float *to, kg_safetensors *f, const kg_tensor_info *t,
                              kg_error *err) {
    size_t size = element_size(t->dtype), type = 0;
    while (type < sizeof reals / sizeof *reals && strcmp(reals[type].name, t->dtype) != 0)
        type++;
    if (type == sizeof reals / sizeof *reals)
        return kg_error_at(err, KG_ERR_UNSUPPORTED, f->path, 0,
                           "tensor %s is of dtype %s, expected F32, F16, BF16 or F64", t->name,
                           t->dtype);
    if (fseeko(f->stream, (off_t)(f->data_at + t->begin), SEEK_SET) != 0)
        return kg_error_errno(err, "read", f->path);
    if (reals[type].convert == from_f32) {
        if (fread(to, 4, t->count, f->stream) != t->count)
            return cut_short(f, t, err);
        return check_finite(to, f, t, err);
    }
    unsigned char element[8];
    for (uint64_t i = 0; i < t->count; i++) {
        if (fread(element, 1, size, f->stream) != size)
            return cut_short(f, t, err);
        to[i] = reals[type].convert(element);
    }
    return check_finite(to, f, t, err);
}

static uint64_t count_of(const kg_tensor_out *t) {
    uint64_t count = 1;
    for (uint32_t i = 0; i < t->dimensions; i++)
        count *= t->shape[i];
    return count;
}

static json_t *header_of(const kg_tensor_out *tensors, size_t n) {
    json_t *header = json_object();
    uint64_t at = 0;
    for (size_t i = 0; i < n && header != NULL; i++) {
        json_t *shape = json_array();
        uint64_t end = at + 4 * count_of(&tensors[i]);
        for (uint32_t d = 0; d < tensors[i].dimensions; d++)
            json_array_append_new(shape, json_integer((json_int_t)tensors[i].shape[d]));
        json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape,
                                  "data_offsets", (json_int_t)at, (json_int_t)end);
        if (json_object_set_new(header, tensors[i].name, entry) != 0) {
            json_decref(header);
            return NULL;
        }
        at = end;
    }
    return header;
}

kg_status kg_safetensors_write(const char *path, const kg_tensor_out *tensors, size_t n,
                               kg_error *err) {
    kg_status st;
    json_t *header = header_of(tensors, n);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (text == NULL)
        return KG_ERR_MEMORY;
    kg_outfile *file = NULL;
    st = kg_outfile_open(&file, path, err);
    if (st == KG_OK) {
        FILE *stream = kg_outfile_stream(file);
        size_t length = strlen(text), padding = (8 - length % 8) % 8;
        unsigned char prefix[8];
        kg_store_u64(prefix, length + padding);
        fwrite(prefix, 1, 8, stream);
        fprintf(stream, "%s%*s", text, (int)padding, "");
        for (size_t i = 0; i < n; i++)
            fwrite(tensors[i].data, 4, count_of(&tensors[i]), stream);
        st = kg_outfile_commit(file, err);
    }
    free(text);
    return st;
}
