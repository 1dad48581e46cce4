#include "plugins/smedbert/reading/text_mentions.h"

kg_linked_text kg_linked_document(const kgp_document *document, const kgp_corpus_reader *reader,
                                  kgp_corpus *corpus, bool linked) {
    kg_linked_text text = {{document->text.data, document->text.len}, linked, NULL, 0};
    if (linked)
        reader->mentions(&text.mentions, &text.n_mentions, corpus);
    return text;
}

kg_status kg_text_mentions(const kgp_mention **out, size_t *n, const kg_linked_text *text,
                           const kgp_link *link, kgp_linker *linker, kg_error *err) {
    kgp_error detail = {""};
    *out = text->mentions;
    *n = text->linked ? text->n_mentions : 0;
    if (text->linked || !link)
        return KG_OK;
    kgp_status found =
        link->link(out, n, linker, (kgp_text){text->text.data, text->text.len}, &detail);
    return found == KGP_OK ? KG_OK : kg_error_set(err, (kg_status)found, "%s", detail.text);
}
