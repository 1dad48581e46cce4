/* Failures, from our terms to the host's; the numbers of the statuses are the same. */
#ifndef KG_TRANSR_GIVE_H
#define KG_TRANSR_GIVE_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <stdio.h>

/* status, with the detail's text in err (which may be NULL); detail NULL, or without a text: the
 * status's own sentence. */
static inline kgp_status transr_give(kgp_error *err, kg_status status, const kg_error *detail) {
    if (status != KG_OK && err && detail && detail->text[0])
        kg_error_format(err->text, sizeof err->text, detail);
    else if (status != KG_OK && err)
        snprintf(err->text, sizeof err->text, "%s", kg_strerror(status));
    return (kgp_status)status;
}

#endif
