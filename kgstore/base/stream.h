/* The bytes of a file or of memory, unpacked where they are compressed by gzip, bzip2, xz or zstd,
 * in bounded memory. What lines.h stands on. */
#ifndef KG_BASE_STREAM_H
#define KG_BASE_STREAM_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_stream kg_stream;

/* Open path ("-": standard input). A directory is an error. Nothing is read yet. *out is owned by
 * the caller: kg_stream_close. KG_ERR_IO, KG_ERR_NOT_FOUND, KG_ERR_MEMORY. */
kg_status kg_stream_open(kg_stream **out, const char *path, kg_error *err);

/* Memory that outlives *out, as if it were a file; `name` is what errors call it. KG_ERR_MEMORY. */
kg_status kg_stream_from_memory(kg_stream **out, kg_str content, const char *name);

/* Up to `room` bytes, at least 64, of the content into `to`. *n is 0 at its end alone. Files of
 * several members are read as one; zeros behind the last are padding. KG_ERR_FORMAT for compressed
 * data that is damaged, cut short, followed by something else, or needs too much memory; KG_ERR_IO,
 * KG_ERR_MEMORY. A failure is told again by each call that follows. */
kg_status kg_stream_read(size_t *n, kg_stream *stream, void *to, size_t room, kg_error *err);

/* Bytes of the file taken so far (compressed ones where it is compressed) and its size, 0 when that
 * cannot be known. */
void kg_stream_progress(uint64_t *done, uint64_t *total, const kg_stream *stream);

const char *kg_stream_name(const kg_stream *stream);

void kg_stream_close(kg_stream *stream);

#endif
