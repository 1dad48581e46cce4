/* UTF-8: decoding, encoding, validation. Surrogates, overlong forms and values beyond U+10FFFF are
 * invalid, as in RFC 3629. */
#ifndef KG_BASE_UTF8_H
#define KG_BASE_UTF8_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at text (n > 0 bytes are there). Returns its length in bytes, 1 to 4, and
 * stores its code point; an invalid byte has length 1 and code point U+FFFD with *valid false. */
size_t kg_utf8_decode(uint32_t *code_point, bool *valid, const char *text, size_t n);

/* The same, with the commonest long form (three bytes, as of CJK text) and ASCII inline: for hot
 * loops. An invalid byte is told by the code point U+FFFD alone. */
static inline size_t kg_utf8_next(uint32_t *code_point, const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *code_point = s[0];
        return 1;
    }
    if (n >= 3 && s[0] > 0xE0 && s[0] < 0xED && (s[1] & 0xC0) == 0x80 && (s[2] & 0xC0) == 0x80) {
        *code_point = (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
        return 3;
    }
    bool valid;
    return kg_utf8_decode(code_point, &valid, text, n);
}

/* Encode a code point (valid, at most U+10FFFF) into at most 4 bytes; returns how many. */
size_t kg_utf8_encode(char out[4], uint32_t code_point);

/* Bytes of the longest valid prefix: n when all of text is valid. */
size_t kg_utf8_valid_prefix(const char *text, size_t n);

/* Is text what a store may hold: valid UTF-8 without a NUL? Fast for short ASCII. */
bool kg_text_is_valid(kg_str text);

/* KG_OK where it is; else KG_ERR_FORMAT, and err tells the byte and what to do. `what` names the
 * text for the message ("the head"); NULL: it is a line. */
kg_status kg_text_check(kg_str text, const char *what, kg_error *err);

/* Characters in text; an invalid byte counts as one. */
size_t kg_utf8_length(const char *text, size_t n);

/* Text for a message: at most 40 bytes, cut at a character, printable. */
typedef struct kg_quoted {
    char text[64];
} kg_quoted;
kg_quoted kg_quote(kg_str text);

#endif
