/* The tokenizer's own struct, shared by its files: what both models have, and of each what it runs
 * on. Private to the tokenizer. */
#ifndef KG_MODEL_TOKENIZER_IMPL_H
#define KG_MODEL_TOKENIZER_IMPL_H

#include "kgstore/base/trie.h"
#include "model/tokenizer/char_table.h"
#include "model/tokenizer/tokenizer.h"

typedef struct kg_bpe kg_bpe;

struct kg_tokenizer {
    kg_special_tokens special;
    kg_joining joining;
    bool cased;
    kg_bytes text; /* the tokens, end to end */
    KG_ARRAY(size_t) ends;
    uint32_t *by_text; /* ids in order of text, of equal texts the last id first */

    kg_bpe *bpe; /* NULL: WordPiece */

    /* WordPiece's. */
    kg_char_table chars;   /* payloads: token ids (ALONE, SPLIT), trie codes (PART), 0 unknown */
    kg_trie trie;          /* a piece that continues a word begins with a code of its own */
    uint32_t continuation; /* the node for that code; 0 where no token continues a word */
};

/* The next token's text; then, behind the last, the order by which kg_tokenizer_id looks up. */
kg_status kg_tokenizer_add_text(kg_tokenizer *tokenizer, kg_str token);
kg_status kg_tokenizer_order_texts(kg_tokenizer *tokenizer);

/* The functions of tokenizer.h, by each model. */
kg_status kg_wordpiece_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text);
kg_status kg_wordpiece_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                              size_t n);

/* prefixed: a space is thought before the text and before what follows a token that stands in it
 * whole, where none is there. */
kg_status kg_bpe_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text, bool prefixed);
kg_status kg_bpe_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids, size_t n);
bool kg_bpe_is_special(const kg_bpe *bpe, uint32_t id); /* marked so among its added tokens */
void kg_bpe_free(kg_bpe *bpe);

kg_status kg_tokens_grow(kg_tokens *to);

/* Append a token. */
static inline kg_status kg_tokens_put(kg_tokens *to, uint32_t id, kg_span span, uint8_t start) {
    kg_status st;
    if (to->ids.len == to->ids.cap)
        KG_TRY(st, kg_tokens_grow(to));
    to->ids.data[to->ids.len++] = id;
    to->spans.data[to->spans.len++] = span;
    to->starts.data[to->starts.len++] = start;
    return KG_OK;
}

#endif
