#include "model/ops_cpu.h"

#define OPERATION(name) .name = kg_cpu_##name,

const kg_backend kg_cpu = {.name = "cpu", KG_OPERATIONS(OPERATION)};
