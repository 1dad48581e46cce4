/* Inside of a run, for the files that make it: run.c, run_begin.c and run_checkpoints.c. */
#ifndef KG_HOST_RUN_IMPL_H
#define KG_HOST_RUN_IMPL_H

#include "plugins/host/host_impl.h"
#include "plugins/host/run.h"
#include "plugins/host/runlog.h"
#include "plugins/host/runstate.h"
#include "plugins/host/settings.h"

typedef struct kg_running {
    const kg_run_options *options;
    const char *id;
    kgp_trainer *trainer;
    bool prepared;
    json_t *config;
    kg_run_settings settings;
    uint64_t steps; /* in all; 0: until the time is over */
    bool writes;    /* rank 0 */
    kg_runlog *log;
    kg_runstate *state;
    kg_metrics *figures; /* of the current step or evaluation */
    double started;      /* clock when this process began to train */
    double seconds_before;
    uint64_t saved_step; /* of the newest checkpoint; KG_NO_STEP: none */
    double saved_at;     /* clock */
    double rate;         /* units a second, smoothed */
    bool stop_early;     /* patience is over */
    bool begun;          /* steps can be made, and kept */
} kg_running;

/* Seconds of training in all, those before a resumption too. */
double kg_running_seconds(const kg_running *run);

/* Call a function of the trainer, in a function that has a kgp_error detail. */
#define KG_RUNNING_CALL(r, err, function, ...)                                                     \
    kg_running_call(r, err, #function,                                                             \
                    (r)->trainer->function((r)->trainer->self, __VA_ARGS__, &detail), &detail)
kg_status kg_running_call(const kg_running *run, kg_error *err, const char *function,
                          kgp_status status, const kgp_error *detail);

/* Give every rank the value of rank 0. */
kg_status kg_running_agree(const kg_running *run, uint64_t *value, kg_error *err);

/* This rank's status of work that rank 0 does, or takes the lead in: rank 0's failure is all's. */
kg_status kg_running_agree_on(const kg_running *run, kg_status status, const char *work,
                              kg_error *err);

/* A checkpoint of the step at hand, unless there is one; on every rank. Rank 0 writes, and its
 * status counts for all. */
kg_status kg_running_save(kg_running *run, kg_error *err);
void kg_running_prune(const kg_running *run);

/* Load the checkpoint that a link names; *found false where there is none. */
kg_status kg_running_load(bool *found, kg_running *run, const char *link, kg_error *err);

/* All that comes before the first step. */
kg_status kg_running_begin(kg_running *run, kg_error *err);

#endif
