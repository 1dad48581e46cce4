/* What both models share: the arrays of tokens, the texts of a vocabulary, and the choice of the
 * model. */
#include "model/tokenizer/tokenizer_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- Tokens ---------------------------------------------------------------------------------- */

void kg_tokens_clear(kg_tokens *tokens) {
    tokens->ids.len = tokens->spans.len = tokens->starts.len = 0;
}

void kg_tokens_free(kg_tokens *tokens) {
    kg_array_free(&tokens->ids);
    kg_array_free(&tokens->spans);
    kg_array_free(&tokens->starts);
    kg_array_free(&tokens->scratch);
}

kg_status kg_tokens_grow(kg_tokens *to) {
    kg_status st;
    KG_TRY(st, kg_array_reserve(&to->starts, 1));
    KG_TRY(st, kg_array_reserve(&to->spans, 1));
    return kg_array_reserve(&to->ids, 1); /* last: its room is what kg_tokens_put looks at */
}

/* ---- Texts ----------------------------------------------------------------------------------- */

kg_status kg_tokenizer_add_text(kg_tokenizer *t, kg_str token) {
    kg_status st;
    KG_TRY(st, kg_array_append(&t->text, token.data, token.len));
    return kg_array_push(&t->ends, t->text.len);
}

static int compare_ids(const void *a, const void *b, void *context) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int by_text = kg_str_compare(kg_tokenizer_token(context, x), kg_tokenizer_token(context, y));
    return by_text ? by_text : (x < y) - (x > y);
}

kg_status kg_tokenizer_order_texts(kg_tokenizer *t) {
    t->by_text = malloc(t->ends.len * sizeof *t->by_text);
    if (!t->by_text)
        return KG_ERR_MEMORY;
    for (uint32_t id = 0; id < t->ends.len; id++)
        t->by_text[id] = id;
    qsort_r(t->by_text, t->ends.len, sizeof *t->by_text, compare_ids, t);
    return KG_OK;
}

uint32_t kg_tokenizer_size(const kg_tokenizer *tokenizer) {
    return (uint32_t)tokenizer->ends.len;
}

kg_str kg_tokenizer_token(const kg_tokenizer *tokenizer, uint32_t id) {
    if (id >= tokenizer->ends.len || tokenizer->text.len == 0)
        return (kg_str){"", 0};
    size_t start = id ? tokenizer->ends.data[id - 1] : 0;
    return (kg_str){tokenizer->text.data + start, tokenizer->ends.data[id] - start};
}

uint32_t kg_tokenizer_id(const kg_tokenizer *tokenizer, kg_str token) {
    size_t low = 0, high = tokenizer->ends.len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        kg_str found = kg_tokenizer_token(tokenizer, tokenizer->by_text[middle]);
        if (kg_str_compare(found, token) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == tokenizer->ends.len)
        return KG_NO_TOKEN;
    uint32_t id = tokenizer->by_text[low];
    return kg_str_equal(kg_tokenizer_token(tokenizer, id), token) ? id : KG_NO_TOKEN;
}

/* ---- What a tokenizer is ----------------------------------------------------------------------
 */

bool kg_tokenizer_cased(const kg_tokenizer *tokenizer) {
    return tokenizer->cased;
}

kg_special_tokens kg_tokenizer_special(const kg_tokenizer *tokenizer) {
    return tokenizer->special;
}

kg_joining kg_tokenizer_joining(const kg_tokenizer *tokenizer) {
    return tokenizer->joining;
}

bool kg_tokenizer_is_special(const kg_tokenizer *tokenizer, uint32_t id) {
    const kg_special_tokens *s = &tokenizer->special;
    if (id == s->pad || id == s->unk || id == s->cls || id == s->sep || id == s->mask ||
        (tokenizer->bpe && kg_bpe_is_special(tokenizer->bpe, id)))
        return true;
    kg_str token = kg_tokenizer_token(tokenizer, id), unused = KG_STR("[unused");
    return token.len > unused.len && token.data[token.len - 1] == ']' &&
           memcmp(token.data, unused.data, unused.len) == 0;
}

/* ---- The models ------------------------------------------------------------------------------ */

static kg_status encode(kg_tokens *to, const kg_tokenizer *t, kg_str text, bool word) {
    if (text.len >= UINT32_MAX)
        return KG_ERR_LIMIT;
    return t->bpe ? kg_bpe_encode(to, t, text, word) : kg_wordpiece_encode(to, t, text);
}

kg_status kg_tokenizer_encode(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str text) {
    return encode(to, tokenizer, text, false);
}

kg_status kg_tokenizer_encode_word(kg_tokens *to, const kg_tokenizer *tokenizer, kg_str word) {
    return encode(to, tokenizer, word, true);
}

kg_status kg_tokenizer_decode(kg_bytes *to, const kg_tokenizer *tokenizer, const uint32_t *ids,
                              size_t n) {
    return (tokenizer->bpe ? kg_bpe_decode : kg_wordpiece_decode)(to, tokenizer, ids, n);
}

void kg_tokenizer_free(kg_tokenizer *tokenizer) {
    if (!tokenizer)
        return;
    kg_bpe_free(tokenizer->bpe);
    kg_char_table_free(&tokenizer->chars);
    free((void *)tokenizer->trie.nodes);
    free((void *)tokenizer->trie.values);
    kg_array_free(&tokenizer->text);
    kg_array_free(&tokenizer->ends);
    free(tokenizer->by_text);
    free(tokenizer);
}
