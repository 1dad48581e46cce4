/* The trainer that the host runs: TransR under kg_plugin.h. */
#ifndef KG_TRANSR_TRAINER_H
#define KG_TRANSR_TRAINER_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_trainer_descriptor transr_trainer_descriptor;

/* As kgp_trainer_factory's create. */
kgp_status transr_trainer_create(kgp_trainer **out, const kgp_host *host, const char *id,
                                 kgp_error *err);

#endif
