/* Pretraining examples of one document: METHOD 2. */
#ifndef KG_SMEDBERT_EXAMPLE_H
#define KG_SMEDBERT_EXAMPLE_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "plugins/smedbert/pretrain/example_options.h"
#include "plugins/smedbert/pretrain/negatives.h"
#include "plugins/smedbert/reading/reading.h"

/* Where a document gives one example, its text beyond so many times max_len bytes is not looked at.
 */
enum { KG_BYTES_A_TOKEN = 256 };

/* What became of a document. */
typedef struct kg_example_note {
    bool too_short, empty; /* no example was made */
    bool cut;              /* it has more tokens than an example holds */
    uint32_t chunks;       /* examples that it gives */
    uint32_t unsplit;      /* of those built, without a place to split */
    uint32_t mentions, off_edge;
} kg_example_note;

typedef struct kg_example_builder kg_example_builder;

/* Keeps a copy of the options, and working memory; one thread at a time. Borrows the reading, which
 * is used by this builder alone, and the negatives (NULL where the reading gives no neighbors). */
kg_status kg_example_builder_new(kg_example_builder **out, kg_reading *reading,
                                 const kg_negatives *negatives, const kg_example_options *options);
void kg_example_builder_free(kg_example_builder *builder);

/* A document, or a part of one that comes in parts. */
typedef struct kg_example_text {
    kg_linked_text text; /* borrowed */
    uint32_t part;       /* from 0; a further one is never too short */
} kg_example_text;

/* Read a document: its tokens and mentions, and where it is cut. note->chunks tells how many
 * examples it gives; where that is 0 the note says why. URLs are dropped first: from "http://",
 * "https://" or "www." (in any case, not within a word) to the end of the printable ASCII that
 * follows. */
kg_status kg_example_read(kg_example_note *note, kg_example_builder *builder,
                          const kg_example_key *key, const kg_example_text *document,
                          kg_error *err);

/* Tokens of an example of the document last read; chunk < note->chunks. */
uint32_t kg_example_length(const kg_example_builder *builder, uint32_t chunk);

/* Put an example of the document last read into `to`, which is cleared first. The same key,
 * document and chunk always give the same example. */
kg_status kg_example_build(kg_token_batch *to, kg_example_note *note, kg_example_builder *builder,
                           const kg_example_key *key, uint32_t chunk, kg_error *err);

#endif
