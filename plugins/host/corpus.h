/* A corpus: text files, plain or gzipped, one document a line, read in bounded memory in an order
 * that depends on its files, the seed and the epoch alone.
 *
 * The shuffle: documents are taken in file order into windows of `window` documents (the first is
 * cut to a random length, so that borders fall elsewhere in each epoch; one that has grown to 64
 * MiB of text is closed early), and each window is given out in a random order of its own. To take
 * up at a position the files are read, but not looked at, up to its window. */
#ifndef KG_HOST_CORPUS_H
#define KG_HOST_CORPUS_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"
#include "kgstore/kgstore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_corpus kg_corpus;

typedef struct kg_corpus_options {
    const char *const *paths; /* files or globs, copied; each must match something */
    size_t n_paths;
    uint64_t seed, epoch;
    uint32_t window;   /* 0: file order */
    uint64_t position; /* documents to skip in this order */
    bool linked;       /* the lines are text already linked: linked.h */
    kg_store *store;   /* where linked text's entities are; borrowed. NULL: mentions are left out */
    /* Told once a file, of what was wrong with lines of it and what was done; may be NULL. Called
     * from kg_corpus_next. */
    void (*warn)(void *context, const char *text);
    void *context;
} kg_corpus_options;

/* Every line is a document, an empty one too (but text already linked has no empty lines). */
typedef struct kg_document {
    kg_str text;       /* valid UTF-8: an invalid byte has become U+FFFD; a line of more than 64 MiB
                          is an empty document */
    uint64_t number;   /* in file order over all paths, from 0 */
    uint64_t position; /* in this epoch's order */
    const kg_mention *mentions; /* of linked text; borrowed as text is */
    size_t n_mentions;
} kg_document;

/* *out is the caller's: kg_corpus_close. KG_ERR_NOT_FOUND: a path that matches no file;
 * KG_ERR_ARGUMENT: a pipe or a folder where the epoch is not the first. */
kg_status kg_corpus_open(kg_corpus **out, const kg_corpus_options *options, kg_error *err);

/* The next document, its text borrowed until the next call or close; *end after the last. One
 * thread at a time. KG_ERR_IO, KG_ERR_FORMAT (a damaged gzip file), KG_ERR_MEMORY; and
 * with file and line what kg_linked_read gives. */
kg_status kg_corpus_next(kg_document *document, bool *end, kg_corpus *corpus, kg_error *err);

/* NULL is safe. */
void kg_corpus_close(kg_corpus *corpus);

/* The files that paths and globs stand for, in order: globs sorted by name. *out (*n of them,
 * ending with NULL) is the caller's: kg_corpus_paths_free. KG_ERR_NOT_FOUND. */
kg_status kg_corpus_expand(char ***out, size_t *n, const char *const *paths, size_t n_paths,
                           kg_error *err);
void kg_corpus_paths_free(char **paths);

#endif
