/* Lines of a text file, plain or compressed by gzip, bzip2, xz or zstd, in bounded memory.
 *
 * A line ends at "\n" or "\r\n", which are not part of it; a last line without an end counts. A
 * UTF-8 byte order mark at the start of the file is dropped. Content is not validated here. */
#ifndef KG_BASE_LINES_H
#define KG_BASE_LINES_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_lines kg_lines;

/* Open path ("-": standard input). Compression is told from the content. A directory is an error.
 * *out is owned by the caller: kg_lines_close. max_line: bytes beyond which a line is an error
 * (0: 64 MiB). KG_ERR_IO, KG_ERR_NOT_FOUND, KG_ERR_MEMORY. */
kg_status kg_lines_open(kg_lines **out, const char *path, size_t max_line, kg_error *err);

/* Read lines from memory that outlives *out, as if it were a file; `name` is what errors call it.
 */
kg_status kg_lines_from_memory(kg_lines **out, kg_str content, const char *name, size_t max_line);

/* The next line, borrowed until the next call. *end is true, and the line empty, after the last.
 * KG_ERR_FORMAT for compressed data that is damaged, cut short or followed by something else, and
 * for an archive or another packing that is not read, which the message names; KG_ERR_LIMIT for a
 * line too long (the reader then stands at the following line, so the caller may go on), KG_ERR_IO.
 */
kg_status kg_lines_next(kg_str *line, bool *end, kg_lines *lines, kg_error *err);

/* The next line as long as it is at most `most` bytes (2 or more), else so many of it (one fewer
 * before a "\r"), and its rest by the calls that follow: for lines of any length in bounded memory.
 * *whole: the line ends with this piece. *end, with an empty piece, after the last line. Otherwise
 * as kg_lines_next; kg_lines_number is that of the line. Not mixed with kg_lines_next within a
 * line. */
kg_status kg_lines_piece(kg_str *piece, bool *whole, bool *end, kg_lines *lines, size_t most,
                         kg_error *err);

/* What comes next, without taking it: at least `want` bytes of it, or all there is where that is
 * less; borrowed until the next call. For telling what a file is before it is read, from a pipe
 * too, which cannot be opened twice. A fault behind what there is shows when that has been taken;
 * statuses as of kg_lines_next. */
kg_status kg_lines_peek(kg_str *text, kg_lines *lines, size_t want, kg_error *err);

/* All that was not returned yet, as it stands (line ends too, and the byte order mark where nothing
 * was returned or peeked at before), borrowed until kg_lines_close: for content that is not lines,
 * plain or compressed. KG_ERR_LIMIT where it is more than max bytes; else as kg_lines_next. */
kg_status kg_lines_rest(kg_str *rest, kg_lines *lines, size_t max, kg_error *err);

/* 1-based number of the line last returned; 0 before the first. */
uint64_t kg_lines_number(const kg_lines *lines);

/* Bytes of the file taken so far (compressed ones where it is compressed) and its size, 0 when that
 * cannot be known: for progress. */
void kg_lines_progress(uint64_t *done, uint64_t *total, const kg_lines *lines);

const char *kg_lines_name(const kg_lines *lines);

void kg_lines_close(kg_lines *lines);

#endif
