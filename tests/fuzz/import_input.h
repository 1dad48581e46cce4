/* Fuzzing of the readers of graphs: the input is cut into files at each byte 0x1E. */
#ifndef KG_TESTS_IMPORT_INPUT_H
#define KG_TESTS_IMPORT_INPUT_H

#include "import/import.h"

enum { FUZZ_FILES = 6 };

typedef struct fuzz_import {
    const char *format;
    const char *path;              /* what is read: a file of names, or the folder they lie in */
    const char *names[FUZZ_FILES]; /* of the files that the input is cut into */
    bool nodes, aliases, schema;   /* files of these names stand beside */
    const char *columns;
} fuzz_import;

/* Read data as that format. Aborts where a statement breaks the contract of kg_statement: text that
 * is not UTF-8 or holds NUL, a triple without its parts. Returns 0. */
int fuzz_import_run(const fuzz_import *how, const uint8_t *data, size_t size);

#endif
