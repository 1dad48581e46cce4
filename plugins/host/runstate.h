/* What the host must know to take a run up again: state.json of a checkpoint. */
#ifndef KG_HOST_RUNSTATE_H
#define KG_HOST_RUNSTATE_H

#include "kgstore/base/error.h"
#include "plugins/host/metrics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define KG_NO_STEP UINT64_MAX

typedef struct kg_runstate {
    uint64_t step;      /* the last one made */
    double seconds;     /* of training up to it */
    uint64_t evaluated; /* the step last evaluated; KG_NO_STEP: none yet */
    uint64_t log_size;  /* bytes of metrics.jsonl then */
    uint64_t best_step; /* KG_NO_STEP: none yet */
    double best;
    uint64_t waited; /* evaluations since the best one */
    kg_metrics sums; /* of the steps since the last logged line */
    uint64_t summed; /* steps in sums */
} kg_runstate;

/* As JSON, with the plugin's id and version and the configuration; the caller's. NULL: memory. */
json_t *kg_runstate_dump(const kg_runstate *state, const char *plugin, const char *version,
                         const json_t *config);

/* Before the first step. */
void kg_runstate_begin(kg_runstate *state);

/* From a checkpoint's state.json. *config, the configuration then, is the caller's.
 * KG_ERR_VERSION: of another plugin or format. KG_ERR_FORMAT: it breaks schemas/state.schema.json,
 * is not of the step that the folder is named after, or tells of later steps. */
kg_status kg_runstate_load(kg_runstate *state, json_t **config, const char *folder,
                           const char *plugin, kg_error *err);

#endif
