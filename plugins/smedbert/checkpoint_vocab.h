/* The vocabulary of a checkpoint's folder: vocab.txt, or else that in tokenizer.json, as Hugging
 * Face's fast tokenizers keep it. */
#ifndef KG_SMEDBERT_CHECKPOINT_VOCAB_H
#define KG_SMEDBERT_CHECKPOINT_VOCAB_H

#include "model/tokenizer/tokenizer.h"

/* Whether tokenizer_config.json says that the vocabulary is cased (do_lower_case false). */
bool kg_checkpoint_cased(const char *folder);

/* KG_ERR_NOT_FOUND: neither file; KG_ERR_FORMAT. */
kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err);

#endif
