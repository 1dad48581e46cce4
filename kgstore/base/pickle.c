#include "kgstore/base/pickle.h"

#include "kgstore/base/pickle_machine.h"
#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- Opcodes: containers ----------------------------------------------------------------------
 */

static kg_status op_mark(kg_pickle *m) {
    return kg_array_push(&m->marks, m->stack.len) == KG_OK ? KG_OK : kg_pickle_no_memory(m);
}

static kg_status op_pop(kg_pickle *m) {
    kg_datum *ignored;
    kg_datum **items;
    size_t n;
    if (m->marks.len && m->stack.len == kg_pickle_floor(m))
        return kg_pickle_pop_mark(&items, &n, m);
    return kg_pickle_pop(&ignored, m);
}

static kg_status op_pop_mark(kg_pickle *m) {
    kg_datum **items;
    size_t n;
    return kg_pickle_pop_mark(&items, &n, m);
}

static kg_status op_dup(kg_pickle *m) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_pop(&o, m));
    KG_TRY(st, kg_pickle_push(m, o));
    return kg_pickle_push(m, o);
}

static kg_status op_stop(kg_pickle *m) {
    m->stopped = true;
    return KG_OK;
}

static kg_status op_empty_list(kg_pickle *m) {
    return kg_pickle_push_list(m, NULL, 0);
}

static kg_status op_empty_dict(kg_pickle *m) {
    return kg_pickle_push_dict(m, NULL, 0);
}

/* LIST, TUPLE, FROZENSET: what stands above the mark. */
static kg_status op_list(kg_pickle *m) {
    kg_status st;
    kg_datum **items;
    size_t n;
    KG_TRY(st, kg_pickle_pop_mark(&items, &n, m));
    return kg_pickle_push_list(m, items, n);
}

static kg_status op_dict(kg_pickle *m) {
    kg_status st;
    kg_datum **items;
    size_t n;
    KG_TRY(st, kg_pickle_pop_mark(&items, &n, m));
    return kg_pickle_push_dict(m, items, n);
}

static kg_status tuple_of(kg_pickle *m, size_t n) {
    if (m->stack.len - kg_pickle_floor(m) < n)
        return kg_pickle_fail(m, "an opcode finds the stack empty; the file is not a sound pickle");
    m->stack.len -= n;
    return kg_pickle_push_list(m, m->stack.data + m->stack.len, n);
}

static kg_status op_tuple1(kg_pickle *m) {
    return tuple_of(m, 1);
}

static kg_status op_tuple2(kg_pickle *m) {
    return tuple_of(m, 2);
}

static kg_status op_tuple3(kg_pickle *m) {
    return tuple_of(m, 3);
}

/* The container on top of the stack, which stays there. */
static kg_status top_container(kg_datum **out, kg_pickle *m, kg_datum_kind kind) {
    kg_status st;
    KG_TRY(st, kg_pickle_pop(out, m));
    m->stack.len++;
    if ((*out)->kind != kind || (*out)->maker)
        return kg_pickle_fail(m, kind == KG_DATUM_LIST
                                     ? "an element is added to what is no list or set"
                                     : "an item is set in what is no dict");
    return KG_OK;
}

static kg_status op_append(kg_pickle *m) {
    kg_status st;
    kg_datum *item, *list;
    KG_TRY(st, kg_pickle_pop(&item, m));
    KG_TRY(st, top_container(&list, m, KG_DATUM_LIST));
    return kg_pickle_extend(m, list, &item, 1);
}

/* APPENDS and ADDITEMS. */
static kg_status op_appends(kg_pickle *m) {
    kg_status st;
    kg_datum **items, *list;
    size_t n;
    KG_TRY(st, kg_pickle_pop_mark(&items, &n, m));
    KG_TRY(st, top_container(&list, m, KG_DATUM_LIST));
    return n ? kg_pickle_extend(m, list, items, n) : KG_OK;
}

static kg_status op_setitem(kg_pickle *m) {
    kg_status st;
    kg_datum *pair[2], *dict;
    KG_TRY(st, kg_pickle_pop(&pair[1], m));
    KG_TRY(st, kg_pickle_pop(&pair[0], m));
    KG_TRY(st, top_container(&dict, m, KG_DATUM_DICT));
    return kg_pickle_extend(m, dict, pair, 2);
}

static kg_status op_setitems(kg_pickle *m) {
    kg_status st;
    kg_datum **items, *dict;
    size_t n;
    KG_TRY(st, kg_pickle_pop_mark(&items, &n, m));
    KG_TRY(st, top_container(&dict, m, KG_DATUM_DICT));
    if (n % 2)
        return kg_pickle_fail(m,
                              "a dict gets a key without a value; the file is not a sound pickle");
    return n ? kg_pickle_extend(m, dict, items, n) : KG_OK;
}

/* ---- Opcodes: atoms ---------------------------------------------------------------------------
 */

static kg_status op_none(kg_pickle *m) {
    return kg_pickle_push_integer(m, 0, KG_DATUM_NONE);
}

static kg_status op_true(kg_pickle *m) {
    return kg_pickle_push_integer(m, 1, KG_DATUM_BOOL);
}

static kg_status op_false(kg_pickle *m) {
    return kg_pickle_push_integer(m, 0, KG_DATUM_BOOL);
}

static kg_status op_int(kg_pickle *m) {
    kg_status st;
    int64_t value;
    bool is_bool = m->in.len - m->at >= 3 && m->in.data[m->at] == '0' &&
                   (m->in.data[m->at + 1] == '0' || m->in.data[m->at + 1] == '1') &&
                   m->in.data[m->at + 2] == '\n';
    KG_TRY(st, kg_pickle_take_decimal(&value, m));
    return kg_pickle_push_integer(m, value, is_bool ? KG_DATUM_BOOL : KG_DATUM_INTEGER);
}

static kg_status integer_of(kg_pickle *m, size_t bytes) {
    kg_status st;
    uint64_t value;
    KG_TRY(st, kg_pickle_take_number(&value, m, bytes));
    return kg_pickle_push_integer(m, bytes == 4 ? (int32_t)(uint32_t)value : (int64_t)value,
                                  KG_DATUM_INTEGER);
}

static kg_status op_binint(kg_pickle *m) {
    return integer_of(m, 4);
}

static kg_status op_binint1(kg_pickle *m) {
    return integer_of(m, 1);
}

static kg_status op_binint2(kg_pickle *m) {
    return integer_of(m, 2);
}

/* LONG1 and LONG4: two's complement of as many bytes as a count of `width` bytes says. */
static kg_status long_of(kg_pickle *m, size_t width) {
    kg_status st;
    uint64_t n, value;
    KG_TRY(st, kg_pickle_take_number(&n, m, width));
    if (n > 8)
        return kg_pickle_fail(m, "an integer is larger than 64 bits");
    KG_TRY(st, kg_pickle_take_number(&value, m, (size_t)n));
    if (n > 0 && n < 8 && value >> (8 * n - 1))
        value |= UINT64_MAX << (8 * n);
    return kg_pickle_push_integer(m, (int64_t)value, KG_DATUM_INTEGER);
}

static kg_status op_long1(kg_pickle *m) {
    return long_of(m, 1);
}

static kg_status op_long4(kg_pickle *m) {
    return long_of(m, 4);
}

static kg_status op_float(kg_pickle *m) {
    kg_status st;
    kg_str line;
    char text[64], *end;
    KG_TRY(st, kg_pickle_take_line(&line, m));
    if (line.len == 0 || line.len >= sizeof text || isspace((unsigned char)line.data[0]))
        return kg_pickle_fail(m, "a number was expected");
    memcpy(text, line.data, line.len);
    text[line.len] = 0;
    double value = strtod(text, &end);
    return end == text + line.len ? kg_pickle_push_real(m, value)
                                  : kg_pickle_fail(m, "a number was expected");
}

static kg_status op_binfloat(kg_pickle *m) {
    kg_status st;
    const unsigned char *bytes;
    uint64_t bits = 0;
    double value;
    KG_TRY(st, kg_pickle_take(&bytes, m, 8));
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | bytes[i];
    memcpy(&value, &bits, sizeof value);
    return kg_pickle_push_real(m, value);
}

static kg_status text_of(kg_pickle *m, size_t width) {
    kg_status st;
    uint64_t n;
    const unsigned char *bytes;
    KG_TRY(st, kg_pickle_take_number(&n, m, width));
    if (n > m->in.len)
        return kg_pickle_fail(m, "a string is longer than the file; is the file whole?");
    KG_TRY(st, kg_pickle_take(&bytes, m, (size_t)n));
    return kg_pickle_push_text(m, (kg_str){(const char *)bytes, (size_t)n});
}

static kg_status op_text1(kg_pickle *m) {
    return text_of(m, 1);
}

static kg_status op_text4(kg_pickle *m) {
    return text_of(m, 4);
}

static kg_status op_text8(kg_pickle *m) {
    return text_of(m, 8);
}

static kg_status op_unicode(kg_pickle *m) {
    kg_status st;
    kg_str line;
    KG_TRY(st, kg_pickle_take_line(&line, m));
    return kg_pickle_push_escaped(m, line, false);
}

static kg_status op_string(kg_pickle *m) {
    kg_status st;
    kg_str line;
    KG_TRY(st, kg_pickle_take_line(&line, m));
    if (line.len < 2 || line.data[0] != line.data[line.len - 1] ||
        (line.data[0] != '\'' && line.data[0] != '"'))
        return kg_pickle_fail(m, "a string was expected in quotes");
    return kg_pickle_push_escaped(m, (kg_str){line.data + 1, line.len - 2}, true);
}

/* ---- Opcodes: memo ----------------------------------------------------------------------------
 */

static kg_status memo_put(kg_pickle *m, uint64_t index) {
    kg_status st;
    kg_datum *o;
    KG_TRY(st, kg_pickle_pop(&o, m));
    m->stack.len++;
    if (index > m->in.len)
        return kg_pickle_fail(m, "a memo index is larger than the file");
    while (m->memo.len <= index)
        if (kg_array_push(&m->memo, (kg_datum *)NULL) != KG_OK)
            return kg_pickle_no_memory(m);
    m->memo.data[index] = o;
    return KG_OK;
}

static kg_status memo_get(kg_pickle *m, uint64_t index) {
    if (index >= m->memo.len || !m->memo.data[index])
        return kg_pickle_fail(m,
                              "a memo index is asked for that was never put; is the file whole?");
    return kg_pickle_push(m, m->memo.data[index]);
}

static kg_status op_memoize(kg_pickle *m) {
    return memo_put(m, m->memo.len);
}

static kg_status memo_by(kg_status (*act)(kg_pickle *, uint64_t), kg_pickle *m, size_t width) {
    kg_status st;
    uint64_t index;
    KG_TRY(st, kg_pickle_take_number(&index, m, width));
    return act(m, index);
}

static kg_status op_binput(kg_pickle *m) {
    return memo_by(memo_put, m, 1);
}

static kg_status op_long_binput(kg_pickle *m) {
    return memo_by(memo_put, m, 4);
}

static kg_status op_binget(kg_pickle *m) {
    return memo_by(memo_get, m, 1);
}

static kg_status op_long_binget(kg_pickle *m) {
    return memo_by(memo_get, m, 4);
}

static kg_status op_put(kg_pickle *m) {
    kg_status st;
    int64_t index;
    KG_TRY(st, kg_pickle_take_decimal(&index, m));
    return memo_put(m, (uint64_t)index);
}

static kg_status op_get(kg_pickle *m) {
    kg_status st;
    int64_t index;
    KG_TRY(st, kg_pickle_take_decimal(&index, m));
    return memo_get(m, (uint64_t)index);
}

/* ---- Opcodes: the frame of a pickle -----------------------------------------------------------
 */

static kg_status op_proto(kg_pickle *m) {
    kg_status st;
    uint64_t version;
    KG_TRY(st, kg_pickle_take_number(&version, m, 1));
    return version <= 5 ? KG_OK : kg_pickle_fail(m, "a protocol above 5 is announced");
}

static kg_status op_frame(kg_pickle *m) {
    uint64_t length;
    return kg_pickle_take_number(&length, m, 8);
}

/* ---- The machine ------------------------------------------------------------------------------
 */

typedef kg_status (*opcode_fn)(kg_pickle *m);

static const opcode_fn opcodes[256] = {['('] = op_mark,          ['.'] = op_stop,
                                       ['0'] = op_pop,           ['1'] = op_pop_mark,
                                       ['2'] = op_dup,           ['F'] = op_float,
                                       ['I'] = op_int,           ['L'] = op_int,
                                       ['J'] = op_binint,        ['K'] = op_binint1,
                                       ['M'] = op_binint2,       ['N'] = op_none,
                                       ['R'] = kg_pickle_reduce, ['Q'] = kg_pickle_persistent,
                                       ['b'] = kg_pickle_build,  ['S'] = op_string,
                                       ['T'] = op_text4,         ['U'] = op_text1,
                                       ['V'] = op_unicode,       ['X'] = op_text4,
                                       ['a'] = op_append,        ['c'] = kg_pickle_global,
                                       ['d'] = op_dict,          ['}'] = op_empty_dict,
                                       ['e'] = op_appends,       ['g'] = op_get,
                                       ['h'] = op_binget,        ['j'] = op_long_binget,
                                       ['l'] = op_list,          [']'] = op_empty_list,
                                       ['p'] = op_put,           ['q'] = op_binput,
                                       ['r'] = op_long_binput,   ['s'] = op_setitem,
                                       ['t'] = op_list,          [')'] = op_empty_list,
                                       ['u'] = op_setitems,      ['G'] = op_binfloat,
                                       [0x80] = op_proto,        [0x85] = op_tuple1,
                                       [0x86] = op_tuple2,       [0x87] = op_tuple3,
                                       [0x88] = op_true,         [0x89] = op_false,
                                       [0x8A] = op_long1,        [0x8B] = op_long4,
                                       [0x8C] = op_text1,        [0x8D] = op_text8,
                                       [0x8F] = op_empty_list,   [0x90] = op_appends,
                                       [0x91] = op_list,         [0x93] = kg_pickle_stack_global,
                                       [0x94] = op_memoize,      [0x95] = op_frame};

static kg_status run(kg_pickle *m) {
    kg_status st;
    while (!m->stopped) {
        const unsigned char *opcode;
        m->opcode_at = m->at;
        KG_TRY(st, kg_pickle_take(&opcode, m, 1));
        if (!opcodes[*opcode])
            return kg_error_at(m->err, KG_ERR_FORMAT, m->name, 0,
                               "at byte %zu of the pickle found the opcode 0x%02X, which is "
                               "refused: only %s are read, and nothing is executed; save the data "
                               "as those",
                               m->opcode_at, *opcode, kg_pickle_readable(m));
        KG_TRY(st, opcodes[*opcode](m));
    }
    return KG_OK;
}

kg_status kg_pickle_read(const kg_datum **out, size_t *length, kg_arena *arena, kg_str content,
                         const kg_pickle_names *known, const char *name, kg_error *err) {
    kg_pickle m = {.in = content, .name = name, .known = known, .err = err, .arena = arena};
    kg_datum *result;
    kg_status st = run(&m);
    if (st == KG_OK)
        st = kg_pickle_pop(&result, &m);
    if (st == KG_OK && result->maker)
        st = kg_pickle_fail(&m, "a constructor stands as a value; only its call is understood");
    if (st == KG_OK)
        *out = result;
    if (st == KG_OK && length)
        *length = m.at;
    kg_array_free(&m.stack);
    kg_array_free(&m.marks);
    kg_array_free(&m.memo);
    return st;
}
