/* A checkpoint opened to be used: model, tokenizer and, where it reads the graph, the graph's
 * tables. For tools and fine-tuning. */
#ifndef KG_SMEDBERT_SESSION_MODEL_H
#define KG_SMEDBERT_SESSION_MODEL_H

#include "model/model.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/smedbert/reading/graph_view.h"

typedef struct kg_session_model {
    kg_model *model; /* the encoder alone */
    kg_tokenizer *tokenizer;
    kg_graph_view graph; /* begun where the model infuses and the host has a store */
    kg_workspace workspace;
    kg_encoder_pass pass;
} kg_session_model;

/* Open a folder with config.json, model.safetensors and a vocabulary: ours or any of a BERT in
 * Hugging Face's form. tokenizer_config.json says whether it is cased. A model that infuses,
 * without a store, encodes without neighbours. Closed by kg_session_model_close, also after a
 * failure. */
kg_status kg_session_model_open(kg_session_model *session, const kgp_host *host, const char *folder,
                                kg_error *err);
void kg_session_model_close(kg_session_model *session);

/* Run the encoder over a batch; the vectors are session->pass.hidden until the next run. */
kg_status kg_session_model_run(kg_session_model *session, const kg_batch *batch, kg_error *err);

#endif
