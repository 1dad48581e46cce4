/* How examples are made, and what names the draws of one. */
#ifndef KG_SMEDBERT_EXAMPLE_OPTIONS_H
#define KG_SMEDBERT_EXAMPLE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Of a document with more tokens than fit. */
typedef enum kg_documents {
    KG_DOCUMENTS_CHUNKS, /* all, as several examples: chunks.h */
    KG_DOCUMENTS_START,  /* the beginning */
    KG_DOCUMENTS_RANDOM  /* from a sentence that is drawn anew every epoch */
} kg_documents;

/* How one example is made. */
typedef struct kg_example_options {
    uint32_t max_len;   /* tokens, [CLS] and both [SEP] included; at least 8 */
    uint32_t min_chars; /* shorter documents are skipped */
    kg_documents documents;
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

/* What names the random draws of an example: of a document's first chunk its number alone. */
typedef struct kg_example_key {
    uint64_t seed, epoch, document;
} kg_example_key;

#endif
