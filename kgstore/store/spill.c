#include "kgstore/store/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 20 };

kg_status kg_spill_open(int *fd, const char *folder, kg_error *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/run", folder) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", folder);
    *fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (*fd < 0)
        return kg_error_errno(err, "create", path);
    unlink(path);
    return KG_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

kg_status kg_spill_begin(kg_spill_writer *w, int fd, off_t written, kg_error *err) {
    *w = (kg_spill_writer){.fd = fd, .buffer = malloc(BUFFER), .written = written};
    return w->buffer ? KG_OK : kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting a load");
}

kg_status kg_spill_flush(kg_spill_writer *w, kg_error *err) {
    for (size_t at = 0; at < w->used;) {
        ssize_t n = write(w->fd, w->buffer + at, w->used - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kg_error_errno(err, "write", "a sorted run of the load");
        at += (size_t)n;
    }
    w->written += (off_t)w->used;
    w->used = 0;
    return KG_OK;
}

kg_status kg_spill_put(kg_spill_writer *w, const void *data, size_t size, kg_error *err) {
    kg_status st;
    for (size_t at = 0; at < size;) {
        if (w->used == BUFFER)
            KG_TRY(st, kg_spill_flush(w, err));
        size_t n = size - at < BUFFER - w->used ? size - at : BUFFER - w->used;
        memcpy(w->buffer + w->used, (const unsigned char *)data + at, n);
        w->used += n;
        at += n;
    }
    return KG_OK;
}

void kg_spill_end(kg_spill_writer *w) {
    free(w->buffer);
    w->buffer = NULL;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static kg_status refill(kg_spill_reader *r, kg_error *err) {
    size_t want = r->size < (size_t)(r->end - r->at) ? r->size : (size_t)(r->end - r->at);
    ssize_t n;
    do
        n = pread(r->fd, r->buffer, want, r->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return kg_error_errno(err, "read", "a sorted run of the load");
    if (n == 0)
        return kg_error_set(err, KG_ERR_CORRUPT, "a sorted run of the load was cut short");
    r->at += n;
    r->from = 0;
    r->to = (size_t)n;
    return KG_OK;
}

kg_status kg_spill_get(kg_spill_reader *r, void *to, size_t size, kg_error *err) {
    kg_status st;
    for (size_t at = 0; at < size;) {
        if (r->from == r->to)
            KG_TRY(st, refill(r, err));
        size_t n = size - at < r->to - r->from ? size - at : r->to - r->from;
        memcpy((unsigned char *)to + at, r->buffer + r->from, n);
        r->from += n;
        at += n;
    }
    return KG_OK;
}
