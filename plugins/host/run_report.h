/* The report of a run, from what its folder holds. */
#ifndef KG_HOST_RUN_REPORT_H
#define KG_HOST_RUN_REPORT_H

#include "kgstore/base/error.h"

#include <jansson.h>

/* Write FOLDER/report.html from FOLDER/metrics.jsonl: a curve for each figure, training and
 * evaluation over each other where they have the same name, the last and the final figures, the
 * configuration and the machine. KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY. */
kg_status kg_run_report(const char *folder, const char *title, const json_t *config, kg_error *err);

#endif
