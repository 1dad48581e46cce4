/* A corpus: text files, plain or compressed, read in bounded memory in an order that depends on its
 * files, the seed and the epoch alone.
 *
 * The shuffle: documents are taken in file order into windows of `window` documents (the first is
 * cut to a random length, so that borders fall elsewhere in each epoch; one that has grown to 64
 * MiB of text is closed early), and each window is given out in a random order of its own. To take
 * up at a position the files are read, but not looked at, up to its window.
 *
 * With part_bytes a document that is longer is given in parts, each of which counts as a document
 * in numbers, positions and the shuffle: no longer than so many bytes of the file and no shorter
 * than half, and cut behind the last sentence that ends there (plugins/common/sentence.h), else
 * behind white space, else between characters. */
#ifndef KG_HOST_CORPUS_H
#define KG_HOST_CORPUS_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "kgstore/kgstore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a document is. */
typedef enum kg_corpus_format {
    KG_CORPUS_LINES = 0,     /* a line, an empty one too */
    KG_CORPUS_SENTENCES = 1, /* lines of a sentence each, to an empty line or the file's end: the
                                lines, with "\n" between them */
    KG_CORPUS_JSONL = 2,     /* the "text" of a line of JSON; an empty line is one without text */
    KG_CORPUS_LINKED = 3     /* a line of text already linked: linked.h; never given in parts */
} kg_corpus_format;

typedef struct kg_corpus kg_corpus;

enum { KG_SHORTEST_PART = 16 };

typedef struct kg_corpus_options {
    const char *const *paths; /* files, folders (the files in them and in theirs, but for hidden
                                 ones) or globs, copied; each must match something */
    size_t n_paths;
    uint64_t seed, epoch;
    uint32_t window;   /* 0: file order */
    uint64_t position; /* documents to skip in this order */
    kg_corpus_format format;
    uint32_t part_bytes; /* at least KG_SHORTEST_PART; 0: documents are given whole */
    bool beginnings;     /* of a longer document only its first part_bytes, between characters */
    kg_store *store; /* where linked text's entities are; borrowed. NULL: mentions are left out */
    /* Told once a file, of what was wrong with lines of it and what was done; may be NULL. Called
     * from kg_corpus_next. */
    void (*warn)(void *context, const char *text);
    void *context;
} kg_corpus_options;

typedef struct kg_document {
    kg_str text;       /* valid UTF-8: an invalid byte has become U+FFFD; one of more than 64 MiB
                          that is not given in parts is empty */
    uint64_t number;   /* in file order over all paths, from 0 */
    uint32_t part;     /* of a document given in parts, from 0 */
    uint64_t position; /* in this epoch's order */
    const kg_mention *mentions; /* of linked text; borrowed as text is */
    size_t n_mentions;
} kg_document;

/* *out is the caller's: kg_corpus_close. KG_ERR_NOT_FOUND: a path that matches no file;
 * KG_ERR_ARGUMENT: a pipe where the epoch is not the first; parts too short. */
kg_status kg_corpus_open(kg_corpus **out, const kg_corpus_options *options, kg_error *err);

/* The next document, its text borrowed until the next call or close; *end after the last. One
 * thread at a time. KG_ERR_IO, KG_ERR_FORMAT (a damaged file, or what is no
 * JSON where JSON is expected), KG_ERR_MEMORY; and with file and line what kg_linked_read gives. */
kg_status kg_corpus_next(kg_document *document, bool *end, kg_corpus *corpus, kg_error *err);

/* NULL is safe. */
void kg_corpus_close(kg_corpus *corpus);

/* The files that paths and globs stand for, in order: globs and folders sorted by name. *out (*n of
 * them, ending with NULL) is the caller's: kg_corpus_paths_free. KG_ERR_NOT_FOUND. */
kg_status kg_corpus_expand(char ***out, size_t *n, const char *const *paths, size_t n_paths,
                           kg_error *err);
void kg_corpus_paths_free(char **paths);

#endif
