/* One pretraining example from one document: SPEC.md 4. */
#ifndef KG_SMEDBERT_EXAMPLE_H
#define KG_SMEDBERT_EXAMPLE_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "plugins/smedbert/pretrain/example_options.h"
#include "plugins/smedbert/pretrain/negatives.h"
#include "plugins/smedbert/reading/reading.h"

/* What became of a document. */
typedef struct kg_example_note {
    bool too_short, empty; /* no example was made */
    bool cut, unsplit;
    uint32_t mentions, off_edge;
} kg_example_note;

typedef struct kg_example_builder kg_example_builder;

/* Keeps a copy of the options, and working memory; one thread at a time. Borrows the reading, which
 * is used by this builder alone, and the negatives (NULL where the reading gives no neighbors). */
kg_status kg_example_builder_new(kg_example_builder **out, kg_reading *reading,
                                 const kg_negatives *negatives, const kg_example_options *options);
void kg_example_builder_free(kg_example_builder *builder);

/* Put the example of a document into `to`, which is cleared first and stays empty where *note says
 * that there is none. URLs are dropped first: from "http://", "https://" or "www." (in any case,
 * not within a word) to the end of the printable ASCII that follows. The same key and document
 * always give the same example. */
kg_status kg_example_build(kg_token_batch *to, kg_example_note *note, kg_example_builder *builder,
                           const kg_example_key *key, const kg_linked_text *document,
                           kg_error *err);

/* Only how many tokens the example of a document would have; 0: there is none. */
kg_status kg_example_length(uint32_t *tokens, kg_example_builder *builder,
                            const kg_example_key *key, kg_str text, kg_error *err);

#endif
