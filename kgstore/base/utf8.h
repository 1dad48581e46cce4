/* UTF-8: decoding, encoding, validation. Surrogates, overlong forms and values beyond U+10FFFF are
 * invalid, as in RFC 3629. */
#ifndef KG_BASE_UTF8_H
#define KG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at text (n > 0 bytes are there). Returns its length in bytes, 1 to 4, and
 * stores its code point; an invalid byte has length 1 and code point U+FFFD with *valid false. */
size_t kg_utf8_decode(uint32_t *code_point, bool *valid, const char *text, size_t n);

/* Encode a code point (valid, at most U+10FFFF) into at most 4 bytes; returns how many. */
size_t kg_utf8_encode(char out[4], uint32_t code_point);

/* Bytes of the longest valid prefix: n when all of text is valid. */
size_t kg_utf8_valid_prefix(const char *text, size_t n);

/* Characters in text; an invalid byte counts as one. */
size_t kg_utf8_length(const char *text, size_t n);

#endif
