/* How text is read for a model, by one thread: text to mentions, mentions to tokens, entities to
 * neighbors. Pretraining, --show, trace, encode and every task go through here, so that a mention
 * has the same neighbors in all of them.
 *
 *  - A mention is what the text came with, or what the linker finds. One whose edges are no edges
 *    of tokens is dropped (METHOD 2).
 *  - Its neighbors are the K best of the store that have rows in the tables: the store is asked for
 *    K, then for twice as many and so on, until K are found, its list ends, or KG_MOST_ASKED were
 *    looked at. An entity that the store does not know (yet) has none.
 *  - The type of an entity is its primary one, or view->untyped. */
#ifndef KG_SMEDBERT_READING_H
#define KG_SMEDBERT_READING_H

#include "model/batch.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/smedbert/reading/graph_view.h"
#include "plugins/smedbert/reading/linked_text.h"

/* The best edges of an entity that are looked at for neighbors with rows in the tables. */
enum { KG_MOST_ASKED = 65536 };

/* All zero: no tokenizer, no graph. */
typedef struct kg_reading {
    const kg_tokenizer *tokenizer; /* borrowed */
    const kg_graph_view *view;     /* likewise; NULL: no graph */
    kgp_snapshot *snapshot;        /* NULL: no store */
    kgp_linker *linker;            /* likewise */
    uint64_t uses;                 /* documents since it was opened */
    bool resting;
    KG_ARRAY(kgp_neighbour) found; /* by kg_reading_neighbors */
} kg_reading;

/* view may be NULL or empty: then no mentions are found. Closed by kg_reading_close, also after a
 * failure. */
kg_status kg_reading_open(kg_reading *reading, const kg_tokenizer *tokenizer,
                          const kg_graph_view *view, kg_error *err);
void kg_reading_close(kg_reading *reading);

/* Let go of the store's state, which else keeps dead pages of it alive: before a wait, or where
 * nothing will be asked for long. Nothing but renew and close may follow. */
void kg_reading_rest(kg_reading *reading);

/* Call before each document of a long run: after a rest, and every so many of them, moves on to the
 * newest state. KG_ERR_STALE: it is another graph. */
kg_status kg_reading_renew(kg_reading *reading, kg_error *err);

/* The mentions of a text: *n of them, in order, not overlapping, borrowed until the next use of the
 * linker, or as the text's own are. */
kg_status kg_reading_mentions(const kgp_mention **out, size_t *n, const kg_reading *reading,
                              const kg_linked_text *text, kg_error *err);

/* Every name in the text, those within and across others too. KG_ERR_UNSUPPORTED: the host cannot
 * tell. */
kg_status kg_reading_names(const kgp_mention **out, size_t *n, const kg_reading *reading,
                           kg_str text, kg_error *err);

/* The tokens [*first, *end) that a mention covers, of n that stand at `spans`; false where an edge
 * of it is none of theirs. *first is where to begin looking: it moves up to the mention's start,
 * hence mentions in order take one pass. */
bool kg_reading_cover(uint32_t *first, uint32_t *end, const kg_span *spans, uint32_t n,
                      const kgp_mention *mention);

/* The neighbors of an entity, best first, in reading->found until the next call. */
kg_status kg_reading_neighbors(kg_reading *reading, uint32_t entity, kg_error *err);

typedef struct kg_placed_mention {
    uint32_t start, end; /* tokens of the batch */
    kg_role role;
    uint32_t entity;
} kg_placed_mention;

/* Put a mention with its neighbors behind those of the batch. The last of neighbor_counts tells how
 * many it has. */
kg_status kg_reading_put(kg_token_batch *to, kg_reading *reading, const kg_placed_mention *mention,
                         kg_error *err);

/* The identifier, or with `label` the display label, of something of the graph; empty where it has
 * none. Borrowed until the snapshot moves on. */
kg_str kg_reading_name(const kg_reading *reading, kgp_kind kind, uint32_t id, bool label);

#endif
