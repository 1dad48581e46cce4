/* Which columns of a file of tagged tokens hold the token and its tag. */
#ifndef KG_SMEDBERT_NER_COLUMNS_H
#define KG_SMEDBERT_NER_COLUMNS_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed before the first line, but for the columns that are asked for. With two columns a line
 * splits at its last space or tab, so that a token may hold blanks or be one. With more, as in
 * CoNLL's files, the first column is the token and the last its tag, separated by tabs where the
 * first line has one, else by runs of spaces; if the first column numbers the tokens of each
 * sequence from 1, the second is the token. */
typedef struct kg_ner_columns {
    uint32_t token, tag; /* from 1; 0: not asked for; known after the first line of more than two */
    uint32_t count;
    bool tabs, numbered;
} kg_ner_columns;

/* Split a line that is not blank, of which `place` tokens of its sequence stand before it. The
 * first call tells how many columns there are. KG_ERR_FORMAT: no tag, or another number of columns
 * than in the first line, in words that stand behind file and line. */
kg_status kg_ner_columns_split(kg_str *token, kg_str *tag, kg_ner_columns *columns, size_t place,
                               kg_str line, kg_error *err);

/* Nothing but spaces and tabs. */
bool kg_ner_is_blank(kg_str line);

#endif
