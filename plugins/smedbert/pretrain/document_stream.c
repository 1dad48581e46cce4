#include "plugins/smedbert/pretrain/document_stream.h"

#include "plugins/common/abi_status.h"

#include <stdio.h>

enum {
    PART = 32 << 10,           /* bytes of a part of a long document: some 20 chunks */
    MOST_PART = 1 << 30,       /* whatever min_chars is */
    MOST_SURVEYED = 128 << 20, /* bytes */
    BYTES_A_CHARACTER = 8,     /* so that a document in parts has more than min_chars, twice over */
};

/* Where a document is not read in chunks, what lies beyond so many bytes is not looked at. */
static uint32_t part_bytes(const kg_example_options *example) {
    if (example->documents != KG_DOCUMENTS_CHUNKS)
        return example->max_len * KG_BYTES_A_TOKEN;
    uint64_t least = (uint64_t)example->min_chars * BYTES_A_CHARACTER;
    return least < PART ? PART : least < MOST_PART ? (uint32_t)least : MOST_PART;
}

kgp_corpus_options kg_document_options(const kg_examples_options *options,
                                       kg_examples_place place) {
    return (kgp_corpus_options){.size = sizeof(kgp_corpus_options),
                                .paths = options->paths,
                                .n_paths = options->n_paths,
                                .seed = options->seed,
                                .epoch = place.epoch,
                                .window = options->window,
                                .position = place.position,
                                .linked = options->linked,
                                .format = (int32_t)options->format,
                                .part_bytes = part_bytes(&options->example),
                                .beginnings = options->example.documents != KG_DOCUMENTS_CHUNKS};
}

kg_status kg_document_stream_begin(kg_document_stream *stream, const kgp_host *host,
                                   const kg_examples_options *options, kg_error *err) {
    const kgp_corpus_reader *text = host->get_extension(host, KGP_EXT_TEXT);
    *stream = (kg_document_stream){
        .host = host, .text = text, .options = options, .place = options->start};
    if (text && text->size >= sizeof *text)
        return KG_OK;
    return kg_error_set(err, KG_ERR_UNSUPPORTED,
                        text ? "the host has an older %s" : "the host has no %s", KGP_EXT_TEXT);
}

void kg_document_stream_close(kg_document_stream *stream) {
    if (stream->corpus)
        stream->text->close(stream->corpus);
    stream->corpus = NULL;
}

static kg_status open_corpus(kg_document_stream *s, kg_error *err) {
    kgp_error detail = {""};
    kgp_corpus_options corpus = kg_document_options(s->options, s->place);
    kgp_status st = s->text->open(&s->corpus, s->host, &corpus, &detail);
    return kg_abi_take(err, st, &detail);
}

kg_status kg_document_stream_next(kg_streamed *out, bool *end, kg_document_stream *s,
                                  kg_error *err) {
    kg_status st;
    const kg_examples_options *o = s->options;
    for (;;) {
        kgp_document document;
        kgp_error detail = {""};
        int32_t over;
        *end = o->epochs > 0 && s->place.epoch >= o->epochs;
        if (*end)
            return KG_OK;
        if (!s->corpus)
            KG_TRY(st, open_corpus(s, err));
        kgp_status got = s->text->next(&document, &over, s->corpus, &detail);
        if (got != KGP_OK)
            return kg_abi_take(err, got, &detail);
        if (!over) {
            out->text.text = kg_linked_document(&document, s->text, s->corpus, o->linked);
            out->text.part = s->text->part(s->corpus);
            out->number = document.number;
            out->place = (kg_examples_place){s->place.epoch, document.position, 0};
            s->place.position = document.position + 1;
            return KG_OK;
        }
        if (s->place.position == 0)
            return kg_error_set(err, KG_ERR_FORMAT, "the corpus has no document");
        kg_document_stream_close(s);
        s->place = (kg_examples_place){s->place.epoch + 1, 0, 0};
    }
}

kg_status kg_document_survey(char *text, size_t size, const kgp_host *host,
                             const kg_examples_options *options, kg_error *err) {
    kg_status st;
    kgp_error detail = {""};
    kgp_corpus_survey s = {0};
    kg_document_stream stream;
    const kgp_corpus_options corpus = kg_document_options(options, (kg_examples_place){0, 0, 0});
    text[0] = '\0';
    KG_TRY(st, kg_document_stream_begin(&stream, host, options, err));
    kgp_status got =
        stream.text->check(&s, host, &corpus, options->example.min_chars, MOST_SURVEYED, &detail);
    if (got == KGP_OK && s.documents > 0)
        snprintf(text, size,
                 "%llu documents in %s%llu MiB of text; skipped: %llu of fewer than %u characters, "
                 "%llu of more than 64 MiB; not UTF-8, their bytes replaced: %llu",
                 (unsigned long long)s.documents, s.whole ? "" : "the first ",
                 (unsigned long long)(s.bytes >> 20), (unsigned long long)s.too_short,
                 options->example.min_chars, (unsigned long long)s.too_long,
                 (unsigned long long)s.invalid);
    return kg_abi_take(err, got, &detail);
}
