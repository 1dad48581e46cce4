/* The configuration, from JSON that the host has checked against schemas/transr.schema.json and
 * filled with defaults; and back, for checkpoints. */
#ifndef KG_TRANSR_RECIPE_JSON_H
#define KG_TRANSR_RECIPE_JSON_H

#include "kgstore/base/error.h"
#include "plugins/transr/kge_data.h"
#include "plugins/transr/recipe.h"

#include <jansson.h>

typedef struct transr_config {
    transr_recipe recipe;
    transr_source source; /* paths borrowed from json */
    uint64_t steps;       /* run.steps */
    double epochs;        /* run.epochs, where steps is 0 */
    int threads;          /* run.threads, at least 1 */
    json_t *json;         /* owned */
} transr_config;

/* KG_ERR_ARGUMENT: values that do not go together; KG_ERR_FORMAT: not JSON; KG_ERR_MEMORY. *out is
 * freed by transr_config_free, also after a failure. */
kg_status transr_config_parse(transr_config *out, const char *json, kg_error *err);
void transr_config_free(transr_config *config);

/* {"model", "separate_projections", "norm"}: what it takes to score by a table. Into an object, or
 * from one; absent keys leave the recipe as it is. */
kg_status transr_model_to_json(json_t *object, const transr_recipe *recipe);
void transr_model_from_json(transr_recipe *recipe, const json_t *object);

#endif
