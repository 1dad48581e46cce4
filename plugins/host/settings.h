/* The configuration of a run: a plugin's own keys and, under "run", the host's. */
#ifndef KG_HOST_SETTINGS_H
#define KG_HOST_SETTINGS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What schemas/run.schema.json describes. */
typedef struct kg_run_settings {
    uint64_t seed, steps;
    double epochs, max_minutes;
    uint64_t threads; /* never 0: resolved */
    uint64_t log_every, evaluate_every, checkpoint_every;
    double checkpoint_minutes;
    uint64_t keep_last, patience;
    const char *best_metric; /* NULL: none; borrowed from the configuration or the descriptor */
    bool best_is_highest;
    bool tensorboard;
} kg_run_settings;

/* Check a configuration (in place) against the plugin's schema and the run's, and fill in defaults.
 * ranks: of this run, to share the processors. KG_ERR_FORMAT names the key. */
kg_status kg_settings_complete(json_t *config, const kgp_trainer_descriptor *descriptor,
                               uint32_t ranks, kg_error *err);

/* Give the settings of a run that an earlier version began their names of now, as the plugin's
 * schema has them under "renamed"; before kg_settings_complete. */
kg_status kg_settings_rename(json_t *config, const kgp_trainer_descriptor *descriptor,
                             kg_error *err);

/* The "run" part of a completed configuration. */
void kg_settings_read(kg_run_settings *out, const json_t *config,
                      const kgp_trainer_descriptor *descriptor);

/* Whether a run begun with `old` may go on with `new`: keys under "run" that only say how long it
 * goes on and what is written may differ, nothing else. KG_ERR_ARGUMENT names the first that does.
 */
kg_status kg_settings_same(const json_t *old, const json_t *new, kg_error *err);

/* The schema of a trainer's whole configuration, the caller's; for those who show it. */
kg_status kg_settings_schema(json_t **out, const kgp_trainer_descriptor *descriptor, kg_error *err);

#endif
