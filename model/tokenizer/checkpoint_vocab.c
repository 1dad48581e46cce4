#include "model/tokenizer/checkpoint_vocab.h"

#include "model/tokenizer/bpe.h"
#include "model/tokenizer/bpe_files.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* transformers writes 10^30 for a model_max_length that is not known. */
enum { LARGE_NUMBERS = JSON_DECODE_INT_AS_REAL };

static bool has_file(const char *folder, const char *name) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* ---- How text is made into words ------------------------------------------------------------- */

/* What a file says; -1: nothing. */
typedef struct manners {
    int lowercase, strip_accents, chinese, clean;
} manners;

static void take(int *to, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (json_is_boolean(value))
        *to = json_is_true(value);
}

/* NULL, and no error, where there is no such file. flags: of jansson. */
static kg_status load(json_t **out, char path[PATH_SIZE], const char *folder, const char *name,
                      size_t flags, kg_error *err) {
    json_error_t fault;
    *out = NULL;
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    if (!has_file(folder, name))
        return KG_OK;
    *out = json_load_file(path, flags, &fault);
    if (*out)
        return KG_OK;
    return kg_error_at(err, KG_ERR_FORMAT, path, fault.line > 0 ? (uint64_t)fault.line : 0,
                       "not JSON: %s", fault.text);
}

/* A string of the object that, where it is there, must be `only`. */
static kg_status demand(const json_t *object, const char *key, const char *only, const char *path,
                        kg_error *err) {
    const char *found = json_string_value(json_object_get(object, key));
    if (!found || strcmp(found, only) == 0)
        return KG_OK;
    return kg_error_at(err, KG_ERR_UNSUPPORTED, path, 0,
                       "its %s is \"%s\"; kg reads BERT's tokenizers, where it is \"%s\", and "
                       "byte-level BPE",
                       key, found, only);
}

static kg_status read_normalizer(manners *m, const json_t *object, const char *path,
                                 kg_error *err) {
    kg_status st;
    const json_t *normalizer = json_object_get(object, "normalizer");
    const json_t *model = json_object_get(object, "model");
    st = demand(model, "type", "WordPiece", path, err);
    if (st == KG_OK)
        st = demand(model, "unk_token", "[UNK]", path, err);
    if (st == KG_OK)
        st = demand(model, "continuing_subword_prefix", "##", path, err);
    if (st == KG_OK)
        st = demand(normalizer, "type", "BertNormalizer", path, err);
    if (st == KG_OK)
        st =
            demand(json_object_get(object, "pre_tokenizer"), "type", "BertPreTokenizer", path, err);
    take(&m->lowercase, normalizer, "lowercase");
    take(&m->strip_accents, normalizer, "strip_accents");
    take(&m->chinese, normalizer, "handle_chinese_chars");
    take(&m->clean, normalizer, "clean_text");
    return st;
}

static kg_status read_config(manners *m, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    json_t *object;
    kg_status st;
    KG_TRY(st, load(&object, path, folder, "tokenizer_config.json", LARGE_NUMBERS, err));
    take(&m->lowercase, object, "do_lower_case");
    take(&m->strip_accents, object, "strip_accents");
    take(&m->chinese, object, "tokenize_chinese_chars");
    json_decref(object);
    return KG_OK;
}

/* Whether there is a byte-level BPE in the folder: in tokenizer.json, or else in vocab.json. */
static bool is_bpe(const json_t *tokenizer, const char *folder) {
    if (tokenizer)
        return kg_bpe_is(tokenizer);
    return !has_file(folder, "vocab.txt") && has_file(folder, "vocab.json");
}

kg_status kg_checkpoint_cased(bool *cased, const char *folder, kg_error *err) {
    char path[PATH_SIZE];
    json_t *object;
    kg_status st;
    manners m = {-1, -1, -1, -1};
    const char *fault = NULL;
    KG_TRY(st, load(&object, path, folder, "tokenizer.json", 0, err));
    *cased = is_bpe(object, folder);
    if (!*cased)
        st = read_normalizer(&m, object, path, err);
    json_decref(object);
    if (st != KG_OK || *cased)
        return st;
    KG_TRY(st, read_config(&m, folder, err));
    *cased = m.lowercase == 0;
    if (m.strip_accents >= 0 && m.strip_accents == *cased)
        fault = *cased ? "accents stripped from text that keeps its case (strip_accents)"
                       : "accents kept in text in lower case (strip_accents)";
    else if (m.chinese == 0)
        fault = "CJK characters left within words (tokenize_chinese_chars)";
    else if (m.clean == 0)
        fault = "text that is not cleaned (clean_text)";
    if (!fault)
        return KG_OK;
    return kg_error_at(err, KG_ERR_UNSUPPORTED, folder, 0,
                       "its tokenizer asks for %s, which kg does not do", fault);
}

/* ---- Vocabularies ---------------------------------------------------------------------------- */

static kg_status bad_ids(const char *path, size_t n, kg_error *err) {
    return kg_error_at(err, KG_ERR_FORMAT, path, 0, "the ids of its vocabulary are not 0 to %zu",
                       n - 1);
}

/* {token: id} as lines in the order of the ids, which must be 0..n-1. An id that is given twice
 * leaves another without a token. */
static kg_status to_lines(kg_bytes *text, json_t *vocabulary, const char *path, kg_error *err) {
    size_t n = json_object_size(vocabulary);
    const char **tokens = calloc(n + 1, sizeof *tokens), *token;
    json_t *id;
    kg_status st = tokens ? KG_OK : KG_ERR_MEMORY;
    json_object_foreach(vocabulary, token, id) {
        json_int_t i = json_integer_value(id);
        if (st == KG_OK && (!json_is_integer(id) || i < 0 || (size_t)i >= n))
            st = bad_ids(path, n, err);
        if (st == KG_OK)
            tokens[i] = token;
    }
    for (size_t i = 0; i < n && st == KG_OK; i++) {
        if (tokens[i] != NULL)
            st = kg_array_append(text, tokens[i], strlen(tokens[i]));
        else
            st = bad_ids(path, n, err);
        if (st == KG_OK)
            st = kg_array_push(text, '\n');
    }
    free(tokens);
    return st;
}

static kg_status read_json(kg_tokenizer **out, const json_t *object, const char *path, bool cased,
                           kg_error *err) {
    kg_bytes text = KG_ARRAY_INIT;
    kg_lines *lines = NULL;
    json_t *vocabulary = json_object_get(json_object_get(object, "model"), "vocab");
    kg_status st = KG_OK;
    if (!json_is_object(vocabulary))
        st = kg_error_at(err, KG_ERR_FORMAT, path, 0, "it has no vocabulary of WordPiece");
    if (st == KG_OK)
        st = to_lines(&text, vocabulary, path, err);
    if (st == KG_OK)
        st = kg_lines_from_memory(&lines, (kg_str){text.data, text.len}, path, 0);
    if (st == KG_OK)
        st = kg_tokenizer_read(out, lines, cased, err);
    kg_lines_close(lines);
    kg_array_free(&text);
    return st;
}

/* ---- Byte-level BPE -------------------------------------------------------------------------- */

/* Everything that is there of it; `object` is tokenizer.json, or NULL. */
static kg_status read_bpe(kg_tokenizer **out, json_t *object, const char *folder, kg_error *err) {
    char name[PATH_SIZE], merges_name[PATH_SIZE], other[PATH_SIZE];
    json_t *vocab = NULL, *config = NULL, *roles = NULL;
    kg_lines *lines = NULL;
    kg_bpe_files f = {.name = name, .tokenizer = object, .merges_name = merges_name};
    kg_status st = load(&config, other, folder, "tokenizer_config.json", LARGE_NUMBERS, err);
    if (st == KG_OK)
        st = load(&roles, other, folder, "special_tokens_map.json", 0, err);
    if (st == KG_OK && !object)
        st = load(&vocab, name, folder, "vocab.json", 0, err);
    snprintf(name, sizeof name, "%s/%s", folder, object ? "tokenizer.json" : "vocab.json");
    snprintf(merges_name, sizeof merges_name, "%s/merges.txt", folder);
    if (st == KG_OK && !object)
        st = kg_lines_open(&lines, merges_name, 0, err);
    if (st == KG_OK && !object)
        st = kg_lines_rest(&f.merges, lines, SIZE_MAX, err);
    f.vocab = vocab;
    f.config = config;
    f.roles = roles;
    if (st == KG_OK)
        st = kg_bpe_read(out, &f, err);
    kg_lines_close(lines);
    json_decref(roles);
    json_decref(config);
    json_decref(vocab);
    return st;
}

bool kg_checkpoint_has_vocabulary(const char *folder) {
    return has_file(folder, "vocab.txt") || has_file(folder, "tokenizer.json") ||
           has_file(folder, "vocab.json");
}

kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err) {
    char path[PATH_SIZE];
    json_t *object;
    kg_status st;
    *out = NULL;
    KG_TRY(st, load(&object, path, folder, "tokenizer.json", 0, err));
    if (is_bpe(object, folder)) {
        st = read_bpe(out, object, folder, err);
    } else if (object && !has_file(folder, "vocab.txt")) {
        st = read_json(out, object, path, cased, err);
    } else {
        snprintf(path, sizeof path, "%s/vocab.txt", folder);
        st = kg_tokenizer_open(out, path, cased, err);
    }
    json_decref(object);
    return st;
}

kg_status kg_tokenizer_open_any(kg_tokenizer **out, const char *path, bool cased, kg_error *err) {
    kg_status st;
    struct stat at;
    bool own = false;
    *out = NULL;
    if (stat(path, &at) != 0 || !S_ISDIR(at.st_mode))
        return kg_tokenizer_open(out, path, cased, err);
    KG_TRY(st, kg_checkpoint_cased(&own, path, err));
    return kg_checkpoint_tokenizer(out, path, own || cased, err);
}

kg_status kg_checkpoint_compare(const kg_tokenizer *tokenizer, const char *path, const char *folder,
                                kg_error *err) {
    kg_tokenizer *own = NULL;
    kg_status st = kg_checkpoint_tokenizer(&own, folder, kg_tokenizer_cased(tokenizer), err);
    uint32_t n = st == KG_OK ? kg_tokenizer_size(own) : 0, m = kg_tokenizer_size(tokenizer);
    uint32_t most = n > m ? n : m;
    for (uint32_t i = 0; st == KG_OK && i < most; i++) {
        kg_str a = kg_tokenizer_token(tokenizer, i), b = kg_tokenizer_token(own, i);
        if (!kg_str_equal(a, b))
            st = kg_error_at(err, KG_ERR_FORMAT, path, (uint64_t)i + 1,
                             "the token is \"%.*s\", in the vocabulary of %s \"%.*s\"; a "
                             "checkpoint works with its own vocabulary only",
                             KG_STR_ARG(a), folder, KG_STR_ARG(b));
    }
    size_t differs = st == KG_OK ? kg_bpe_unlike_merge(tokenizer->bpe, own->bpe) : SIZE_MAX;
    if (differs != SIZE_MAX)
        st =
            kg_error_at(err, KG_ERR_FORMAT, path, 0,
                        "its merges are not those of %s from merge %zu on; a checkpoint works with "
                        "its own tokenizer only",
                        folder, differs);
    kg_tokenizer_free(own);
    return st;
}
