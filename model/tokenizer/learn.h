/* Learning a WordPiece vocabulary from text: the special tokens, then every character that is
 * frequent enough (an ideograph or a punctuation mark as a token of its own; another one both as
 * the beginning and as the continuation of a word), then pieces of words, made by joining again and
 * again the two neighboring pieces that stand side by side most often (Sennrich et al. 2016). The
 * result depends on the text alone, not on the order of its lines. */
#ifndef KG_MODEL_LEARN_H
#define KG_MODEL_LEARN_H

#include "kgstore/base/status.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_vocab_options {
    uint32_t size;      /* tokens at most; characters that are frequent enough come first */
    uint32_t min_count; /* of a character or of a pair to join */
    bool cased;
} kg_vocab_options;

#define KG_VOCAB_OPTIONS_INIT                                                                      \
    { .size = 21128, .min_count = 2, .cased = false }

typedef struct kg_vocab_learner kg_vocab_learner;

kg_status kg_vocab_learner_new(kg_vocab_learner **out, const kg_vocab_options *options);
void kg_vocab_learner_free(kg_vocab_learner *learner);

/* Count the words of a text. */
kg_status kg_vocab_learner_add(kg_vocab_learner *learner, kg_str text);

/* Learn, and call visit with each token in the order of ids. A status other than KG_OK from visit
 * ends it and is returned. Once. */
kg_status kg_vocab_learner_finish(kg_vocab_learner *learner,
                                  kg_status (*visit)(void *context, kg_str token), void *context);

#endif
