#include "import/term.h"

#include "import/iri.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define XSD "http://www.w3.org/2001/XMLSchema#"

static const kg_str LIST = {"urn:kg-list:", 12};
static const kg_str LANGUAGE = {"urn:kg-language:", 16};

static const struct {
    kg_str iri;
    kg_value_kind kind;
} datatypes[] = {
    {KG_STR(XSD "string"), KG_VALUE_STRING}, {KG_STR(XSD "integer"), KG_VALUE_INTEGER},
    {KG_STR(XSD "double"), KG_VALUE_FLOAT},  {KG_STR(XSD "boolean"), KG_VALUE_BOOLEAN},
    {KG_STR(XSD "date"), KG_VALUE_DATE},     {KG_STR(XSD "dateTime"), KG_VALUE_DATETIME},
};

static bool begins_with(kg_str text, kg_str start) {
    return text.len >= start.len && memcmp(text.data, start.data, start.len) == 0;
}

static kg_str after(kg_str text, size_t n) {
    return (kg_str){text.data + n, text.len - n};
}

static kg_status keep(kg_str *out, kg_arena *arena, kg_bytes *from) {
    const char *copy = kg_arena_copy(arena, (kg_str){from->data, from->len});
    *out = (kg_str){copy, from->len};
    return copy ? KG_OK : KG_ERR_MEMORY;
}

/* ---- Literals ---------------------------------------------------------------------------------
 */

/* A text in a language that no RDF can name. */
static kg_status from_language(kg_value *out, kg_arena *arena, kg_str text, kg_str tag) {
    char hex[3] = "";
    kg_bytes language = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    for (size_t i = 0; i < tag.len && st == KG_OK; i++) {
        char c = tag.data[i];
        if (c == '%' && i + 2 < tag.len) {
            memcpy(hex, tag.data + i + 1, 2);
            c = (char)strtol(hex, NULL, 16);
            i += 2;
        }
        st = kg_array_push(&language, c);
    }
    *out = kg_value_string(text, (kg_str){"", 0});
    if (st == KG_OK && language.len > 0)
        st = keep(&out->tag, arena, &language);
    kg_array_free(&language);
    return st;
}

kg_status kg_term_from_literal(kg_value *out, kg_arena *arena, kg_str text, kg_str language,
                               kg_str datatype) {
    kg_status st;
    if (language.len > 0 || datatype.len == 0) {
        *out = kg_value_string(text, language);
        return KG_OK;
    }
    for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
        if (kg_str_equal(datatype, datatypes[i].iri) &&
            kg_value_parse(out, datatypes[i].kind, text, NULL) == KG_OK)
            return KG_OK;
    if (begins_with(datatype, LANGUAGE))
        return from_language(out, arena, text, after(datatype, LANGUAGE.len));
    if (kg_str_equal(datatype, LIST)) {
        st = kg_term_parse(out, arena, text, NULL);
        if (st == KG_ERR_MEMORY || (st == KG_OK && out->kind == KG_VALUE_LIST))
            return st;
    }
    *out = (kg_value){.kind = KG_VALUE_TYPED, .text = text};
    return kg_iri_name(&out->tag, arena, datatype);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static kg_status malformed(kg_error *err, kg_str at, const char *expected) {
    return kg_error_set(err, KG_ERR_FORMAT, "found \"%.*s\" where %s was expected",
                        (int)(at.len < 40 ? at.len : 40), at.len ? at.data : "", expected);
}

static void skip_blanks(kg_str *rest) {
    while (rest->len > 0 && strchr(" \t\r\n", rest->data[0]))
        *rest = after(*rest, 1);
}

/* The character of \uXXXX or \UXXXXXXXX at *rest, behind its u. */
static bool take_code_point(kg_bytes *to, kg_str *rest, size_t digits) {
    char hex[9] = "", utf8[4], *end;
    if (rest->len < digits)
        return false;
    memcpy(hex, rest->data, digits);
    unsigned long code_point = strtoul(hex, &end, 16);
    if (*end || !isxdigit((unsigned char)hex[0]) || code_point == 0 || code_point > 0x10FFFF)
        return false;
    *rest = after(*rest, digits);
    return kg_array_append(to, utf8, kg_utf8_encode(utf8, (uint32_t)code_point)) == KG_OK;
}

/* What stands between quotes, which *rest begins with. */
static kg_status take_quoted(kg_str *out, kg_arena *arena, kg_str *rest, kg_error *err) {
    static const char ESCAPES[] = "tbnrf\"'\\", MEANT[] = "\t\b\n\r\f\"'\\";
    kg_str at = after(*rest, 1);
    kg_bytes text = KG_ARRAY_INIT;
    kg_status st = kg_array_reserve(&text, 16);
    while (st == KG_OK && at.len > 0 && at.data[0] != '"') {
        size_t plain = 0;
        while (plain < at.len && at.data[plain] != '"' && at.data[plain] != '\\')
            plain++;
        st = kg_array_append(&text, at.data, plain);
        at = after(at, plain);
        if (st != KG_OK || at.len == 0 || at.data[0] != '\\')
            continue;
        if (at.len == 1) /* nothing is escaped, nor closed */
            break;
        char c = at.data[1];
        const char *meant = c ? strchr(ESCAPES, c) : NULL;
        at = after(at, 2);
        if (meant)
            st = kg_array_push(&text, MEANT[meant - ESCAPES]);
        else if ((c != 'u' && c != 'U') || !take_code_point(&text, &at, c == 'u' ? 4 : 8))
            st = malformed(err, *rest, "an escape as \\n or \\u00E9");
        if (st == KG_OK && at.len == 0)
            break;
    }
    if (st == KG_OK && (at.len == 0 || at.data[0] != '"'))
        st = malformed(err, *rest, "a text that is closed by a quote");
    if (st == KG_OK)
        st = keep(out, arena, &text);
    kg_array_free(&text);
    if (st == KG_OK)
        *rest = after(at, 1);
    return st;
}

/* Behind a text: @language, ^^xsd:name or ^^<iri>. */
static kg_status take_datatype(kg_str *iri, kg_arena *arena, kg_str *rest, kg_error *err) {
    static const kg_str PREFIX = {"xsd:", 4};
    kg_str at = *rest;
    size_t n = 0;
    if (at.len > 0 && at.data[0] == '<') {
        const char *end = memchr(at.data, '>', at.len);
        if (!end)
            return malformed(err, at, "an IRI that is closed by >");
        *iri = (kg_str){at.data + 1, (size_t)(end - at.data) - 1};
        *rest = after(at, iri->len + 2);
        return KG_OK;
    }
    if (!begins_with(at, PREFIX))
        return malformed(err, at, "a datatype, as xsd:date or <http://x/type>");
    at = after(at, PREFIX.len);
    while (n < at.len && isalnum((unsigned char)at.data[n]))
        n++;
    kg_bytes full = KG_ARRAY_INIT;
    kg_status st = kg_array_append(&full, XSD, strlen(XSD));
    if (st == KG_OK)
        st = kg_array_append(&full, at.data, n);
    if (st == KG_OK)
        st = keep(iri, arena, &full);
    kg_array_free(&full);
    *rest = after(at, n);
    return st;
}

static kg_status take_literal(kg_value *out, kg_arena *arena, kg_str *rest, kg_error *err) {
    kg_status st;
    kg_str text, language = {"", 0}, datatype = {"", 0};
    KG_TRY(st, take_quoted(&text, arena, rest, err));
    if (rest->len > 0 && rest->data[0] == '@') {
        size_t n = 1;
        while (n < rest->len && (isalnum((unsigned char)rest->data[n]) || rest->data[n] == '-'))
            n++;
        language = (kg_str){rest->data + 1, n - 1};
        *rest = after(*rest, n);
    } else if (begins_with(*rest, KG_STR("^^"))) {
        *rest = after(*rest, 2);
        KG_TRY(st, take_datatype(&datatype, arena, rest, err));
    }
    return kg_term_from_literal(out, arena, text, language, datatype);
}

/* A number or a boolean. */
static kg_status take_bare(kg_value *out, kg_str *rest, kg_error *err) {
    size_t n = 0;
    while (n < rest->len && !strchr(" \t\r\n()\"", rest->data[n]))
        n++;
    kg_str word = {rest->data, n};
    bool real = n > 0 && (memchr(word.data, 'e', n) || memchr(word.data, 'E', n)) &&
                kg_value_parse(out, KG_VALUE_FLOAT, word, NULL) == KG_OK;
    bool decimal = !real && n > 0 && memchr(word.data, '.', n) &&
                   kg_value_parse(out, KG_VALUE_FLOAT, word, NULL) == KG_OK;
    if (decimal)
        *out = (kg_value){KG_VALUE_TYPED, {0}, word, KG_STR(XSD "decimal")};
    if (!real && !decimal && kg_value_parse(out, KG_VALUE_INTEGER, word, NULL) != KG_OK &&
        kg_value_parse(out, KG_VALUE_BOOLEAN, word, NULL) != KG_OK)
        return malformed(err, *rest, "a term, as 5, 5.0e-1, true, \"text\" or (1 2)");
    *rest = after(*rest, n);
    return KG_OK;
}

static kg_status take_term(kg_value *out, kg_arena *arena, kg_str *rest, kg_error *err) {
    return rest->len > 0 && rest->data[0] == '"' ? take_literal(out, arena, rest, err)
                                                 : take_bare(out, rest, err);
}

static kg_status take_list(kg_value *out, kg_arena *arena, kg_str *rest, kg_error *err) {
    kg_status st;
    kg_value item = {.kind = KG_VALUE_STRING};
    kg_bytes items = KG_ARRAY_INIT;
    *rest = after(*rest, 1);
    for (st = KG_OK; st == KG_OK;) {
        skip_blanks(rest);
        if (rest->len == 0)
            st = malformed(err, *rest, "a list that is closed by a parenthesis");
        else if (rest->data[0] == ')')
            break;
        else
            st = take_term(&item, arena, rest, err);
        if (st == KG_OK && item.kind == KG_VALUE_LIST)
            st = malformed(err, *rest, "a list of what is no list");
        if (st == KG_OK)
            st = kg_value_pack(&items, &item);
    }
    *out = (kg_value){.kind = KG_VALUE_LIST};
    if (st == KG_OK)
        st = keep(&out->text, arena, &items);
    if (st == KG_OK)
        *rest = after(*rest, 1);
    kg_array_free(&items);
    return st;
}

kg_status kg_term_parse(kg_value *out, kg_arena *arena, kg_str text, kg_error *err) {
    kg_status st;
    skip_blanks(&text);
    st = text.len > 0 && text.data[0] == '(' ? take_list(out, arena, &text, err)
                                             : take_term(out, arena, &text, err);
    if (st != KG_OK)
        return st;
    skip_blanks(&text);
    return text.len == 0 ? KG_OK : malformed(err, text, "the end of the value");
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static kg_status put(kg_bytes *to, const char *text) {
    return kg_array_append(to, text, strlen(text));
}

kg_status kg_term_quote(kg_bytes *to, kg_str text) {
    kg_status st;
    KG_TRY(st, kg_array_reserve(to, text.len + 2));
    KG_TRY(st, kg_array_push(to, '"'));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i], escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            snprintf(escape, sizeof escape, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if ((unsigned char)c < 0x20 || c == 0x7F)
            snprintf(escape, sizeof escape, "\\u%04X", (unsigned)c);
        else
            snprintf(escape, sizeof escape, "%c", c);
        KG_TRY(st, put(to, escape));
    }
    return kg_array_push(to, '"');
}

/* [a-zA-Z]+('-' [a-zA-Z0-9]+)*, as Turtle has it. */
static bool is_language(kg_str tag) {
    bool first = true, filled = false;
    for (size_t i = 0; i < tag.len; i++) {
        unsigned char c = (unsigned char)tag.data[i];
        if (c == '-' && filled) {
            first = filled = false;
            continue;
        }
        if (first ? !isalpha(c) : !isalnum(c))
            return false;
        filled = true;
    }
    return filled;
}

static kg_status append_language(kg_bytes *to, kg_str tag) {
    kg_status st;
    char hex[4];
    if (is_language(tag)) {
        KG_TRY(st, kg_array_push(to, '@'));
        return kg_array_append(to, tag.data, tag.len);
    }
    KG_TRY(st, put(to, "^^<"));
    KG_TRY(st, put(to, LANGUAGE.data));
    for (size_t i = 0; i < tag.len; i++) {
        snprintf(hex, sizeof hex, isalnum((unsigned char)tag.data[i]) ? "%c" : "%%%02X",
                 (unsigned char)tag.data[i]);
        KG_TRY(st, put(to, hex));
    }
    return kg_array_push(to, '>');
}

/* Behind a quoted text: what kind it is of. */
static kg_status append_datatype(kg_bytes *to, const kg_value *value, kg_term_form form) {
    kg_status st;
    for (size_t i = 1; i < sizeof datatypes / sizeof *datatypes; i++) {
        if (datatypes[i].kind != value->kind)
            continue;
        kg_str iri = datatypes[i].iri;
        if (form == KG_TERM_TURTLE) {
            KG_TRY(st, put(to, "^^xsd:"));
            return kg_array_append(to, iri.data + strlen(XSD), iri.len - strlen(XSD));
        }
        KG_TRY(st, put(to, "^^<"));
        KG_TRY(st, kg_array_append(to, iri.data, iri.len));
        return kg_array_push(to, '>');
    }
    KG_TRY(st, put(to, "^^<"));
    KG_TRY(st, value->kind == KG_VALUE_LIST ? put(to, LIST.data) : kg_iri_encode(to, value->tag));
    return kg_array_push(to, '>');
}

/* Numbers and booleans that Turtle reads back as what they are. */
static bool is_bare(const kg_value *value) {
    return value->kind == KG_VALUE_INTEGER || value->kind == KG_VALUE_BOOLEAN ||
           (value->kind == KG_VALUE_FLOAT && isfinite(value->as.real));
}

static kg_status append_items(kg_bytes *to, kg_str items) {
    kg_status st;
    kg_value item;
    KG_TRY(st, kg_array_push(to, '('));
    for (bool first = true; kg_value_next(&item, &items); first = false) {
        if (!first)
            KG_TRY(st, kg_array_push(to, ' '));
        KG_TRY(st, kg_term_append(to, &item, KG_TERM_TURTLE));
    }
    return kg_array_push(to, ')');
}

/* A list as a literal of its own. */
static kg_status append_list_literal(kg_bytes *to, const kg_value *list) {
    kg_bytes items = KG_ARRAY_INIT;
    kg_status st = append_items(&items, list->text);
    if (st == KG_OK)
        st = kg_term_quote(to, (kg_str){items.data, items.len});
    kg_array_free(&items);
    return st == KG_OK ? append_datatype(to, list, KG_TERM_FULL) : st;
}

kg_status kg_term_append(kg_bytes *to, const kg_value *value, kg_term_form form) {
    kg_status st;
    char buffer[KG_VALUE_BUFFER];
    kg_str text = kg_value_text(buffer, value);
    if (value->kind == KG_VALUE_LIST)
        return form == KG_TERM_TURTLE ? append_items(to, value->text)
                                      : append_list_literal(to, value);
    if (form == KG_TERM_TURTLE && is_bare(value)) {
        bool exponent = value->kind != KG_VALUE_FLOAT || memchr(text.data, 'e', text.len);
        KG_TRY(st, kg_array_append(to, text.data, text.len));
        return exponent ? KG_OK : put(to, "e0");
    }
    KG_TRY(st, kg_term_quote(to, text));
    if (value->kind != KG_VALUE_STRING)
        return append_datatype(to, value, form);
    return value->tag.len > 0 ? append_language(to, value->tag) : KG_OK;
}

bool kg_term_is_several(const kg_value *value) {
    kg_value a, b;
    size_t n = 0;
    kg_str rest = value->text;
    if (value->kind != KG_VALUE_LIST)
        return false;
    while (kg_value_next(&a, &rest)) {
        kg_str others = rest;
        while (kg_value_next(&b, &others))
            if (kg_value_equal(&a, &b))
                return false;
        n++;
    }
    return n > 1;
}
