/* WordPiece, exactly as BERT's (METHOD 1): clean, split at spaces, around CJK ideographs and
 * punctuation, lower-case and strip accents unless cased, then the greedy longest pieces.
 *
 * A tokenizer is immutable after it is made: any number of threads may share one. */
#ifndef KG_MODEL_TOKENIZER_H
#define KG_MODEL_TOKENIZER_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_tokenizer kg_tokenizer;

/* No token: the id of a special token that the vocabulary lacks. */
#define KG_NO_TOKEN UINT32_MAX

/* Bytes [start, end) of the original text. */
typedef struct kg_span {
    uint32_t start, end;
} kg_span;

/* Tokens as arrays of one length. Clear with kg_tokens_clear, which keeps the memory, so that
 * buffers used again and again end by allocating nothing. */
typedef struct kg_tokens {
    KG_ARRAY(uint32_t) ids;
    KG_ARRAY(kg_span) spans;  /* from the first to past the last character that made the token */
    KG_ARRAY(uint8_t) starts; /* 1: begins a word, which reaches to the next 1 */
} kg_tokens;

#define KG_TOKENS_INIT                                                                             \
    { KG_ARRAY_INIT, KG_ARRAY_INIT, KG_ARRAY_INIT }

void kg_tokens_clear(kg_tokens *tokens);
void kg_tokens_free(kg_tokens *tokens);

/* Read a vocabulary: one token a line, its id the line's number from 0 (of equal lines the last
 * counts). cased: neither lower-case nor strip accents. *out is the caller's: kg_tokenizer_free.
 * KG_ERR_FORMAT where it has no [UNK] or is empty, and what kg_lines_open gives. */
kg_status kg_tokenizer_open(kg_tokenizer **out, const char *path, bool cased, kg_error *err);

/* The same from lines already open, which stay the caller's. */
kg_status kg_tokenizer_read(kg_tokenizer **out, kg_lines *lines, bool cased, kg_error *err);

void kg_tokenizer_free(kg_tokenizer *tokenizer);

/* Append the tokens of text. Invalid bytes are dropped as U+FFFD is. No [CLS] or [SEP] is added.
 * KG_ERR_MEMORY; KG_ERR_LIMIT for a text of 4 GiB or more; in both cases *to holds whole tokens of
 * part of the text. */
kg_status kg_tokenizer_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text);

/* Append the text of tokens: pieces joined to their words, words by a space unless both sides are
 * wide (East Asian) characters. Ids beyond the vocabulary read as [UNK]. */
kg_status kg_tokenizer_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                              size_t n);

/* Number of lines of the vocabulary: ids are below it. */
uint32_t kg_tokenizer_size(const kg_tokenizer *tokenizer);
bool kg_tokenizer_cased(const kg_tokenizer *tokenizer);

/* The token of an id, borrowed until kg_tokenizer_free; empty beyond the vocabulary. */
kg_str kg_tokenizer_token(const kg_tokenizer *tokenizer, uint32_t id);

/* The id of exactly this token ("##" and brackets included); KG_NO_TOKEN where there is none. */
uint32_t kg_tokenizer_id(const kg_tokenizer *tokenizer, kg_str token);

/* The special tokens; KG_NO_TOKEN where the vocabulary lacks one. [UNK] is always there. */
typedef struct kg_special_tokens {
    uint32_t pad, unk, cls, sep, mask;
} kg_special_tokens;

kg_special_tokens kg_tokenizer_special(const kg_tokenizer *tokenizer);

/* One of the five special tokens or an [unusedN]: never put in place of a masked token. */
bool kg_tokenizer_is_special(const kg_tokenizer *tokenizer, uint32_t id);

#endif
