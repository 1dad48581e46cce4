/* A folder with one batch, weights and a small configuration, as ../shared/golden/pretrain_step:
 * config.json, weights.safetensors, batch.json. For `kg trace --golden` and the tests. */
#ifndef KG_SMEDBERT_GOLDEN_H
#define KG_SMEDBERT_GOLDEN_H

#include "model/model.h"

typedef struct kg_golden {
    kg_model *model; /* with heads, allocated for training, weights loaded */
    kg_token_batch batch;
    kg_graph_tables tables; /* of the kg.* tensors */
    float *table_data;
    const float *table_blocks[3];
} kg_golden;

#define KG_GOLDEN_INIT                                                                             \
    { .model = NULL }

/* Read a folder. golden is freed by kg_golden_free, also after a failure. KG_ERR_NOT_FOUND,
 * KG_ERR_FORMAT, KG_ERR_MEMORY, with the file in err. */
kg_status kg_golden_read(kg_golden *golden, const char *folder, kg_error *err);
void kg_golden_free(kg_golden *golden);

/* Run the batch and write losses, hidden states and attention weights, with `gradients` also every
 * parameter's gradient, then `adamw_steps` steps of AdamW (total loss before each, norm of the
 * gradient before clipping), to a safetensors file with the names of expected.safetensors. The
 * parameters are changed by the steps. */
kg_status kg_golden_trace(kg_golden *golden, const char *path, bool gradients, uint32_t adamw_steps,
                          kg_error *err);

#endif
