#include "tests/support/sample_bpe.h"

#include "kgstore/base/utf8.h"
#include "model/tokenizer/bpe_files.h"
#include "model/tokenizer/byte_chars.h"

#include <stdio.h>
#include <string.h>

/* 病 is E7 97 85, 毒 E6 AF 92: "ħ æ" joins the end of one with the beginning of the other. */
const char *const sample_merges[] = {
    "l o",  "lo w", "Ġ low", "e r",  "Ġ Ġ", "a b",   "ab c", "bc d", "b c",   "ħ æ",   "ç Ĺ",
    "çĹ ħ", "Ġ çĹ", "æ ¯",   "æ¯ Ĵ", "a a", "aa aa", "' s",  "Ġ {",  "{ low", "low }", NULL};

static json_t *vocabulary(void) {
    static const char *const special[] = {"<s>", "<pad>", "</s>", "<unk>", "<mask>"};
    json_t *words = json_object();
    char text[32];
    int n = 0;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        json_object_set_new(words, special[i], json_integer(n++));
    for (int b = 0; b < 256; b++) {
        text[kg_utf8_encode(text, kg_byte_char((uint8_t)b))] = '\0';
        json_object_set_new(words, text, json_integer(n++));
    }
    for (size_t i = 0; sample_merges[i]; i++) {
        const char *space = strchr(sample_merges[i], ' ');
        snprintf(text, sizeof text, "%.*s%s", (int)(space - sample_merges[i]), sample_merges[i],
                 space + 1);
        json_object_set_new(words, text, json_integer(n++));
    }
    return words;
}

json_t *sample_bpe_json(void) {
    json_t *merges = json_array();
    for (size_t i = 0; sample_merges[i]; i++)
        json_array_append_new(merges, json_string(sample_merges[i]));
    return json_pack(
        "{s:[{s:i, s:s, s:b, s:b}], s:n, s:{s:s, s:b, s:b, s:b}, s:{s:s, s:[s, i], s:[s, i], s:b}, "
        "s:{s:s, s:n, s:s, s:o, s:o}}",
        "added_tokens", "id", SAMPLE_MASK, "content", "<mask>", "lstrip", 1, "special", 1,
        "normalizer", "pre_tokenizer", "type", "ByteLevel", "add_prefix_space", 0, "trim_offsets",
        1, "use_regex", 1, "post_processor", "type", "RobertaProcessing", "sep", "</s>", SAMPLE_SEP,
        "cls", "<s>", SAMPLE_CLS, "trim_offsets", 1, "model", "type", "BPE", "unk_token",
        "continuing_subword_prefix", "", "vocab", vocabulary(), "merges", merges);
}

kg_status sample_bpe_read(kg_tokenizer **out, json_t *tokenizer, const json_t *config,
                          kg_error *err) {
    const kg_bpe_files files = {.name = "t.json", .tokenizer = tokenizer, .config = config};
    return kg_bpe_read(out, &files, err);
}
