/* kg.text/1: corpora, read as corpus.h says. */
#include "plugins/host/host_impl.h"

#include "plugins/host/corpus.h"

static void warn_of(void *context, const char *text) {
    kg_host_log(context, KGP_WARNING, "%s", text);
}

static kgp_status open_corpus(kgp_corpus **out, const kgp_host *abi,
                              const kgp_corpus_options *options, kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_corpus_options o = {
        .paths = options->paths,
        .n_paths = options->n_paths,
        .seed = options->seed,
        .epoch = options->epoch,
        .window = options->window,
        .position = options->position,
        .warn = warn_of,
        .context = kg_host_of(abi),
    };
    kg_status st = kg_corpus_open((kg_corpus **)out, &o, &why);
    return kg_to_plugin(err, st, &why);
}

static kgp_status next_document(kgp_document *out, int32_t *end, kgp_corpus *corpus,
                                kgp_error *err) {
    kg_error why = KG_ERROR_INIT;
    kg_document document = {{"", 0}, 0, 0};
    bool over = false;
    kg_status st = kg_corpus_next(&document, &over, (kg_corpus *)corpus, &why);
    *end = over;
    *out =
        (kgp_document){{document.text.data, document.text.len}, document.number, document.position};
    return kg_to_plugin(err, st, &why);
}

static void close_corpus(kgp_corpus *corpus) {
    kg_corpus_close((kg_corpus *)corpus);
}

const kgp_corpus_reader kg_ext_text = {sizeof kg_ext_text, open_corpus, next_document,
                                       close_corpus};
