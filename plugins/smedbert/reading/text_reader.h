/* Text as the encoder reads it outside pretraining: [CLS] a [SEP], or two as the tokenizer joins
 * them
 * ([CLS] a [SEP] b [SEP] of segments 0 and 1, or <s> a </s></s> b </s> of segment 0), nothing
 * masked, every linked mention with its neighbors (role KG_ROLE_CONTEXT). For encoding, tracing and
 * fine-tuning. */
#ifndef KG_SMEDBERT_TEXT_READER_H
#define KG_SMEDBERT_TEXT_READER_H

#include "plugins/smedbert/reading/reading.h"

/* Two tokens that are put around a span of the text, as wide as the tokens that it touches. */
typedef struct kg_text_mark {
    uint32_t start, end; /* bytes */
    uint32_t open, close;
} kg_text_mark;

typedef struct kg_text_reader {
    kg_reading *reading; /* borrowed */
    uint32_t max_len;    /* tokens of a sequence, special ones included; what is beyond is cut */
    kg_tokens tokens;    /* of the text last added, without the special tokens; uncut */
    KG_ARRAY(uint32_t) rows;     /* of each of them, in the batch; KG_NO_ROW where it was cut */
    kg_joining joining;          /* the tokenizer's */
    uint32_t second;             /* row of the batch where the second text last added begins */
    kg_tokens other;             /* scratch: of a pair's second text while the first is put */
    uint64_t mentions, off_edge; /* linked so far; left out, since cut or no tokens of their own */
} kg_text_reader;

#define KG_NO_ROW UINT32_MAX

/* KG_ERR_FORMAT: the vocabulary lacks [CLS] or [SEP]. Freed by kg_text_reader_free. */
kg_status kg_text_reader_init(kg_text_reader *reader, kg_reading *reading, uint32_t max_len,
                              kg_error *err);
void kg_text_reader_free(kg_text_reader *reader);

/* Append the text as one more sequence of the batch. Mentions whose edges are no token edges, or
 * that were cut, are left out. */
kg_status kg_text_reader_add(kg_token_batch *batch, kg_text_reader *reader,
                             const kg_linked_text *text, kg_error *err);

/* The same of two texts. Where they are too long the longer loses tokens at its end first; each
 * keeps one at least. No mention reaches across the separator. */
kg_status kg_text_reader_add_pair(kg_token_batch *batch, kg_text_reader *reader,
                                  const kg_linked_text *a, const kg_linked_text *b, kg_error *err);

/* The same of one text with two marks. rows receives those of the tokens that open them. What is
 * too long loses tokens far from the marks first. Mentions that a mark stands in are left out. */
kg_status kg_text_reader_add_marked(kg_token_batch *batch, kg_text_reader *reader,
                                    const kg_linked_text *text, const kg_text_mark marks[2],
                                    uint32_t rows[2], kg_error *err);

#endif
