#include "model/safetensors.h"

#include "kgstore/base/array.h"
#include "kgstore/base/byteio.h"
#include "kgstore/base/outfile.h"
#include "model/tensor_dtype.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_LIMIT ((uint64_t)100 << 20)

typedef struct tensor {
    kg_tensor_info info;
    uint64_t begin, end; /* bytes, from the end of the header */
} tensor;

typedef struct safetensors {
    char *path;
    FILE *stream;
    uint64_t data_at, data_size; /* bytes */
    json_t *header;
    KG_ARRAY(tensor) tensors;
} safetensors;

static kg_status bad(const safetensors *f, kg_error *err, const char *text) {
    return kg_error_at(err, KG_ERR_FORMAT, f->path, 0, "not a safetensors file: %s", text);
}

static kg_status read_shape(kg_tensor_info *t, const safetensors *f, const json_t *shape,
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

static kg_status read_entry(safetensors *f, const char *name, const json_t *entry, kg_error *err) {
    kg_status st;
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (dtype == NULL || json_array_size(offsets) != 2)
        return bad(f, err, "a tensor lacks dtype or data_offsets");
    tensor t = {.info = {.name = name, .dtype = dtype}};
    KG_TRY(st, read_shape(&t.info, f, json_object_get(entry, "shape"), err));
    json_int_t begin = json_integer_value(json_array_get(offsets, 0));
    json_int_t end = json_integer_value(json_array_get(offsets, 1));
    size_t size = kg_dtype_size(dtype);
    if (begin < 0 || end < begin || (uint64_t)end > f->data_size ||
        (size > 0 && (uint64_t)(end - begin) != t.info.count * size))
        return bad(f, err, "a tensor's data_offsets do not fit its shape or the file");
    t.begin = (uint64_t)begin;
    t.end = (uint64_t)end;
    return kg_array_push(&f->tensors, t);
}

static kg_status read_header(safetensors *f, kg_error *err) {
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

static void close_file(void *file) {
    safetensors *f = file;
    if (f == NULL)
        return;
    if (f->stream != NULL)
        fclose(f->stream);
    json_decref(f->header);
    kg_array_free(&f->tensors);
    free(f->path);
    free(f);
}

static kg_status open_file(void **out, const char *path, kg_error *err) {
    safetensors *f = calloc(1, sizeof *f);
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
        close_file(f);
        f = NULL;
    }
    *out = f;
    return st;
}

static size_t count_tensors(const void *file) {
    return ((const safetensors *)file)->tensors.len;
}

static const kg_tensor_info *tensor_at(const void *file, size_t i) {
    return &((const safetensors *)file)->tensors.data[i].info;
}

static kg_status cut_short(const safetensors *f, const kg_tensor_info *t, kg_error *err) {
    if (ferror(f->stream))
        return kg_error_errno(err, "read", f->path);
    return kg_error_at(err, KG_ERR_FORMAT, f->path, 0,
                       "the file ends within tensor %s; copy it again", t->name);
}

static kg_status read_tensor(float *to, void *file, size_t i, kg_error *err) {
    enum { AT_ONCE = 1 << 16 };
    kg_status st;
    safetensors *f = file;
    const kg_tensor_info *t = &f->tensors.data[i].info;
    size_t size = kg_dtype_size(t->dtype);
    KG_TRY(st, kg_dtype_check(t, f->path, err));
    if (fseeko(f->stream, (off_t)(f->data_at + f->tensors.data[i].begin), SEEK_SET) != 0)
        return kg_error_errno(err, "read", f->path);
    unsigned char *block = malloc(AT_ONCE);
    if (block == NULL)
        return KG_ERR_MEMORY;
    for (uint64_t at = 0, n; at < t->count && st == KG_OK; at += n) {
        n = t->count - at < AT_ONCE / size ? t->count - at : AT_ONCE / size;
        if (fread(block, size, n, f->stream) == n)
            kg_dtype_convert(to + at, t->dtype, block, n);
        else
            st = cut_short(f, t, err);
    }
    free(block);
    return st == KG_OK ? kg_tensor_check_finite(to, t, f->path, err) : st;
}

const kg_tensor_format kg_safetensors_format = {open_file, close_file, count_tensors, tensor_at,
                                                read_tensor};

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
