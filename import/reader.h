/* What every reader works with: its input files, the sink, and one way to deal with faulty lines.
 * Inside this room err is never NULL: kg_import_read sees to that. */
#ifndef KG_IMPORT_READER_H
#define KG_IMPORT_READER_H

#include "import/import.h"
#include "kgstore/base/nameset.h"
#include "kgstore/base/utf8.h"

/* What was left out for want of a place in a store, by the name it had in the input. */
typedef struct kg_drops {
    kg_nameset names;
    KG_ARRAY(uint64_t) counts; /* by number */
} kg_drops;

typedef struct kg_reader {
    const kg_import_options *options;
    kg_import_counts *counts;
    kg_drops *drops;
    kg_sink_fn sink;
    void *sink_context;
    /* The file that the format was told from: open, nothing of it taken, so that a pipe is opened
     * once. NULL: none, or handed on already. */
    kg_lines *opened;
    const char *opened_path; /* the very pointer that is in `paths` */
    bool opened_group;       /* that is more than a file's name */
} kg_reader;

/* Open a file of the input, or take over the one that the format was told from. *out is the
 * caller's: kg_lines_close. */
kg_status kg_reader_open(kg_lines **out, kg_reader *reader, const char *path, kg_error *err);

/* A path may name several files: "[NAME=]FILE[,FILE]...". Where a file has the name of the whole,
 * it is that one. kg_group_files gives what follows the name, kg_group_next cuts the first file off
 * that and is false where it was the last. All borrowed from path. */
kg_str kg_group_files(kg_str *name, const kg_reader *reader, const char *path);
bool kg_group_next(kg_str *file, kg_str *files, const kg_reader *reader);

/* The start of a file that was just opened, for telling what it is; nothing is taken. Borrowed
 * until the next call on lines. */
kg_status kg_reader_peek(kg_str *text, kg_lines *lines, kg_error *err);

/* The first line of text that is not blank, without its end; empty where there is none. */
kg_str kg_first_line(kg_str text);

/* Open folder/name or, where that is not there, the same with .gz, .bz2, .xz or .zst behind. */
kg_status kg_reader_open_in(kg_lines **out, kg_reader *reader, const char *folder, const char *name,
                            kg_error *err);

/* The path of what kg_reader_open_in would open, in a new string (free); NULL where there is none.
 * Looks at the file system. */
char *kg_folder_find(const char *folder, const char *name);

/* Is there such a file? For detection. */
bool kg_folder_holds(const char *folder, const char *name);

/* The length of a file's name without the ending of a compression. */
size_t kg_length_unpacked(const char *path);

/* The next line that is valid UTF-8 without NUL, borrowed until the next call; faulty ones are
 * reported and skipped within the tolerance. Counts lines and tells progress. *end as in
 * kg_lines_next. */
kg_status kg_reader_line(kg_str *line, bool *end, kg_reader *reader, kg_lines *lines,
                         kg_error *err);

/* The same, but a faulty line, once reported, is returned too, with *valid false; one too long then
 * is empty. For formats whose statements span lines, which must not be joined over what is left
 * out. */
kg_status kg_reader_any_line(kg_str *line, bool *valid, bool *end, kg_reader *reader,
                             kg_lines *lines, kg_error *err);

/* The same for content that is one value rather than lines: the whole of it, not validated. */
kg_status kg_reader_all(kg_str *content, kg_reader *reader, kg_lines *lines, kg_error *err);

/* Hand a statement to the sink. A statement that it refuses with KG_ERR_FORMAT is a faulty line. */
kg_status kg_reader_emit(kg_reader *reader, const kg_statement *statement, kg_error *err);

/* Hand the sink a statement that it may well refuse: *taken is false then, and nothing is counted.
 */
kg_status kg_reader_offer(bool *taken, kg_reader *reader, const kg_statement *statement,
                          kg_error *err);

/* Emit an ENTITY statement with each of n types in order of preference. A store ranks an entity's
 * types by how often they are given, so the earlier ones are given more often; those behind the
 * 64th once each. */
kg_status kg_reader_emit_types(kg_reader *reader, kg_statement *statement, const kg_str *types,
                               size_t n, kg_error *err);

/* Count n values that a store has no place for under what the input calls them: a column, a
 * predicate. n may be 0. */
kg_status kg_reader_drop(kg_reader *reader, kg_str name, uint64_t n, kg_error *err);

/* The same for one value of column `place` (from 0) of a table whose header does not name it. */
kg_status kg_reader_drop_place(kg_reader *reader, size_t place, kg_error *err);

/* A faulty line: file and line as in statement or lines, then what was found, what was expected and
 * what to do. KG_OK while the tolerance lasts (the reader goes on with the next line),
 * KG_ERR_FORMAT with err filled after that. */
__attribute__((format(printf, 5, 6))) kg_status kg_reader_bad(kg_reader *reader, const char *file,
                                                              uint64_t line, kg_error *err,
                                                              const char *format, ...);

/* A number of decimal digits alone, at most max. */
bool kg_parse_id(uint64_t *value, kg_str text, uint64_t max);

/* DIR/NAME in a new string (free); NULL when out of memory. */
char *kg_folder_path(const char *folder, const char *name);

#endif
