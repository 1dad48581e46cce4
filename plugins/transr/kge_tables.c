#include "plugins/transr/kge_tables.h"

#include "kgstore/base/rng.h"

#include <stdlib.h>

enum { PURPOSE_ENTITY = 1, PURPOSE_RELATION = 2 };

static kg_status tables_new(transr_tables *out, const transr_parameters *p,
                            const transr_recipe *recipe) {
    size_t entities = (size_t)p->E * p->d, relations = (size_t)p->R * p->dr;
    size_t projections = recipe->project ? relations * p->d : 0;
    out->n = entities + relations + projections * (recipe->separate ? 2 : 1);
    out->entity = calloc(out->n + 1, sizeof(float));
    if (!out->entity)
        return KG_ERR_MEMORY;
    out->relation = out->entity + entities;
    if (recipe->project) {
        out->head_proj = out->relation + relations;
        out->tail_proj = out->head_proj + (recipe->separate ? projections : 0);
    }
    return KG_OK;
}

static void fill_normal(float *rows, size_t n, size_t columns, double deviation, uint64_t seed,
                        uint64_t purpose) {
    for (size_t i = 0; i < n; i++) {
        kg_rng rng = kg_rng_stream(seed, 0, i, purpose);
        for (size_t k = 0; k < columns; k++)
            rows[i * columns + k] = (float)(deviation * kg_rng_normal(&rng));
    }
}

static void fill_identity(float *projections, const transr_parameters *p) {
    size_t n = p->d < p->dr ? p->d : p->dr;
    for (size_t r = 0; r < p->R; r++)
        for (size_t k = 0; k < n; k++)
            projections[(r * p->d + k) * p->dr + k] = 1.0f;
}

kg_status transr_parameters_new(transr_parameters *out, uint32_t E, uint32_t R,
                                const transr_recipe *recipe) {
    *out = (transr_parameters){.E = E, .R = R, .d = recipe->d, .dr = recipe->dr};
    kg_status st;
    KG_TRY(st, tables_new(&out->value, out, recipe));
    KG_TRY(st, tables_new(&out->square, out, recipe));
    fill_normal(out->value.entity, E, out->d, recipe->init, recipe->seed, PURPOSE_ENTITY);
    fill_normal(out->value.relation, R, out->dr, recipe->init / 3, recipe->seed, PURPOSE_RELATION);
    if (recipe->project) {
        fill_identity(out->value.head_proj, out);
        if (recipe->separate)
            fill_identity(out->value.tail_proj, out);
    }
    return KG_OK;
}

void transr_parameters_free(transr_parameters *parameters) {
    free(parameters->value.entity);
    free(parameters->square.entity);
    *parameters = (transr_parameters){.E = 0};
}
