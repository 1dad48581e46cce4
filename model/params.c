#include "model/params.h"

#include "model/ops.h"
#include "model/positions.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/rng.h"

#include <stdio.h>
#include <string.h>

enum { ALIGN = 16 }; /* elements: 64 bytes, a cache line */

static kg_status add_one(kg_param_id *id, kg_params *params, const char *prefix,
                         const kg_param_spec *spec) {
    bool decays = spec->kind == KG_PARAM_WEIGHT || spec->kind == KG_PARAM_POSITION;
    kg_param p = {.rows = spec->rows,
                  .columns = spec->columns,
                  .kind = spec->kind,
                  .rate = 1,
                  .decay = decays ? 1 : 0};
    int n = snprintf(p.name, sizeof p.name, "%s%s", prefix, spec->name);
    if (n < 0 || (size_t)n >= sizeof p.name)
        return KG_ERR_LIMIT;
    if (kg_params_find(params, p.name) != KG_NO_PARAM)
        return KG_ERR_EXISTS;
    p.count = p.columns ? p.rows * p.columns : p.rows;
    p.offset = spec->adjacent ? params->total : (params->total + ALIGN - 1) / ALIGN * ALIGN;
    kg_status st;
    KG_TRY(st, kg_array_push(&params->table, p));
    params->total = p.offset + p.count;
    *id = (kg_param_id)(params->table.len - 1);
    return KG_OK;
}

kg_status kg_params_add(void *ids, kg_params *params, const char *prefix,
                        const kg_param_spec *specs, size_t n) {
    kg_status st;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st,
               add_one((kg_param_id *)((char *)ids + specs[i].id_at), params, prefix, &specs[i]));
    return KG_OK;
}

static size_t block_bytes(const kg_params *params) {
    size_t bytes = params->total * sizeof(float);
    return (bytes + 63) / 64 * 64 + 64;
}

size_t kg_params_bytes(const kg_params *params, bool training) {
    return block_bytes(params) * (training ? 4 : 1);
}

static float *block_new(const kg_params *params) {
    float *block = params->backend->allocate(block_bytes(params), false);
    if (block != NULL)
        params->backend->clear(block, block_bytes(params));
    return block;
}

kg_status kg_params_allocate(kg_params *params, bool training, kg_error *err) {
    params->values = block_new(params);
    if (training) {
        params->gradients = block_new(params);
        params->first = block_new(params);
        params->second = block_new(params);
    }
    if (params->values == NULL || (training && (params->gradients == NULL ||
                                                params->first == NULL || params->second == NULL)))
        return kg_error_set(err, KG_ERR_MEMORY, "the parameters need %zu MiB",
                            kg_params_bytes(params, training) >> 20);
    return KG_OK;
}

void kg_params_free(kg_params *params) {
    kg_array_free(&params->table);
    float *const blocks[] = {params->values, params->gradients, params->first, params->second};
    for (size_t i = 0; i < 4 && params->backend != NULL; i++)
        params->backend->release(blocks[i], false);
    *params = (kg_params)KG_PARAMS_INIT;
}

kg_param_id kg_params_find(const kg_params *params, const char *name) {
    for (size_t i = 0; i < params->table.len; i++)
        if (strcmp(params->table.data[i].name, name) == 0)
            return (kg_param_id)i;
    return KG_NO_PARAM;
}

static void begin_values(float *values, const kg_param *p, double deviation, uint64_t seed) {
    kg_rng rng = kg_rng_stream(seed, 0, kg_hash_bytes(p->name, strlen(p->name), 0), 0);
    if (p->kind == KG_PARAM_POSITION) {
        kg_positions_begin(values, p->rows, p->columns, deviation);
        return;
    }
    for (size_t i = 0; i < p->count; i++)
        values[i] = p->kind == KG_PARAM_WEIGHT ? (float)(deviation * kg_rng_normal(&rng))
                                               : (p->kind == KG_PARAM_GAIN ? 1.0f : 0.0f);
}

kg_status kg_params_begin(kg_params *params, uint64_t seed) {
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        float *values = params->values + p->offset;
        float *view = params->backend->map(values, p->count * sizeof *view);
        if (view == NULL)
            return KG_ERR_MEMORY;
        begin_values(view, p, params->deviation, seed);
        params->backend->unmap(values, view, p->count * sizeof *view, true);
    }
    return KG_OK;
}

float *kg_param_values(const kg_params *params, kg_param_id id) {
    return id == KG_NO_PARAM ? NULL : params->values + params->table.data[id].offset;
}

float *kg_param_gradients(const kg_params *params, kg_param_id id) {
    return id == KG_NO_PARAM || params->gradients == NULL
               ? NULL
               : params->gradients + params->table.data[id].offset;
}
