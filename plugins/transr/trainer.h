/* The trainer that the host runs: TransR under kg_plugin.h. */
#ifndef KG_TRANSR_TRAINER_H
#define KG_TRANSR_TRAINER_H

#include "plugins/common/plugin_module.h"

extern const kg_trainer_class transr_trainer;

#endif
