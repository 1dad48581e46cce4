/* What the two halves of reading a BPE share: vocabulary and merges, and the steps around them.
 * Private to bpe_files.c and bpe_steps.c. */
#ifndef KG_MODEL_BPE_READER_H
#define KG_MODEL_BPE_READER_H

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/bpe_files.h"

typedef struct kg_bpe_reader {
    const kg_bpe_files *files;
    kg_error *err;
    json_t *vocab; /* with the added tokens */
    kg_bpe_source source;
    KG_ARRAY(kg_bpe_added) added;
    KG_ARRAY(kg_bpe_pair) merges;
    kg_str *tokens;
    const char *cls, *sep; /* as the post-processor calls them; NULL: it does not */
} kg_bpe_reader;

/* "KEY is FOUND; expected EXPECTED", found shown as JSON. */
kg_status kg_bpe_unlike(const kg_bpe_reader *reader, kg_status status, const char *key,
                        const json_t *found, const char *expected);

/* Take a boolean that may be missing or null. */
kg_status kg_bpe_flag(bool *to, const kg_bpe_reader *reader, const json_t *object, const char *key);

/* The id of a token, which must be there; KG_ERR_FORMAT. */
kg_status kg_bpe_token(uint32_t *id, const kg_bpe_reader *reader, const char *key,
                       const char *token);

/* Pre-tokenizer, post-processor, normalizer and decoder; and the tokens with a role. */
kg_status kg_bpe_read_steps(kg_bpe_reader *reader);
kg_status kg_bpe_read_roles(kg_bpe_reader *reader);

#endif
