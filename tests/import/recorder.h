/* A sink that writes down what it is given, and input files that live in memory. */
#ifndef KG_TESTS_RECORDER_H
#define KG_TESTS_RECORDER_H

#include "import/import.h"
#include "kgstore/base/array.h"

/* One file of the input. */
typedef struct memory_file {
    const char *path, *content;
    size_t size; /* 0: up to the terminator */
} memory_file;

typedef struct recorder {
    const memory_file *files; /* ends with {0} */
    kg_bytes text;            /* a line a statement */
    kg_bytes problems;        /* a line a problem: file:line: text */
} recorder;

/* Read files[0..n_paths), or where that is 0 the folder "dir", through kg_import_read with *options
 * (its open, problem and context are set here), recording into *r, which must be zeroed;
 * recorder_free. */
kg_status record(recorder *r, kg_import_counts *counts, const memory_file *files, size_t n_paths,
                 const kg_import_options *options, kg_error *err);

/* The same for paths, ending with NULL, that may name several files each. */
kg_status record_paths(recorder *r, kg_import_counts *counts, const memory_file *files,
                       const char *const *paths, const kg_import_options *options, kg_error *err);

/* A kg_sink_fn that appends a line to the recorder's text:
 * "t head(type) relation tail(type)", "e [id] head =label (type)", "r [id] name =label",
 * "y [id] type", "a head =alias", "w head number"; ends given by id are "#id". A language stands
 * behind its label as "@en", properties behind all else as " {key: term, key: term}". */
kg_status record_statement(void *recorder, const kg_statement *statement, kg_error *err);

/* The text so far, terminated. */
const char *recorded(recorder *r);
const char *recorded_problems(recorder *r);

/* What reading a case must give. */
typedef struct expected_reading {
    kg_status status;
    const char *says; /* the statements; of a failure a part of the message */
    uint64_t dropped; /* of what is read */
} expected_reading;

/* Fail the cmocka test, naming the case, where a reading gave something else. Frees the recorder.
 */
void assert_reading(const char *what, const expected_reading *expected, recorder *r, kg_status st,
                    const kg_import_counts *counts, const kg_error *err);

void recorder_free(recorder *r);

#endif
