#include "plugins/smedbert/tasks/ner/ner_columns.h"

#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 64 };

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool kg_ner_is_blank(kg_str line) {
    for (size_t i = 0; i < line.len; i++)
        if (!is_blank(line.data[i]))
            return false;
    return true;
}

/* The fields of a line: between tabs, or between runs of blanks. */
static size_t fields_of(kg_str fields[MOST_COLUMNS], kg_str line, bool tabs) {
    size_t n = 0;
    for (size_t at = 0; at <= line.len && n < MOST_COLUMNS;) {
        size_t end = at;
        while (end < line.len && (tabs ? line.data[end] != '\t' : !is_blank(line.data[end])))
            end++;
        fields[n++] = (kg_str){line.data + at, end - at};
        at = end + 1;
        while (!tabs && at < line.len && is_blank(line.data[at]))
            at++;
    }
    return n;
}

static kg_status without_tag(kg_str line, kg_error *err) {
    return kg_error_set(err, KG_ERR_FORMAT,
                        "found \"%.*s\"; expected a token, a space or tab, and its tag; only an "
                        "empty line ends a sequence",
                        KG_STR_ARG(line));
}

static kg_status split_at_last(kg_str *token, kg_str *tag, kg_str line, kg_error *err) {
    size_t at = line.len;
    while (at > 0 && !is_blank(line.data[at - 1]))
        at--;
    if (at < 2)
        return without_tag(line, err);
    *tag = (kg_str){line.data + at, line.len - at};
    *token = (kg_str){line.data, at - 1};
    return KG_OK;
}

static bool is_number(kg_str text, size_t number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", number);
    return kg_str_equal(text, kg_str_from(digits));
}

/* Tell from the first line what each column is. */
static kg_status settle(kg_ner_columns *c, const kg_str *fields, size_t n, bool tabs,
                        kg_error *err) {
    c->numbered = !c->token && n > 1 && is_number(fields[0], 1);
    if (!c->token)
        c->token = c->numbered ? 2 : 1;
    c->tag = c->tag ? c->tag : (uint32_t)n;
    uint32_t asked = c->token > c->tag ? c->token : c->tag;
    if (asked > n)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "column %u is asked for; the line has %zu, separated by %s", asked, n,
                            tabs ? "tabs" : "spaces");
    c->tabs = tabs;
    c->count = (uint32_t)n;
    if (c->token == c->tag)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "column %u would be both the token and its tag; name two", c->tag);
    return KG_OK;
}

kg_status kg_ner_columns_split(kg_str *token, kg_str *tag, kg_ner_columns *c, size_t place,
                               kg_str line, kg_error *err) {
    kg_status st;
    kg_str fields[MOST_COLUMNS];
    while (line.len > 0 && is_blank(line.data[line.len - 1]))
        line.len--;
    if (c->count == 2 && !c->tag)
        return split_at_last(token, tag, line, err);
    bool tabs = c->count ? c->tabs : memchr(line.data, '\t', line.len) != NULL;
    size_t n = fields_of(fields, line, tabs);
    if (c->count == 0 && !c->token && !c->tag && (n <= 2 || fields[0].len == 0)) {
        st = split_at_last(token, tag, line, err);
        c->count = st == KG_OK ? 2 : 0;
        return st;
    }
    if (c->count == 0)
        KG_TRY(st, settle(c, fields, n, tabs, err));
    if (n != c->count)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "%zu columns, separated by %s; expected %u as in the first line", n,
                            c->tabs ? "tabs" : "spaces", c->count);
    if (c->numbered && !is_number(fields[0], place + 1))
        return kg_error_set(
            err, KG_ERR_FORMAT,
            "the first column is \"%.*s\"; expected %zu, since it numbers the tokens "
            "of a sequence in the first line",
            KG_STR_ARG(fields[0]), place + 1);
    *token = fields[c->token - 1];
    *tag = fields[c->tag - 1];
    return token->len > 0 && tag->len > 0 ? KG_OK : without_tag(line, err);
}
