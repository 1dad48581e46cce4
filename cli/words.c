#include "cli/words.h"

#include <stdlib.h>

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/* Copy the word that begins at *from to *to, terminated, moving both on. False: a quote is open. */
static bool copy_word(char **to, const char **from, const char *end) {
    char quote = 0;
    const char *at = *from;
    while (at < end && (quote || !is_space(*at))) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? 0 : *at;
            ++at;
            continue;
        }
        if (*at == '\\' && quote != '\'' && at + 1 < end)
            ++at;
        *(*to)++ = *at++;
    }
    *(*to)++ = '\0';
    *from = at;
    return !quote;
}

kg_status kg_words_split(kg_words *out, kg_str line, kg_error *err) {
    kg_status st;
    const char *from = line.data, *end = line.data + line.len;
    *out = (kg_words){KG_ARRAY_INIT, malloc(line.len + 1)};
    if (!out->buffer)
        return KG_ERR_MEMORY;
    char *to = out->buffer;
    for (;;) {
        while (from < end && is_space(*from))
            ++from;
        if (from == end || *from == '#')
            return KG_OK;
        KG_TRY(st, kg_array_push(&out->words, to));
        if (!copy_word(&to, &from, end))
            return kg_error_set(err, KG_ERR_ARGUMENT, "a quote is not closed");
    }
}

void kg_words_free(kg_words *words) {
    kg_array_free(&words->words);
    free(words->buffer);
    words->buffer = NULL;
}
