/* Text as the encoder reads it outside pretraining: [CLS] tokens [SEP], one segment, nothing
 * masked, every linked mention with its neighbors (role KG_ROLE_CONTEXT). For encoding, tracing
 * and fine-tuning. */
#ifndef KG_SMEDBERT_TEXT_READER_H
#define KG_SMEDBERT_TEXT_READER_H

#include "plugins/smedbert/reading/reading.h"

typedef struct kg_text_reader {
    kg_reading *reading; /* borrowed */
    uint32_t max_len;    /* tokens, both special ones included; what is beyond is cut */
    kg_tokens tokens;    /* of the text last added, without the special tokens; uncut */
} kg_text_reader;

/* KG_ERR_FORMAT: the vocabulary lacks [CLS] or [SEP]. Freed by kg_text_reader_free. */
kg_status kg_text_reader_init(kg_text_reader *reader, kg_reading *reading, uint32_t max_len,
                              kg_error *err);
void kg_text_reader_free(kg_text_reader *reader);

/* Append the text as one more sequence of the batch; token i of reader->tokens is the sequence's
 * token 1 + i. Mentions whose edges are no token edges, or that were cut, are left out. */
kg_status kg_text_reader_add(kg_token_batch *batch, kg_text_reader *reader,
                             const kg_linked_text *text, kg_error *err);

#endif
