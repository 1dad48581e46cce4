/* How many batches an epoch has. */
#include "plugins/smedbert/pretrain/document_stream.h"

/* Batches of the epoch, packed as the dealer does. */
static kg_status count_documents(uint64_t *batches, uint64_t *documents, kg_document_stream *stream,
                                 kg_example_builder *builder, const kg_examples_options *options,
                                 kg_error *err) {
    kg_status st;
    uint64_t tokens = 0;
    *batches = *documents = 0;
    for (;;) {
        kg_streamed document;
        kg_example_note note;
        bool end;
        KG_TRY(st, kg_document_stream_next(&document, &end, stream, err));
        if (end)
            break;
        *documents += document.text.part == 0;
        const kg_example_key key = {options->seed, options->start.epoch, document.number};
        KG_TRY(st, kg_example_read(&note, builder, &key, &document.text, err));
        for (uint32_t i = 0; i < note.chunks; i++) {
            uint32_t length = kg_example_length(builder, i);
            if (tokens + length > options->tokens_per_batch) {
                ++*batches;
                tokens = 0;
            }
            tokens += length;
        }
    }
    *batches += tokens > 0;
    return KG_OK;
}

kg_status kg_examples_count(uint64_t *batches, uint64_t *documents, const kgp_host *host,
                            const kg_tokenizer *tokenizer, const kg_examples_options *options,
                            kg_error *err) {
    kg_status st;
    kg_document_stream stream;
    kg_example_builder *builder;
    kg_reading text_alone = {.tokenizer = tokenizer};
    kg_examples_options in_order = *options;
    KG_TRY(st, kg_examples_check(options, tokenizer, err));
    in_order.window = 0;
    in_order.start = (kg_examples_place){0, 0, 0};
    in_order.epochs = 1;
    KG_TRY(st, kg_document_stream_begin(&stream, host, &in_order, err));
    st = kg_example_builder_new(&builder, &text_alone, NULL, &options->example);
    if (st == KG_OK)
        st = count_documents(batches, documents, &stream, builder, options, err);
    kg_example_builder_free(builder);
    kg_document_stream_close(&stream);
    return st;
}
