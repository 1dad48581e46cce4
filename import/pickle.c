#include "import/pickle.h"

#include "import/reader.h"
#include "kgstore/base/array.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* Bytes of values that a byte of pickle may honestly ask for: the dearest opcode, an empty list
 * that then takes one element, needs about 100 for 2. */
enum { EXPANSION = 256, EXPANSION_BASE = 1 << 16 };

/* kg_value.maker. */
enum { PLAIN, MAKE_LIST, MAKE_DICT, MAKE_DEFAULTDICT };

typedef struct machine {
    kg_str in;
    size_t at; /* next byte of in */
    const char *name;
    kg_error *err;
    kg_arena *arena;
    size_t used; /* bytes of arena, to bound them */
    KG_ARRAY(kg_value *) stack;
    KG_ARRAY(size_t) marks;
    KG_ARRAY(kg_value *) memo;
    bool stopped;
    size_t opcode_at;
} machine;

/* ---- Faults -----------------------------------------------------------------------------------
 */

static kg_status fail(machine *m, const char *text) {
    kg_error_at(m->err, KG_ERR_FORMAT, m->name, 0, "at byte %zu of the pickle %s", m->opcode_at,
                text);
    return KG_ERR_FORMAT;
}

static kg_status no_memory(machine *m) {
    kg_error_set(m->err, KG_ERR_MEMORY, "out of memory reading %s", m->name);
    return KG_ERR_MEMORY;
}

/* ---- Input ------------------------------------------------------------------------------------
 */

static kg_status take(const unsigned char **bytes, machine *m, size_t n) {
    if (n > m->in.len - m->at)
        return fail(m, "an opcode wants more bytes than there are; is the file whole?");
    *bytes = (const unsigned char *)m->in.data + m->at;
    m->at += n;
    return KG_OK;
}

/* An n-byte little-endian unsigned number, n <= 8. */
static kg_status take_number(uint64_t *out, machine *m, size_t n) {
    kg_status st;
    const unsigned char *bytes;
    KG_TRY(st, take(&bytes, m, n));
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out |= (uint64_t)bytes[i] << (8 * i);
    return KG_OK;
}

/* The text up to the end of the line, as the opcodes of protocol 0 have it. */
static kg_status take_line(kg_str *out, machine *m) {
    const char *from = m->in.data + m->at;
    const char *stop = m->at < m->in.len ? memchr(from, '\n', m->in.len - m->at) : NULL;
    if (!stop)
        return fail(m, "an opcode wants a line that does not end; is the file whole?");
    *out = (kg_str){from, (size_t)(stop - from)};
    m->at += out->len + 1;
    return KG_OK;
}

/* A decimal number of a line of protocol 0, perhaps with a trailing L. */
static kg_status take_decimal(int64_t *out, machine *m) {
    kg_status st;
    kg_str line;
    char digits[32];
    char *end;
    KG_TRY(st, take_line(&line, m));
    if (line.len > 0 && line.data[line.len - 1] == 'L')
        line.len--;
    if (line.len == 0 || line.len >= sizeof digits || isspace((unsigned char)line.data[0]))
        return fail(m, "a number was expected");
    memcpy(digits, line.data, line.len);
    digits[line.len] = 0;
    errno = 0;
    *out = strtoll(digits, &end, 10);
    return errno || end != digits + line.len ? fail(m, "a number was expected, of at most 64 bits")
                                             : KG_OK;
}

/* ---- Stack ------------------------------------------------------------------------------------
 */

static kg_status charge(machine *m, size_t bytes) {
    m->used += bytes;
    if (m->used / EXPANSION > m->in.len + EXPANSION_BASE / EXPANSION)
        return fail(m, "the values grow beyond what a pickle of this size can honestly hold");
    return KG_OK;
}

static kg_status new_object(kg_value **out, machine *m, kg_value_kind kind) {
    kg_status st;
    KG_TRY(st, charge(m, sizeof(kg_value)));
    *out = kg_arena_alloc(m->arena, sizeof **out);
    if (!*out)
        return no_memory(m);
    **out = (kg_value){.kind = kind};
    return KG_OK;
}

static kg_status push(machine *m, kg_value *o) {
    return kg_array_push(&m->stack, o) == KG_OK ? KG_OK : no_memory(m);
}

/* The lowest place of the stack that the present mark leaves to opcodes. */
static size_t floor_of(const machine *m) {
    return m->marks.len ? m->marks.data[m->marks.len - 1] : 0;
}

static kg_status pop(kg_value **out, machine *m) {
    if (m->stack.len <= floor_of(m))
        return fail(m, "an opcode finds the stack empty; the file is not a sound pickle");
    *out = m->stack.data[--m->stack.len];
    return KG_OK;
}

/* Take what stands above the last mark: *n objects that stay readable until the next push. */
static kg_status pop_mark(kg_value ***items, size_t *n, machine *m) {
    if (m->marks.len == 0)
        return fail(m, "an opcode finds no mark; the file is not a sound pickle");
    size_t from = m->marks.data[--m->marks.len];
    *n = m->stack.len - from;
    *items = m->stack.data ? m->stack.data + from : NULL;
    m->stack.len = from;
    return KG_OK;
}

/* ---- Values -----------------------------------------------------------------------------------
 */

static kg_status push_integer(machine *m, int64_t value, kg_value_kind kind) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, new_object(&o, m, kind));
    o->as.integer = value;
    return push(m, o);
}

static kg_status push_text(machine *m, kg_str text) {
    kg_status st;
    kg_value *o;
    if (kg_text_valid_prefix(text) != text.len)
        return fail(m, "a string is not UTF-8 without NUL, which names must be");
    KG_TRY(st, new_object(&o, m, KG_VALUE_TEXT));
    o->as.text = text;
    return push(m, o);
}

/* Add n objects to a list, or n/2 pairs to a dict. */
static kg_status extend(machine *m, kg_value *v, kg_value *const *from, size_t n) {
    kg_status st;
    size_t have = v->kind == KG_VALUE_DICT ? 2 * v->n : v->n;
    if (have + n > v->cap) {
        size_t cap = have + n > 2 * have ? have + n : 2 * have;
        if (cap > UINT32_MAX)
            return fail(m, "a list is longer than 2^32");
        KG_TRY(st, charge(m, cap * sizeof *v->as.items));
        kg_value **items = kg_arena_alloc(m->arena, cap * sizeof *items);
        if (!items)
            return no_memory(m);
        if (have)
            memcpy(items, v->as.items, have * sizeof *items);
        v->as.items = items;
        v->cap = (uint32_t)cap;
    }
    for (size_t i = 0; i < n; i++)
        v->as.items[have + i] = from[i];
    v->n += v->kind == KG_VALUE_DICT ? n / 2 : n;
    return KG_OK;
}

static kg_status push_list(machine *m, kg_value *const *items, size_t n) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, new_object(&o, m, KG_VALUE_LIST));
    if (n > 0)
        KG_TRY(st, extend(m, o, items, n));
    return push(m, o);
}

static kg_status push_dict(machine *m, kg_value *const *items, size_t n) {
    kg_status st;
    kg_value *o;
    if (n % 2)
        return fail(m, "a dict gets a key without a value; the file is not a sound pickle");
    KG_TRY(st, new_object(&o, m, KG_VALUE_DICT));
    if (n > 0)
        KG_TRY(st, extend(m, o, items, n));
    return push(m, o);
}

/* ---- Opcodes: containers ----------------------------------------------------------------------
 */

static kg_status op_mark(machine *m) {
    return kg_array_push(&m->marks, m->stack.len) == KG_OK ? KG_OK : no_memory(m);
}

static kg_status op_pop(machine *m) {
    kg_value *ignored;
    kg_value **items;
    size_t n;
    return m->marks.len && m->stack.len == floor_of(m) ? pop_mark(&items, &n, m) : pop(&ignored, m);
}

static kg_status op_pop_mark(machine *m) {
    kg_value **items;
    size_t n;
    return pop_mark(&items, &n, m);
}

static kg_status op_dup(machine *m) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, pop(&o, m));
    KG_TRY(st, push(m, o));
    return push(m, o);
}

static kg_status op_stop(machine *m) {
    m->stopped = true;
    return KG_OK;
}

static kg_status op_empty_list(machine *m) {
    return push_list(m, NULL, 0);
}

static kg_status op_empty_dict(machine *m) {
    return push_dict(m, NULL, 0);
}

/* LIST, TUPLE, FROZENSET: what stands above the mark. */
static kg_status op_list(machine *m) {
    kg_status st;
    kg_value **items;
    size_t n;
    KG_TRY(st, pop_mark(&items, &n, m));
    return push_list(m, items, n);
}

static kg_status op_dict(machine *m) {
    kg_status st;
    kg_value **items;
    size_t n;
    KG_TRY(st, pop_mark(&items, &n, m));
    return push_dict(m, items, n);
}

static kg_status tuple_of(machine *m, size_t n) {
    if (m->stack.len - floor_of(m) < n)
        return fail(m, "an opcode finds the stack empty; the file is not a sound pickle");
    m->stack.len -= n;
    return push_list(m, m->stack.data + m->stack.len, n);
}

static kg_status op_tuple1(machine *m) {
    return tuple_of(m, 1);
}

static kg_status op_tuple2(machine *m) {
    return tuple_of(m, 2);
}

static kg_status op_tuple3(machine *m) {
    return tuple_of(m, 3);
}

/* The container on top of the stack, which stays there. */
static kg_status top_container(kg_value **out, machine *m, kg_value_kind kind) {
    kg_status st;
    KG_TRY(st, pop(out, m));
    m->stack.len++;
    if ((*out)->kind != kind || (*out)->maker)
        return fail(m, kind == KG_VALUE_LIST ? "an element is added to what is no list or set"
                                             : "an item is set in what is no dict");
    return KG_OK;
}

static kg_status op_append(machine *m) {
    kg_status st;
    kg_value *item, *list;
    KG_TRY(st, pop(&item, m));
    KG_TRY(st, top_container(&list, m, KG_VALUE_LIST));
    return extend(m, list, &item, 1);
}

/* APPENDS and ADDITEMS. */
static kg_status op_appends(machine *m) {
    kg_status st;
    kg_value **items, *list;
    size_t n;
    KG_TRY(st, pop_mark(&items, &n, m));
    KG_TRY(st, top_container(&list, m, KG_VALUE_LIST));
    return n ? extend(m, list, items, n) : KG_OK;
}

static kg_status op_setitem(machine *m) {
    kg_status st;
    kg_value *pair[2], *dict;
    KG_TRY(st, pop(&pair[1], m));
    KG_TRY(st, pop(&pair[0], m));
    KG_TRY(st, top_container(&dict, m, KG_VALUE_DICT));
    return extend(m, dict, pair, 2);
}

static kg_status op_setitems(machine *m) {
    kg_status st;
    kg_value **items, *dict;
    size_t n;
    KG_TRY(st, pop_mark(&items, &n, m));
    KG_TRY(st, top_container(&dict, m, KG_VALUE_DICT));
    if (n % 2)
        return fail(m, "a dict gets a key without a value; the file is not a sound pickle");
    return n ? extend(m, dict, items, n) : KG_OK;
}

/* ---- Opcodes: atoms ---------------------------------------------------------------------------
 */

static kg_status op_none(machine *m) {
    return push_integer(m, 0, KG_VALUE_NONE);
}

static kg_status op_true(machine *m) {
    return push_integer(m, 1, KG_VALUE_BOOL);
}

static kg_status op_false(machine *m) {
    return push_integer(m, 0, KG_VALUE_BOOL);
}

static kg_status op_int(machine *m) {
    kg_status st;
    int64_t value;
    bool is_bool = m->in.len - m->at >= 3 && m->in.data[m->at] == '0' &&
                   (m->in.data[m->at + 1] == '0' || m->in.data[m->at + 1] == '1') &&
                   m->in.data[m->at + 2] == '\n';
    KG_TRY(st, take_decimal(&value, m));
    return push_integer(m, value, is_bool ? KG_VALUE_BOOL : KG_VALUE_INTEGER);
}

static kg_status integer_of(machine *m, size_t bytes) {
    kg_status st;
    uint64_t value;
    KG_TRY(st, take_number(&value, m, bytes));
    return push_integer(m, bytes == 4 ? (int32_t)(uint32_t)value : (int64_t)value,
                        KG_VALUE_INTEGER);
}

static kg_status op_binint(machine *m) {
    return integer_of(m, 4);
}

static kg_status op_binint1(machine *m) {
    return integer_of(m, 1);
}

static kg_status op_binint2(machine *m) {
    return integer_of(m, 2);
}

/* LONG1 and LONG4: two's complement of as many bytes as a count of `width` bytes says. */
static kg_status long_of(machine *m, size_t width) {
    kg_status st;
    uint64_t n, value;
    KG_TRY(st, take_number(&n, m, width));
    if (n > 8)
        return fail(m, "an integer is larger than 64 bits");
    KG_TRY(st, take_number(&value, m, (size_t)n));
    if (n > 0 && n < 8 && value >> (8 * n - 1))
        value |= UINT64_MAX << (8 * n);
    return push_integer(m, (int64_t)value, KG_VALUE_INTEGER);
}

static kg_status op_long1(machine *m) {
    return long_of(m, 1);
}

static kg_status op_long4(machine *m) {
    return long_of(m, 4);
}

static kg_status push_real(machine *m, double value) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, new_object(&o, m, KG_VALUE_REAL));
    o->as.real = value;
    return push(m, o);
}

static kg_status op_float(machine *m) {
    kg_status st;
    kg_str line;
    char text[64], *end;
    KG_TRY(st, take_line(&line, m));
    if (line.len == 0 || line.len >= sizeof text || isspace((unsigned char)line.data[0]))
        return fail(m, "a number was expected");
    memcpy(text, line.data, line.len);
    text[line.len] = 0;
    double value = strtod(text, &end);
    return end == text + line.len ? push_real(m, value) : fail(m, "a number was expected");
}

static kg_status op_binfloat(machine *m) {
    kg_status st;
    const unsigned char *bytes;
    uint64_t bits = 0;
    double value;
    KG_TRY(st, take(&bytes, m, 8));
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&value, &bits, sizeof value);
    return push_real(m, value);
}

static kg_status text_of(machine *m, size_t width) {
    kg_status st;
    uint64_t n;
    const unsigned char *bytes;
    KG_TRY(st, take_number(&n, m, width));
    if (n > m->in.len)
        return fail(m, "a string is longer than the file; is the file whole?");
    KG_TRY(st, take(&bytes, m, (size_t)n));
    return push_text(m, (kg_str){(const char *)bytes, (size_t)n});
}

static kg_status op_text1(machine *m) {
    return text_of(m, 1);
}

static kg_status op_text4(machine *m) {
    return text_of(m, 4);
}

static kg_status op_text8(machine *m) {
    return text_of(m, 8);
}

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

/* UNICODE ('V', escapes are code points) and STRING ('S', quoted, escapes are bytes). */
static kg_status escaped_text(machine *m, kg_str line, bool quoted) {
    kg_status st;
    size_t n = 0;
    KG_TRY(st, charge(m, 2 * line.len));
    char *text = kg_arena_alloc(m->arena, 2 * line.len + 4);
    if (!text)
        return no_memory(m);
    for (size_t i = 0; i < line.len;) {
        uint32_t c;
        size_t taken = decode_escape(&c, line.data + i, line.data + line.len, quoted);
        if (taken == 0 || c > 0x10FFFF)
            return fail(m, "a string has an escape that is none");
        i += taken;
        if (quoted)
            text[n++] = (char)c;
        else
            n += kg_utf8_encode(text + n, c);
    }
    return push_text(m, (kg_str){text, n});
}

static kg_status op_unicode(machine *m) {
    kg_status st;
    kg_str line;
    KG_TRY(st, take_line(&line, m));
    return escaped_text(m, line, false);
}

static kg_status op_string(machine *m) {
    kg_status st;
    kg_str line;
    KG_TRY(st, take_line(&line, m));
    if (line.len < 2 || line.data[0] != line.data[line.len - 1] ||
        (line.data[0] != '\'' && line.data[0] != '"'))
        return fail(m, "a string was expected in quotes");
    return escaped_text(m, (kg_str){line.data + 1, line.len - 2}, true);
}

/* ---- Opcodes: memo ----------------------------------------------------------------------------
 */

static kg_status memo_put(machine *m, uint64_t index) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, pop(&o, m));
    m->stack.len++;
    if (index > m->in.len)
        return fail(m, "a memo index is larger than the file");
    while (m->memo.len <= index)
        if (kg_array_push(&m->memo, (kg_value *)NULL) != KG_OK)
            return no_memory(m);
    m->memo.data[index] = o;
    return KG_OK;
}

static kg_status memo_get(machine *m, uint64_t index) {
    if (index >= m->memo.len || !m->memo.data[index])
        return fail(m, "a memo index is asked for that was never put; is the file whole?");
    return push(m, m->memo.data[index]);
}

static kg_status op_memoize(machine *m) {
    return memo_put(m, m->memo.len);
}

static kg_status memo_by(kg_status (*act)(machine *, uint64_t), machine *m, size_t width) {
    kg_status st;
    uint64_t index;
    KG_TRY(st, take_number(&index, m, width));
    return act(m, index);
}

static kg_status op_binput(machine *m) {
    return memo_by(memo_put, m, 1);
}

static kg_status op_long_binput(machine *m) {
    return memo_by(memo_put, m, 4);
}

static kg_status op_binget(machine *m) {
    return memo_by(memo_get, m, 1);
}

static kg_status op_long_binget(machine *m) {
    return memo_by(memo_get, m, 4);
}

static kg_status op_put(machine *m) {
    kg_status st;
    int64_t index;
    KG_TRY(st, take_decimal(&index, m));
    return memo_put(m, (uint64_t)index);
}

static kg_status op_get(machine *m) {
    kg_status st;
    int64_t index;
    KG_TRY(st, take_decimal(&index, m));
    return memo_get(m, (uint64_t)index);
}

/* ---- Opcodes: constructors --------------------------------------------------------------------
 */

static kg_status push_global(machine *m, kg_str module, kg_str name) {
    static const struct {
        const char *module, *name;
        uint8_t maker;
    } known[] = {{"builtins", "set", MAKE_LIST},
                 {"builtins", "frozenset", MAKE_LIST},
                 {"builtins", "list", MAKE_LIST},
                 {"builtins", "dict", MAKE_DICT},
                 {"collections", "OrderedDict", MAKE_DICT},
                 {"collections", "defaultdict", MAKE_DEFAULTDICT}};
    kg_status st;
    kg_value *o;
    kg_str python3 = kg_str_equal(module, KG_STR("__builtin__")) ? KG_STR("builtins") : module;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!kg_str_equal(python3, kg_str_from(known[i].module)) ||
            !kg_str_equal(name, kg_str_from(known[i].name)))
            continue;
        KG_TRY(st, new_object(&o, m, KG_VALUE_NONE));
        o->maker = known[i].maker;
        return push(m, o);
    }
    return kg_error_at(m->err, KG_ERR_FORMAT, m->name, 0,
                       "at byte %zu the pickle names %s.%s, which is refused: only dicts, lists, "
                       "tuples, sets, strings and numbers are read, and nothing is executed; save "
                       "the data as those",
                       m->opcode_at, kg_quote(module).text, kg_quote(name).text);
}

static kg_status op_global(machine *m) {
    kg_status st;
    kg_str module, name;
    KG_TRY(st, take_line(&module, m));
    KG_TRY(st, take_line(&name, m));
    return push_global(m, module, name);
}

static kg_status op_stack_global(machine *m) {
    kg_status st;
    kg_value *module, *name;
    KG_TRY(st, pop(&name, m));
    KG_TRY(st, pop(&module, m));
    if (module->kind != KG_VALUE_TEXT || name->kind != KG_VALUE_TEXT)
        return fail(m, "a constructor is named by what is no string");
    return push_global(m, module->as.text, name->as.text);
}

/* A dict from a list of pairs. */
static kg_status push_pairs(machine *m, const kg_value *pairs) {
    kg_status st;
    kg_value *o;
    KG_TRY(st, new_object(&o, m, KG_VALUE_DICT));
    for (size_t i = 0; i < pairs->n; i++) {
        kg_value *pair = pairs->as.items[i];
        if (pair->kind != KG_VALUE_LIST || pair->n != 2)
            return fail(m, "a dict is made from what are no pairs");
        kg_value *items[2] = {pair->as.items[0], pair->as.items[1]};
        KG_TRY(st, extend(m, o, items, 2));
    }
    return push(m, o);
}

static kg_status op_reduce(machine *m) {
    kg_status st;
    kg_value *args, *maker;
    KG_TRY(st, pop(&args, m));
    KG_TRY(st, pop(&maker, m));
    if (!maker->maker)
        return fail(m, "a call of what is no constructor is refused");
    if (args->kind != KG_VALUE_LIST)
        return fail(m, "a constructor's arguments are no tuple");
    const kg_value *first = args->n ? args->as.items[0] : NULL;
    bool factory = first && (first->maker || first->kind == KG_VALUE_NONE);
    if (args->n > 1 || (first && factory != (maker->maker == MAKE_DEFAULTDICT)))
        return fail(m, "a constructor has arguments that are not understood");
    if (maker->maker == MAKE_DEFAULTDICT || !first)
        return maker->maker == MAKE_LIST ? push_list(m, NULL, 0) : push_dict(m, NULL, 0);
    if (first->kind != KG_VALUE_LIST)
        return fail(m, "a constructor's argument is no list");
    if (maker->maker == MAKE_DICT)
        return push_pairs(m, first);
    return push_list(m, first->as.items, first->n);
}

static kg_status op_proto(machine *m) {
    kg_status st;
    uint64_t version;
    KG_TRY(st, take_number(&version, m, 1));
    return version <= 5 ? KG_OK : fail(m, "a protocol above 5 is announced");
}

static kg_status op_frame(machine *m) {
    uint64_t length;
    return take_number(&length, m, 8);
}

/* ---- The machine ------------------------------------------------------------------------------
 */

typedef kg_status (*opcode_fn)(machine *m);

static const opcode_fn opcodes[256] = {
    ['('] = op_mark,    ['.'] = op_stop,          ['0'] = op_pop,         ['1'] = op_pop_mark,
    ['2'] = op_dup,     ['F'] = op_float,         ['I'] = op_int,         ['L'] = op_int,
    ['J'] = op_binint,  ['K'] = op_binint1,       ['M'] = op_binint2,     ['N'] = op_none,
    ['R'] = op_reduce,  ['S'] = op_string,        ['T'] = op_text4,       ['U'] = op_text1,
    ['V'] = op_unicode, ['X'] = op_text4,         ['a'] = op_append,      ['c'] = op_global,
    ['d'] = op_dict,    ['}'] = op_empty_dict,    ['e'] = op_appends,     ['g'] = op_get,
    ['h'] = op_binget,  ['j'] = op_long_binget,   ['l'] = op_list,        [']'] = op_empty_list,
    ['p'] = op_put,     ['q'] = op_binput,        ['r'] = op_long_binput, ['s'] = op_setitem,
    ['t'] = op_list,    [')'] = op_empty_list,    ['u'] = op_setitems,    ['G'] = op_binfloat,
    [0x80] = op_proto,  [0x85] = op_tuple1,       [0x86] = op_tuple2,     [0x87] = op_tuple3,
    [0x88] = op_true,   [0x89] = op_false,        [0x8A] = op_long1,      [0x8B] = op_long4,
    [0x8C] = op_text1,  [0x8D] = op_text8,        [0x8F] = op_empty_list, [0x90] = op_appends,
    [0x91] = op_list,   [0x93] = op_stack_global, [0x94] = op_memoize,    [0x95] = op_frame};

static kg_status run(machine *m) {
    kg_status st;
    while (!m->stopped) {
        const unsigned char *opcode;
        m->opcode_at = m->at;
        KG_TRY(st, take(&opcode, m, 1));
        if (!opcodes[*opcode])
            return kg_error_at(m->err, KG_ERR_FORMAT, m->name, 0,
                               "at byte %zu of the pickle found the opcode 0x%02X, which is "
                               "refused: only dicts, lists, tuples, sets, strings and numbers are "
                               "read, and nothing is executed; save the data as those",
                               m->opcode_at, *opcode);
        KG_TRY(st, opcodes[*opcode](m));
    }
    return KG_OK;
}

kg_status kg_pickle_read(const kg_value **out, kg_arena *arena, kg_str content, const char *name,
                         kg_error *err) {
    machine m = {.in = content, .name = name, .err = err, .arena = arena};
    kg_value *result;
    kg_status st = run(&m);
    if (st == KG_OK)
        st = pop(&result, &m);
    if (st == KG_OK && result->maker)
        st = fail(&m, "a constructor stands as a value; only its call is understood");
    if (st == KG_OK)
        *out = result;
    kg_array_free(&m.stack);
    kg_array_free(&m.marks);
    kg_array_free(&m.memo);
    return st;
}
