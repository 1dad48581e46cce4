/* The model: the room's public header. Arrays in, arrays out; nothing here knows of the store.
 *
 *     kg_model *model;
 *     kg_model_new(&model, &config, KG_MODEL_HEADS, err);   declares the tensors
 *     kg_params_add(&own_ids, kg_model_params(model), ...); a task's own tensors, if any
 *     kg_model_allocate(model, true, seed, err);            values begun, gradients, moments
 *     kg_model_load(model, "checkpoint", ..., err);         values from a folder
 *
 * Pretraining: kg_pretrain_run (model/pretrain.h) per micro-batch, then kg_gradient_norm and
 * kg_adamw_step (model/adamw.h).
 *
 * Fine-tuning: what stands on the encoder's last layer carves its own arrays beside a
 * kg_encoder_pass (model/encoder.h) in one workspace (model/workspace.h):
 *
 *     static void carve(void *context, kg_carver *carver) {
 *         kg_encoder encoder = kg_model_encoder(model);
 *         kg_encoder_carve(&task->pass, carver, &encoder, &task->input);
 *         task->dhidden = kg_carve_floats(carver, task->pass.tokens * task->pass.d1);
 *     }
 *     ...
 *     kg_workspace_carve(&task->workspace, backend, carve, task, err);
 *     kg_encoder_forward(&task->pass);            pass.hidden (N, d1): the last layer
 *     ... the task's loss, and dhidden (N, d1) from it ...
 *     kg_encoder_backward(&task->pass, dhidden);  gradients added; dhidden is then that of the
 *                                                 embeddings' sum, hence of input.extra (N, d1)
 *
 * The batch that the input holds is that of model/batch.h: sequences, tokens and, where the graph
 * is read, mentions of role KG_ROLE_CONTEXT with their neighbors. Labels can be left out: SOP
 * KG_SOP_NONE, no masked positions. Linear maps and norms of a task: model/ops.h.
 *
 * Threads: a model may be read by many passes at once where nobody writes its parameters. Every
 * operation uses the threads of kg_blas_set_threads (model/blas.h). */
#ifndef KG_MODEL_MODEL_H
#define KG_MODEL_MODEL_H

#include "model/adamw.h"
#include "model/weights.h"
#include "model/encoder.h"
#include "model/pretrain.h"
#include "model/tensors.h"

typedef struct kg_model kg_model;

/* What is declared beside the encoder. */
typedef enum kg_model_parts {
    KG_MODEL_ENCODER, /* nothing */
    KG_MODEL_HEADS    /* the pretraining heads */
} kg_model_parts;

/* Declare a model. *out is the caller's: kg_model_free. KG_ERR_ARGUMENT: a configuration that does
 * not fit together; KG_ERR_MEMORY. */
kg_status kg_model_new(kg_model **out, const kg_model_config *config, kg_model_parts parts,
                       kg_error *err);
void kg_model_free(kg_model *model);

/* Borrowed. */
kg_params *kg_model_params(kg_model *model);
const kg_model_config *kg_model_configuration(const kg_model *model);
kg_encoder kg_model_encoder(const kg_model *model);

/* NULL where the model was made without heads. */
const kg_heads_ids *kg_model_heads(const kg_model *model);

/* Compute with another backend than the processor's (ops.h), which must outlive the model. Before
 * kg_model_allocate. */
void kg_model_use(kg_model *model, const kg_backend *backend);

/* Bytes that kg_model_allocate takes. */
size_t kg_model_bytes(const kg_model *model, bool training);

/* Allocate the blocks and begin every tensor from the seed. KG_ERR_MEMORY. */
kg_status kg_model_allocate(kg_model *model, bool training, uint64_t seed, kg_error *err);

/* Where the configuration has trainable tables: copy the caller's into the parameters and let
 * *tables point there, values and gradients; elsewhere nothing is done. After kg_model_allocate and
 * before kg_model_load, whose tables replace the caller's. The tables then live as long as the
 * model. KG_ERR_FORMAT: tables of another shape. */
kg_status kg_model_take_tables(kg_graph_tables *tables, kg_model *model, kg_error *err);

/* Begin the attention of the first `layers` layers at near positions (model/positions.h).
 * KG_ERR_MEMORY. */
kg_status kg_model_begin_local(kg_model *model, uint32_t layers, uint64_t seed);

/* Fill the parameters from the folder's checkpoint, as kg_tensor_source_open_folder finds it and
 * kg_weights_read takes it, under the names of the configuration's architecture. */
kg_status kg_model_load(kg_model *model, const char *folder, const kg_loading *loading,
                        kg_error *err);

/* Write folder/model.safetensors and folder/config.json. */
kg_status kg_model_save(const kg_model *model, const kg_model_card *card, const char *folder,
                        kg_error *err);

/* Read folder/config.json over the defaults: with the graph's keys for our own checkpoints, without
 * a graph for others. KG_ERR_NOT_FOUND, KG_ERR_FORMAT; KG_ERR_UNSUPPORTED for an encoder that is
 * none of model/architecture.h, has no absolute positions or none of our activations
 * (model/activation.h). */
kg_status kg_model_config_load(kg_model_config *out, const char *folder, kg_error *err);

#endif
