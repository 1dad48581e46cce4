/* The report of a run, from what its folder holds. */
#ifndef KG_HOST_RUN_REPORT_H
#define KG_HOST_RUN_REPORT_H

#include "kgstore/base/error.h"

#include <jansson.h>
#include <stdint.h>

/* What the files do not tell. */
typedef struct kg_run_facts {
    const char *id;    /* the trainer */
    const char *store; /* the folder of the graph; NULL: none */
    uint64_t steps;
    double seconds;
} kg_run_facts;

/* Write FOLDER/report.html from FOLDER/metrics.jsonl: a sentence and the final figures, or those of
 * the last evaluation where there are none; a curve for each figure with points to join, training
 * and evaluation over each other where they have the same name; the configuration and the machine.
 * KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_run_report(const char *folder, const kg_run_facts *facts, const json_t *config,
                        kg_error *err);

#endif
