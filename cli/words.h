/* A line of the shell, split into words. */
#ifndef KG_CLI_WORDS_H
#define KG_CLI_WORDS_H

#include "cli/options.h"
#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

typedef struct kg_words {
    kg_texts words; /* into buffer */
    char *buffer;
} kg_words;

/* Words are separated by spaces and tabs; "..." and '...' hold spaces; within double quotes and
 * outside of quotes a backslash takes the next character as it is. A word that begins with '#' ends
 * the line. KG_ERR_ARGUMENT: a quote is not closed; KG_ERR_MEMORY. Free in any case. */
kg_status kg_words_split(kg_words *out, kg_str line, kg_error *err);
void kg_words_free(kg_words *words);

#endif
