/* What a stream of examples holds, shared by its parts: the workers that fill slots, and the caller
 * that takes them. */
#ifndef KG_SMEDBERT_EXAMPLES_IMPL_H
#define KG_SMEDBERT_EXAMPLES_IMPL_H

#include "plugins/smedbert/pretrain/document_stream.h"

#include <pthread.h>

enum { KG_EXAMPLE_GROUP = 64 }; /* documents of a group at most */

typedef struct kg_example_slot {
    bool built;
    kg_status status; /* not KG_OK: the stream ends here, with error */
    kg_error error;
    kg_examples_place place;
    kg_bytes text;
    KG_ARRAY(kgp_mention) mentions; /* that the document came with */
    uint32_t part;
    uint64_t number;
    bool closes; /* its group */
    kg_example_note note;
    KG_ARRAY(kg_token_batch) examples; /* that the document gives */
} kg_example_slot;

/* Where an example of a group is. */
typedef struct kg_group_example {
    kg_example_slot *slot;
    uint32_t chunk;
} kg_group_example;

typedef struct kg_example_worker {
    kg_examples *examples;
    pthread_t thread;
    bool started;
    kg_reading reading;
    kg_example_builder *builder;
} kg_example_worker;

struct kg_examples {
    const kgp_host *host;
    const kg_tokenizer *tokenizer;
    kg_examples_options options;
    char **paths;
    const kg_graph_view *view;
    kg_negatives *negatives;
    kg_example_worker *workers;

    pthread_mutex_t lock; /* guards all below, the slots between their states, and the corpus */
    pthread_cond_t freed, built;
    bool stop, ended; /* ended: no slot will be filled any more */
    kg_example_slot *slots;
    size_t n_slots;
    uint64_t next_fill, next_take; /* counts of slots; the slot is the count modulo n_slots */
    size_t bytes;                  /* of text in slots */
    kg_document_stream stream;
    uint64_t group_epoch;     /* of the group being read */
    size_t group, group_text; /* its documents so far, and their bytes */
    KG_ARRAY(kg_token_batch) spare;
    kg_examples_report report;

    /* The caller's thread alone. */
    kg_dealer dealer;
    kg_examples_place counted;        /* an epoch, and the examples it has given */
    kg_examples_place after;          /* what is taken ends here */
    KG_ARRAY(kg_group_example) order; /* the examples of the group being given */
    size_t given;                     /* of them */
    size_t slots_of_group;            /* 0: none is being given */
};

/* Start a worker; whatever came of it, kg_example_workers_stop ends it. */
kg_status kg_example_worker_start(kg_example_worker *worker, kg_examples *examples, kg_error *err);
void kg_example_workers_stop(kg_examples *examples);

#endif
