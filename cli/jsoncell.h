/* JSON as cells of a result: how a query is given its parameters. */
#ifndef KG_CLI_JSONCELL_H
#define KG_CLI_JSONCELL_H

#include "kgstore/base/result.h"

#include <jansson.h>

/* *out is the value, with texts copied; it lives as long as `to`, which holds it and whose status
 * tells where memory was short. */
void kg_json_cell(kg_cell *out, kg_result *to, const json_t *value);

#endif
