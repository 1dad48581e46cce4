#include "model/weights.h"

#include "model/ops.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 160 };

/* name with the ending `from` replaced by `to`; false where it does not end so. */
static bool with_ending(char out[NAME_SIZE], const char *name, const char *from, const char *to) {
    size_t n = strlen(name), m = strlen(from);
    if (n < m || strcmp(name + n - m, from) != 0)
        return false;
    snprintf(out, NAME_SIZE, "%.*s%s", (int)(n - m), name, to);
    return true;
}

/* The name itself or, for a norm, its legacy form; each with and without the model's prefix. */
static const kg_tensor_info *find_either(const kg_tensor_source *source, const char *name) {
    char legacy[NAME_SIZE];
    const kg_tensor_info *t = kg_tensor_source_find(source, name);
    if (t == NULL &&
        (with_ending(legacy, name, "LayerNorm.weight", "LayerNorm.gamma") ||
         with_ending(legacy, name, "LayerNorm.bias", "LayerNorm.beta") ||
         with_ending(legacy, name, "cls.predictions.bias", "cls.predictions.decoder.bias")))
        t = kg_tensor_source_find(source, legacy);
    return t;
}

static const kg_tensor_info *find_tensor(const kg_tensor_source *source, const char *name) {
    const kg_tensor_info *t = find_either(source, name);
    if (t == NULL && strncmp(name, "bert.", 5) == 0)
        t = find_either(source, name + 5);
    return t;
}

static void format_shape(char out[64], const uint64_t *shape, uint32_t dimensions) {
    size_t at = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < dimensions; i++)
        at += (size_t)snprintf(out + at, 64 - at, "%s%llu", i ? ", " : "",
                               (unsigned long long)shape[i]);
}

static uint32_t shape_of(uint64_t shape[2], const kg_param *p) {
    shape[0] = p->rows;
    shape[1] = p->columns;
    return p->columns ? 2 : 1;
}

static bool has_shape(const kg_tensor_info *t, const kg_param *p) {
    uint64_t shape[2];
    uint32_t dimensions = shape_of(shape, p);
    return t->dimensions == dimensions && memcmp(t->shape, shape, dimensions * sizeof *shape) == 0;
}

static kg_status read_one(float *block, const kg_params *params, const kg_param *p,
                          kg_tensor_source *source, const kg_tensor_info *t, kg_error *err) {
    if (!has_shape(t, p)) {
        char found[64], wanted[64];
        uint64_t shape[2];
        format_shape(found, t->shape, t->dimensions);
        format_shape(wanted, shape, shape_of(shape, p));
        return kg_error_set(err, KG_ERR_FORMAT,
                            "tensor %s has shape (%s), the configuration asks for (%s)", t->name,
                            found, wanted);
    }
    const kg_backend *be = params->backend;
    float *to = block + p->offset, *view = be->map(to, p->count * sizeof *view);
    if (view == NULL)
        return KG_ERR_MEMORY;
    kg_status st = kg_tensor_source_read(view, source, t, err);
    be->unmap(to, view, p->count * sizeof *view, st == KG_OK);
    return st;
}

static void tell_missing(kg_missing_fn missing, void *context, const kg_param *p,
                         const kg_tensor_info *t) {
    char found[64], shape[68];
    if (t)
        format_shape(found, t->shape, t->dimensions);
    if (t)
        snprintf(shape, sizeof shape, "(%s)", found);
    missing(context, p->name, t ? shape : NULL);
}

kg_status kg_weights_read(kg_params *params, kg_tensor_source *source, kg_missing_fn missing,
                          void *context, kg_error *err) {
    size_t found = 0;
    for (size_t i = 0; i < params->table.len; i++)
        found += find_tensor(source, params->table.data[i].name) != NULL;
    if (found == 0)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "the checkpoint has none of the model's tensors, as %s",
                            params->table.data[0].name);
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        const kg_tensor_info *t = find_tensor(source, p->name);
        bool begins_anew = t && p->of_task && missing && !has_shape(t, p);
        kg_status st;
        if (t != NULL && !begins_anew)
            KG_TRY(st, read_one(params->values, params, p, source, t, err));
        else if (missing != NULL)
            tell_missing(missing, context, p, t);
        else
            return kg_error_set(err, KG_ERR_NOT_FOUND, "the checkpoint lacks tensor %s", p->name);
    }
    return KG_OK;
}

static kg_tensor_out tensor_of(const kg_param *p, const char *name, const float *block) {
    kg_tensor_out out = {.name = name, .data = block + p->offset};
    out.dimensions = shape_of(out.shape, p);
    return out;
}

static float *map_block(const kg_params *params, float *block) {
    return params->backend->map(block, params->total * sizeof *block);
}

static void unmap_block(const kg_params *params, float *block, float *view) {
    params->backend->unmap(block, view, params->total * sizeof *block, false);
}

kg_status kg_weights_write(const kg_params *params, const char *path, kg_error *err) {
    kg_tensor_out *tensors = calloc(params->table.len + 1, sizeof *tensors);
    float *values = map_block(params, params->values);
    kg_status st = KG_ERR_MEMORY;
    if (tensors != NULL && values != NULL) {
        for (size_t i = 0; i < params->table.len; i++)
            tensors[i] = tensor_of(&params->table.data[i], params->table.data[i].name, values);
        st = kg_safetensors_write(path, tensors, params->table.len, err);
    }
    unmap_block(params, params->values, values);
    free(tensors);
    return st;
}

static const char *const moment_names[] = {".first", ".second"};

kg_status kg_moments_write(const kg_params *params, const char *path, kg_error *err) {
    size_t n = params->table.len;
    kg_tensor_out *tensors = calloc(2 * n + 1, sizeof *tensors);
    char(*names)[NAME_SIZE] = calloc(2 * n + 1, NAME_SIZE);
    float *first = map_block(params, params->first), *second = map_block(params, params->second);
    kg_status st = KG_ERR_MEMORY;
    if (tensors == NULL || names == NULL || first == NULL || second == NULL)
        goto out;
    for (size_t i = 0; i < 2 * n; i++) {
        const kg_param *p = &params->table.data[i / 2];
        snprintf(names[i], NAME_SIZE, "%s%s", p->name, moment_names[i % 2]);
        tensors[i] = tensor_of(p, names[i], i % 2 ? second : first);
    }
    st = kg_safetensors_write(path, tensors, 2 * n, err);
out:
    unmap_block(params, params->first, first);
    unmap_block(params, params->second, second);
    free(tensors);
    free(names);
    return st;
}

kg_status kg_moments_read(kg_params *params, const char *path, kg_error *err) {
    kg_tensor_source *source;
    kg_status st;
    KG_TRY(st, kg_tensor_source_open(&source, path, err));
    for (size_t i = 0; i < 2 * params->table.len && st == KG_OK; i++) {
        const kg_param *p = &params->table.data[i / 2];
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", p->name, moment_names[i % 2]);
        const kg_tensor_info *t = kg_tensor_source_find(source, name);
        if (t == NULL)
            st = kg_error_set(err, KG_ERR_NOT_FOUND, "%s lacks tensor %s", path, name);
        else
            st = read_one(i % 2 ? params->second : params->first, params, p, source, t, err);
    }
    kg_tensor_source_close(source);
    return st;
}
