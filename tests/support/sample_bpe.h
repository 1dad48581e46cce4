/* A small byte-level BPE, made by hand: RoBERTa's special tokens as ids 0 to 4, the 256 bytes, and
 * what some merges give. */
#ifndef KG_TESTS_SAMPLE_BPE_H
#define KG_TESTS_SAMPLE_BPE_H

#include "model/tokenizer/tokenizer.h"

#include <jansson.h>

enum { SAMPLE_CLS, SAMPLE_PAD, SAMPLE_SEP, SAMPLE_UNK, SAMPLE_MASK, SAMPLE_FIRST_BYTE };

/* Its merges, by rank, "a b" each; NULL behind the last. */
extern const char *const sample_merges[];

/* Its tokenizer.json; the caller's. NULL: no memory. */
json_t *sample_bpe_json(void);

/* Read a tokenizer.json, with a tokenizer_config.json or NULL. */
kg_status sample_bpe_read(kg_tokenizer **out, json_t *tokenizer, const json_t *config,
                          kg_error *err);

#endif
