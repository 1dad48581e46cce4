#include "plugins/smedbert/reading/linked_text.h"

kg_linked_text kg_linked_document(const kgp_document *document, const kgp_corpus_reader *reader,
                                  kgp_corpus *corpus, bool linked) {
    kg_linked_text text = {{document->text.data, document->text.len}, linked, NULL, 0};
    if (linked)
        reader->mentions(&text.mentions, &text.n_mentions, corpus);
    return text;
}
