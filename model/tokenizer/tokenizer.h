/* Text to tokens and back, by one of two models; whoever holds a tokenizer does not know which.
 *
 *  - WordPiece, exactly as BERT's (METHOD 1): clean, split at spaces, around CJK ideographs and
 *    punctuation, lower-case and strip accents unless cased, then the greedy longest pieces.
 *  - Byte-level BPE, exactly as RoBERTa's (bpe.h): words with the space before them as bytes, of
 *    which neighbors are joined by the rank of their pair. Opened by checkpoint_vocab.h.
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
    KG_ARRAY(kg_span)
    spans;                    /* from the first to past the last character that made the token;
                                 BPE's without the spaces around them, but for spaces alone. Tokens
                                 of one character have the same span */
    KG_ARRAY(uint8_t) starts; /* 1: begins a word, which reaches to the next 1 */
    kg_bytes scratch;         /* the tokenizer's own */
} kg_tokens;

#define KG_TOKENS_INIT                                                                             \
    { KG_ARRAY_INIT, KG_ARRAY_INIT, KG_ARRAY_INIT, KG_ARRAY_INIT }

void kg_tokens_clear(kg_tokens *tokens);
void kg_tokens_free(kg_tokens *tokens);

/* Read a vocabulary of WordPiece: one token a line, its id the line's number from 0 (of equal lines
 * the last counts). cased: neither lower-case nor strip accents. *out is the caller's:
 * kg_tokenizer_free. KG_ERR_FORMAT where it has no [UNK] or is empty, and what kg_lines_open gives.
 */
kg_status kg_tokenizer_open(kg_tokenizer **out, const char *path, bool cased, kg_error *err);

/* The same from lines already open, which stay the caller's. */
kg_status kg_tokenizer_read(kg_tokenizer **out, kg_lines *lines, bool cased, kg_error *err);

void kg_tokenizer_free(kg_tokenizer *tokenizer);

/* Append the tokens of text. An invalid byte is treated as U+FFFD is: WordPiece drops it. Nothing
 * is put before or behind. KG_ERR_MEMORY; KG_ERR_LIMIT for a text of 4 GiB or more; in both cases
 * *to holds whole tokens of part of the text. */
kg_status kg_tokenizer_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text);

/* The same of a word that was cut from its text before: BPE thinks a space before it, as
 * transformers does with is_split_into_words and add_prefix_space. */
kg_status kg_tokenizer_encode_word(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str word);

/* Append the text of tokens. WordPiece: pieces joined to their words, words by a space unless both
 * sides are wide (East Asian) characters. BPE: the bytes that they stand for, one that is no UTF-8
 * as U+FFFD. Ids beyond the vocabulary read as the token for the unknown. */
kg_status kg_tokenizer_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                              size_t n);

/* Number of tokens: ids are below it. */
uint32_t kg_tokenizer_size(const kg_tokenizer *tokenizer);
bool kg_tokenizer_cased(const kg_tokenizer *tokenizer);

/* The token of an id, borrowed until kg_tokenizer_free; empty beyond the vocabulary. */
kg_str kg_tokenizer_token(const kg_tokenizer *tokenizer, uint32_t id);

/* The id of exactly this token as the vocabulary writes it (with "##" and brackets, or in BPE's
 * alphabet of bytes); KG_NO_TOKEN where there is none. */
uint32_t kg_tokenizer_id(const kg_tokenizer *tokenizer, kg_str token);

/* The special tokens by what they are for: BERT's [PAD], [UNK], [CLS], [SEP] and [MASK], RoBERTa's
 * <pad>, <unk>, <s>, </s> and <mask>, or what a tokenizer calls them. KG_NO_TOKEN where it lacks
 * one; unk is always there. */
typedef struct kg_special_tokens {
    uint32_t pad, unk, cls, sep, mask;
} kg_special_tokens;

kg_special_tokens kg_tokenizer_special(const kg_tokenizer *tokenizer);

/* How one sequence is made of two texts: cls A sep B sep, with so many sep between them. A and what
 * is before it have token type 0, the separator behind A too. */
typedef struct kg_joining {
    uint32_t separators; /* between them: BERT 1, RoBERTa 2 */
    uint8_t second_type; /* the token type of B and the separator behind it: BERT 1, RoBERTa 0 */
} kg_joining;

kg_joining kg_tokenizer_joining(const kg_tokenizer *tokenizer);

/* Tokens of a sequence of two texts that are neither's. */
static inline uint32_t kg_joining_tokens(kg_joining joining) {
    return 2 + joining.separators;
}

/* A special token or one that stands for nothing ([unusedN]): never masked, never put in place of a
 * masked token. */
bool kg_tokenizer_is_special(const kg_tokenizer *tokenizer, uint32_t id);

#endif
