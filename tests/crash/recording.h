/* The log that record.c writes and powercut.c replays: events in the order in which the calls
 * returned, each {event, path, path2, data}. */
#ifndef KG_TESTS_CRASH_RECORDING_H
#define KG_TESTS_CRASH_RECORDING_H

#include <stdint.h>

typedef enum event_kind {
    EVENT_OPEN = 1,    /* path, of the file `file`; data_len 1: it was made by this */
    EVENT_WRITE,       /* file, offset, data; flags 1: durable when it returned (O_DSYNC) */
    EVENT_SYNC,        /* file */
    EVENT_SYNC_FOLDER, /* path */
    EVENT_TRUNCATE,    /* file, offset: the new length */
    EVENT_RENAME,      /* path, path2 */
    EVENT_UNLINK,      /* path */
    EVENT_MKDIR,       /* path */
    EVENT_RMDIR,       /* path */
    EVENT_EXIT         /* flags: the exit status, as far as exit() told it */
} event_kind;

typedef struct event {
    uint32_t kind, flags;
    uint32_t path_len, path2_len;
    uint64_t file; /* inode number */
    uint64_t offset;
    uint64_t data_len;
} event;

#endif
