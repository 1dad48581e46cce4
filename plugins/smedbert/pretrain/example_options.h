/* How examples are made, and what names the draws of one. */
#ifndef KG_SMEDBERT_EXAMPLE_OPTIONS_H
#define KG_SMEDBERT_EXAMPLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* How one example is made. */
typedef struct kg_example_options {
    uint32_t max_len;         /* tokens, [CLS] and both [SEP] included; at least 8 */
    uint32_t min_chars;       /* shorter documents are skipped */
    bool random_start;        /* of a document with more tokens than fit: begin at a sentence drawn
                                 anew every epoch, not always at the first */
    double mask_rate;         /* of the maskable tokens */
    uint32_t max_predictions; /* masked tokens at most */
    double mention_share;     /* of the mentions, at most so many are masked */
    double context_share;     /* of the mentions not masked */
    uint32_t negatives;       /* J */
} kg_example_options;

#define KG_EXAMPLE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        .max_len = 512, .min_chars = 64, .mask_rate = 0.15, .max_predictions = 80,                 \
        .mention_share = 0.5, .context_share = 0.2, .negatives = 10                                \
    }

/* What names the random draws of an example. */
typedef struct kg_example_key {
    uint64_t seed, epoch, document;
} kg_example_key;

#endif
