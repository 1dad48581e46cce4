/* The tokenizer's own struct, shared by its two files: vocabulary.c makes it, tokenizer.c runs. */
#ifndef KG_MODEL_TOKENIZER_IMPL_H
#define KG_MODEL_TOKENIZER_IMPL_H

#include "kgstore/base/trie.h"
#include "model/tokenizer/char_table.h"
#include "model/tokenizer/tokenizer.h"

struct kg_tokenizer {
    kg_char_table chars;   /* payloads: token ids (ALONE, SPLIT), trie codes (PART), 0 unknown */
    kg_trie trie;          /* a piece that continues a word begins with a code of its own */
    uint32_t continuation; /* the node for that code; 0 where no token continues a word */
    kg_special_tokens special;
    bool cased;
    kg_bytes text; /* the tokens, end to end */
    KG_ARRAY(size_t) ends;
    uint32_t *by_text; /* ids in order of text, of equal texts the last id first */
};

#endif
