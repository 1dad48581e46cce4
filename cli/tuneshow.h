/* What `kg tune TASK eval` came to, for people: tables, and a page. */
#ifndef KG_CLI_TUNESHOW_H
#define KG_CLI_TUNESHOW_H

#include "cli/output.h"

#include <jansson.h>

/* Print the result of the tool tune.eval. */
kg_status kg_tune_show(const json_t *result, kg_output_mode mode);

/* The same as an HTML page. */
kg_status kg_tune_report(const json_t *result, const char *path, kg_error *err);

#endif
