/* A text and its mentions: those that it came with where it was linked before, else what the
 * linker finds. The one place where the plugin links. */
#ifndef KG_SMEDBERT_TEXT_MENTIONS_H
#define KG_SMEDBERT_TEXT_MENTIONS_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "plugins/abi/kg_plugin.h"

/* Borrowed. */
typedef struct kg_linked_text {
    kg_str text;
    bool linked;                 /* the mentions are given; else they are to be found */
    const kgp_mention *mentions; /* in order, not overlapping */
    size_t n_mentions;
} kg_linked_text;

/* The document last read of a corpus that was opened with `linked`. */
kg_linked_text kg_linked_document(const kgp_document *document, const kgp_corpus_reader *reader,
                                  kgp_corpus *corpus, bool linked);

/* *n mentions, borrowed until the linker's next use; none where they are to be found and link is
 * NULL. */
kg_status kg_text_mentions(const kgp_mention **out, size_t *n, const kg_linked_text *text,
                           const kgp_link *link, kgp_linker *linker, kg_error *err);

#endif
