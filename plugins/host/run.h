/* The run loop that every trainer shares: configuration, steps, evaluation, checkpoints, resume,
 * logs and the report. */
#ifndef KG_HOST_RUN_H
#define KG_HOST_RUN_H

#include "kgstore/base/error.h"
#include "plugins/host/host.h"
#include "plugins/host/loader.h"
#include "plugins/host/metrics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Where a run stands, after a step. */
typedef struct kg_run_progress {
    uint64_t step, steps; /* steps 0: not known, the time limits it */
    double loss;          /* of the step */
    double rate;          /* units a second, over the last seconds; 0: not known */
    const char *unit;     /* "tokens" */
    double seconds_left;  /* an estimate; negative: not known */
} kg_run_progress;

typedef struct kg_run_options {
    const kg_plugin *plugin;
    const kgp_trainer_descriptor *trainer;
    kg_host *host;
    const json_t *config; /* the user's: the file's and the command line's; NULL: none given */
    const char *folder;   /* OUT; made where it is not there */
    bool resume;          /* go on from OUT/last; a run that has no checkpoint yet begins */
    void (*stepped)(void *context, const kg_run_progress *progress); /* rank 0; may be NULL */
    void *context;
} kg_run_options;

typedef struct kg_run_result {
    uint64_t step;                    /* the last one made */
    uint64_t best_step;               /* UINT64_MAX: none was best */
    double best;                      /* value of best_metric there */
    char best_metric[KG_METRIC_NAME]; /* "" where there is none */
    double seconds;                   /* of training, resumed parts included */
    bool finished;                    /* false: stopped before its end */
    kg_metrics *final; /* what finish, or the last evaluation, gave; the caller's: free */
} kg_run_result;

/* Run. Everything is done on every rank; rank 0 writes. *out is filled also on failure.
 * KG_ERR_CANCELLED: stopped on request after writing a checkpoint, the text tells how to go on.
 * KG_ERR_EXISTS: OUT holds something and resume was not asked for. KG_ERR_NUMERIC: the loss is
 * NaN or infinite. KG_ERR_FORMAT, KG_ERR_ARGUMENT: the configuration. Else what the plugin
 * returned. */
kg_status kg_run(kg_run_result *out, const kg_run_options *options, kg_error *err);

#endif
