/* kg.text/1: corpora, read as corpus.h says. */
#include "plugins/host/host_impl.h"

#include "plugins/host/corpus_check.h"

#include <stddef.h>
#include <stdlib.h>

struct kgp_corpus {
    kg_corpus *corpus;
    kg_document document; /* the last given */
};

static void warn_of(void *context, const char *text) {
    kg_host_log(context, KGP_WARNING, "%s", text);
}

/* Whether the options of a plugin, whose header may be older, reach to the end of a field. */
#define HAS(options, field)                                                                        \
    ((options)->size >= offsetof(kgp_corpus_options, field) + sizeof(options)->field)

static kg_corpus_format format_of(const kgp_corpus_options *options) {
    if (HAS(options, linked) && options->linked)
        return KG_CORPUS_LINKED;
    return HAS(options, format) ? (kg_corpus_format)options->format : KG_CORPUS_LINES;
}

static kg_corpus_options options_of(kg_host *host, const kgp_corpus_options *options) {
    return (kg_corpus_options){
        .paths = options->paths,
        .n_paths = options->n_paths,
        .seed = options->seed,
        .epoch = options->epoch,
        .window = options->window,
        .position = options->position,
        .format = format_of(options),
        .beginnings = HAS(options, beginnings) && options->beginnings,
        .part_bytes = HAS(options, part_bytes) ? options->part_bytes : 0,
        .store = host->store,
        .warn = warn_of,
        .context = host,
    };
}

static kgp_status open_corpus(kgp_corpus **out, const kgp_host *abi,
                              const kgp_corpus_options *options, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    const kg_corpus_options o = options_of(kg_host_of(abi), options);
    kgp_corpus *c = *out = calloc(1, sizeof *c);
    if (!c)
        return kg_abi_give(
            err, kg_error_set(&why, KG_ERR_MEMORY, "out of memory opening the corpus"), &why);
    kg_status st = kg_corpus_open(&c->corpus, &o, &why);
    if (st != KG_OK) {
        free(c);
        *out = NULL;
    }
    return kg_abi_give(err, st, &why);
}

static kgp_status next_document(kgp_document *out, int32_t *end, kgp_corpus *corpus,
                                kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_document *document = &corpus->document;
    bool over = false;
    *document = (kg_document){.text = {"", 0}};
    kg_status st = kg_corpus_next(document, &over, corpus->corpus, &why);
    *end = over;
    *out = (kgp_document){
        {document->text.data, document->text.len}, document->number, document->position};
    return kg_abi_give(err, st, &why);
}

static void close_corpus(kgp_corpus *corpus) {
    if (!corpus)
        return;
    kg_corpus_close(corpus->corpus);
    free(corpus);
}

static kgp_status mentions_of(const kgp_mention **out, size_t *n, kgp_corpus *corpus) {
    *out = (const kgp_mention *)(const void *)corpus->document.mentions;
    *n = corpus->document.n_mentions;
    return KGP_OK;
}

static uint32_t part_of(kgp_corpus *corpus) {
    return corpus->document.part;
}

static kgp_status check_corpus(kgp_corpus_survey *out, const kgp_host *abi,
                               const kgp_corpus_options *options, uint32_t min_chars,
                               uint64_t most_bytes, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_corpus_survey s;
    const kg_corpus_options o = options_of(kg_host_of(abi), options);
    kg_status st = kg_corpus_check(&s, &o, min_chars, most_bytes, &why);
    *out = (kgp_corpus_survey){s.documents, s.bytes, s.too_short, s.invalid, s.too_long, s.whole};
    return kg_abi_give(err, st, &why);
}

const kgp_corpus_reader kg_ext_text = {sizeof kg_ext_text, open_corpus, next_document, close_corpus,
                                       mentions_of,        part_of,     check_corpus};
