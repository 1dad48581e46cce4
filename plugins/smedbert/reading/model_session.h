/* A checkpoint opened to be used, or to begin from: tokenizer, graph, and the model in between. The
 * one way for tools, pretraining and tasks. */
#ifndef KG_SMEDBERT_MODEL_SESSION_H
#define KG_SMEDBERT_MODEL_SESSION_H

#include "model/model.h"
#include "model/optimizer.h"
#include "plugins/smedbert/reading/reading.h"

typedef struct kg_session {
    const kgp_host *host;
    kg_tokenizer *tokenizer;
    kg_graph_view graph;
    kg_bytes stopped; /* names that are not found, one a line */
    kg_reading reading;
    kg_model *model;
    bool reads_tables; /* the graph's tables are read */
    kg_workspace workspace;
    kg_encoder_pass pass;
} kg_session;

/* What text is read with. */
typedef struct kg_session_source {
    const char *vocab;  /* NULL: the folder's own */
    const char *folder; /* of a checkpoint; NULL: nothing to begin from */
    bool cased;         /* of vocab; a folder that says it is cased is so in any case */
    kg_graph_options graph;
    const char *stop_list; /* a file of names not to be found; NULL: the folder's own, if any */
    bool without_graph;    /* even where the host has a store: nothing is linked */
} kg_session_source;

/* Open vocabulary and graph. A vocabulary beside that of the folder must be the same: a checkpoint
 * works with its own alone (KG_ERR_FORMAT); a folder need not have one. Closed by kg_session_close,
 * also after a failure. */
kg_status kg_session_begin(kg_session *session, const kgp_host *host,
                           const kg_session_source *source, kg_error *err);

/* Begin the optimizer of a run of so many steps (0: not known) with the session's model; a warmup
 * that is cut since the run is shorter is told. Statuses of kg_optimizer_begin. */
kg_status kg_session_optimizer(kg_optimizer *optimizer, const kg_session *session, uint64_t steps,
                               kg_error *err);

/* What a checkpoint needs to read text as the session does: vocabulary and stop list. */
kg_status kg_session_save_reading(const kg_session *session, const char *folder, kg_error *err);

/* What model. */
typedef struct kg_session_model {
    kg_model_config config; /* the sizes of vocabulary and graph are filled in */
    const char *folder;     /* its weights are loaded; NULL: all begins from the seed */
    kg_model_parts parts;
    bool reads_tables;     /* takes the graph's sizes; else config's stay */
    bool training;         /* with gradients and moments */
    const char *precision; /* the setting, of kg_backend_choose; NULL: f32 */
    uint64_t seed;
    uint32_t local_layers;
    /* Declare a task's parameters behind the model's. NULL: none. */
    kg_status (*declare)(void *declared, kg_params *params, const kg_model_config *config);
    void *declared;
    kg_loading loading; /* of the folder */
} kg_session_model;

/* Make the model of a session that was begun. KG_ERR_ARGUMENT: more tokens than the folder's
 * embeddings have; KG_ERR_FORMAT: the store's vectors are of another size; KG_ERR_UNSUPPORTED: the
 * processor lacks the precision. */
kg_status kg_session_model_make(kg_session *session, const kg_session_model *model, kg_error *err);

/* Open a folder with config.json, model.safetensors and a vocabulary, ours or any of a BERT in
 * Hugging Face's form, to run its encoder. A model that infuses, without a store, encodes without
 * neighbors. `mentions`: they are wanted even of a model that does not infuse (KG_ERR_NOT_FOUND
 * without a store). */
kg_status kg_session_open(kg_session *session, const kgp_host *host, const char *folder,
                          bool mentions, kg_error *err);
void kg_session_close(kg_session *session);

/* Call before each step of a training run, whose session's reading is no more asked: every so many
 * of them the session moves on to the newest state of the store, and keeps the tables that it has.
 * KG_ERR_STALE: the store holds another graph. */
kg_status kg_session_renew(kg_session *session, uint64_t step, kg_error *err);

/* Sum the gradients over all ranks. */
kg_status kg_session_sum_gradients(kg_session *session, const kgp_collective *ranks, kg_error *err);

/* The graph's tables, for a pass; NULL where nothing is infused. */
const kg_graph_tables *kg_session_tables(const kg_session *session);

/* Run the encoder over a batch; the vectors are session->pass.hidden until the next run. */
kg_status kg_session_run(kg_session *session, const kg_token_batch *batch, kg_error *err);

#endif
