/* Where a document of more tokens than an example holds is cut: METHOD 2. */
#ifndef KG_SMEDBERT_CHUNKS_H
#define KG_SMEDBERT_CHUNKS_H

#include "kgstore/base/str.h"
#include "model/tokenizer/tokenizer.h"
#include "plugins/smedbert/pretrain/mask.h"

/* Tokens [first, end) of a document. */
typedef struct kg_chunk {
    uint32_t first, end;
} kg_chunk;

typedef KG_ARRAY(kg_chunk) kg_chunks;

/* Whether a sentence ends between tokens i - 1 and i of a text, 0 < i < n. */
bool kg_tokens_end_sentence(const kg_tokens *tokens, kg_str text, uint32_t i);

/* Append chunks of at most `most` tokens, in order, each token in one: a chunk ends with the last
 * sentence that ends within so many tokens, else at the last word's edge, else between the last two
 * tokens, outside every mention (in order, not overlapping); only a mention of more than `most`
 * tokens is cut. */
kg_status kg_chunks_cut(kg_chunks *to, const kg_tokens *tokens, kg_str text,
                        const kg_units *mentions, uint32_t most);

#endif
