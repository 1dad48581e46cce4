/* A text, and the mentions that it came with where it was linked before. */
#ifndef KG_SMEDBERT_LINKED_TEXT_H
#define KG_SMEDBERT_LINKED_TEXT_H

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

#endif
