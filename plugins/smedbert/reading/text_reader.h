/* Text as the encoder reads it outside pretraining: [CLS] tokens [SEP], one segment, nothing
 * masked, every linked mention with its neighbours (role KG_ROLE_CONTEXT). For encoding, tracing
 * and fine-tuning. */
#ifndef KG_SMEDBERT_TEXT_READER_H
#define KG_SMEDBERT_TEXT_READER_H

#include "model/batch.h"
#include "model/graph_tables.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/abi/kg_plugin.h"
#include "plugins/smedbert/reading/text_mentions.h"

typedef struct kg_text_options {
    uint32_t max_len;   /* tokens, both special ones included; what is beyond is cut */
    uint32_t neighbors; /* K; 0: nothing is linked and no store is needed */
    kgp_weight_set weights;
    const kg_graph_tables *tables; /* entities and relations beyond their rows are skipped */
} kg_text_options;

typedef struct kg_text_reader {
    const kgp_host *host;
    const kg_tokenizer *tokenizer;
    kg_text_options options;
    const kgp_graph_read *graph;
    kgp_snapshot *snapshot;
    const kgp_link *link;
    kgp_linker *linker;
    uint32_t untyped; /* the type of entities without one */
    kg_tokens tokens; /* of the text last added, without the special tokens; uncut */
    KG_ARRAY(kgp_neighbour) found;
} kg_text_reader;

/* Borrows host, tokenizer and tables. KG_ERR_NOT_FOUND: neighbours are asked for and there is no
 * store. Closed by kg_text_reader_close, also after a failure. */
kg_status kg_text_reader_open(kg_text_reader *reader, const kgp_host *host,
                              const kg_tokenizer *tokenizer, const kg_text_options *options,
                              kg_error *err);
void kg_text_reader_close(kg_text_reader *reader);

/* Append the text as one more sequence of the batch; token i of reader->tokens is the sequence's
 * token 1 + i. Mentions whose edges are no token edges, or that were cut, are left out. */
kg_status kg_text_reader_add(kg_batch *batch, kg_text_reader *reader, const kg_linked_text *text,
                             kg_error *err);

#endif
