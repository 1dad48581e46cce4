/* The trainer `ner`: fine-tuning for named-entity recognition, under the host's run loop. */
#ifndef KG_SMEDBERT_NER_TRAINER_H
#define KG_SMEDBERT_NER_TRAINER_H

#include "plugins/abi/kg_plugin.h"

extern const kgp_trainer_descriptor kg_ner_descriptor;

/* create of the trainer factory. */
kgp_status kg_ner_create(kgp_trainer **out, const kgp_host *host, const char *id, kgp_error *err);

#endif
