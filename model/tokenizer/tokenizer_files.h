/* A tokenizer as the files by which other tools open it, and our own. */
#ifndef KG_MODEL_TOKENIZER_FILES_H
#define KG_MODEL_TOKENIZER_FILES_H

#include "model/tokenizer/tokenizer.h"

/* Write into the folder vocab.txt, tokenizer.json, tokenizer_config.json, from which transformers'
 * AutoTokenizer and our own learn whether it is cased, and special_tokens_map.json. max_tokens: of
 * a sequence that the model reads. KG_ERR_FORMAT: a token that is not UTF-8; KG_ERR_IO,
 * KG_ERR_MEMORY. */
kg_status kg_tokenizer_write_files(const kg_tokenizer *tokenizer, uint32_t max_tokens,
                                   const char *folder, kg_error *err);

#endif
