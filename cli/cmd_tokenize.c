#include "cli/command.h"
#include "kgstore/base/lines.h"
#include "model/tokenizer/checkpoint_vocab.h"

#include <jansson.h>
#include <stdlib.h>

typedef struct tokenize_settings {
    const char *vocab;
    bool cased, jsonl, decode;
} tokenize_settings;

static const kg_option options[] = {
    {"vocab", 0, KG_OPTION_TEXT, offsetof(tokenize_settings, vocab), "FILE",
     "the vocabulary, one token per line, or the folder of a checkpoint"},
    {"cased", 0, KG_OPTION_FLAG, offsetof(tokenize_settings, cased), NULL,
     "neither lower-case nor strip accents"},
    {"jsonl", 0, KG_OPTION_FLAG, offsetof(tokenize_settings, jsonl), NULL,
     "read lines of JSON with a \"text\" key, which can hold any character"},
    {"decode", 0, KG_OPTION_FLAG, offsetof(tokenize_settings, decode), NULL,
     "read lines of ids separated by spaces, and print their text"},
    {0}};

/* What one line is turned with and into. */
typedef struct work {
    const tokenize_settings *settings;
    kg_output_mode mode;
    const kg_tokenizer *tokenizer;
    kg_tokens tokens;
    kg_bytes text;
    KG_ARRAY(uint32_t) ids;
} work;

static void print_json(const work *w) {
    fputs("{\"tokens\":[", stdout);
    for (size_t i = 0; i < w->tokens.ids.len; i++) {
        fputs(i ? "," : "", stdout);
        kg_output_json_text(stdout, kg_tokenizer_token(w->tokenizer, w->tokens.ids.data[i]));
    }
    fputs("],\"ids\":[", stdout);
    for (size_t i = 0; i < w->tokens.ids.len; i++)
        printf(i ? ",%u" : "%u", w->tokens.ids.data[i]);
    fputs("],\"spans\":[", stdout);
    for (size_t i = 0; i < w->tokens.spans.len; i++)
        printf(i ? ",[%u,%u]" : "[%u,%u]", w->tokens.spans.data[i].start,
               w->tokens.spans.data[i].end);
    fputs("]}\n", stdout);
}

static void print_plain(const work *w) {
    for (size_t i = 0; i < w->tokens.ids.len; i++)
        printf(i ? " %.*s" : "%.*s",
               KG_STR_ARG(kg_tokenizer_token(w->tokenizer, w->tokens.ids.data[i])));
    putchar('\n');
}

static kg_status tokenize(work *w, kg_str text, kg_error *err) {
    kg_tokens_clear(&w->tokens);
    kg_status st = kg_tokenizer_encode(&w->tokens, w->tokenizer, text);
    if (st != KG_OK)
        return kg_error_set(err, st, "cannot tokenize a line of %zu bytes: %s", text.len,
                            kg_strerror(st));
    if (w->mode == KG_MODE_JSON || w->mode == KG_MODE_JSONL)
        print_json(w);
    else
        print_plain(w);
    return KG_OK;
}

static kg_status tokenize_json(work *w, kg_str line, kg_error *err) {
    json_error_t fault;
    json_t *object = json_loadb(line.data, line.len, JSON_ALLOW_NUL, &fault);
    if (!object)
        return kg_error_set(err, KG_ERR_FORMAT, "%s; expected a JSON object with a \"text\" key",
                            fault.text);
    json_t *text = json_object_get(object, "text");
    kg_status st = KG_ERR_FORMAT;
    if (json_is_string(text))
        st = tokenize(w, (kg_str){json_string_value(text), json_string_length(text)}, err);
    else
        kg_error_set(err, st,
                     "found no text under \"text\"; expected a JSON object with a \"text\" key");
    json_decref(object);
    return st;
}

static kg_status decode(work *w, kg_str line, kg_error *err) {
    w->ids.len = w->text.len = 0;
    for (size_t i = 0; i < line.len;) {
        uint64_t id = 0;
        size_t start = i;
        while (i < line.len && line.data[i] >= '0' && line.data[i] <= '9' && id < UINT32_MAX)
            id = id * 10 + (uint64_t)(line.data[i++] - '0');
        if (i == start || id >= kg_tokenizer_size(w->tokenizer))
            return kg_error_set(err, KG_ERR_FORMAT,
                                "found \"%.*s\"; expected ids below %u separated by spaces",
                                (int)(line.len - start > 20 ? 20 : line.len - start),
                                line.data + start, kg_tokenizer_size(w->tokenizer));
        if (kg_array_push(&w->ids, (uint32_t)id) != KG_OK)
            return KG_ERR_MEMORY;
        while (i < line.len && line.data[i] == ' ')
            i++;
    }
    kg_status st = kg_tokenizer_decode(&w->text, w->tokenizer, w->ids.data, w->ids.len);
    if (st == KG_OK)
        printf("%.*s\n", (int)w->text.len, w->text.data);
    return st;
}

static kg_status read_file(work *w, const char *path, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    kg_str line;
    bool end = false;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    while ((st = kg_lines_next(&line, &end, lines, err)) == KG_OK && !end) {
        kg_error why = KG_ERROR_INIT;
        if (w->settings->decode)
            st = decode(w, line, &why);
        else
            st = w->settings->jsonl ? tokenize_json(w, line, &why) : tokenize(w, line, &why);
        if (st != KG_OK) {
            kg_error_at(err, st, kg_lines_name(lines), kg_lines_number(lines), "%s",
                        why.text[0] ? why.text : kg_strerror(st));
            break;
        }
    }
    kg_lines_close(lines);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    kg_tokenizer *tokenizer;
    work w = {.settings = call->settings, .mode = call->mode};
    if (!w.settings->vocab)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --vocab; expected the vocabulary's file");
    if (w.settings->jsonl && w.settings->decode)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found both --jsonl and --decode; expected one of them");
    KG_TRY(st, kg_tokenizer_open_any(&tokenizer, w.settings->vocab, w.settings->cased, err));
    w.tokenizer = tokenizer;
    if (call->n_args == 0)
        st = read_file(&w, "-", err);
    for (size_t i = 0; i < call->n_args && st == KG_OK; i++)
        st = read_file(&w, call->args[i], err);
    kg_tokens_free(&w.tokens);
    kg_array_free(&w.text);
    kg_array_free(&w.ids);
    kg_tokenizer_free(tokenizer);
    return st;
}

const kg_command cmd_tokenize = {.name = "tokenize",
                                 .summary = "Cut text into tokens",
                                 .arguments = "[FILE...]",
                                 .max_args = KG_ANY_ARGS,
                                 .options = options,
                                 .settings_size = sizeof(tokenize_settings),
                                 .run = run};
