/* Parameters to and from safetensors, under Hugging Face's names. */
#ifndef KG_MODEL_WEIGHTS_H
#define KG_MODEL_WEIGHTS_H

#include "model/params.h"
#include "model/safetensors.h"

/* Called for each parameter that the file lacks. */
typedef void (*kg_missing_fn)(void *context, const char *name);

/* Fill the parameters that the file has. Also accepted: names without the "bert." prefix, legacy
 * LayerNorm.gamma and .beta, and cls.predictions.decoder.bias. What is missing stays as it is and
 * is told to `missing` (NULL: then it is an error, KG_ERR_NOT_FOUND, as always where the file has
 * none of them). A tensor of another shape is refused with both shapes named, KG_ERR_FORMAT. */
kg_status kg_weights_read(kg_params *params, kg_safetensors *file, kg_missing_fn missing,
                          void *context, kg_error *err);

/* Write all parameters. */
kg_status kg_weights_write(const kg_params *params, const char *path, kg_error *err);

/* The optimizer's two moments, as tensors NAME.first and NAME.second. */
kg_status kg_moments_write(const kg_params *params, const char *path, kg_error *err);
kg_status kg_moments_read(kg_params *params, const char *path, kg_error *err);

#endif
