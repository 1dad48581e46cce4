/* The folder of a run, and the checkpoints in it.
 *
 *     OUT/config.json            the configuration in force
 *     OUT/metrics.jsonl          a line a logged step or evaluation
 *     OUT/checkpoints/step-N/    what the plugin saved, and state.json
 *     OUT/last, OUT/best         the newest and the best, files shared with checkpoints/
 *     OUT/report.html, OUT/events.out.tfevents.*
 *
 * A checkpoint is written as checkpoints/.new-N, synced file by file, and renamed: whoever finds
 * step-N finds it whole. What a killed run left half written goes at the next checkpoint. */
#ifndef KG_HOST_CHECKPOINT_H
#define KG_HOST_CHECKPOINT_H

#include "kgstore/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Make a folder and those above it. KG_ERR_IO, KG_ERR_FULL. */
kg_status kg_folder_make(const char *path, kg_error *err);

/* Write JSON beside and rename. */
kg_status kg_json_write(const char *path, const json_t *value, kg_error *err);

/* Begin a checkpoint: *folder, empty, is where the plugin writes; the caller's to free. */
kg_status kg_checkpoint_begin(char **folder, const char *out, uint64_t step, kg_error *err);

/* Add state.json, sync all, rename into place, point `last` at it. On failure what was there before
 * is untouched. */
kg_status kg_checkpoint_commit(const char *out, uint64_t step, const json_t *state, kg_error *err);

/* Remove what begin made. */
void kg_checkpoint_discard(const char *out, uint64_t step);

/* Let OUT/NAME (last, best) be the checkpoint of a step: a folder of hard links to its files, or
 * where the file system has none a symbolic link to it. KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY; what
 * was there before is then untouched. */
kg_status kg_checkpoint_link(const char *out, const char *name, uint64_t step, kg_error *err);

/* Remove all but the `keep` newest, and the one of step `best` (UINT64_MAX: none). */
void kg_checkpoint_prune(const char *out, uint64_t keep, uint64_t best);

/* The folder of a checkpoint by its name ("last", "best"), or of the newest whole one where that is
 * missing and name is "last". *folder NULL: there is none. The caller's to free. KG_ERR_IO:
 * it is there, perhaps, but cannot be read. */
kg_status kg_checkpoint_find(char **folder, const char *out, const char *name, kg_error *err);

#endif
