/* A byte-level BPE as it stands in files: tokenizer.json, or vocab.json and merges.txt, and what
 * tokenizer_config.json says over them. Read from what is in memory; checkpoint_vocab.h opens the
 * files. Private to the tokenizer. */
#ifndef KG_MODEL_BPE_FILES_H
#define KG_MODEL_BPE_FILES_H

#include "kgstore/base/error.h"
#include "model/tokenizer/tokenizer.h"

#include <jansson.h>

/* Borrowed; tokens that are added to the vocabulary are put into `tokenizer` or `vocab`. */
typedef struct kg_bpe_files {
    const char *name;        /* of tokenizer.json or vocab.json */
    json_t *tokenizer;       /* NULL: there are these two instead */
    json_t *vocab;           /* {token: id} */
    kg_str merges;           /* lines */
    const char *merges_name; /* of their file */
    const json_t *config;    /* tokenizer_config.json; NULL: none */
    const json_t *roles;     /* special_tokens_map.json; NULL: none */
} kg_bpe_files;

/* Is it a BPE: by its type or, where it has none, by its merges? */
bool kg_bpe_is(const json_t *tokenizer);

/* KG_ERR_UNSUPPORTED, by name, for what is not computed: dropout, byte_fallback, ignore_merges, a
 * prefix or suffix of pieces, a normalizer, another pre-tokenizer than ByteLevel with its pattern,
 * tokens found as single words only, and other templates than cls A sep and cls A sep [sep] B sep.
 * KG_ERR_FORMAT: broken, with the key or line. *out is the caller's: kg_tokenizer_free. */
kg_status kg_bpe_read(kg_tokenizer **out, const kg_bpe_files *files, kg_error *err);

/* tokenizer.json of a BPE, without post_processor, which is the caller's to put. NULL: memory. */
json_t *kg_bpe_json(const kg_tokenizer *tokenizer, json_t *vocabulary);

#endif
