/* Byte-level BPE as RoBERTa has it (Radford et al. 2019, Sennrich et al. 2016). Text is cut at the
 * tokens that stand in it whole (<mask>), what is between into words by GPT-2's pattern,
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * a word into its bytes, each a token, and of neighbors that a merge joins those of the smallest
 * rank are joined first, of equal ranks the leftmost, until none is left. The same tokens as
 * Hugging Face's tokenizers, but where its Unicode is another version. Private to the tokenizer. */
#ifndef KG_MODEL_BPE_H
#define KG_MODEL_BPE_H

#include "model/tokenizer/tokenizer_impl.h"

/* A token that is found in text as it stands, before any word is. */
typedef struct kg_bpe_added {
    uint32_t id;
    bool strips_left, strips_right; /* takes the white space beside it along */
    bool late;                      /* looked for after those that are not (`normalized`) */
    bool special;
} kg_bpe_added;

/* Two neighbors become `joined`. */
typedef struct kg_bpe_merge {
    uint32_t left, right, joined;
} kg_bpe_merge;

/* A place of the hash table of pairs: `merge` + 1, its rank; 0 is free. */
typedef struct kg_bpe_slot {
    uint32_t left, right, merge;
} kg_bpe_slot;

enum { KG_BPE_PASSES = 2 }; /* over added tokens: those that are not late, those that are */

struct kg_bpe {
    uint32_t bytes[256];           /* the token of each; KG_NO_TOKEN */
    KG_ARRAY(kg_bpe_merge) merges; /* by rank */
    kg_bpe_slot *slots;            /* a power of two of them */
    size_t n_slots;
    KG_ARRAY(kg_bpe_added) added;
    kg_trie tries[KG_BPE_PASSES]; /* codes: bytes + 1; values: places in `added` */
    uint32_t unknown;             /* the token of a byte that has none; KG_NO_TOKEN: no token */
    bool fuses_unknown;           /* one token for such bytes side by side */
    bool prefix_space;            /* a space is thought before text that begins with none */
    bool trim_offsets;            /* kept for those who read what we write */
};

/* A merge as its file writes it. */
typedef struct kg_bpe_pair {
    kg_str left, right;
} kg_bpe_pair;

/* What a tokenizer is made of. Borrowed. */
typedef struct kg_bpe_source {
    const char *name;     /* of the file, for messages */
    const kg_str *tokens; /* n of them, by id, added ones too */
    uint32_t n;
    const kg_bpe_added *added;
    size_t n_added;
    const kg_bpe_pair *merges; /* by rank */
    size_t n_merges;
    const char *merges_name; /* of their file */
    uint64_t merges_line;    /* of the first, where each has a line; 0 */
    kg_special_tokens special;
    kg_joining joining;
    uint32_t unknown;
    bool fuses_unknown, prefix_space, trim_offsets;
} kg_bpe_source;

/* *out is the caller's: kg_tokenizer_free. KG_ERR_FORMAT: a merge of what are no tokens. */
kg_status kg_bpe_new(kg_tokenizer **out, const kg_bpe_source *source, kg_error *err);

/* The rank and the token of a pair; false where nothing joins it. */
bool kg_bpe_find(uint32_t *rank, uint32_t *joined, const kg_bpe *bpe, uint32_t left,
                 uint32_t right);

/* The first merge in which two differ, either of which may be NULL (no merges); SIZE_MAX: none. */
size_t kg_bpe_unlike_merge(const kg_bpe *a, const kg_bpe *b);

/* The end of the word that begins at byte `at` < text.len. prefixed: a space is thought before it
 * (`at` is no space); the word may then be that space alone, and end at `at`. */
size_t kg_bpe_word_end(kg_str text, size_t at, bool prefixed);

/* White space as the pattern has it. */
bool kg_bpe_is_space(uint32_t c);

#endif
