/* Human detail of a failure, kept by the caller (never in a global).
 *
 * Every function that takes a `kg_error *err` accepts NULL, and fills it only when it fails.
 * A good text says what was found, what was expected and what to do about it. */
#ifndef KG_BASE_ERROR_H
#define KG_BASE_ERROR_H

#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kg_error {
    kg_status status;
    uint64_t line; /* 1-based line of `file` that is at fault; 0: no particular line */
    char
        file[256]; /* file at fault, shortened at its front when too long; "" where there is none */
    char text[768]; /* a sentence or two, UTF-8, without a full stop at the end */
} kg_error;

#define KG_ERROR_INIT                                                                              \
    { KG_OK, 0, "", "" }

/* Fill err (which may be NULL) and return status, so that `return kg_error_set(...)` reads well.
 * Text too long is cut at a character boundary. */
__attribute__((format(printf, 3, 4))) kg_status kg_error_set(kg_error *err, kg_status status,
                                                             const char *format, ...);

/* The same with a place; file may be NULL. */
__attribute__((format(printf, 5, 6))) kg_status kg_error_at(kg_error *err, kg_status status,
                                                            const char *file, uint64_t line,
                                                            const char *format, ...);

/* KG_ERR_IO, or KG_ERR_FULL for ENOSPC and EDQUOT, or KG_ERR_MEMORY for ENOMEM, with the text
 * "cannot <action> <file>: <strerror(errno)>". `action` is a verb such as "open". */
kg_status kg_error_errno(kg_error *err, const char *action, const char *file);

/* Put a sentence before the text that err (which may be NULL) has: "sentence: text". Returns
 * status.
 */
__attribute__((format(printf, 3, 4))) kg_status kg_error_context(kg_error *err, kg_status status,
                                                                 const char *format, ...);

/* As kg_error_errno, "cannot write <file>", for a write to fd that failed or was cut short. A
 * stream does not keep the reason and a short write gives none, so where errno is 0 or EIO and
 * there is no room on the file's disk, that is the reason. */
kg_status kg_error_write(kg_error *err, int fd, const char *file);

/* Whether fd is a file on a disk without room. */
bool kg_disk_is_full(int fd);

/* "file:line: text" (what is there of it), or kg_strerror where no text was set. Writes at most
 * size bytes, always terminated; returns buffer. */
KG_API const char *kg_error_format(char *buffer, unsigned long size, const kg_error *err);

#ifdef __cplusplus
}
#endif

#endif
