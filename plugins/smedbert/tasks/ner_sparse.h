/* Sparse features of tokens: what a linear-chain CRF sees. A feature is a 64-bit key, the hash of
 * what it states: "the token before is x", "this token and the next are x y", "a name of type t
 * begins here".
 *
 * Of each token: itself and two neighbors on either side, pairs and triples of them, its class of
 * characters, the names (ner_names.h) that it and its neighbors stand in; of words also prefixes,
 * suffixes and shape. */
#ifndef KG_SMEDBERT_NER_SPARSE_H
#define KG_SMEDBERT_NER_SPARSE_H

#include "plugins/smedbert/tasks/ner_names.h"

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

#endif
