/* Parameters from a checkpoint's tensors and to safetensors, under Hugging Face's names. */
#ifndef KG_MODEL_WEIGHTS_H
#define KG_MODEL_WEIGHTS_H

#include "model/params.h"
#include "model/tensor_source.h"

/* Called for each parameter that the checkpoint lacks, or has in the shape `found` that is not the
 * task's, such as "(15, 128)"; NULL: it lacks it. */
typedef void (*kg_missing_fn)(void *context, const char *name, const char *found);

/* Fill the parameters that the checkpoint has. Also accepted: names without the "bert." prefix,
 * legacy LayerNorm.gamma and .beta, and cls.predictions.decoder.bias. What is missing stays as it
 * is and is told to `missing` (NULL: then it is an error, KG_ERR_NOT_FOUND, as always where the
 * checkpoint has none of them). A tensor of another shape is missing where it is of a task, whose
 * classes are not the checkpoint's; else it is refused with both shapes named, KG_ERR_FORMAT. */
kg_status kg_weights_read(kg_params *params, kg_tensor_source *source, kg_missing_fn missing,
                          void *context, kg_error *err);

/* Write all parameters. */
kg_status kg_weights_write(const kg_params *params, const char *path, kg_error *err);

/* The optimizer's two moments, as tensors NAME.first and NAME.second. */
kg_status kg_moments_write(const kg_params *params, const char *path, kg_error *err);
kg_status kg_moments_read(kg_params *params, const char *path, kg_error *err);

#endif
