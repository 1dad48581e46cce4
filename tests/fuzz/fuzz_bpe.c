/* Input: a byte, then parts ended by NULs. Byte & 1 is 0: tokenizer.json and tokenizer_config.json;
 * 1: vocab.json, merges.txt and tokenizer_config.json. The last part is text, cut as words where
 * byte & 2. What is not read is told; what is read encodes to ids of the vocabulary with spans in
 * the text and in order, and what is written of it reads as the same. */
#include "tests/fuzz/fuzz.h"

#include "model/tokenizer/bpe_files.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds) {
    if (!holds)
        abort();
}

static kg_str take_part(kg_str *rest) {
    const char *nul = memchr(rest->data, '\0', rest->len);
    kg_str part = {rest->data, nul ? (size_t)(nul - rest->data) : rest->len};
    size_t taken = part.len + (nul != NULL);
    *rest = (kg_str){rest->data + taken, rest->len - taken};
    return part;
}

static void encode(kg_tokens *tokens, const kg_tokenizer *t, kg_str text, bool word) {
    require((word ? kg_tokenizer_encode_word : kg_tokenizer_encode)(tokens, t, text) == KG_OK);
}

static void check(const kg_tokenizer *t, kg_str text, bool word) {
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_bytes decoded = KG_ARRAY_INIT;
    uint32_t before = 0;
    encode(&tokens, t, text, word);
    for (size_t i = 0; i < tokens.ids.len; i++) {
        kg_span span = tokens.spans.data[i];
        require(tokens.ids.data[i] < kg_tokenizer_size(t));
        require(span.start < span.end && span.end <= text.len && span.start >= before);
        before = span.start;
    }
    require(tokens.ids.len == 0 || tokens.starts.data[0]);
    require(kg_tokenizer_decode(&decoded, t, tokens.ids.data, tokens.ids.len) == KG_OK);
    kg_array_free(&decoded);
    kg_tokens_free(&tokens);
}

static json_t *roles_of(const kg_tokenizer *t) {
    static const char *const names[] = {"pad_token", "unk_token", "cls_token", "sep_token",
                                        "mask_token"};
    kg_special_tokens s = kg_tokenizer_special(t);
    const uint32_t ids[] = {s.pad, s.unk, s.cls, s.sep, s.mask};
    json_t *roles = json_object();
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        kg_str token = kg_tokenizer_token(t, ids[i]);
        if (ids[i] != KG_NO_TOKEN)
            json_object_set_new(roles, names[i], json_stringn(token.data, token.len));
    }
    return roles;
}

/* tokenizer.json as it is written, read again. */
static void check_again(const kg_tokenizer *t, kg_str text, bool word) {
    kg_tokens one = KG_TOKENS_INIT, two = KG_TOKENS_INIT;
    kg_tokenizer *again = NULL;
    json_t *words = json_object();
    for (uint32_t i = 0; i < kg_tokenizer_size(t); i++) {
        kg_str token = kg_tokenizer_token(t, i);
        json_object_setn_new(words, token.data, token.len, json_integer(i));
    }
    json_t *roles = roles_of(t);
    json_t *json = kg_bpe_json(t, words);
    const kg_bpe_files files = {.name = "again", .tokenizer = json, .config = roles};
    require(kg_bpe_read(&again, &files, NULL) == KG_OK);
    encode(&one, t, text, word);
    encode(&two, again, text, word);
    require(one.ids.len == two.ids.len);
    require(one.ids.len == 0 || memcmp(one.ids.data, two.ids.data, 4 * one.ids.len) == 0);
    kg_tokens_free(&one);
    kg_tokens_free(&two);
    kg_tokenizer_free(again);
    json_decref(json);
    json_decref(roles);
    json_decref(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    kg_error err = KG_ERROR_INIT;
    kg_str rest = {(const char *)data + 1, size - 1};
    kg_str first = take_part(&rest), merges = data[0] & 1 ? take_part(&rest) : (kg_str){"", 0};
    kg_str config = take_part(&rest);
    json_t *object = json_loadb(first.data, first.len, 0, NULL);
    json_t *over = json_loadb(config.data, config.len, 0, NULL);
    kg_bpe_files files = {.name = "input", .merges_name = "merges", .merges = merges};
    files.config = over;
    *(data[0] & 1 ? &files.vocab : &files.tokenizer) = object;
    kg_tokenizer *t = NULL;
    if (object && kg_bpe_read(&t, &files, &err) == KG_OK) {
        check(t, rest, data[0] & 2);
        check_again(t, rest, data[0] & 2);
    } else if (object) {
        require(err.text[0] != '\0' && t == NULL);
    }
    kg_tokenizer_free(t);
    json_decref(object);
    json_decref(over);
    return 0;
}
