/* The vocabulary of a checkpoint's folder: vocab.txt, or else that in tokenizer.json, as Hugging
 * Face's fast tokenizers keep it. Read and written. */
#ifndef KG_SMEDBERT_CHECKPOINT_VOCAB_H
#define KG_SMEDBERT_CHECKPOINT_VOCAB_H

#include "model/tokenizer/tokenizer.h"

/* Whether tokenizer_config.json says that the vocabulary is cased (do_lower_case false). */
bool kg_checkpoint_cased(const char *folder);

/* Whether there is a vocabulary in the folder. */
bool kg_checkpoint_has_vocabulary(const char *folder);

/* KG_ERR_NOT_FOUND: neither file; KG_ERR_FORMAT. */
kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err);

/* KG_ERR_FORMAT, naming the first token that differs, unless the vocabulary read from `path` is
 * that of the checkpoint in `folder`. */
kg_status kg_checkpoint_compare(const kg_tokenizer *tokenizer, const char *path, const char *folder,
                                kg_error *err);

/* Write vocab.txt, and tokenizer_config.json, from which other tools and our own learn whether it
 * is cased. */
kg_status kg_checkpoint_write_tokenizer(const kg_tokenizer *tokenizer, const char *folder,
                                        kg_error *err);

#endif
