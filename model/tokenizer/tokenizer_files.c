/* tokenizer.json says every step by itself: how text becomes words, the model with its vocabulary,
 * and what is put around. The other files are what tools without it read. */
#include "model/tokenizer/tokenizer_files.h"

#include "kgstore/base/outfile.h"
#include "model/tokenizer/bpe.h"
#include "model/tokenizer/bpe_files.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_SIZE = 4096 };

/* The special tokens by their roles. A vocabulary may lack all but the unknown. */
enum { PAD, UNK, CLS, SEP, MASK, ROLES };

static const char *const roles[ROLES] = {"pad_token", "unk_token", "cls_token", "sep_token",
                                         "mask_token"};

static uint32_t id_of(const kg_tokenizer *t, int role) {
    kg_special_tokens s = kg_tokenizer_special(t);
    const uint32_t ids[ROLES] = {s.pad, s.unk, s.cls, s.sep, s.mask};
    return ids[role];
}

static bool has(const kg_tokenizer *t, int role) {
    return id_of(t, role) != KG_NO_TOKEN;
}

static json_t *token_of(const kg_tokenizer *t, int role) {
    kg_str token = kg_tokenizer_token(t, id_of(t, role));
    return json_stringn(token.data, token.len);
}

/* ---- tokenizer.json -------------------------------------------------------------------------- */

static json_t *added_tokens(const kg_tokenizer *t) {
    json_t *list = json_array();
    for (int i = 0; i < ROLES; i++)
        if (has(t, i))
            json_array_append_new(list, json_pack("{s:I, s:o, s:b, s:b, s:b, s:b, s:b}", "id",
                                                  (json_int_t)id_of(t, i), "content",
                                                  token_of(t, i), "single_word", 0, "lstrip", 0,
                                                  "rstrip", 0, "normalized", 0, "special", 1));
    return list;
}

/* Of a template: a special token, or a text; of a token type. */
static json_t *special(const kg_tokenizer *t, int role, int type) {
    return json_pack("{s:{s:o, s:i}}", "SpecialToken", "id", token_of(t, role), "type_id", type);
}

static json_t *sequence(const char *name, int type) {
    return json_pack("{s:{s:s, s:i}}", "Sequence", "id", name, "type_id", type);
}

static json_t *of_template(const kg_tokenizer *t, int role) {
    return json_pack("{s:o, s:[I], s:[o]}", "id", token_of(t, role), "ids",
                     (json_int_t)id_of(t, role), "tokens", token_of(t, role));
}

/* cls A sep, and sep B sep or B sep behind it. */
static json_t *pair_template(const kg_tokenizer *t) {
    kg_joining joining = kg_tokenizer_joining(t);
    json_t *list = json_pack("[o, o]", special(t, CLS, 0), sequence("A", 0));
    for (uint32_t i = 0; i < joining.separators; i++)
        json_array_append_new(list, special(t, SEP, i ? joining.second_type : 0));
    json_array_append_new(list, sequence("B", joining.second_type));
    json_array_append_new(list, special(t, SEP, joining.second_type));
    return list;
}

static json_t *template(const kg_tokenizer *t) {
    if (!has(t, CLS) || !has(t, SEP))
        return json_null();
    json_t *tokens = json_object();
    for (int role = CLS; role <= SEP; role++) {
        kg_str token = kg_tokenizer_token(t, id_of(t, role));
        json_object_setn_new(tokens, token.data, token.len, of_template(t, role));
    }
    return json_pack("{s:s, s:[o, o, o], s:o, s:o}", "type", "TemplateProcessing", "single",
                     special(t, CLS, 0), sequence("A", 0), special(t, SEP, 0), "pair",
                     pair_template(t), "special_tokens", tokens);
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

/* Does transformers' RobertaTokenizer, which has a mind of its own, do the same? */
static bool is_roberta(const kg_tokenizer *t) {
    kg_joining joining = kg_tokenizer_joining(t);
    return t->bpe && t->bpe->unknown == KG_NO_TOKEN && joining.separators == 2 &&
           joining.second_type == 0;
}

/* RoBERTa's own step trims offsets, which a template does not. */
static json_t *processing(const kg_tokenizer *t) {
    json_t *ends = template(t);
    if (!is_roberta(t) || json_is_null(ends))
        return ends;
    json_decref(ends);
    return json_pack("{s:s, s:[o, I], s:[o, I], s:b, s:b}", "type", "RobertaProcessing", "sep",
                     token_of(t, SEP), (json_int_t)id_of(t, SEP), "cls", token_of(t, CLS),
                     (json_int_t)id_of(t, CLS), "trim_offsets", t->bpe->trim_offsets,
                     "add_prefix_space", t->bpe->prefix_space);
}

static json_t *wordpiece_json(const kg_tokenizer *t, json_t *words) {
    return json_pack(
        "{s:s, s:n, s:n, s:o, s:{s:s, s:b, s:b, s:n, s:b}, s:{s:s}, s:{s:s, s:s, s:b}, "
        "s:{s:s, s:s, s:s, s:i, s:O}}",
        "version", "1.0", "truncation", "padding", "added_tokens", added_tokens(t), "normalizer",
        "type", "BertNormalizer", "clean_text", 1, "handle_chinese_chars", 1, "strip_accents",
        "lowercase", !kg_tokenizer_cased(t), "pre_tokenizer", "type", "BertPreTokenizer", "decoder",
        "type", "WordPiece", "prefix", "##", "cleanup", 1, "model", "type", "WordPiece",
        "unk_token", "[UNK]", "continuing_subword_prefix", "##", "max_input_chars_per_word", 100,
        "vocab", words);
}

static json_t *tokenizer(const kg_tokenizer *t, json_t *words) {
    json_t *object = t->bpe ? kg_bpe_json(t, words) : wordpiece_json(t, words);
    if (object && json_object_set_new(object, "post_processor", processing(t)) != 0) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* ---- The others ------------------------------------------------------------------------------ */

static json_t *special_tokens(const kg_tokenizer *t) {
    json_t *object = json_object();
    for (int i = 0; i < ROLES; i++)
        if (has(t, i))
            json_object_set_new(object, roles[i], token_of(t, i));
    return object;
}

/* The class of transformers that reads it; without one of its own, what tokenizer.json says. */
static json_t *class_of(const kg_tokenizer *t) {
    if (t->bpe)
        return json_pack("{s:s, s:b, s:b}", "tokenizer_class",
                         is_roberta(t) ? "RobertaTokenizer" : "PreTrainedTokenizerFast",
                         "add_prefix_space", t->bpe->prefix_space, "trim_offsets",
                         t->bpe->trim_offsets);
    return json_pack("{s:s, s:b, s:b, s:n}", "tokenizer_class", "BertTokenizer", "do_lower_case",
                     !kg_tokenizer_cased(t), "tokenize_chinese_chars", 1, "strip_accents");
}

static json_t *configuration(const kg_tokenizer *t, uint32_t max_tokens) {
    json_t *object = class_of(t), *specials = special_tokens(t);
    if (object && (json_object_update(object, specials) != 0 ||
                   json_object_set_new(object, "model_max_length",
                                       json_integer((json_int_t)max_tokens)) != 0)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(specials);
    return object;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* Takes the object; NULL: out of memory. */
static kg_status write_json(json_t *object, const char *path, kg_error *err) {
    char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;
    json_decref(object);
    if (!text)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing %s", path);
    kg_status st = kg_outfile_write_line(path, text, err);
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

static const char *in(char path[PATH_SIZE], const char *folder, const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

static kg_status write_merges(const kg_tokenizer *t, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fputs("#version: 0.2\n", kg_outfile_stream(file));
    for (size_t i = 0; i < t->bpe->merges.len; i++)
        fprintf(kg_outfile_stream(file), "%.*s %.*s\n",
                KG_STR_ARG(kg_tokenizer_token(t, t->bpe->merges.data[i].left)),
                KG_STR_ARG(kg_tokenizer_token(t, t->bpe->merges.data[i].right)));
    return kg_outfile_commit(file, err);
}

static kg_status write_model(const kg_tokenizer *t, json_t *words, const char *folder,
                             kg_error *err) {
    kg_status st;
    char path[PATH_SIZE];
    KG_TRY(st, vocabulary(words, t, in(path, folder, "tokenizer.json"), err));
    KG_TRY(st, write_json(tokenizer(t, words), path, err));
    if (!t->bpe)
        return write_lines(t, in(path, folder, "vocab.txt"), err);
    KG_TRY(st, write_json(json_incref(words), in(path, folder, "vocab.json"), err));
    return write_merges(t, in(path, folder, "merges.txt"), err);
}

kg_status kg_tokenizer_write_files(const kg_tokenizer *t, uint32_t max_tokens, const char *folder,
                                   kg_error *err) {
    kg_status st;
    char path[PATH_SIZE];
    json_t *words = json_object();
    st = words ? write_model(t, words, folder, err) : KG_ERR_MEMORY;
    json_decref(words);
    if (st != KG_OK)
        return st;
    KG_TRY(st, write_json(configuration(t, max_tokens), in(path, folder, "tokenizer_config.json"),
                          err));
    return write_json(special_tokens(t), in(path, folder, "special_tokens_map.json"), err);
}
