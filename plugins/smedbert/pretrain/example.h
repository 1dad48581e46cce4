/* One pretraining example from one document: SPEC.md 4. */
#ifndef KG_SMEDBERT_EXAMPLE_H
#define KG_SMEDBERT_EXAMPLE_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "model/batch.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/abi/kg_plugin.h"
#include "plugins/smedbert/pretrain/examples.h"
#include "plugins/smedbert/pretrain/negatives.h"
#include "plugins/smedbert/reading/text_mentions.h"

/* Where an example's facts come from. All is borrowed; the snapshot and the linker are used by this
 * builder alone. */
typedef struct kg_example_sources {
    const kg_tokenizer *tokenizer;
    const kgp_link *link; /* NULL: no mentions */
    kgp_linker *linker;
    const kgp_graph_read *graph;
    kgp_snapshot *snapshot;
    const uint32_t *primary_types; /* of `entities` entities, KGP_NO_ID for none */
    uint64_t entities;
    uint32_t untyped; /* the type id that stands for none */
    const kg_negatives *negatives;
} kg_example_sources;

/* What names the random draws of an example. */
typedef struct kg_example_key {
    uint64_t seed, epoch, document;
} kg_example_key;

/* What became of a document. */
typedef struct kg_example_note {
    bool too_short, empty; /* no example was made */
    bool cut, unsplit;
    uint32_t mentions, off_edge;
} kg_example_note;

typedef struct kg_example_builder kg_example_builder;

/* Keeps copies of sources and options, and working memory; one thread at a time. */
kg_status kg_example_builder_new(kg_example_builder **out, const kg_example_sources *sources,
                                 const kg_example_options *options);
void kg_example_builder_free(kg_example_builder *builder);

/* Put the example of a document into `to`, which is cleared first and stays empty where *note says
 * that there is none. URLs are dropped first: from "http://", "https://" or "www." (in any case,
 * not within a word) to the end of the printable ASCII that follows. The same key and document
 * always give the same example. */
kg_status kg_example_build(kg_batch *to, kg_example_note *note, kg_example_builder *builder,
                           const kg_example_key *key, const kg_linked_text *document,
                           kg_error *err);

/* Only how many tokens the example of a document would have; 0: there is none. */
kg_status kg_example_length(uint32_t *tokens, kg_example_builder *builder,
                            const kg_example_key *key, kg_str text, kg_error *err);

#endif
