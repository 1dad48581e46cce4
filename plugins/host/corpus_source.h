/* The documents of a corpus in the order of its files, one after another: what corpus.h shuffles.
 * A document of any length is read in bounded memory, in parts. */
#ifndef KG_HOST_CORPUS_SOURCE_H
#define KG_HOST_CORPUS_SOURCE_H

#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "plugins/host/corpus.h"
#include "plugins/host/linked.h"

/* Bytes beyond which a document that is not given in parts, or a line of JSON, is taken as empty.
 */
enum { KG_LONGEST_DOCUMENT = 64 << 20 };

/* What was wrong with a file's documents. */
typedef struct kg_corpus_faults {
    uint64_t invalid, first_invalid; /* not UTF-8; the line of the first */
    uint64_t too_long, first_too_long;
} kg_corpus_faults;

typedef struct kg_corpus_item {
    kg_str text; /* valid UTF-8; borrowed until the next call */
    const char *path;
    uint64_t line; /* where its document begins */
    uint32_t part; /* of its document, from 0 */
    bool last;     /* part of it */
} kg_corpus_item;

/* All zero but for what is to be read: nothing read yet. Freed by kg_corpus_source_free. */
typedef struct kg_corpus_source {
    char **paths; /* borrowed */
    size_t n_paths;
    kg_corpus_format format;
    size_t part; /* as part_bytes of kg_corpus_options */
    bool beginnings;
    void (*warn)(void *context, const char *text);
    void *context;

    size_t next_path;
    kg_lines *lines;         /* of paths[next_path - 1]; NULL: at its end */
    kg_corpus_faults faults; /* of that file */
    uint64_t documents;      /* begun in it */
    uint64_t faulty;         /* which of them, from 1, was last found not to be UTF-8 */
    kg_bytes sample;         /* the first bytes of the first document of it that is not UTF-8 */

    /* The document being given. */
    bool begun, whole; /* whole: all that is left of it is in `text` */
    bool within;       /* a line of sentences that goes on */
    kg_bytes text;     /* as read; of JSON the line */
    kg_bytes clean;    /* what was not UTF-8, mended */
    kg_linked json;
    kg_str body;  /* what is given of: text, or what JSON says */
    size_t given; /* bytes of the body */
    uint64_t line;
    uint32_t parts; /* given */
} kg_corpus_source;

/* The next document or part of one; *end after the last. At the end of each file `warn` is told
 * what was wrong with it. KG_ERR_IO, KG_ERR_FORMAT (a damaged file; a line that is no JSON where
 * JSON is expected), KG_ERR_MEMORY. */
kg_status kg_corpus_source_next(kg_corpus_item *item, bool *end, kg_corpus_source *source,
                                kg_error *err);

/* What was opened and allocated. */
void kg_corpus_source_free(kg_corpus_source *source);

#endif
