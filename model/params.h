/* The table of parameters: every tensor is declared once, with its name, shape and kind; values,
 * gradients and the optimizer's two moments are one block each, of the same layout.
 *
 * First all tensors are declared (kg_params_add; those of the model in tensors.c), then the blocks
 * are allocated, then ids give views. Names are those of the checkpoint. Not thread-safe while
 * declaring. */
#ifndef KG_MODEL_PARAMS_H
#define KG_MODEL_PARAMS_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_backend kg_backend; /* model/ops.h */

typedef uint32_t kg_param_id;
#define KG_NO_PARAM UINT32_MAX

/* What a tensor is decides how it begins and whether it decays. */
typedef enum kg_param_kind {
    KG_PARAM_WEIGHT,   /* normal; decays */
    KG_PARAM_POSITION, /* a row a position, sinusoids (model/positions.h); decays */
    KG_PARAM_BIAS,     /* 0; does not decay */
    KG_PARAM_GAIN,     /* 1; does not decay */
    KG_PARAM_TABLE     /* 0 until it is copied from the graph; does not decay */
} kg_param_kind;

typedef struct kg_param {
    char name[96];
    size_t rows, columns; /* columns 0: a vector of `rows` elements */
    size_t offset, count; /* elements, in each block */
    kg_param_kind kind;
    bool of_task; /* part of a head: where a checkpoint has it in another shape, it begins anew */
    float rate;   /* factor of the learning rate; 1 unless a task sets another */
    float decay;  /* factor of the weight decay; as the kind says unless a task sets another */
} kg_param;

typedef struct kg_params {
    const kg_backend *backend; /* computes with them */
    KG_ARRAY(kg_param) table;
    size_t total;     /* elements of a block */
    double deviation; /* of weights at the start */
    float *values;    /* NULL until allocated; like the next three, the backend's own memory */
    float *gradients; /* NULL where not asked for */
    float *first, *second;
} kg_params;

#define KG_PARAMS_INIT                                                                             \
    { .deviation = 0.02 }

/* One declaration. */
typedef struct kg_param_spec {
    const char *name; /* after the prefix */
    size_t rows, columns;
    size_t id_at; /* offset of its kg_param_id in the struct of ids */
    kg_param_kind kind;
    bool adjacent; /* begins where the one before ends, so that one product can serve both */
} kg_param_spec;

/* Declare n tensors named prefix + name, writing their ids into the struct `ids`. Tensors not
 * adjacent begin at a cache line. KG_ERR_LIMIT: name too long; KG_ERR_EXISTS; KG_ERR_MEMORY. */
kg_status kg_params_add(void *ids, kg_params *params, const char *prefix,
                        const kg_param_spec *specs, size_t n);

/* Allocate the blocks: values and, where training, gradients and moments (all zero). */
kg_status kg_params_allocate(kg_params *params, bool training, kg_error *err);

/* Bytes that kg_params_allocate takes. */
size_t kg_params_bytes(const kg_params *params, bool training);
void kg_params_free(kg_params *params);

/* KG_NO_PARAM where there is none. */
kg_param_id kg_params_find(const kg_params *params, const char *name);

/* Begin every tensor as its kind says, each from its own stream of the seed and its name.
 * KG_ERR_MEMORY. */
kg_status kg_params_begin(kg_params *params, uint64_t seed);

/* Addresses in the backend's memory; NULL for KG_NO_PARAM, and for the gradients where not
 * training. */
float *kg_param_values(const kg_params *params, kg_param_id id);
float *kg_param_gradients(const kg_params *params, kg_param_id id);

#endif
