/* A batch: examples packed back to back, never padded, as flat arrays.
 *
 * Letters: B sequences, N tokens of all of them, P masked positions, M mentions, X neighbors of
 * all mentions, Q prediction pairs, J negatives a pair.
 *
 * Who builds one pushes onto the arrays (kg_array_push) and keeps the lengths as written here;
 * kg_token_batch_check verifies them all. A batch of one sequence is an example;
 * kg_token_batch_append packs examples together. Arrays keep their memory when a batch is cleared,
 * so that a batch that is filled again and again ends by allocating nothing. A batch belongs to one
 * thread at a time. */
#ifndef KG_MODEL_BATCH_H
#define KG_MODEL_BATCH_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

#include <stdint.h>

/* What is done with a mention. */
typedef enum kg_role {
    KG_ROLE_INFUSE,  /* neighbors injected; masked mention modeling */
    KG_ROLE_CONTEXT, /* neighbors injected, no loss */
    KG_ROLE_PREDICT  /* masked neighbor modeling, nothing injected */
} kg_role;

/* The sentence-order label of a sequence that has none. */
#define KG_SOP_NONE 255

enum { KG_CHUNK_SHIFT = 40 };

static inline uint64_t kg_chunk_document(uint64_t number) {
    return number & ((UINT64_C(1) << KG_CHUNK_SHIFT) - 1);
}

typedef struct kg_token_batch {
    /* Sequences. Those of one length B: */
    KG_ARRAY(uint64_t)
    documents;                    /* number in the corpus; above KG_CHUNK_SHIFT bits, the chunk.
                                     Names the dropout stream */
    KG_ARRAY(uint32_t) epochs;    /* likewise */
    KG_ARRAY(uint8_t) sop_labels; /* 0, 1 or KG_SOP_NONE */
    KG_ARRAY(uint32_t) lengths;   /* tokens; their sum is N */

    /* Tokens, N each. */
    KG_ARRAY(uint32_t) input_ids;    /* after masking */
    KG_ARRAY(uint32_t) original_ids; /* before */
    KG_ARRAY(uint8_t) segments;      /* 0 or 1 */

    /* Masked positions, P each, in ascending order. */
    KG_ARRAY(uint32_t) mlm_positions; /* index of the token, 0..N-1 */
    KG_ARRAY(uint32_t) mlm_labels;    /* its true id */

    /* Mentions, M each, in ascending order of start; they do not overlap. */
    KG_ARRAY(uint32_t) mention_starts;   /* first token, 0..N-1 */
    KG_ARRAY(uint32_t) mention_ends;     /* one past the last; in the same sequence */
    KG_ARRAY(uint8_t) mention_roles;     /* kg_role */
    KG_ARRAY(uint32_t) mention_entities; /* for reports only */
    KG_ARRAY(uint32_t) neighbor_counts;  /* neighbors of each; their sum is X */

    /* Neighbors, X each: those of mention 0, then of mention 1, ... best first. */
    KG_ARRAY(uint32_t) neighbor_entities;
    KG_ARRAY(uint32_t) neighbor_relations;
    KG_ARRAY(int8_t) neighbor_directions; /* +1 or -1 */
    KG_ARRAY(uint32_t) neighbor_types;    /* primary type of the entity */

    /* Prediction pairs: the neighbors of the predict mentions, in order, Q of them. */
    uint32_t negatives_per_pair;    /* J */
    KG_ARRAY(float) pair_log_q;     /* Q: log Q of the neighbor itself */
    KG_ARRAY(uint32_t) negatives;   /* Q x J entities */
    KG_ARRAY(float) negative_log_q; /* Q x J */
} kg_token_batch;

/* All zero bytes, or this, is an empty batch. */
#define KG_TOKEN_BATCH_INIT                                                                        \
    { .negatives_per_pair = 0 }

/* Make it empty, keeping the memory. */
void kg_token_batch_clear(kg_token_batch *batch);
void kg_token_batch_free(kg_token_batch *batch);

static inline uint32_t kg_token_batch_sequences(const kg_token_batch *batch) {
    return (uint32_t)batch->lengths.len;
}

static inline uint32_t kg_token_batch_tokens(const kg_token_batch *batch) {
    return (uint32_t)batch->input_ids.len;
}

/* Pack all sequences of `from` behind those of `to`; indices are moved. Both have the same number
 * of negatives a pair, or one of them has no pairs. On KG_ERR_MEMORY `to` must be cleared. */
kg_status kg_token_batch_append(kg_token_batch *to, const kg_token_batch *from);

/* What a batch's ids must be below. */
typedef struct kg_token_batch_limits {
    uint32_t vocabulary, positions, segments, entities, relations, types;
} kg_token_batch_limits;

/* Verify every length, order and id. KG_ERR_FORMAT with the array, place and value in err. */
kg_status kg_token_batch_check(const kg_token_batch *batch, const kg_token_batch_limits *limits,
                               kg_error *err);

#endif
