/* A data set of named-entity recognition as windows that the model reads: tokens cut into pieces,
 * at most max_len of them with [CLS] and [SEP], and every mention that links given its neighbors.
 * A sequence longer than that is cut between tokens, after punctuation where it can be, and
 * outside entities (in training) or linked names (where entities are not known): no token is lost.
 */
#ifndef KG_SMEDBERT_NER_WINDOWS_H
#define KG_SMEDBERT_NER_WINDOWS_H

#include "plugins/smedbert/tasks/ner/ner_sparse.h"
#include "plugins/smedbert/tune/sparse_crf.h"
#include "plugins/smedbert/tune/tune_pack.h"

typedef struct kg_ner_window_options {
    uint32_t max_len;      /* pieces of a window, at least 8 */
    bool mention_features; /* a feature for (type, place) of each linked mention's tokens */
    bool all_names;        /* of every name in the text, not of the longest alone */
    uint32_t bigrams;      /* buckets that pairs of adjacent pieces are hashed to; 0: no features */
    const uint8_t *trained; /* of each sequence: it is trained on, so its tags may tell where to
                               cut; NULL: none is */
    const kg_sparse_crf *sparse; /* borrowed; its scores go with the tokens. NULL: none */
} kg_ner_window_options;

/* Feature rows that these options need, where the graph has n_types types: first those of names,
 * then the bigrams'. */
size_t kg_ner_feature_rows(const kg_ner_window_options *options, size_t n_types);

/* Cut `data`. Mentions are infused where the reading has neighbors.
 * KG_ERR_MEMORY, and what linking gives. kg_tune_packs_free in any case. */
kg_status kg_ner_windows_make(kg_tune_packs *out, const kg_ner_data *data, kg_reading *reading,
                              const kg_ner_window_options *options, kg_error *err);

#endif
