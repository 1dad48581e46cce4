/* A linear-chain conditional random field over sparse features, alone: the score of tag y at token
 * t is the sum of the weights of (f, y) over the features f of t. Over sequences of one token it is
 * a logistic regression. A feature has a weight for each tag that training saw it with, or, where
 * these are many, for all. It is fitted before the encoder learns, by OWL-QN on the likelihood of
 * whole sequences with both penalties of Zou and Hastie (2005),
 *
 *     -log p(tags | tokens) + l1 |w|_1 + l2 / 2 |w|^2
 *
 * which leaves few weights that are not zero (Lavergne, Cappe and Yvon, "Practical very large scale
 * CRFs", ACL 2010, for all of this). Letters: L tags. */
#ifndef KG_SMEDBERT_SPARSE_CRF_H
#define KG_SMEDBERT_SPARSE_CRF_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/lines.h"

/* The features of a sequence of tokens. A feature is a 64-bit key, the hash of what it says: "the
 * token before is x", "this token and the next are x y". */
typedef struct kg_sparse_keys {
    KG_ARRAY(uint64_t) keys;            /* of token 0, then of token 1, ... */
    KG_ARRAY(uint32_t) ends;            /* of each token, in keys */
    KG_ARRAY(uint64_t) tokens, classes; /* hashes that keys are made of */
    kg_bytes lower;
} kg_sparse_keys;

/* x followed by y. */
uint64_t kg_sparse_mix(uint64_t x, uint64_t y);
void kg_sparse_keys_free(kg_sparse_keys *keys);

typedef struct kg_sparse_crf {
    size_t tags;
    KG_ARRAY(uint64_t) keys;    /* ascending; each has weights */
    KG_ARRAY(uint32_t) ends;    /* of each key's weights */
    KG_ARRAY(uint16_t) of_tags; /* the tag of each weight, ascending within a key */
    KG_ARRAY(float) weights;
    float *transitions; /* (L + 2, L), as crf.h has them; NULL: there is nothing */
} kg_sparse_crf;

/* What to fit it on. */
typedef struct kg_sparse_fitting {
    size_t sequences;
    const uint8_t *held; /* of each sequence: leave it out; NULL: none */
    /* Replace the keys by those of a sequence, and let *gold be the tags of its tokens, borrowed
     * until the next call. */
    kg_status (*read)(kg_sparse_keys *keys, const uint16_t **gold, void *source, size_t sequence,
                      kg_error *err);
    void *source;
    uint32_t min_count; /* of a feature's occurrences */
    size_t tags;
    bool all_tags; /* a feature has weights for all tags, not for those alone that it was seen with
                    */
    const float *class_weights; /* L: what the loss of a sequence of one token counts, by its gold;
                                   NULL: 1, and sequences may be longer */
    double l1, l2;
    unsigned iterations;
    int threads;
    /* Told the penalized loss after each iteration; false stops. May be NULL. */
    bool (*goes_on)(void *context, unsigned iteration, double loss);
    void *context;
} kg_sparse_fitting;

/* KG_ERR_CANCELLED, KG_ERR_MEMORY, KG_ERR_LIMIT (more than 2^32 occurrences), and what `read`
 * gives. kg_sparse_crf_free in any case. */
kg_status kg_sparse_crf_fit(kg_sparse_crf *out, const kg_sparse_fitting *fitting, kg_error *err);
void kg_sparse_crf_free(kg_sparse_crf *crf);

/* scores (tokens of the sequence, L) = the sums of the weights of each token's features. */
void kg_sparse_crf_score(float *scores, const kg_sparse_crf *crf, const kg_sparse_keys *keys);

/* A file of text: "tags L", L + 2 lines of L transitions, then a line a key: 16 hexadecimal digits
 * and, for each weight, tag:weight. Reading: KG_ERR_NOT_FOUND, KG_ERR_FORMAT with file and line
 * where it is none or its tags are not `tags`. */
kg_status kg_sparse_crf_write(const kg_sparse_crf *crf, const char *path, kg_error *err);
kg_status kg_sparse_crf_read(kg_sparse_crf *out, const char *path, size_t tags, kg_error *err);
kg_status kg_sparse_crf_read_lines(kg_sparse_crf *out, kg_lines *lines, size_t tags, kg_error *err);

#endif
