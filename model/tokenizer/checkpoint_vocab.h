/* The tokenizer of a checkpoint's folder: WordPiece with vocab.txt, or else the vocabulary in
 * tokenizer.json, as Hugging Face's fast tokenizers keep it; byte-level BPE with tokenizer.json, or
 * else vocab.json and merges.txt. Written by tokenizer_files.h. */
#ifndef KG_MODEL_CHECKPOINT_VOCAB_H
#define KG_MODEL_CHECKPOINT_VOCAB_H

#include "model/tokenizer/tokenizer.h"

/* Whether the text of a checkpoint is cased, as the normalizer of its tokenizer.json says or, over
 * it, its tokenizer_config.json (do_lower_case, strip_accents, tokenize_chinese_chars); false
 * without either, true of byte-level BPE. KG_ERR_UNSUPPORTED, by name, for what BERT's tokenizers
 * do not do: lower case with accents, CJK characters left in words, text not cleaned, another
 * normalizer, another model than WordPiece with [UNK] and ## or a BPE. KG_ERR_FORMAT: a file that
 * is no JSON. */
kg_status kg_checkpoint_cased(bool *cased, const char *folder, kg_error *err);

/* Whether there is a vocabulary in the folder. */
bool kg_checkpoint_has_vocabulary(const char *folder);

/* KG_ERR_NOT_FOUND: no such file; KG_ERR_FORMAT; KG_ERR_UNSUPPORTED as kg_bpe_read (bpe_files.h).
 */
kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err);

/* The tokenizer at `path`: a folder's, cased where the folder or the caller says so, or a
 * vocabulary of WordPiece as kg_tokenizer_open reads it. */
kg_status kg_tokenizer_open_any(kg_tokenizer **out, const char *path, bool cased, kg_error *err);

/* KG_ERR_FORMAT, naming the first token or merge that differs, unless the vocabulary read from
 * `path` is that of the checkpoint in `folder`. */
kg_status kg_checkpoint_compare(const kg_tokenizer *tokenizer, const char *path, const char *folder,
                                kg_error *err);

#endif
