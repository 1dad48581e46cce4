/* What a tool answers, as JSON. */
#ifndef KG_COMMON_JSON_OUTPUT_H
#define KG_COMMON_JSON_OUTPUT_H

#include "kgstore/base/status.h"
#include "plugins/abi/kg_plugin.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Write an object in one line, its numbers with so many digits, and `end` ("" or "\n") behind it.
 * Takes the object; KG_ERR_MEMORY where it is NULL. */
static inline kg_status kg_output_json(const kgp_output *output, json_t *object, size_t digits,
                                       const char *end) {
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(digits)) : NULL;
    json_decref(object);
    if (text == NULL)
        return KG_ERR_MEMORY;
    kgp_status st = output->write(output, text, strlen(text));
    if (st == KGP_OK && *end)
        st = output->write(output, end, strlen(end));
    free(text);
    return (kg_status)st;
}

#endif
