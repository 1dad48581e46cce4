/* The schemes in which data sets write tags, and their conversion to IOB2.
 *
 *     Ramshaw and Marcus 1995 (IOB1), Tjong Kim Sang and Veenstra 1999 (IOB2, IO), Ratinov and Roth
 *     2009 (BILOU); BIOES and BMES differ from BILOU by their letters.
 *
 *     tokens   New     York    and     Paris   London
 *     IOB2     B-x     I-x     O       B-x     B-x
 *     IOB1     I-x     I-x     O       I-x     B-x       B only where two of one type touch
 *     BIOES    B-x     E-x     O       S-x     S-x
 *     BILOU    B-x     L-x     O       U-x     U-x
 *     BMES     B-x     E-x     O       S-x     S-x       M-x within; also written BMEO
 *     IO       I-x     I-x     O       I-x     I-x       no boundary where they touch
 *     bare     x       x       O       x       x         likewise */
#ifndef KG_SMEDBERT_TAG_SCHEME_H
#define KG_SMEDBERT_TAG_SCHEME_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The letter of a tag that is a type alone. */
enum { KG_TAG_BARE = '=' };

/* Split a tag of any scheme into its letter (B, I, O, E, S, L, U, M, or KG_TAG_BARE) and its type
 * ("" for O). False: empty, or with a NUL in it. */
bool kg_scheme_parse(char *letter, kg_str *type, kg_str text);

/* How often each letter was met, and the line of the first one. */
typedef struct kg_scheme_letters {
    uint64_t lines[128]; /* by letter; 0: not met */
} kg_scheme_letters;

/* The scheme of n tags in sequences (ends of each, in tags): letters[i] is tag i's, types[i] the
 * number of its type. Changes letters to O, B and I of IOB2 and returns the name of the scheme that
 * they were of; NULL where their letters are of no one scheme, and then *odd is the letter that
 * does not fit. */
const char *kg_scheme_convert(char *letters, const uint16_t *types, size_t n,
                              const uint32_t *sequence_ends, size_t sequences,
                              const kg_scheme_letters *met, char *odd);

#endif
