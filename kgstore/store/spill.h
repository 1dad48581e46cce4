/* Runs of a load that do not fit its memory: written once from front to back, read likewise, in
 * files that have no name and so go with the process, however that ends. */
#ifndef KG_STORE_SPILL_H
#define KG_STORE_SPILL_H

#include "kgstore/base/error.h"
#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A new file in folder, unlinked. *fd: close. */
kg_status kg_spill_open(int *fd, const char *folder, kg_error *err);

typedef struct kg_spill_writer {
    int fd;
    unsigned char *buffer;
    size_t used;
    off_t written; /* bytes of the file so far, those in buffer aside */
} kg_spill_writer;

/* Write to the end of fd, of which `written` bytes are there. KG_ERR_MEMORY. */
kg_status kg_spill_begin(kg_spill_writer *writer, int fd, off_t written, kg_error *err);
kg_status kg_spill_put(kg_spill_writer *writer, const void *data, size_t size, kg_error *err);
kg_status kg_spill_flush(kg_spill_writer *writer, kg_error *err);
void kg_spill_end(kg_spill_writer *writer); /* frees; what was not flushed is dropped */

/* A stretch of a file, read through a buffer that the caller has made. */
typedef struct kg_spill_reader {
    int fd;
    off_t at, end; /* of the file: what is not in buffer yet */
    unsigned char *buffer;
    size_t from, to, size; /* of the buffer */
} kg_spill_reader;

static inline bool kg_spill_more(const kg_spill_reader *reader) {
    return reader->at < reader->end || reader->from < reader->to;
}

/* KG_ERR_CORRUPT where there is less. */
kg_status kg_spill_get(kg_spill_reader *reader, void *to, size_t size, kg_error *err);

#endif
