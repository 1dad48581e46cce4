/* A checkpoint opened to be used: model, tokenizer and, where it reads the graph, the graph. */
#ifndef KG_SMEDBERT_SESSION_MODEL_H
#define KG_SMEDBERT_SESSION_MODEL_H

#include "model/model.h"
#include "plugins/smedbert/reading/reading.h"

typedef struct kg_session_model {
    kg_model *model; /* the encoder alone */
    kg_tokenizer *tokenizer;
    kg_graph_view graph; /* empty where the model does not infuse, or there is no store */
    kg_reading reading;
    kg_workspace workspace;
    kg_encoder_pass pass;
} kg_session_model;

/* Open a folder with config.json, model.safetensors and a vocabulary: ours or any of a BERT in
 * Hugging Face's form. tokenizer_config.json says whether it is cased. A model that infuses,
 * without a store, encodes without neighbors. `mentions`: they are wanted even of a model that does
 * not infuse (KG_ERR_NOT_FOUND without a store). Closed by kg_session_model_close, also after a
 * failure. */
kg_status kg_session_model_open(kg_session_model *session, const kgp_host *host, const char *folder,
                                bool mentions, kg_error *err);
void kg_session_model_close(kg_session_model *session);

/* Run the encoder over a batch; the vectors are session->pass.hidden until the next run. */
kg_status kg_session_model_run(kg_session_model *session, const kg_batch *batch, kg_error *err);

#endif
