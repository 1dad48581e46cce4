/* The machine that a pickle's opcodes (kgstore/base/pickle.c) drive: its input, stack, marks and
 * memo, and the values that they make. Statuses: KG_ERR_FORMAT naming the byte of the opcode at
 * fault, KG_ERR_MEMORY. */
#ifndef KG_BASE_PICKLE_MACHINE_H
#define KG_BASE_PICKLE_MACHINE_H

#include "kgstore/base/array.h"
#include "kgstore/base/pickle.h"

#include <stdbool.h>

typedef struct kg_pickle {
    kg_str in;
    size_t at; /* next byte of in */
    const char *name;
    const kg_pickle_names *known; /* NULL: none */
    kg_error *err;
    kg_arena *arena;
    size_t used; /* bytes of arena, to bound them by a multiple of the input's */
    KG_ARRAY(kg_datum *) stack;
    KG_ARRAY(size_t) marks; /* heights of the stack */
    KG_ARRAY(kg_datum *) memo;
    bool stopped;
    size_t opcode_at;
} kg_pickle;

/* Fill the machine's error; both return its status. */
kg_status kg_pickle_fail(kg_pickle *m, const char *text);
kg_status kg_pickle_no_memory(kg_pickle *m);

/* ---- Input ----------------------------------------------------------------------------------- */

/* The next n bytes, borrowed from the input. */
kg_status kg_pickle_take(const unsigned char **bytes, kg_pickle *m, size_t n);

/* An n-byte little-endian unsigned number, n <= 8. */
kg_status kg_pickle_take_number(uint64_t *out, kg_pickle *m, size_t n);

/* The text up to the end of the line, as the opcodes of protocol 0 have it. */
kg_status kg_pickle_take_line(kg_str *out, kg_pickle *m);

/* A decimal number of a line of protocol 0, perhaps with a trailing L. */
kg_status kg_pickle_take_decimal(int64_t *out, kg_pickle *m);

/* ---- Stack ----------------------------------------------------------------------------------- */

kg_status kg_pickle_push(kg_pickle *m, kg_datum *o);
kg_status kg_pickle_pop(kg_datum **out, kg_pickle *m);

/* The lowest place of the stack that the present mark leaves to opcodes. */
size_t kg_pickle_floor(const kg_pickle *m);

/* Take what stands above the last mark: *n objects that stay readable until the next push. */
kg_status kg_pickle_pop_mark(kg_datum ***items, size_t *n, kg_pickle *m);

/* ---- Values, made in the arena --------------------------------------------------------------- */

kg_status kg_pickle_new_object(kg_datum **out, kg_pickle *m, kg_datum_kind kind);
kg_status kg_pickle_push_integer(kg_pickle *m, int64_t value, kg_datum_kind kind);
kg_status kg_pickle_push_real(kg_pickle *m, double value);
kg_status kg_pickle_push_text(kg_pickle *m, kg_str text);

/* Text with the escapes of UNICODE (code points) or, quoted, of STRING (bytes). */
kg_status kg_pickle_push_escaped(kg_pickle *m, kg_str line, bool quoted);

/* Add n objects to a list, or n/2 pairs to a dict. */
kg_status kg_pickle_extend(kg_pickle *m, kg_datum *v, kg_datum *const *from, size_t n);

/* A new list of n objects; a new dict of n/2 pairs. */
kg_status kg_pickle_push_list(kg_pickle *m, kg_datum *const *items, size_t n);
kg_status kg_pickle_push_dict(kg_pickle *m, kg_datum *const *items, size_t n);

/* ---- Opcodes that name and call (kgstore/base/pickle_calls.c) ---------------------------------
 */

kg_status kg_pickle_global(kg_pickle *m);       /* GLOBAL */
kg_status kg_pickle_stack_global(kg_pickle *m); /* STACK_GLOBAL */
kg_status kg_pickle_reduce(kg_pickle *m);       /* REDUCE */
kg_status kg_pickle_persistent(kg_pickle *m);   /* BINPERSID */
kg_status kg_pickle_build(kg_pickle *m);        /* BUILD */

/* What a file may hold, for a message. */
const char *kg_pickle_readable(const kg_pickle *m);

#endif
