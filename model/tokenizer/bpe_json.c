/* tokenizer.json of a byte-level BPE, as Hugging Face's tokenizers read it. */
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/bpe_files.h"

static json_t *text(kg_str token) {
    return json_stringn(token.data, token.len);
}

static json_t *added_tokens(const kg_tokenizer *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < t->bpe->added.len; i++) {
        const kg_bpe_added *a = &t->bpe->added.data[i];
        json_array_append_new(list, json_pack("{s:I, s:o, s:b, s:b, s:b, s:b, s:b}", "id",
                                              (json_int_t)a->id, "content",
                                              text(kg_tokenizer_token(t, a->id)), "single_word", 0,
                                              "lstrip", a->strips_left, "rstrip", a->strips_right,
                                              "normalized", a->late, "special", a->special));
    }
    return list;
}

static json_t *byte_level(bool prefix_space, bool trim_offsets) {
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", prefix_space,
                     "trim_offsets", trim_offsets, "use_regex", 1);
}

/* "a b": what older versions read too. */
static json_t *merges(const kg_tokenizer *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < t->bpe->merges.len; i++) {
        kg_str left = kg_tokenizer_token(t, t->bpe->merges.data[i].left);
        kg_str right = kg_tokenizer_token(t, t->bpe->merges.data[i].right);
        json_array_append_new(list,
                              json_pack("s%++%", left.data, left.len, " ", right.data, right.len));
    }
    return list;
}

json_t *kg_bpe_json(const kg_tokenizer *t, json_t *vocabulary) {
    const kg_bpe *bpe = t->bpe;
    json_t *unknown =
        bpe->unknown == KG_NO_TOKEN ? json_null() : text(kg_tokenizer_token(t, bpe->unknown));
    return json_pack(
        "{s:s, s:n, s:n, s:o, s:n, s:o, s:o, s:{s:s, s:n, s:o, s:s, s:s, s:b, s:b, s:O, s:o}}",
        "version", "1.0", "truncation", "padding", "added_tokens", added_tokens(t), "normalizer",
        "pre_tokenizer", byte_level(bpe->prefix_space, bpe->trim_offsets), "decoder",
        byte_level(true, true), "model", "type", "BPE", "dropout", "unk_token", unknown,
        "continuing_subword_prefix", "", "end_of_word_suffix", "", "fuse_unk", bpe->fuses_unknown,
        "byte_fallback", 0, "vocab", vocabulary, "merges", merges(t));
}
