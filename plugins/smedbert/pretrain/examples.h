/* Pretraining examples (METHOD 2) as a stream of global batches, built on threads of its own while
 * the model computes.
 *
 * There is one global order of documents an epoch (kg.text/1), and epochs follow on from one
 * another. They are taken in groups, of 64 documents, or fewer where these have much text; where a
 * document of a group gives several examples, all those of the group are shuffled (not in file
 * order). The examples of that order are packed into global batches of at most tokens_per_batch
 * tokens; the sequences of a batch are then dealt to ranks and micro-batches. Every rank builds all
 * examples (it costs a hundredth of computing on them) and keeps its own, so that the batches are
 * the same for any number of threads and ranks, and nothing need be exchanged. A stream begun at
 * the place where a batch ended goes on as if it had never stopped. */
#ifndef KG_SMEDBERT_EXAMPLES_H
#define KG_SMEDBERT_EXAMPLES_H

#include "kgstore/base/error.h"
#include "model/batch.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/abi/kg_plugin.h"
#include "plugins/smedbert/pretrain/dealer.h"
#include "plugins/smedbert/pretrain/example_options.h"
#include "plugins/smedbert/reading/graph_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in the stream: the next document to take, or the first of a group. */
typedef struct kg_examples_place {
    uint64_t epoch;
    uint64_t position; /* in the epoch's order */
    uint64_t chunk;    /* examples of the group to leave out: they were given */
} kg_examples_place;

typedef struct kg_examples_options {
    const char *const *paths; /* as in kgp_corpus_options */
    size_t n_paths;
    kgp_corpus_format format;
    bool linked; /* the documents are text already linked */
    uint64_t seed;
    uint32_t window;           /* of the shuffle; 0: file order */
    uint32_t tokens_per_batch; /* of a global batch, at least max_len */
    uint32_t tokens_per_micro; /* of a micro-batch, at least max_len; 0: as tokens_per_batch */
    uint32_t threads;          /* that build; 0: 1 */
    uint32_t rank, ranks;      /* ranks 0: 1 */
    kg_examples_place start;
    uint64_t epochs; /* the stream ends before this epoch; 0: never */
    kg_example_options example;
} kg_examples_options;

#define KG_EXAMPLES_OPTIONS_INIT                                                                   \
    { .window = 16384, .tokens_per_batch = 4096, .ranks = 1, .example = KG_EXAMPLE_OPTIONS_INIT }

typedef struct kg_examples kg_examples;

/* What was done with documents and their mentions, since open. */
typedef struct kg_examples_report {
    uint64_t documents; /* taken from the corpus, or parts of long ones */
    uint64_t parts;     /* of these, further parts of a document */
    uint64_t chunks;    /* examples that they give */
    uint64_t too_short; /* fewer than min_chars characters once URLs were dropped */
    uint64_t empty;     /* long enough, but without a token */
    uint64_t cut;       /* had more tokens than fit */
    uint64_t unsplit;   /* no place to split: one sentence, no label of order */
    uint64_t without_mentions;
    uint64_t mentions, off_edge; /* found; dropped since their edges are no token edges */
    double waited;               /* seconds that kg_examples_next waited for an example */
} kg_examples_report;

/* A global batch, as far as it is this rank's. Borrowed until the next call or close. */
typedef struct kg_examples_batch {
    kg_token_batch *micro; /* n_micro of them; none is empty, but a rank may have none at all */
    uint32_t n_micro;
    kg_examples_counts counts; /* of all ranks */
    kg_examples_place after;   /* where a stream goes on after this batch */
} kg_examples_batch;

/* Begin. Needs kg.text/1 of the host. Mentions and neighbors are those of `view`, which keeps types
 * where it has neighbors; NULL: there are none. The negatives are drawn by the table
 * "mention_counts" of its store, uniformly where it has none. tokenizer, view and host outlive
 * *out; paths are copied. KG_ERR_ARGUMENT for options that make no sense, KG_ERR_NOT_FOUND for a
 * file that is not there, and what the host gives. */
kg_status kg_examples_open(kg_examples **out, const kgp_host *host, const kg_graph_view *view,
                           const kg_tokenizer *tokenizer, const kg_examples_options *options,
                           kg_error *err);

/* The next global batch, in *batch until the next call or close; *end instead after the last. One
 * thread. KG_ERR_FORMAT where a whole epoch gave no example. */
kg_status kg_examples_next(kg_examples_batch *batch, bool *end, kg_examples *examples,
                           kg_error *err);

kg_examples_report kg_examples_told(kg_examples *examples);

/* The report as a sentence, at most size bytes of it; without the wait, which no two runs share. */
void kg_examples_tell(char *text, size_t size, const kg_examples_report *report);

/* Stops and joins the threads. NULL is safe. */
void kg_examples_close(kg_examples *examples);

/* Whether the options make sense. KG_ERR_ARGUMENT. */
kg_status kg_examples_check(const kg_examples_options *options, const kg_tokenizer *tokenizer,
                            kg_error *err);

/* The number of global batches in one epoch, by reading and tokenizing the corpus once in file
 * order (packing in another order may differ by a few). */
kg_status kg_examples_count(uint64_t *batches, uint64_t *documents, const kgp_host *host,
                            const kg_tokenizer *tokenizer, const kg_examples_options *options,
                            kg_error *err);

#endif
