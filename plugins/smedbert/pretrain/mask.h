/* Which tokens of an example are masked, and what is done with each mention. */
#ifndef KG_SMEDBERT_MASK_H
#define KG_SMEDBERT_MASK_H

#include "model/batch.h"
#include "model/tokenizer/tokenizer.h"
#include "kgstore/base/rng.h"
#include "plugins/smedbert/pretrain/example_options.h"

/* Tokens [first, end) of the document. */
typedef struct kg_unit {
    uint32_t first, end;
    uint32_t entity; /* of a mention */
    kg_role role;
} kg_unit;

typedef KG_ARRAY(kg_unit) kg_units;

/* What is masked and by what; arrays of one entry a token. */
typedef struct kg_mask {
    KG_ARRAY(uint8_t) masked;
    KG_ARRAY(uint32_t) input; /* ids after masking */
    KG_ARRAY(uint8_t) in_mention;
    kg_units words;
    KG_ARRAY(uint32_t) order;
} kg_mask;

void kg_mask_free(kg_mask *mask);

/* Draw the mask of n tokens, with `mentions` in their order, whose roles are set. A unit is masked
 * only if none of its tokens is special; words are masked only outside mentions. */
kg_status kg_mask_draw(kg_mask *mask, kg_units *mentions, const kg_tokens *tokens, uint32_t n,
                       const kg_tokenizer *tokenizer, const kg_example_options *options,
                       const kg_example_key *key);

/* What the streams of random numbers of an example are for. */
enum kg_example_purpose {
    KG_PURPOSE_ORDER = 0x65780001,
    KG_PURPOSE_MENTIONS,
    KG_PURPOSE_WORDS,
    KG_PURPOSE_REPLACE,
    KG_PURPOSE_ROLES,
    KG_PURPOSE_NEGATIVES,
    KG_PURPOSE_SPLIT,
    KG_PURPOSE_START
};

static inline kg_rng kg_example_stream(const kg_example_key *key, enum kg_example_purpose purpose) {
    return kg_rng_stream(key->seed, key->epoch, key->document, (uint64_t)purpose);
}

#endif
