/* The vocabulary of a checkpoint's folder: vocab.txt, or else that in tokenizer.json, as Hugging
 * Face's fast tokenizers keep it. Written by tokenizer_files.h. */
#ifndef KG_SMEDBERT_CHECKPOINT_VOCAB_H
#define KG_SMEDBERT_CHECKPOINT_VOCAB_H

#include "model/tokenizer/tokenizer.h"

/* Whether the text of a checkpoint is cased, as the normalizer of its tokenizer.json says or, over
 * it, its tokenizer_config.json (do_lower_case, strip_accents, tokenize_chinese_chars); false
 * without either. KG_ERR_UNSUPPORTED, by name, for what BERT's tokenizers do not do: lower case
 * with accents, CJK characters left in words, text not cleaned, another normalizer, another model
 * than WordPiece with [UNK] and ##. KG_ERR_FORMAT: a file that is no JSON. */
kg_status kg_checkpoint_cased(bool *cased, const char *folder, kg_error *err);

/* Whether there is a vocabulary in the folder. */
bool kg_checkpoint_has_vocabulary(const char *folder);

/* KG_ERR_NOT_FOUND: neither file; KG_ERR_FORMAT. */
kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err);

/* KG_ERR_FORMAT, naming the first token that differs, unless the vocabulary read from `path` is
 * that of the checkpoint in `folder`. */
kg_status kg_checkpoint_compare(const kg_tokenizer *tokenizer, const char *path, const char *folder,
                                kg_error *err);

#endif
