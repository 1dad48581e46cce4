/* What a run writes as it goes: metrics.jsonl and, if wanted, a TensorBoard event file. */
#ifndef KG_HOST_RUNLOG_H
#define KG_HOST_RUNLOG_H

#include "kgstore/base/error.h"
#include "plugins/host/metrics.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_runlog kg_runlog;

/* Open the log of a run folder for a run that goes on after `step` (0: a new one). metrics.jsonl is
 * first cut to `size` bytes: what follows is of a run that was killed after its last checkpoint.
 * KG_ERR_FORMAT: it is shorter than that, or what follows is of earlier steps; it is then left as
 * it is. KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_runlog_open(kg_runlog **out, const char *folder, uint64_t step, uint64_t size,
                         bool tensorboard, kg_error *err);

/* A line: {"step","time",PREFIX NAME: value, ...}; NaN and infinities are null. time: seconds of
 * training so far. */
kg_status kg_runlog_write(kg_runlog *log, uint64_t step, double time, const char *prefix,
                          const kg_metrics *metrics, kg_error *err);

/* Push what was written to disk, and tell the size of metrics.jsonl: before a checkpoint says that
 * so much of it belongs to the run. */
kg_status kg_runlog_sync(uint64_t *size, kg_runlog *log, kg_error *err);

/* NULL is safe. */
void kg_runlog_close(kg_runlog *log);

#endif
