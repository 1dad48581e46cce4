/* A value read from JSON or from a pickle. */
#ifndef KG_BASE_DATUM_H
#define KG_BASE_DATUM_H

#include "kgstore/base/arena.h"
#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdint.h>

typedef enum kg_datum_kind {
    KG_DATUM_NONE,
    KG_DATUM_BOOL,
    KG_DATUM_INTEGER,
    KG_DATUM_REAL,
    KG_DATUM_TEXT, /* valid UTF-8 without NUL */
    KG_DATUM_LIST, /* a list, tuple or set */
    KG_DATUM_DICT, /* pairs in the order given; a key given twice stands twice */
    /* Of a pickle whose caller knows names (kgstore/base/pickle.h). */
    KG_DATUM_NAME, /* a function or class: its number */
    KG_DATUM_CALL  /* items: the name's number in `name`, its n arguments */
} kg_datum_kind;

#define KG_PICKLE_PERSISTENT UINT32_MAX /* the name of a call that is a persistent id */

typedef struct kg_datum {
    kg_datum_kind kind;
    uint32_t cap;  /* room in items; the reader's own */
    uint8_t maker; /* a builtin constructor's number, 0 for a value; the pickle reader's own */
    uint32_t name; /* of a call */
    size_t n;      /* elements of a list, pairs of a dict, arguments of a call */
    union {
        int64_t integer; /* a bool too: 0 or 1 */
        double real;
        kg_str text;
        struct kg_datum **items; /* n elements, or 2n: key, value, key, ... */
    } as;
} kg_datum;

#endif
