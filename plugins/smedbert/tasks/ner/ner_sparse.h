/* Sparse features of tokens, for the CRF of sparse_crf.h: "the token before is x", "this token and
 * the next are x y", "a name of type t begins here".
 *
 * Of each token: itself and two neighbors on either side, pairs and triples of them, its class of
 * characters, the names (ner_names.h) that it and its neighbors stand in; of words also prefixes,
 * suffixes and shape. */
#ifndef KG_SMEDBERT_NER_SPARSE_H
#define KG_SMEDBERT_NER_SPARSE_H

#include "plugins/smedbert/tasks/ner/ner_names.h"
#include "plugins/smedbert/tune/sparse_crf.h"

/* The keys of a sequence, replacing those before. names: of the same sequence. KG_ERR_MEMORY. */
kg_status kg_ner_sparse_keys(kg_sparse_keys *out, const kg_ner_data *data, size_t sequence,
                             const kg_ner_names *names);

#endif
