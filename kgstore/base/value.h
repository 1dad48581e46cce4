/* Values of properties: what they are, and how they are packed into bytes.
 *
 * Packed, a value is a byte that tells its kind, then
 *     STRING, TYPED     u32 length, the text, and where there is a tag, NUL and the tag
 *     DATE, DATETIME    u32 length, the text
 *     INTEGER, FLOAT    8 bytes, little-endian
 *     BOOLEAN           1 byte, 0 or 1
 *     LIST              u32 length, its items packed one after another; no item is a list
 * Nothing is aligned. */
#ifndef KG_BASE_VALUE_H
#define KG_BASE_VALUE_H

#include "kgstore/base/array.h"
#include "kgstore/base/error.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum kg_value_kind {
    KG_VALUE_STRING,   /* text; tag: its language (BCP 47), or empty */
    KG_VALUE_INTEGER,  /* as.integer */
    KG_VALUE_FLOAT,    /* as.real; may be an infinity or NaN */
    KG_VALUE_BOOLEAN,  /* as.yes */
    KG_VALUE_DATE,     /* text: YYYY-MM-DD, and an offset from UTC if any (XML Schema 1.1, date) */
    KG_VALUE_DATETIME, /* text: YYYY-MM-DDThh:mm:ss, fraction and offset if any (dateTime) */
    KG_VALUE_TYPED,    /* text; tag: the name of its datatype, one that is none of the others */
    KG_VALUE_LIST      /* text: its items, packed; step through with kg_value_next */
} kg_value_kind;

enum { KG_VALUE_KINDS = KG_VALUE_LIST + 1 };

/* Texts are borrowed: from who made the value, or from the bytes that it was unpacked from. */
typedef struct kg_value {
    kg_value_kind kind;
    union {
        int64_t integer;
        double real;
        bool yes;
    } as;
    kg_str text, tag;
} kg_value;

/* Bytes that the text of a value may have, its tag included. */
enum { KG_VALUE_TEXT_MAX = 16 << 20 };

static inline kg_value kg_value_string(kg_str text, kg_str language) {
    kg_value value = {KG_VALUE_STRING, {0}, text, language};
    return value;
}

static inline kg_value kg_value_integer(int64_t integer) {
    kg_value value = {KG_VALUE_INTEGER, {0}, {0, 0}, {0, 0}};
    value.as.integer = integer;
    return value;
}

static inline kg_value kg_value_real(double real) {
    kg_value value = {KG_VALUE_FLOAT, {0}, {0, 0}, {0, 0}};
    value.as.real = real;
    return value;
}

static inline kg_value kg_value_boolean(bool yes) {
    kg_value value = {KG_VALUE_BOOLEAN, {0}, {0, 0}, {0, 0}};
    value.as.yes = yes;
    return value;
}

/* "string", "integer", "float", "boolean", "date", "datetime", "typed", "list". */
KG_API const char *kg_value_kind_name(kg_value_kind kind);

/* The value that a text of a kind is: an integer or a float in decimal (INF, -INF and NaN among
 * them), "true" or "false", a date. KG_ERR_FORMAT, with what was expected: it is none. A STRING is
 * any text; a TYPED or a LIST is not read so (KG_ERR_ARGUMENT). */
KG_API kg_status kg_value_parse(kg_value *out, kg_value_kind kind, kg_str text, kg_error *err);

/* The text of a value that is no list, as kg_value_parse reads it back; a float in the fewest
 * digits that give it again. Borrowed from the value, or from `buffer`. */
enum { KG_VALUE_BUFFER = 32 };
KG_API kg_str kg_value_text(char buffer[KG_VALUE_BUFFER], const kg_value *value);

/* Is it what a store may hold: text that is UTF-8 without NUL, dates that are dates, sizes within
 * the limit, lists of what is no list? KG_ERR_FORMAT tells what is not. */
KG_API kg_status kg_value_check(const kg_value *value, kg_error *err);

/* Append a value, packed. KG_ERR_MEMORY: *to is as it was. The value has passed kg_value_check. */
KG_API kg_status kg_value_pack(kg_bytes *to, const kg_value *value);

/* Unpack the value that *rest begins with, and step over it. False at the end, and where the bytes
 * are no value; *rest is then not empty. A list's items are looked at as they are stepped through.
 */
KG_API bool kg_value_next(kg_value *value, kg_str *rest);

/* The same value: of one kind, and equal in text, tag and number (NaN is NaN). */
KG_API bool kg_value_equal(const kg_value *a, const kg_value *b);

#endif
