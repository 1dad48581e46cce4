/* The pretraining trainer: kg pretrain, kg train smedbert. */
#ifndef KG_SMEDBERT_PRETRAIN_TRAINER_H
#define KG_SMEDBERT_PRETRAIN_TRAINER_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_trainer_descriptor kg_pretrain_descriptor;

/* create of the trainer factory. */
kgp_status kg_pretrain_create(kgp_trainer **out, const kgp_host *host, const char *id,
                              kgp_error *err);

#endif
