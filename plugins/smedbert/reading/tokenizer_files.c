/* tokenizer.json says every step by itself: BERT's normalizer, its splitting at spaces, punctuation
 * and ideographs, WordPiece, and [CLS] and [SEP] around. The other files are what tools without it
 * read. */
#include "plugins/smedbert/reading/tokenizer_files.h"

#include "kgstore/base/outfile.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = 4096 };

/* The special tokens by their roles. A vocabulary may lack all but [UNK]. */
typedef struct role {
    const char *name, *token;
} role;

static const role roles[] = {{"pad_token", "[PAD]"},
                             {"unk_token", "[UNK]"},
                             {"cls_token", "[CLS]"},
                             {"sep_token", "[SEP]"},
                             {"mask_token", "[MASK]"}};
enum { ROLES = sizeof roles / sizeof *roles };

static bool has(const kg_tokenizer *t, const char *token) {
    return kg_tokenizer_id(t, kg_str_from(token)) != KG_NO_TOKEN;
}

/* ---- tokenizer.json -------------------------------------------------------------------------- */

static json_t *id_of(const kg_tokenizer *t, const char *token) {
    return json_integer((json_int_t)kg_tokenizer_id(t, kg_str_from(token)));
}

static json_t *added_tokens(const kg_tokenizer *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < ROLES; i++)
        if (has(t, roles[i].token))
            json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:b, s:b, s:b, s:b}", "id",
                                                  id_of(t, roles[i].token), "content",
                                                  roles[i].token, "single_word", 0, "lstrip", 0,
                                                  "rstrip", 0, "normalized", 0, "special", 1));
    return list;
}

/* Of a template: a special token, or a text; in a segment. */
static json_t *special(const char *token, int segment) {
    return json_pack("{s:{s:s, s:i}}", "SpecialToken", "id", token, "type_id", segment);
}

static json_t *sequence(const char *name, int segment) {
    return json_pack("{s:{s:s, s:i}}", "Sequence", "id", name, "type_id", segment);
}

static json_t *of_template(const kg_tokenizer *t, const char *token) {
    return json_pack("{s:s, s:[o], s:[s]}", "id", token, "ids", id_of(t, token), "tokens", token);
}

/* [CLS] A [SEP], and B [SEP] behind it. */
static json_t *template(const kg_tokenizer *t) {
    if (!has(t, "[CLS]") || !has(t, "[SEP]"))
        return json_null();
    return json_pack("{s:s, s:[o, o, o], s:[o, o, o, o, o], s:{s:o, s:o}}", "type",
                     "TemplateProcessing", "single", special("[CLS]", 0), sequence("A", 0),
                     special("[SEP]", 0), "pair", special("[CLS]", 0), sequence("A", 0),
                     special("[SEP]", 0), sequence("B", 1), special("[SEP]", 1), "special_tokens",
                     "[CLS]", of_template(t, "[CLS]"), "[SEP]", of_template(t, "[SEP]"));
}

static kg_status vocabulary(json_t *to, const kg_tokenizer *t, const char *path, kg_error *err) {
    for (uint32_t i = 0; i < kg_tokenizer_size(t); i++) {
        kg_str token = kg_tokenizer_token(t, i);
        if (json_object_setn_new(to, token.data, token.len, json_integer((json_int_t)i)) != 0)
            return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                               "token %u of the vocabulary is not UTF-8, or memory is short", i);
    }
    return KG_OK;
}

static json_t *tokenizer(const kg_tokenizer *t, json_t *words) {
    return json_pack(
        "{s:s, s:n, s:n, s:o, s:{s:s, s:b, s:b, s:n, s:b}, s:{s:s}, s:o, s:{s:s, s:s, s:b}, "
        "s:{s:s, s:s, s:s, s:i, s:O}}",
        "version", "1.0", "truncation", "padding", "added_tokens", added_tokens(t), "normalizer",
        "type", "BertNormalizer", "clean_text", 1, "handle_chinese_chars", 1, "strip_accents",
        "lowercase", !kg_tokenizer_cased(t), "pre_tokenizer", "type", "BertPreTokenizer",
        "post_processor", template(t), "decoder", "type", "WordPiece", "prefix", "##", "cleanup", 1,
        "model", "type", "WordPiece", "unk_token", "[UNK]", "continuing_subword_prefix", "##",
        "max_input_chars_per_word", 100, "vocab", words);
}

/* ---- The others ------------------------------------------------------------------------------ */

static json_t *special_tokens(const kg_tokenizer *t) {
    json_t *object = json_object();
    for (size_t i = 0; i < ROLES; i++)
        if (has(t, roles[i].token))
            json_object_set_new(object, roles[i].name, json_string(roles[i].token));
    return object;
}

static json_t *configuration(const kg_tokenizer *t, uint32_t max_tokens) {
    json_t *object = json_pack("{s:s, s:b, s:b, s:n, s:I}", "tokenizer_class", "BertTokenizer",
                               "do_lower_case", !kg_tokenizer_cased(t), "tokenize_chinese_chars", 1,
                               "strip_accents", "model_max_length", (json_int_t)max_tokens);
    json_t *specials = special_tokens(t);
    if (object && json_object_update(object, specials) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(specials);
    return object;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Takes the object; NULL: out of memory. */
static kg_status write_json(json_t *object, const char *path, kg_error *err) {
    kg_outfile *file;
    char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (!text)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing %s", path);
    kg_status st = kg_outfile_open(&file, path, err);
    if (st == KG_OK) {
        fprintf(kg_outfile_stream(file), "%s\n", text);
        st = kg_outfile_commit(file, err);
    }
    free(text);
    return st;
}

static kg_status write_lines(const kg_tokenizer *t, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    for (uint32_t i = 0; i < kg_tokenizer_size(t); i++)
        fprintf(kg_outfile_stream(file), "%.*s\n", KG_STR_ARG(kg_tokenizer_token(t, i)));
    return kg_outfile_commit(file, err);
}

static kg_status write_tokenizer(const kg_tokenizer *t, const char *path, kg_error *err) {
    json_t *words = json_object();
    kg_status st = words ? vocabulary(words, t, path, err) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = write_json(tokenizer(t, words), path, err);
    json_decref(words);
    return st;
}

static const char *in(char path[PATH_SIZE], const char *folder, const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

kg_status kg_tokenizer_write_files(const kg_tokenizer *t, uint32_t max_tokens, const char *folder,
                                   kg_error *err) {
    kg_status st;
    char path[PATH_SIZE];
    KG_TRY(st, write_lines(t, in(path, folder, "vocab.txt"), err));
    KG_TRY(st, write_tokenizer(t, in(path, folder, "tokenizer.json"), err));
    KG_TRY(st, write_json(configuration(t, max_tokens), in(path, folder, "tokenizer_config.json"),
                          err));
    return write_json(special_tokens(t), in(path, folder, "special_tokens_map.json"), err);
}
