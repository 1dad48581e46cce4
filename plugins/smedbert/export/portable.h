/* Of a checkpoint what a BERT and a linear map compute by themselves: no graph, no sparse model, no
 * chain. It is a checkpoint too, for transformers and for kg. */
#ifndef KG_SMEDBERT_PORTABLE_H
#define KG_SMEDBERT_PORTABLE_H

#include "plugins/smedbert/export/onnx_bert.h"
#include "plugins/smedbert/tune/tune_task.h"

typedef struct kg_portable {
    const kg_tune_task *const
        *tasks;               /* those that the checkpoint's file may name; NULL: of no task */
    kg_tune_session session;  /* of no task: its base alone is in use */
    const char *architecture; /* the class of transformers */
    kg_onnx_output_kind kind;
    json_t *left_out; /* in words, what does not travel */
} kg_portable;

/* Open a checkpoint of any kind: kg pretrain's, a task's, or a BERT of others. Nothing is linked.
 * KG_ERR_UNSUPPORTED: no class of transformers computes its head; else as kg_tune_session_load and
 * kg_session_open. kg_portable_free in any case. */
kg_status kg_portable_open(kg_portable *out, const kgp_host *host, const char *folder,
                           kg_error *err);

/* Write it into an empty folder; with model.onnx where asked for. KG_ERR_LIMIT (kg_onnx_write),
 * KG_ERR_IO, KG_ERR_FULL, KG_ERR_MEMORY: part of it is written. */
kg_status kg_portable_write(kg_portable *portable, const char *folder, bool onnx, kg_error *err);
void kg_portable_free(kg_portable *portable);

#endif
