/* Sparse features of tokens: what a linear-chain CRF sees. A feature is a 64-bit key, the hash of
 * what it states: "the token before is x", "this token and the next are x y", "a name of type t
 * begins here". An index gives those keys that training met often enough a row of a table of
 * weights; all others mean nothing.
 *
 * Of each token: itself and two neighbours on either side, pairs and triples of them, its class of
 * characters, the names (ner_names.h) that it and its neighbours stand in; of words also prefixes,
 * suffixes and shape. */
#ifndef KG_SMEDBERT_NER_SPARSE_H
#define KG_SMEDBERT_NER_SPARSE_H

#include "plugins/smedbert/ner_names.h"

#define KG_NO_SPARSE UINT32_MAX

typedef struct kg_sparse_keys {
    KG_ARRAY(uint64_t) keys;            /* of token 0, then of token 1, ... */
    KG_ARRAY(uint32_t) ends;            /* of each token, in keys */
    KG_ARRAY(uint64_t) tokens, classes; /* of the sequence: hashes that keys are made of */
    kg_bytes lower;
} kg_sparse_keys;

/* The keys of a sequence, replacing those before. names: of the same sequence. KG_ERR_MEMORY. */
kg_status kg_ner_sparse_keys(kg_sparse_keys *out, const kg_ner_data *data, size_t sequence,
                             const kg_ner_names *names);
void kg_sparse_keys_free(kg_sparse_keys *keys);

/* The keys that have a row: key i of them, in ascending order, has row i. */
typedef struct kg_sparse_index {
    KG_ARRAY(uint64_t) keys;
} kg_sparse_index;

/* All keys that occur at least min_count times in the sequences of `data`, but for those of which
 * `held` (may be NULL) is set. Other arguments and statuses as kg_ner_names_find.
 * kg_sparse_index_free in any case. */
typedef struct kg_sparse_learning {
    const kg_ner_data *data;
    const uint8_t *held;
    const kg_example_sources *from;
    bool all_names;
    uint32_t min_count;
} kg_sparse_learning;
kg_status kg_sparse_index_learn(kg_sparse_index *out, const kg_sparse_learning *learning,
                                kg_error *err);
void kg_sparse_index_free(kg_sparse_index *index);

/* The row of a key, or KG_NO_SPARSE. */
uint32_t kg_sparse_index_find(const kg_sparse_index *index, uint64_t key);

/* A file of one key a line, in hexadecimal. Reading: KG_ERR_NOT_FOUND, KG_ERR_FORMAT where a line
 * is none or they do not ascend. */
kg_status kg_sparse_index_write(const kg_sparse_index *index, const char *path, kg_error *err);
kg_status kg_sparse_index_read(kg_sparse_index *out, const char *path, kg_error *err);

#endif
