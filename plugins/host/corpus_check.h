/* A look at a corpus before it is trained on: what of it will be skipped, and whether it is text at
 * all. */
#ifndef KG_HOST_CORPUS_CHECK_H
#define KG_HOST_CORPUS_CHECK_H

#include "plugins/host/corpus.h"

typedef struct kg_corpus_survey {
    uint64_t documents, bytes; /* looked at; none where one of the files is a pipe */
    uint64_t too_short;        /* of fewer characters than asked for; not told of linked text */
    uint64_t invalid;          /* not UTF-8 */
    uint64_t too_long;         /* of more than 64 MiB, taken as empty */
    bool whole;                /* all of the corpus was looked at */
} kg_corpus_survey;

/* Read up to most_bytes of the corpus that options describe. KG_ERR_FORMAT where more than one
 * document in a hundred of a file is not UTF-8: the error names its encoding
 * as far as it can be told, and how to convert it. Otherwise as kg_corpus_open and
 * kg_corpus_next. */
kg_status kg_corpus_check(kg_corpus_survey *out, const kg_corpus_options *options,
                          uint32_t min_chars, uint64_t most_bytes, kg_error *err);

/* The encoding that text, which is not UTF-8, seems to have, as iconv calls it (UTF-16 with its
 * mark is refused when a file is opened); NULL: it cannot be told. Static storage. */
const char *kg_encoding_guess(kg_str text);

#endif
