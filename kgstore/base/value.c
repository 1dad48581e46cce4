/* Values, packed and unpacked, read from text and written as text. */
#include "kgstore/base/value.h"

#include "kgstore/base/byteio.h"
#include "kgstore/base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *kg_value_kind_name(kg_value_kind kind) {
    static const char *const NAMES[KG_VALUE_KINDS] = {"string", "integer",  "float", "boolean",
                                                      "date",   "datetime", "typed", "list"};
    return (unsigned)kind < KG_VALUE_KINDS ? NAMES[kind] : "unknown";
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static kg_status expected(kg_error *err, kg_value_kind kind, const char *what, kg_str found) {
    return kg_error_set(err, KG_ERR_FORMAT, "found \"%.*s\" where %s was expected: %s",
                        (int)(found.len < 60 ? found.len : 60), found.data,
                        kind == KG_VALUE_INTEGER ? "an integer"
                        : kind == KG_VALUE_FLOAT ? "a float"
                                                 : kg_value_kind_name(kind),
                        what);
}

/* A terminated copy of a short text; false where it is too long to be a number. */
static bool copy_number(char to[64], kg_str text) {
    if (text.len == 0 || text.len >= 64)
        return false;
    memcpy(to, text.data, text.len);
    to[text.len] = '\0';
    return true;
}

static bool parse_integer(int64_t *out, kg_str text) {
    char copy[64], *end;
    if (!copy_number(copy, text) || copy[strspn(copy, "+-0123456789")] != '\0')
        return false;
    errno = 0;
    long long value = strtoll(copy, &end, 10);
    *out = value;
    return errno == 0 && *end == '\0' && end != copy;
}

/* Decimal only: strtod would take hexadecimal, "infinity" and the rest of its kind. */
static bool parse_real(double *out, kg_str text) {
    char copy[64], *end;
    if (kg_str_equal(text, KG_STR("INF")) || kg_str_equal(text, KG_STR("+INF")))
        *out = INFINITY;
    else if (kg_str_equal(text, KG_STR("-INF")))
        *out = -INFINITY;
    else if (kg_str_equal(text, KG_STR("NaN")))
        *out = NAN;
    else if (!copy_number(copy, text) || copy[strspn(copy, "+-.0123456789eE")] != '\0')
        return false;
    else {
        *out = strtod(copy, &end);
        return *end == '\0' && end != copy && isfinite(*out);
    }
    return true;
}

/* ---- Dates ----------------------------------------------------------------------------------- */

/* Steps over `digits` digits whose number is from low to high. */
static bool take_number(kg_str *rest, int *out, size_t digits, int low, int high) {
    if (rest->len < digits)
        return false;
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return false;
        *out = *out * 10 + (rest->data[i] - '0');
    }
    *rest = (kg_str){rest->data + digits, rest->len - digits};
    return *out >= low && *out <= high;
}

static bool take_mark(kg_str *rest, char mark) {
    if (rest->len == 0 || rest->data[0] != mark)
        return false;
    *rest = (kg_str){rest->data + 1, rest->len - 1};
    return true;
}

/* A year of four digits, or of more that do not begin with 0; may be negative. */
static bool take_year(kg_str *rest, int *year) {
    size_t digits = 0;
    bool negative = take_mark(rest, '-');
    while (digits < rest->len && rest->data[digits] >= '0' && rest->data[digits] <= '9')
        digits++;
    if (digits < 4 || digits > 9 || (digits > 4 && rest->data[0] == '0') ||
        !take_number(rest, year, digits, 0, 999999999))
        return false;
    if (negative)
        *year = -*year;
    return true;
}

static int days_of(int year, int month) {
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : DAYS[month - 1];
}

static bool take_date(kg_str *rest) {
    int year, month, day;
    return take_year(rest, &year) && take_mark(rest, '-') && take_number(rest, &month, 2, 1, 12) &&
           take_mark(rest, '-') && take_number(rest, &day, 2, 1, days_of(year, month));
}

static bool take_time(kg_str *rest) {
    int hour, minute, second;
    if (!take_number(rest, &hour, 2, 0, 24) || !take_mark(rest, ':') ||
        !take_number(rest, &minute, 2, 0, 59) || !take_mark(rest, ':') ||
        !take_number(rest, &second, 2, 0, 60))
        return false;
    if (hour == 24 && (minute != 0 || second != 0))
        return false;
    if (!take_mark(rest, '.'))
        return true;
    size_t digits = 0;
    while (digits < rest->len && rest->data[digits] >= '0' && rest->data[digits] <= '9')
        digits++;
    *rest = (kg_str){rest->data + digits, rest->len - digits};
    return digits > 0;
}

/* "Z", or "+hh:mm"; nothing is an offset too. */
static bool take_offset(kg_str *rest) {
    int hour, minute;
    if (rest->len == 0 || take_mark(rest, 'Z'))
        return true;
    if (!take_mark(rest, '+') && !take_mark(rest, '-'))
        return false;
    return take_number(rest, &hour, 2, 0, 14) && take_mark(rest, ':') &&
           take_number(rest, &minute, 2, 0, 59);
}

static bool is_date(kg_str text) {
    return take_date(&text) && take_offset(&text) && text.len == 0;
}

static bool is_datetime(kg_str text) {
    return take_date(&text) && take_mark(&text, 'T') && take_time(&text) && take_offset(&text) &&
           text.len == 0;
}

/* ---- Text ------------------------------------------------------------------------------------ */

kg_status kg_value_parse(kg_value *out, kg_value_kind kind, kg_str text, kg_error *err) {
    *out = (kg_value){.kind = kind};
    switch (kind) {
    case KG_VALUE_STRING:
        out->text = text;
        return KG_OK;
    case KG_VALUE_INTEGER:
        return parse_integer(&out->as.integer, text)
                   ? KG_OK
                   : expected(err, kind, "decimal digits that fit 64 bits", text);
    case KG_VALUE_FLOAT:
        return parse_real(&out->as.real, text)
                   ? KG_OK
                   : expected(err, kind, "a decimal number, INF, -INF or NaN", text);
    case KG_VALUE_BOOLEAN:
        out->as.yes = kg_str_equal(text, KG_STR("true"));
        return out->as.yes || kg_str_equal(text, KG_STR("false"))
                   ? KG_OK
                   : expected(err, kind, "true or false", text);
    case KG_VALUE_DATE:
        out->text = text;
        return is_date(text) ? KG_OK : expected(err, kind, "as 2024-02-29", text);
    case KG_VALUE_DATETIME:
        out->text = text;
        return is_datetime(text) ? KG_OK : expected(err, kind, "as 2024-02-29T13:30:00Z", text);
    case KG_VALUE_TYPED:
    case KG_VALUE_LIST:
        break;
    }
    return kg_error_set(err, KG_ERR_ARGUMENT, "a %s is not read from one text",
                        kg_value_kind_name(kind));
}

/* The fewest digits that give the number again. */
static int print_real(char *to, double real) {
    if (isnan(real))
        return snprintf(to, KG_VALUE_BUFFER, "NaN");
    if (isinf(real))
        return snprintf(to, KG_VALUE_BUFFER, real > 0 ? "INF" : "-INF");
    int n = 0;
    for (int digits = 1; digits <= 17; digits++) {
        n = snprintf(to, KG_VALUE_BUFFER, "%.*g", digits, real);
        if (strtod(to, NULL) == real)
            break;
    }
    /* An integer's text would be read as one. */
    if (to[strspn(to, "-0123456789")] == '\0')
        n += snprintf(to + n, KG_VALUE_BUFFER - (size_t)n, ".0");
    return n;
}

kg_str kg_value_text(char buffer[KG_VALUE_BUFFER], const kg_value *value) {
    int n = 0;
    switch (value->kind) {
    case KG_VALUE_INTEGER:
        n = snprintf(buffer, KG_VALUE_BUFFER, "%" PRId64, value->as.integer);
        break;
    case KG_VALUE_FLOAT:
        n = print_real(buffer, value->as.real);
        break;
    case KG_VALUE_BOOLEAN:
        return value->as.yes ? KG_STR("true") : KG_STR("false");
    case KG_VALUE_STRING:
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_TYPED:
    case KG_VALUE_LIST:
        return value->text;
    }
    return (kg_str){buffer, (size_t)n};
}

/* ---- Checking -------------------------------------------------------------------------------- */

static kg_status check_text(const kg_value *value, kg_error *err) {
    kg_status st;
    if (value->text.len + value->tag.len >= KG_VALUE_TEXT_MAX)
        return kg_error_set(err, KG_ERR_FORMAT, "the value has %zu bytes; less than %d is possible",
                            value->text.len + value->tag.len, KG_VALUE_TEXT_MAX);
    KG_TRY(st, kg_text_check(value->text, "the value", err));
    return kg_text_check(value->tag,
                         value->kind == KG_VALUE_STRING ? "the language" : "the datatype", err);
}

static kg_status check_items(kg_str items, kg_error *err) {
    kg_status st;
    kg_value item;
    if (items.len >= KG_VALUE_TEXT_MAX)
        return kg_error_set(err, KG_ERR_FORMAT, "the list has %zu bytes; less than %d is possible",
                            items.len, KG_VALUE_TEXT_MAX);
    while (kg_value_next(&item, &items)) {
        if (item.kind == KG_VALUE_LIST)
            return kg_error_set(err, KG_ERR_FORMAT, "a list in a list is no value of a property");
        KG_TRY(st, kg_value_check(&item, err));
    }
    return items.len ? kg_error_set(err, KG_ERR_FORMAT, "the items of a list are malformed")
                     : KG_OK;
}

kg_status kg_value_check(const kg_value *value, kg_error *err) {
    kg_value parsed;
    switch (value->kind) {
    case KG_VALUE_INTEGER:
    case KG_VALUE_FLOAT:
    case KG_VALUE_BOOLEAN:
        return KG_OK;
    case KG_VALUE_STRING:
        return check_text(value, err);
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
        return kg_value_parse(&parsed, value->kind, value->text, err);
    case KG_VALUE_TYPED:
        if (value->tag.len == 0)
            return kg_error_set(err, KG_ERR_FORMAT, "a typed value has no datatype");
        return check_text(value, err);
    case KG_VALUE_LIST:
        return check_items(value->text, err);
    }
    return kg_error_set(err, KG_ERR_FORMAT, "a value of no known kind");
}

/* ---- Packing --------------------------------------------------------------------------------- */

static kg_status append_text(kg_bytes *to, kg_str text, kg_str tag) {
    uint32_t n = (uint32_t)(text.len + (tag.len ? 1 + tag.len : 0));
    kg_status st;
    KG_TRY(st, kg_array_reserve(to, sizeof n + n));
    kg_array_append(to, (const char *)&n, sizeof n);
    if (text.len)
        kg_array_append(to, text.data, text.len);
    if (tag.len) {
        kg_array_append(to, "", 1);
        kg_array_append(to, tag.data, tag.len);
    }
    return KG_OK;
}

kg_status kg_value_pack(kg_bytes *to, const kg_value *value) {
    size_t before = to->len;
    char kind = (char)value->kind, yes = value->kind == KG_VALUE_BOOLEAN && value->as.yes;
    kg_status st = kg_array_push(to, kind);
    if (st != KG_OK)
        return st;
    switch (value->kind) {
    case KG_VALUE_INTEGER:
        st = kg_array_append(to, (const char *)&value->as.integer, 8);
        break;
    case KG_VALUE_FLOAT:
        st = kg_array_append(to, (const char *)&value->as.real, 8);
        break;
    case KG_VALUE_BOOLEAN:
        st = kg_array_append(to, &yes, 1);
        break;
    case KG_VALUE_STRING:
    case KG_VALUE_TYPED:
        st = append_text(to, value->text, value->tag);
        break;
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_LIST:
        st = append_text(to, value->text, (kg_str){NULL, 0});
        break;
    }
    if (st != KG_OK)
        to->len = before;
    return st;
}

static bool take_text(kg_value *value, kg_str *rest, bool tagged) {
    if (rest->len < 4)
        return false;
    size_t n = kg_load_u32(rest->data);
    if (n > rest->len - 4)
        return false;
    value->text = (kg_str){rest->data + 4, n};
    const char *nul = tagged && n ? memchr(value->text.data, '\0', n) : NULL;
    if (nul) {
        value->text.len = (size_t)(nul - value->text.data);
        value->tag = (kg_str){nul + 1, n - value->text.len - 1};
        if (value->tag.len == 0)
            return false;
    }
    *rest = (kg_str){rest->data + 4 + n, rest->len - 4 - n};
    return true;
}

static bool take_number_bytes(kg_value *value, kg_str *rest) {
    size_t n = value->kind == KG_VALUE_BOOLEAN ? 1 : 8;
    if (rest->len < n)
        return false;
    if (value->kind == KG_VALUE_INTEGER)
        value->as.integer = (int64_t)kg_load_u64(rest->data);
    else if (value->kind == KG_VALUE_FLOAT)
        value->as.real = kg_load_f64(rest->data);
    else if ((unsigned char)rest->data[0] > 1)
        return false;
    else
        value->as.yes = rest->data[0] == 1;
    *rest = (kg_str){rest->data + n, rest->len - n};
    return true;
}

bool kg_value_next(kg_value *value, kg_str *rest) {
    if (rest->len == 0 || (unsigned char)rest->data[0] >= KG_VALUE_KINDS)
        return false;
    kg_str after = {rest->data + 1, rest->len - 1};
    bool sound = false;
    *value = (kg_value){.kind = (kg_value_kind)rest->data[0]};
    switch (value->kind) {
    case KG_VALUE_INTEGER:
    case KG_VALUE_FLOAT:
    case KG_VALUE_BOOLEAN:
        sound = take_number_bytes(value, &after);
        break;
    case KG_VALUE_STRING:
    case KG_VALUE_TYPED:
        sound = take_text(value, &after, true);
        break;
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_LIST:
        sound = take_text(value, &after, false);
        break;
    }
    if (sound)
        *rest = after;
    return sound;
}

bool kg_value_equal(const kg_value *a, const kg_value *b) {
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case KG_VALUE_INTEGER:
        return a->as.integer == b->as.integer;
    case KG_VALUE_FLOAT:
        return a->as.real == b->as.real || (isnan(a->as.real) && isnan(b->as.real));
    case KG_VALUE_BOOLEAN:
        return a->as.yes == b->as.yes;
    case KG_VALUE_STRING:
    case KG_VALUE_DATE:
    case KG_VALUE_DATETIME:
    case KG_VALUE_TYPED:
    case KG_VALUE_LIST:
        break;
    }
    return kg_str_equal(a->text, b->text) && kg_str_equal(a->tag, b->tag);
}
