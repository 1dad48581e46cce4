#include "plugins/smedbert/reading/checkpoint_vocab.h"

#include "kgstore/base/outfile.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

bool kg_checkpoint_cased(const char *folder) {
    char path[PATH_SIZE];
    json_error_t fault;
    snprintf(path, sizeof path, "%s/tokenizer_config.json", folder);
    json_t *object = json_load_file(path, 0, &fault);
    bool cased = json_is_false(json_object_get(object, "do_lower_case"));
    json_decref(object);
    return cased;
}

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

static kg_status read_json(kg_tokenizer **out, const char *path, bool cased, kg_error *err) {
    json_error_t fault;
    kg_bytes text = KG_ARRAY_INIT;
    kg_lines *lines = NULL;
    json_t *object = json_load_file(path, 0, &fault);
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
    json_decref(object);
    return st;
}

static bool has_file(const char *folder, const char *name) {
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

bool kg_checkpoint_has_vocabulary(const char *folder) {
    return has_file(folder, "vocab.txt") || has_file(folder, "tokenizer.json");
}

kg_status kg_checkpoint_tokenizer(kg_tokenizer **out, const char *folder, bool cased,
                                  kg_error *err) {
    char lines[PATH_SIZE], json[PATH_SIZE];
    snprintf(lines, sizeof lines, "%s/vocab.txt", folder);
    snprintf(json, sizeof json, "%s/tokenizer.json", folder);
    if (!has_file(folder, "vocab.txt") && has_file(folder, "tokenizer.json"))
        return read_json(out, json, cased, err);
    return kg_tokenizer_open(out, lines, cased, err);
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
    kg_tokenizer_free(own);
    return st;
}

kg_status kg_checkpoint_write_tokenizer(const kg_tokenizer *tokenizer, const char *folder,
                                        kg_error *err) {
    char path[PATH_SIZE];
    kg_outfile *file;
    kg_status st;
    snprintf(path, sizeof path, "%s/vocab.txt", folder);
    KG_TRY(st, kg_outfile_open(&file, path, err));
    for (uint32_t i = 0; i < kg_tokenizer_size(tokenizer); i++)
        fprintf(kg_outfile_stream(file), "%.*s\n", KG_STR_ARG(kg_tokenizer_token(tokenizer, i)));
    KG_TRY(st, kg_outfile_commit(file, err));
    snprintf(path, sizeof path, "%s/tokenizer_config.json", folder);
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fprintf(kg_outfile_stream(file),
            "{\"tokenizer_class\": \"BertTokenizer\", \"do_lower_case\": %s}\n",
            kg_tokenizer_cased(tokenizer) ? "false" : "true");
    return kg_outfile_commit(file, err);
}
