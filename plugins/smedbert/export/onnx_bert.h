/* The encoder, and what stands on it, as a graph of ONNX. */
#ifndef KG_SMEDBERT_ONNX_BERT_H
#define KG_SMEDBERT_ONNX_BERT_H

#include "model/model.h"

/* What the graph computes of input_ids, attention_mask and token_type_ids, all (batch, sequence).
 */
typedef enum kg_onnx_output_kind {
    KG_ONNX_STATES,   /* last_hidden_state (batch, sequence, d1) */
    KG_ONNX_WORDS,    /* that, and logits (batch, sequence, V) of the pretraining head */
    KG_ONNX_TOKENS,   /* logits (batch, sequence, L): the classifier over every token */
    KG_ONNX_SEQUENCES /* logits (batch, L): pooler and classifier over the first */
} kg_onnx_output_kind;

/* Write the graph of a model with the tensors of its kind. Nothing of the graph (kg.*, smedbert.*)
 * is in it. Statuses of kg_onnx_write. */
kg_status kg_onnx_write_bert(kg_model *model, kg_onnx_output_kind kind, const char *path,
                             kg_error *err);

#endif
