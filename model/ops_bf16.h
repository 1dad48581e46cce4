/* The processor's backend in bfloat16, and the choice between the two. */
#ifndef KG_MODEL_OPS_BF16_H
#define KG_MODEL_OPS_BF16_H

#include "model/ops.h"

#include "kgstore/base/error.h"

/* As kg_cpu, but the factors of larger products are rounded to bfloat16. beta of linear_backward is
 * 0 or 1. Static; NULL where the processor has no such products. */
const kg_backend *kg_bf16(void);

/* The backend of a setting `precision`: "f32" or "bf16"; "auto" and NULL are "f32" (METHOD 6).
 * KG_ERR_UNSUPPORTED: bf16 on a processor without it. */
kg_status kg_backend_choose(const kg_backend **out, const char *precision, kg_error *err);

#endif
