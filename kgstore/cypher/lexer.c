/* Characters into words. Offsets into the query are kept, so that every later error can tell line
 * and column. */
#include "kgstore/cypher/lexer.h"

#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Faults ---------------------------------------------------------------------------------- */

kg_status cy_fail_at(kg_error *err, cy_fault *fault, kg_str text, size_t at, const char *kind,
                     const char *detail, const char *format, ...) {
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (fault)
        *fault = (cy_fault){kind, detail};
    uint64_t line = 1;
    size_t start = 0;
    for (size_t i = 0; i < at && i < text.len; i++)
        if (text.data[i] == '\n') {
            line++;
            start = i + 1;
        }
    size_t end = at <= text.len ? at : text.len;
    return kg_error_set(err, KG_ERR_FORMAT, "line %llu, column %zu: %s", (unsigned long long)line,
                        kg_utf8_length(text.data + start, end - start) + 1, message);
}

static kg_status fail(cy_lexer *l, size_t at, const char *detail, const char *message) {
    return cy_fail_at(l->err, l->fault, l->text, at, "SyntaxError", detail, "%s", message);
}

/* ---- Characters ------------------------------------------------------------------------------ */

static char peek(const cy_lexer *l, size_t ahead) {
    return l->at + ahead < l->text.len ? l->text.data[l->at + ahead] : '\0';
}

static bool starts_name(unsigned char c) {
    return isalpha(c) || c == '_' || c >= 0x80;
}

static bool in_name(unsigned char c) {
    return isalnum(c) || c == '_' || c >= 0x80;
}

/* Blanks, line ends and comments. */
static kg_status skip_space(cy_lexer *l) {
    for (;;) {
        while (l->at < l->text.len && (isspace((unsigned char)peek(l, 0)) || peek(l, 0) == '\0'))
            l->at++;
        if (peek(l, 0) == '/' && peek(l, 1) == '/') {
            while (l->at < l->text.len && peek(l, 0) != '\n')
                l->at++;
        } else if (peek(l, 0) == '/' && peek(l, 1) == '*') {
            const char *from = l->text.data + l->at + 2;
            const char *close = memmem(from, l->text.len - l->at - 2, "*/", 2);
            if (!close)
                return fail(l, l->at, "UnexpectedSyntax", "this comment has no end: expected */");
            l->at = (size_t)(close + 2 - l->text.data);
        } else {
            return KG_OK;
        }
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Letters of any script; what else is beyond ASCII (a dash from a word processor, say) is named. */
static kg_status take_name(cy_token *t, cy_lexer *l) {
    size_t from = l->at;
    while (l->at < l->text.len && in_name((unsigned char)peek(l, 0))) {
        uint32_t c;
        bool valid;
        size_t n = kg_utf8_decode(&c, &valid, l->text.data + l->at, l->text.len - l->at);
        bool punctuation = (c >= 0x2000 && c <= 0x206F) || (c >= 0x3000 && c <= 0x3003) ||
                           c == 0xFF08 || c == 0xFF09 || c == 0xFF0C || c == 0xFF1A || c == 0xAD;
        if (!valid || punctuation)
            return fail(l, l->at, "InvalidUnicodeCharacter",
                        "found a character that is no letter, no digit and no sign of Cypher; "
                        "type it anew");
        l->at += n;
    }
    t->kind = CY_T_NAME;
    t->content = (kg_str){l->text.data + from, l->at - from};
    return KG_OK;
}

static kg_status take_quoted(cy_token *t, cy_lexer *l) {
    size_t from = ++l->at, n = 0;
    char *to = kg_arena_alloc(l->arena, l->text.len - from + 1);
    if (!to)
        return kg_error_set(l->err, KG_ERR_MEMORY, "out of memory reading a query");
    while (l->at < l->text.len) {
        char c = l->text.data[l->at++];
        if (c == '`' && peek(l, 0) != '`') {
            t->kind = CY_T_QUOTED;
            t->content = (kg_str){to, n};
            return KG_OK;
        }
        l->at += c == '`';
        to[n++] = c;
    }
    return fail(l, from - 1, "UnexpectedSyntax", "this name has no closing backtick");
}

/* ---- Strings --------------------------------------------------------------------------------- */

static kg_status take_code_point(char *to, size_t *n, cy_lexer *l, int digits) {
    uint32_t c = 0;
    size_t at = l->at;
    for (int i = 0; i < digits; i++) {
        char d = peek(l, 0);
        if (!isxdigit((unsigned char)d))
            return fail(l, at - 2, "InvalidUnicodeLiteral",
                        digits == 4 ? "expected four hexadecimal digits after \\u"
                                    : "expected eight hexadecimal digits after \\U");
        c = c * 16 + (uint32_t)(isdigit((unsigned char)d) ? d - '0' : (d | 32) - 'a' + 10);
        l->at++;
    }
    if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return fail(l, at - 2, "InvalidUnicodeLiteral", "there is no such character");
    *n += kg_utf8_encode(to + *n, c);
    return KG_OK;
}

static kg_status take_escape(char *to, size_t *n, cy_lexer *l) {
    static const char FROM[] = "\\'\"`bfnrt", TO[] = "\\'\"`\b\f\n\r\t";
    char c = peek(l, 0);
    const char *known = c ? strchr(FROM, c) : NULL;
    l->at++;
    if (c == 'u' || c == 'U')
        return take_code_point(to, n, l, c == 'u' ? 4 : 8);
    if (!known)
        return fail(l, l->at - 2, "UnexpectedSyntax",
                    "expected one of \\\\ \\' \\\" \\b \\f \\n \\r \\t \\u after the backslash");
    to[(*n)++] = TO[known - FROM];
    return KG_OK;
}

static kg_status take_string(cy_token *t, cy_lexer *l) {
    kg_status st;
    char quote = peek(l, 0);
    size_t from = l->at++, n = 0;
    char *to = kg_arena_alloc(l->arena, l->text.len - from + 1);
    if (!to)
        return kg_error_set(l->err, KG_ERR_MEMORY, "out of memory reading a query");
    while (l->at < l->text.len) {
        char c = l->text.data[l->at++];
        if (c == quote) {
            t->kind = CY_T_STRING;
            t->content = (kg_str){to, n};
            return KG_OK;
        }
        if (c == '\\')
            KG_TRY(st, take_escape(to, &n, l));
        else
            to[n++] = c;
    }
    return fail(l, from, "UnexpectedSyntax", "this string has no closing quote");
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static kg_status take_based(cy_token *t, cy_lexer *l, uint64_t base) {
    size_t from = l->at;
    uint64_t value = 0;
    l->at += 2;
    size_t digits = l->at;
    for (; isalnum((unsigned char)peek(l, 0)) || peek(l, 0) == '_'; l->at++) {
        char c = peek(l, 0);
        uint64_t d =
            isdigit((unsigned char)c) ? (uint64_t)(c - '0') : (uint64_t)((c | 32) - 'a') + 10;
        if (d >= base)
            return fail(l, from, "InvalidNumberLiteral", "this is no number");
        if (value > (UINT64_C(1) << 63) / base)
            return fail(l, from, "IntegerOverflow", "the integer does not fit 64 bits");
        value = value * base + d;
    }
    if (l->at == digits)
        return fail(l, from, "InvalidNumberLiteral", "this number has no digits");
    if (value > UINT64_C(1) << 63)
        return fail(l, from, "IntegerOverflow", "the integer does not fit 64 bits");
    t->kind = CY_T_INTEGER;
    t->integer = value;
    return KG_OK;
}

/* Where a number ends; *is_float: it has a fraction or an exponent. "1..3" is 1 and a range. */
static size_t number_end(const cy_lexer *l, bool *is_float) {
    size_t n = 0;
    while (isdigit((unsigned char)peek(l, n)))
        n++;
    if (peek(l, n) == '.' && isdigit((unsigned char)peek(l, n + 1))) {
        *is_float = true;
        for (n++; isdigit((unsigned char)peek(l, n));)
            n++;
    }
    if ((peek(l, n) | 32) == 'e') {
        size_t m = n + 1 + (peek(l, n + 1) == '+' || peek(l, n + 1) == '-');
        if (isdigit((unsigned char)peek(l, m))) {
            *is_float = true;
            for (n = m; isdigit((unsigned char)peek(l, n));)
                n++;
        }
    }
    return n;
}

static kg_status take_number(cy_token *t, cy_lexer *l) {
    size_t from = l->at;
    if (peek(l, 0) == '0' && (peek(l, 1) | 32) == 'x')
        return take_based(t, l, 16);
    if (peek(l, 0) == '0' && (peek(l, 1) | 32) == 'o')
        return take_based(t, l, 8);
    bool is_float = false;
    size_t n = number_end(l, &is_float);
    char *copy = kg_arena_copy(l->arena, (kg_str){l->text.data + from, n});
    if (!copy)
        return kg_error_set(l->err, KG_ERR_MEMORY, "out of memory reading a query");
    l->at += n;
    if (in_name((unsigned char)peek(l, 0))) {
        while (in_name((unsigned char)peek(l, 0)))
            l->at++;
        t->kind = CY_T_INTEGER;
        t->bad = true;
        return KG_OK;
    }
    errno = 0;
    t->kind = is_float ? CY_T_FLOAT : CY_T_INTEGER;
    t->real = strtod(copy, NULL);
    t->integer = is_float ? 0 : strtoull(copy, NULL, 10);
    if (is_float && isinf(t->real))
        return fail(l, from, "FloatingPointOverflow", "the number is too large for a float");
    if (!is_float && (errno == ERANGE || t->integer > UINT64_C(1) << 63))
        return fail(l, from, "IntegerOverflow", "the integer does not fit 64 bits");
    return KG_OK;
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static kg_status take_parameter(cy_token *t, cy_lexer *l) {
    kg_status st;
    size_t from = l->at++;
    if (peek(l, 0) == '`') {
        KG_TRY(st, take_quoted(t, l));
    } else {
        size_t start = l->at;
        while (in_name((unsigned char)peek(l, 0)))
            l->at++;
        t->content = (kg_str){l->text.data + start, l->at - start};
    }
    t->kind = CY_T_PARAMETER;
    return t->content.len
               ? KG_OK
               : fail(l, from, "UnexpectedSyntax", "expected the name of a parameter after $");
}

static kg_status take_symbol(cy_token *t, cy_lexer *l) {
    static const char *const LONG[] = {"...", "<>", "<=", ">=", "=~", "..", "+=", "::", "||", "&&"};
    static const char SHORT[] = "()[]{},.:;|+-*/%^=<>!&?";
    t->kind = CY_T_SYMBOL;
    for (size_t i = 0; i < sizeof LONG / sizeof *LONG; i++) {
        size_t n = strlen(LONG[i]);
        if (l->text.len - l->at >= n && memcmp(l->text.data + l->at, LONG[i], n) == 0) {
            l->at += n;
            return KG_OK;
        }
    }
    if (peek(l, 0) && strchr(SHORT, peek(l, 0))) {
        l->at++;
        return KG_OK;
    }
    return fail(l, l->at, "UnexpectedSyntax", "found a character that has no meaning here");
}

kg_status cy_lexer_next(cy_token *t, cy_lexer *l) {
    kg_status st;
    KG_TRY(st, skip_space(l));
    size_t from = l->at;
    *t = (cy_token){.kind = CY_T_END, .text = {l->text.data + from, 0}};
    if (from >= l->text.len)
        return KG_OK;
    unsigned char c = (unsigned char)peek(l, 0);
    if (starts_name(c))
        st = take_name(t, l);
    else if (c == '`')
        st = take_quoted(t, l);
    else if (c == '\'' || c == '"')
        st = take_string(t, l);
    else if (isdigit(c) || (c == '.' && isdigit((unsigned char)peek(l, 1))))
        st = take_number(t, l);
    else if (c == '$')
        st = take_parameter(t, l);
    else
        st = take_symbol(t, l);
    t->text.len = l->at - from;
    return st;
}

bool cy_is_word(const cy_token *t, const char *word) {
    size_t n = strlen(word);
    if (t->kind != CY_T_NAME || t->text.len != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (toupper((unsigned char)t->text.data[i]) != word[i])
            return false;
    return true;
}
