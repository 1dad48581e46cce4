/* A value read from JSON or from a pickle: what both can say of a graph. */
#ifndef KG_IMPORT_DATUM_H
#define KG_IMPORT_DATUM_H

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
    KG_DATUM_DICT  /* pairs in the order given; a key given twice stands twice */
} kg_datum_kind;

typedef struct kg_datum {
    kg_datum_kind kind;
    uint32_t cap;  /* room in items; the reader's own */
    uint8_t maker; /* a constructor's number, 0 for a value; the pickle reader's own */
    size_t n;      /* elements of a list, pairs of a dict */
    union {
        int64_t integer; /* a bool too: 0 or 1 */
        double real;
        kg_str text;
        struct kg_datum **items; /* n elements, or 2n: key, value, key, ... */
    } as;
} kg_datum;

/* Told of each member of a dict or object; a status other than KG_OK ends the walk. key and value
 * are borrowed for the call. */
typedef kg_status (*kg_member_fn)(void *context, const kg_datum *key, const kg_datum *value,
                                  kg_error *err);

/* Call visit for each member of the JSON object or pickled dict that content is (told by its first
 * byte). Of JSON only one member is held at a time, of a pickle all. `name` is for messages.
 * KG_ERR_FORMAT, KG_ERR_MEMORY, or what visit returned. */
kg_status kg_members_each(kg_str content, const char *name, kg_member_fn visit, void *context,
                          kg_error *err);

#endif
