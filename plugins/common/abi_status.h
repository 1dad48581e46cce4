/* Statuses and what they tell, between the project's libraries and the plugin ABI. The numbers are
 * the same on both sides (plugins/host/host.c holds them to it). */
#ifndef KG_COMMON_ABI_STATUS_H
#define KG_COMMON_ABI_STATUS_H

#include "kgstore/base/error.h"
#include "plugins/abi/kg_plugin.h"

#include <stdio.h>

/* Ours to the ABI's: the detail's text in err (which may be NULL); where detail is NULL or empty,
 * the status's own sentence. */
static inline kgp_status kg_abi_give(kgp_error *err, kg_status status, const kg_error *detail) {
    if (status != KG_OK && err != NULL && detail != NULL && detail->text[0])
        kg_error_format(err->text, sizeof err->text, detail);
    else if (status != KG_OK && err != NULL)
        snprintf(err->text, sizeof err->text, "%s", kg_strerror(status));
    return (kgp_status)status;
}

/* The ABI's to ours, likewise. */
static inline kg_status kg_abi_take(kg_error *err, kgp_status status, const kgp_error *detail) {
    if (status == KGP_OK)
        return KG_OK;
    return kg_error_set(err, (kg_status)status, "%s",
                        detail != NULL && detail->text[0] ? detail->text
                                                          : kg_strerror((kg_status)status));
}

#endif
