/* The documents that examples are made of, epoch after epoch, as kg.text/1 orders them. */
#ifndef KG_SMEDBERT_DOCUMENT_STREAM_H
#define KG_SMEDBERT_DOCUMENT_STREAM_H

#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/pretrain/examples.h"

typedef struct kg_document_stream {
    const kgp_host *host;
    const kgp_corpus_reader *text;
    const kg_examples_options *options; /* borrowed */
    kgp_corpus *corpus;                 /* of place.epoch; NULL: to be opened */
    kg_examples_place place;            /* of the next document */
} kg_document_stream;

/* One of them, or a part of a long one. */
typedef struct kg_streamed {
    kg_example_text text; /* borrowed until the next, or close */
    uint64_t number;
    kg_examples_place place;
} kg_streamed;

/* What a corpus is opened with, for an epoch and from a position on. */
kgp_corpus_options kg_document_options(const kg_examples_options *options, kg_examples_place place);

/* Look at the corpus before training, and say in text (of `size` bytes) how many documents there
 * are and what of them is skipped or mended; empty where it cannot be read twice. KG_ERR_FORMAT: it
 * is not UTF-8. */
kg_status kg_document_survey(char *text, size_t size, const kgp_host *host,
                             const kg_examples_options *options, kg_error *err);

/* Nothing is opened yet. KG_ERR_UNSUPPORTED: the host has no kg.text/1, or an older one. */
kg_status kg_document_stream_begin(kg_document_stream *stream, const kgp_host *host,
                                   const kg_examples_options *options, kg_error *err);

/* The next; *end instead where the epochs are over. KG_ERR_FORMAT: the corpus has none. */
kg_status kg_document_stream_next(kg_streamed *out, bool *end, kg_document_stream *stream,
                                  kg_error *err);

void kg_document_stream_close(kg_document_stream *stream);

#endif
