/* Vocabulary, merges and added tokens. */
#include "model/tokenizer/bpe_files.h"

#include "kgstore/base/utf8.h"
#include "model/tokenizer/bpe_reader.h"

#include <stdlib.h>
#include <string.h>

bool kg_bpe_is(const json_t *tokenizer) {
    const json_t *model = json_object_get(tokenizer, "model");
    const char *type = json_string_value(json_object_get(model, "type"));
    return type ? strcmp(type, "BPE") == 0 : json_object_get(model, "merges") != NULL;
}

kg_status kg_bpe_unlike(const kg_bpe_reader *r, kg_status status, const char *key,
                        const json_t *found, const char *expected) {
    char *text =
        found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    kg_quoted shown = kg_quote(text ? kg_str_from(text) : KG_STR("missing"));
    free(text);
    return kg_error_at(
        r->err, status, r->files->name, 0, "%s is %s; %s expected%s", key, shown.text, expected,
        status == KG_ERR_UNSUPPORTED ? "; kg computes byte-level BPE as RoBERTa has it" : "");
}

kg_status kg_bpe_flag(bool *to, const kg_bpe_reader *r, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (value && !json_is_null(value) && !json_is_boolean(value))
        return kg_bpe_unlike(r, KG_ERR_FORMAT, key, value, "true or false was");
    if (json_is_boolean(value))
        *to = json_is_true(value);
    return KG_OK;
}

kg_status kg_bpe_token(uint32_t *id, const kg_bpe_reader *r, const char *key, const char *token) {
    const json_t *value = json_object_get(r->vocab, token);
    if (!value)
        return kg_error_at(r->err, KG_ERR_FORMAT, r->files->name, 0,
                           "%s is \"%.60s\", which is no token of the vocabulary; name one, or add "
                           "it to the vocabulary",
                           key, token);
    *id = (uint32_t)json_integer_value(value);
    return KG_OK;
}

/* ---- Vocabulary ------------------------------------------------------------------------------ */

/* Parts of the model that change nothing: missing, null, false, 0 or empty. */
static kg_status check_parts(const kg_bpe_reader *r, const json_t *model) {
    static const char *const parts[] = {"dropout", "continuing_subword_prefix",
                                        "end_of_word_suffix", "byte_fallback", "ignore_merges"};
    kg_status st;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const json_t *value = json_object_get(model, parts[i]);
        const char *text = json_string_value(value);
        bool zero = json_is_number(value) && json_number_value(value) == 0;
        if (value && !json_is_null(value) && !json_is_false(value) && !zero && !(text && !*text))
            KG_TRY(st, kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, parts[i], value, "none was"));
    }
    return KG_OK;
}

static kg_status read_added(kg_bpe_reader *r, const json_t *item) {
    kg_status st;
    bool single = false;
    const json_t *id = json_object_get(item, "id"), *content = json_object_get(item, "content");
    const char *text = json_string_value(content);
    kg_bpe_added added = {.special = false};
    if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX)
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "added_tokens: id", id, "a whole number was");
    if (!text || !*text)
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "added_tokens: content", content, "a text was");
    KG_TRY(st, kg_bpe_flag(&single, r, item, "single_word"));
    KG_TRY(st, kg_bpe_flag(&added.strips_left, r, item, "lstrip"));
    KG_TRY(st, kg_bpe_flag(&added.strips_right, r, item, "rstrip"));
    KG_TRY(st, kg_bpe_flag(&added.late, r, item, "normalized"));
    KG_TRY(st, kg_bpe_flag(&added.special, r, item, "special"));
    if (single)
        return kg_bpe_unlike(r, KG_ERR_UNSUPPORTED, "single_word of an added token", content,
                             "false was");
    added.id = (uint32_t)json_integer_value(id);
    const json_t *own = json_object_get(r->vocab, text);
    if (own && !json_equal(own, id))
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "added_tokens: id", item,
                             "its id in the vocabulary was");
    if (!own && json_object_set(r->vocab, text, (json_t *)id) != 0)
        return KG_ERR_MEMORY;
    return kg_array_push(&r->added, added);
}

static kg_status read_vocabulary(kg_bpe_reader *r, json_t *vocab, const json_t *added) {
    kg_status st;
    const char *token;
    json_t *id;
    size_t i;
    if (!json_is_object(vocab) || json_object_size(vocab) == 0)
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "the vocabulary", vocab,
                             "an object of tokens and ids was");
    r->vocab = vocab;
    json_object_foreach(vocab, token, id) {
        if (!json_is_integer(id))
            return kg_bpe_unlike(r, KG_ERR_FORMAT, "an id of the vocabulary", id,
                                 "a whole number was");
    }
    if (added && !json_is_null(added) && !json_is_array(added))
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "added_tokens", added, "a list was");
    json_array_foreach((json_t *)added, i, id) {
        KG_TRY(st, read_added(r, id));
    }
    return KG_OK;
}

/* The tokens by their ids, which must be 0..n-1. An id that is given twice leaves another without a
 * token. */
static kg_status order_tokens(kg_bpe_reader *r) {
    size_t n = json_object_size(r->vocab);
    const char *token;
    json_t *id;
    r->tokens = calloc(n, sizeof *r->tokens);
    if (!r->tokens)
        return KG_ERR_MEMORY;
    json_object_foreach(r->vocab, token, id) {
        json_int_t i = json_integer_value(id);
        if (i < 0 || (size_t)i >= n || r->tokens[i].data)
            return kg_error_at(r->err, KG_ERR_FORMAT, r->files->name, 0,
                               "the token \"%.60s\" has the id %lld; of %zu tokens each has "
                               "one of 0 to %zu, and no two the same",
                               token, (long long)i, n, n - 1);
        r->tokens[i] = kg_str_from(token);
    }
    r->source.tokens = r->tokens;
    r->source.n = (uint32_t)n;
    return KG_OK;
}

/* ---- Merges ---------------------------------------------------------------------------------- */

/* Two tokens with a space between them. */
static bool split_pair(kg_bpe_pair *pair, kg_str text) {
    const char *space = memchr(text.data, ' ', text.len);
    size_t n = space ? (size_t)(space - text.data) : 0;
    if (n == 0 || n + 1 == text.len || memchr(space + 1, ' ', text.len - n - 1))
        return false;
    *pair = (kg_bpe_pair){{text.data, n}, {space + 1, text.len - n - 1}};
    return true;
}

static bool is_pair(kg_bpe_pair *pair, const json_t *item) {
    const char *left = json_string_value(json_array_get(item, 0));
    const char *right = json_string_value(json_array_get(item, 1));
    if (json_is_string(item))
        return split_pair(pair, kg_str_from(json_string_value(item)));
    if (json_array_size(item) != 2 || !left || !right || !*left || !*right || strchr(left, ' ') ||
        strchr(right, ' ')) /* which the alphabet of bytes has not */
        return false;
    *pair = (kg_bpe_pair){kg_str_from(left), kg_str_from(right)};
    return true;
}

static kg_status read_merges(kg_bpe_reader *r, const json_t *merges) {
    kg_status st;
    char key[48];
    json_t *item;
    size_t i;
    if (!json_is_array(merges))
        return kg_bpe_unlike(r, KG_ERR_FORMAT, "model.merges", merges, "a list was");
    json_array_foreach((json_t *)merges, i, item) {
        kg_bpe_pair pair;
        snprintf(key, sizeof key, "model.merges[%zu]", i);
        if (!is_pair(&pair, item))
            return kg_bpe_unlike(r, KG_ERR_FORMAT, key, item,
                                 "two tokens, as \"a b\" or [\"a\",\"b\"], were");
        KG_TRY(st, kg_array_push(&r->merges, pair));
    }
    return KG_OK;
}

static kg_status read_lines(kg_bpe_reader *r, kg_str text) {
    kg_status st;
    uint64_t number = 1;
    r->source.merges_line = kg_str_begins(text, KG_STR("#version")) ? 2 : 1;
    for (size_t at = 0, end; at < text.len; at = end + 1, number++) {
        const char *stop = memchr(text.data + at, '\n', text.len - at);
        end = stop ? (size_t)(stop - text.data) : text.len;
        kg_str line = {text.data + at, end - at};
        kg_bpe_pair pair;
        line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
        if (number < r->source.merges_line)
            continue;
        if (!split_pair(&pair, line))
            return kg_error_at(r->err, KG_ERR_FORMAT, r->files->merges_name, number,
                               "found \"%s\"; expected two tokens with a space between them",
                               kg_quote(line).text);
        KG_TRY(st, kg_array_push(&r->merges, pair));
    }
    return KG_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static kg_status read_model(kg_bpe_reader *r) {
    kg_status st;
    const kg_bpe_files *f = r->files;
    const json_t *model = json_object_get(f->tokenizer, "model");
    r->source.merges_name = f->tokenizer ? f->name : f->merges_name;
    if (!f->tokenizer) {
        KG_TRY(st, read_vocabulary(r, f->vocab, NULL));
        return read_lines(r, f->merges);
    }
    const json_t *unknown = json_object_get(model, "unk_token");
    KG_TRY(st, check_parts(r, model));
    KG_TRY(st, read_vocabulary(r, json_object_get(model, "vocab"),
                               json_object_get(f->tokenizer, "added_tokens")));
    KG_TRY(st, kg_bpe_flag(&r->source.fuses_unknown, r, model, "fuse_unk"));
    if (json_is_string(unknown))
        KG_TRY(st,
               kg_bpe_token(&r->source.unknown, r, "model.unk_token", json_string_value(unknown)));
    return read_merges(r, json_object_get(model, "merges"));
}

static kg_status read_all(kg_bpe_reader *r) {
    kg_status st;
    KG_TRY(st, read_model(r));
    KG_TRY(st, kg_bpe_read_steps(r));
    KG_TRY(st, kg_bpe_read_roles(r));
    return order_tokens(r);
}

kg_status kg_bpe_read(kg_tokenizer **out, const kg_bpe_files *files, kg_error *err) {
    kg_bpe_reader r = {.files = files, .err = err};
    r.source = (kg_bpe_source){.name = files->name,
                               .unknown = KG_NO_TOKEN,
                               .trim_offsets = true,
                               .joining = {.separators = 2, .second_type = 0}};
    *out = NULL;
    kg_status st = read_all(&r);
    r.source.added = r.added.data;
    r.source.n_added = r.added.len;
    r.source.merges = r.merges.data;
    r.source.n_merges = r.merges.len;
    if (st == KG_OK)
        st = kg_bpe_new(out, &r.source, err);
    else if (st == KG_ERR_MEMORY)
        kg_error_set(err, st, "out of memory reading %s", files->name);
    kg_array_free(&r.added);
    kg_array_free(&r.merges);
    free(r.tokens);
    return st;
}
