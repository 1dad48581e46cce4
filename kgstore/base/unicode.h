/* Properties of characters. The one place that includes utf8proc.h; every function is pure and may
 * be called by any number of threads. A code point beyond U+10FFFF or a surrogate is treated as
 * unassigned. */
#ifndef KG_BASE_UNICODE_H
#define KG_BASE_UNICODE_H

#include "kgstore/base/array.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unicode's general categories, gathered as far as text needs telling them apart. */
typedef enum kg_char_category {
    KG_CHAR_LETTER,      /* L* */
    KG_CHAR_MARK,        /* Mc, Me */
    KG_CHAR_ACCENT,      /* Mn: what stripping accents removes */
    KG_CHAR_NUMBER,      /* N* */
    KG_CHAR_PUNCTUATION, /* P* */
    KG_CHAR_SYMBOL,      /* S* */
    KG_CHAR_SPACE,       /* Z* */
    KG_CHAR_CONTROL,     /* Cc, Cf */
    KG_CHAR_OTHER        /* Cn, Co, Cs */
} kg_char_category;

kg_char_category kg_char_category_of(uint32_t code_point);

/* The simple (one to one) lower-case mapping; the code point itself where there is none. */
uint32_t kg_char_lower(uint32_t code_point);

/* Upper case of one character; itself where there is none. */
uint32_t kg_char_upper(uint32_t code_point);

enum { KG_CHAR_MAX_DECOMPOSED = 8 };

/* The full canonical decomposition (NFD) of one code point, 1 to KG_CHAR_MAX_DECOMPOSED of them;
 * returns how many. */
size_t kg_char_decompose(uint32_t out[KG_CHAR_MAX_DECOMPOSED], uint32_t code_point);

/* Columns that the character takes on a terminal: 0 (marks, controls), 1, or 2 (East Asian wide).
 */
int kg_char_width(uint32_t code_point);

/* A letter of the Latin, Greek or Cyrillic script, or an ASCII digit: where a name begins or ends
 * with one, it is only found at the edge of a word. */
bool kg_char_is_word(uint32_t code_point);

/* A decimal digit (Nd) of any script. */
bool kg_char_is_digit(uint32_t code_point);

/* Append text lower-cased one code point at a time, nothing removed; an invalid byte is copied as
 * it is. The normal form of aliases. KG_ERR_MEMORY leaves *to with part of the text. */
kg_status kg_text_lower(kg_bytes *to, kg_str text);

/* A character and the marks that belong to it, folded for comparison: NFC with full case folding,
 * so that equal text has equal points whatever its case and however its accents are written. */
enum { KG_FOLDED_MAX = 160, KG_CLUSTER_MAX = 32 };
typedef struct kg_folded {
    size_t bytes, characters; /* of the text; at most KG_CLUSTER_MAX characters */
    size_t n;                 /* points */
    int32_t points[KG_FOLDED_MAX];
} kg_folded;

/* Fold what text (which is not empty) begins with. A byte that is not UTF-8 stands alone, as
 * U+FFFD. Text is compared piece by piece: what begins or ends inside one is another text. */
void kg_text_fold_next(kg_folded *out, kg_str text);

/* Does the character belong to the one before it: a mark, or a vowel or final of Hangul? */
bool kg_char_continues(uint32_t code_point);

/* Append the first character of text (which is not empty) as a person can see it, and return its
 * length in text; 0: out of memory. Controls (C0, DEL, C1), the characters that turn the direction
 * of text (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) and bytes that are not UTF-8 become
 * \x1b, \u009b or \u202e; any other is copied. */
size_t kg_text_show_next(kg_bytes *to, kg_str text);

/* The same of a whole text. KG_ERR_MEMORY. */
kg_status kg_text_show(kg_bytes *to, kg_str text);

/* Columns that the text takes on a terminal. */
size_t kg_text_width(kg_str text);

#endif
