/* Parameters from a checkpoint's tensors and to safetensors, under Hugging Face's names. */
#ifndef KG_MODEL_WEIGHTS_H
#define KG_MODEL_WEIGHTS_H

#include "model/architecture.h"
#include "model/params.h"
#include "model/tensor_source.h"

/* Called for each parameter that the checkpoint lacks, or has in the shape `found` that is not the
 * task's, such as "(15, 128)"; NULL: it lacks it. */
typedef void (*kg_missing_fn)(void *context, const char *name, const char *found);

/* How a checkpoint is taken. All NULL: it has everything, under BERT's names. */
typedef struct kg_loading {
    const kg_architecture *architecture; /* whose names it has; NULL: BERT's */
    kg_missing_fn missing;               /* NULL: nothing may be missing */
    /* Called once with what the checkpoint has and the model does not take, such as
     * "bert.pooler.* (2), cls.seq_relationship.* (2)". NULL: not told. */
    void (*unused)(void *context, const char *names);
    void *context;
    bool allow_missing; /* also tensors of the embeddings and layers; else only what stands on them
                         */
} kg_loading;

/* Fill the parameters that the checkpoint has. Also accepted: names without the architecture's
 * prefix, legacy LayerNorm.gamma and .beta, cls.predictions.decoder.bias, and for the hybrid
 * attention what kg_smedbert_names says, in the parameter's shape. What may be missing stays as it
 * is and is told; what may not is an error that lists it all, KG_ERR_NOT_FOUND, as always where the
 * checkpoint has none of them. A tensor of another shape is missing where it is of a task, whose
 * classes are not the checkpoint's; else it is refused with both shapes named, KG_ERR_FORMAT. */
kg_status kg_weights_read(kg_params *params, kg_tensor_source *source, const kg_loading *loading,
                          kg_error *err);

/* Write all parameters. */
kg_status kg_weights_write(const kg_params *params, const char *path, kg_error *err);

/* The optimizer's two moments, as tensors NAME.first and NAME.second. */
kg_status kg_moments_write(const kg_params *params, const char *path, kg_error *err);
kg_status kg_moments_read(kg_params *params, const char *path, kg_error *err);

#endif
