#include "kgstore/base/pickle_machine.h"

#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of values that a byte of pickle may honestly ask for: the dearest opcode, an empty list
 * that then takes one element, needs about 100 for 2. */
enum { EXPANSION = 256, EXPANSION_BASE = 1 << 16 };

/* ---- Faults -----------------------------------------------------------------------------------
 */

kg_status kg_pickle_fail(kg_pickle *m, const char *text) {
    kg_error_at(m->err, KG_ERR_FORMAT, m->name, 0, "at byte %zu of the pickle %s", m->opcode_at,
                text);
    return KG_ERR_FORMAT;
}

kg_status kg_pickle_no_memory(kg_pickle *m) {
    kg_error_set(m->err, KG_ERR_MEMORY, "out of memory reading %s", m->name);
    return KG_ERR_MEMORY;
}

/* ---- Input ------------------------------------------------------------------------------------
 */

kg_status kg_pickle_take(const unsigned char **bytes, kg_pickle *m, size_t n) {
    if (n > m->in.len - m->at)
        return kg_pickle_fail(m, "an opcode needs more bytes than there are; is the file whole?");
    *bytes = (const unsigned char *)m->in.data + m->at;
    m->at += n;
    return KG_OK;
}

kg_status kg_pickle_take_number(uint64_t *out, kg_pickle *m, size_t n) {
    kg_status st;
    const unsigned char *bytes;
    KG_TRY(st, kg_pickle_take(&bytes, m, n));
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out |= (uint64_t)bytes[i] << (8 * i);
    return KG_OK;
}

kg_status kg_pickle_take_line(kg_str *out, kg_pickle *m) {
    const char *from = m->in.data + m->at;
    const char *stop = m->at < m->in.len ? memchr(from, '\n', m->in.len - m->at) : NULL;
    if (!stop)
        return kg_pickle_fail(m, "an opcode needs a line that does not end; is the file whole?");
    *out = (kg_str){from, (size_t)(stop - from)};
    m->at += out->len + 1;
    return KG_OK;
}

kg_status kg_pickle_take_decimal(int64_t *out, kg_pickle *m) {
    kg_status st;
    kg_str line;
    char digits[32];
    char *end;
    KG_TRY(st, kg_pickle_take_line(&line, m));
    if (line.len > 0 && line.data[line.len - 1] == 'L')
        line.len--;
    if (line.len == 0 || line.len >= sizeof digits || isspace((unsigned char)line.data[0]))
        return kg_pickle_fail(m, "a number was expected");
    memcpy(digits, line.data, line.len);
    digits[line.len] = 0;
    errno = 0;
    *out = strtoll(digits, &end, 10);
    return errno || end != digits + line.len
               ? kg_pickle_fail(m, "a number was expected, of at most 64 bits")
               : KG_OK;
}

/* ---- Stack ------------------------------------------------------------------------------------
 */

static kg_status charge(kg_pickle *m, size_t bytes) {
    m->used += bytes;
    if (m->used / EXPANSION > m->in.len + EXPANSION_BASE / EXPANSION)
        return kg_pickle_fail(
            m, "the values grow beyond what a pickle of this size can honestly hold");
    return KG_OK;
}

kg_status kg_pickle_new_object(kg_datum **out, kg_pickle *m, kg_datum_kind kind) {
    kg_status st;
    KG_TRY(st, charge(m, sizeof(kg_datum)));
    *out = kg_arena_alloc(m->arena, sizeof **out);
    if (!*out)
        return kg_pickle_no_memory(m);
    **out = (kg_datum){.kind = kind};
    return KG_OK;
}

kg_status kg_pickle_push(kg_pickle *m, kg_datum *o) {
    return kg_array_push(&m->stack, o) == KG_OK ? KG_OK : kg_pickle_no_memory(m);
}

size_t kg_pickle_floor(const kg_pickle *m) {
    return m->marks.len ? m->marks.data[m->marks.len - 1] : 0;
}

kg_status kg_pickle_pop(kg_datum **out, kg_pickle *m) {
    if (m->stack.len <= kg_pickle_floor(m))
        return kg_pickle_fail(m, "an opcode finds the stack empty; the file is not a sound pickle");
    *out = m->stack.data[--m->stack.len];
    return KG_OK;
}

kg_status kg_pickle_pop_mark(kg_datum ***items, size_t *n, kg_pickle *m) {
    if (m->marks.len == 0)
        return kg_pickle_fail(m, "an opcode finds no mark; the file is not a sound pickle");
    size_t from = m->marks.data[--m->marks.len];
    *n = m->stack.len - from;
    *items = m->stack.data ? m->stack.data + from : NULL;
    m->stack.len = from;
    return KG_OK;
}

/* ---- Values -----------------------------------------------------------------------------------
 */

kg_status kg_pickle_push_integer(kg_pickle *m, int64_t value, kg_datum_kind kind) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_new_object(&o, m, kind));
    o->as.integer = value;
    return kg_pickle_push(m, o);
}

kg_status kg_pickle_push_real(kg_pickle *m, double value) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_REAL));
    o->as.real = value;
    return kg_pickle_push(m, o);
}

kg_status kg_pickle_push_text(kg_pickle *m, kg_str text) {
    kg_status st;
    kg_datum *o;
    if (!kg_text_is_valid(text))
        return kg_pickle_fail(m, "a string is not UTF-8, or holds a NUL; save names as UTF-8");
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_TEXT));
    o->as.text = text;
    return kg_pickle_push(m, o);
}

kg_status kg_pickle_extend(kg_pickle *m, kg_datum *v, kg_datum *const *from, size_t n) {
    kg_status st;
    size_t have = v->kind == KG_DATUM_DICT ? 2 * v->n : v->n;
    if (have + n > v->cap) {
        size_t cap = have + n > 2 * have ? have + n : 2 * have;
        if (cap > UINT32_MAX)
            return kg_pickle_fail(m, "a list is longer than 2^32");
        KG_TRY(st, charge(m, cap * sizeof *v->as.items));
        kg_datum **items = kg_arena_alloc(m->arena, cap * sizeof *items);
        if (!items)
            return kg_pickle_no_memory(m);
        if (have)
            memcpy(items, v->as.items, have * sizeof *items);
        v->as.items = items;
        v->cap = (uint32_t)cap;
    }
    for (size_t i = 0; i < n; i++)
        v->as.items[have + i] = from[i];
    v->n += v->kind == KG_DATUM_DICT ? n / 2 : n;
    return KG_OK;
}

kg_status kg_pickle_push_list(kg_pickle *m, kg_datum *const *items, size_t n) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_LIST));
    if (n > 0)
        KG_TRY(st, kg_pickle_extend(m, o, items, n));
    return kg_pickle_push(m, o);
}

kg_status kg_pickle_push_dict(kg_pickle *m, kg_datum *const *items, size_t n) {
    kg_status st;
    kg_datum *o;
    if (n % 2)
        return kg_pickle_fail(m,
                              "a dict gets a key without a value; the file is not a sound pickle");
    KG_TRY(st, kg_pickle_new_object(&o, m, KG_DATUM_DICT));
    if (n > 0)
        KG_TRY(st, kg_pickle_extend(m, o, items, n));
    return kg_pickle_push(m, o);
}

/* ---- Text with escapes -------------------------------------------------------------------------
 */

/* n hexadecimal digits at text; false where they are not. */
static bool hex_of(uint32_t *out, const char *text, size_t n, const char *end) {
    *out = 0;
    if ((size_t)(end - text) < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isxdigit(c))
            return false;
        *out = *out << 4 | (uint32_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
    }
    return true;
}

/* Decode one character of text that has escapes: \uXXXX, \UXXXXXXXX and, in a quoted string, \xXX,
 * \n and the like; in raw-unicode-escape other bytes are Latin-1. Returns the bytes taken; 0:
 * wrong. */
static size_t decode_escape(uint32_t *c, const char *at, const char *end, bool quoted) {
    *c = (unsigned char)*at;
    if (*at != '\\' || at + 1 >= end)
        return 1;
    if (at[1] == 'u')
        return hex_of(c, at + 2, 4, end) ? 6 : 0;
    if (at[1] == 'U')
        return hex_of(c, at + 2, 8, end) ? 10 : 0;
    if (!quoted)
        return 1;
    if (at[1] == 'x')
        return hex_of(c, at + 2, 2, end) ? 4 : 0;
    *c = at[1] == 'n' ? '\n' : at[1] == 't' ? '\t' : at[1] == 'r' ? '\r' : (unsigned char)at[1];
    return 2;
}

kg_status kg_pickle_push_escaped(kg_pickle *m, kg_str line, bool quoted) {
    kg_status st;
    size_t n = 0;
    KG_TRY(st, charge(m, 2 * line.len));
    char *text = kg_arena_alloc(m->arena, 2 * line.len + 4);
    if (!text)
        return kg_pickle_no_memory(m);
    for (size_t i = 0; i < line.len;) {
        uint32_t c;
        size_t taken = decode_escape(&c, line.data + i, line.data + line.len, quoted);
        if (taken == 0 || c > 0x10FFFF)
            return kg_pickle_fail(m, "a string has an escape that is none");
        i += taken;
        if (quoted)
            text[n++] = (char)c;
        else
            n += kg_utf8_encode(text + n, c);
    }
    return kg_pickle_push_text(m, (kg_str){text, n});
}
