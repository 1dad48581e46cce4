/* Failures of the project's libraries in the terms of the plugin ABI; the numbers are the same. */
#ifndef KG_SMEDBERT_PLUGIN_ERROR_H
#define KG_SMEDBERT_PLUGIN_ERROR_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <stdio.h>

/* Fill err (which may be NULL) from detail and return the status. */
static inline kgp_status kg_plugin_status(kgp_error *err, kg_status status,
                                          const kg_error *detail) {
    if (status != KG_OK && err != NULL) {
        if (detail->text[0])
            kg_error_format(err->text, sizeof err->text, detail);
        else
            snprintf(err->text, sizeof err->text, "%s", kg_strerror(status));
    }
    return (kgp_status)status;
}

#endif
