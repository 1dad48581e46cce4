#include "kgstore/base/stream.h"

#include "kgstore/base/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

struct kg_stream {
    char *name;
    int fd;        /* -1: from memory */
    kg_str memory; /* what was not taken of it */
    uint64_t taken, total;
    bool started, ended;           /* ended: there is no more content */
    const kg_container *container; /* NULL: plain */
    void *state;                   /* of its decoder */
    bool in_member;                /* the file must not end here */
    unsigned char *raw;            /* compressed bytes, [at, have) not decoded yet */
    size_t at, have;
    kg_error fault; /* told again by whatever is asked after it */
};

static kg_status no_memory(const kg_stream *s, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", s->name);
}

static kg_status new_stream(kg_stream **out, const char *name) {
    kg_stream *s = calloc(1, sizeof *s);
    if (!s)
        return KG_ERR_MEMORY;
    s->fd = -1;
    s->name = strdup(name);
    if (!s->name) {
        free(s);
        return KG_ERR_MEMORY;
    }
    *out = s;
    return KG_OK;
}

kg_status kg_stream_open(kg_stream **out, const char *path, kg_error *err) {
    kg_stream *s;
    struct stat info;
    kg_status st = KG_OK;
    bool is_stdin = strcmp(path, "-") == 0;
    *out = NULL;
    if (new_stream(&s, is_stdin ? "standard input" : path) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    s->fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &info) != 0) {
        bool missing = errno == ENOENT;
        st = kg_error_errno(err, "open", s->name);
        if (missing) {
            st = KG_ERR_NOT_FOUND;
            if (err)
                err->status = st;
        }
    } else if (S_ISDIR(info.st_mode)) {
        st = kg_error_at(err, KG_ERR_IO, path, 0, "is a folder; expected a file");
    } else {
        s->total = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    }
    if (st != KG_OK) {
        kg_stream_close(s);
        return st;
    }
    *out = s;
    return KG_OK;
}

kg_status kg_stream_from_memory(kg_stream **out, kg_str content, const char *name) {
    kg_status st;
    *out = NULL;
    KG_TRY(st, new_stream(out, name));
    (*out)->memory = content;
    (*out)->total = content.len;
    return KG_OK;
}

/* Bytes as they stand in the file; read again where a signal interrupted. */
static kg_status read_raw(size_t *n, kg_stream *s, void *to, size_t room, kg_error *err) {
    ssize_t got;
    if (s->fd < 0) {
        got = (ssize_t)(s->memory.len < room ? s->memory.len : room);
        if (got > 0)
            memcpy(to, s->memory.data, (size_t)got);
        s->memory.data += got;
        s->memory.len -= (size_t)got;
    } else {
        do
            got = read(s->fd, to, room);
        while (got < 0 && errno == EINTR);
    }
    if (got < 0)
        return kg_error_errno(err, "read", s->name);
    s->taken += (uint64_t)got;
    *n = (size_t)got;
    return KG_OK;
}

/* Look at the first bytes, which plain content leaves in `to`. */
static kg_status start(size_t *n, kg_stream *s, char *to, size_t room, kg_error *err) {
    kg_status st;
    bool more = true;
    size_t have = 0, got = 1;
    const kg_container *container = NULL;
    while (more && got > 0 && have < room) {
        KG_TRY(st, read_raw(&got, s, to + have, room - have, err));
        have += got;
        container = kg_container_of(&more, to, have);
    }
    s->started = true;
    *n = have;
    s->ended = have == 0;
    if (!container || !container->decoder)
        return KG_OK;
    s->state = container->decoder->open();
    s->raw = malloc(BLOCK);
    s->container = container;
    if (!s->raw || !s->state)
        return no_memory(s, err);
    memcpy(s->raw, to, have);
    s->have = have;
    s->in_member = true;
    *n = 0;
    return KG_OK;
}

/* More compressed bytes behind those that are there; *end: there are none. */
static kg_status refill(bool *end, kg_stream *s, kg_error *err) {
    kg_status st;
    size_t got = 0;
    memmove(s->raw, s->raw + s->at, s->have - s->at);
    s->have -= s->at;
    s->at = 0;
    KG_TRY(st, read_raw(&got, s, s->raw + s->have, BLOCK - s->have, err));
    s->have += got;
    *end = got == 0;
    return KG_OK;
}

/* Behind a member: padding, another one, or the end. */
static kg_status next_member(kg_stream *s, kg_error *err) {
    kg_status st;
    bool end = false, more = true;
    const kg_container *container = NULL;
    while (!end && more) {
        while (s->at < s->have && s->raw[s->at] == 0)
            s->at++;
        container = kg_container_of(&more, s->raw + s->at, s->have - s->at);
        if (more)
            KG_TRY(st, refill(&end, s, err));
    }
    s->ended = s->at == s->have;
    s->in_member = !s->ended;
    if (s->ended)
        return KG_OK;
    if (container != s->container)
        return kg_error_at(err, KG_ERR_FORMAT, s->name, 0,
                           "found something else behind the %s, expected the end of the file; cut "
                           "it off, for example with %s",
                           s->container->name, s->container->unpack);
    return s->container->decoder->restart(s->state) ? KG_OK : no_memory(s, err);
}

static kg_status decode_failed(const kg_stream *s, kg_decode_result result, kg_error *err) {
    const kg_container *c = s->container;
    int n = (int)strcspn(c->name, " ");
    if (result == KG_DECODE_NO_MEMORY)
        return no_memory(s, err);
    if (result == KG_DECODE_TOO_LARGE)
        return kg_error_at(err, KG_ERR_FORMAT, s->name, 0,
                           "the %s needs more memory to be read than is allowed; unpack it "
                           "first, for example with %s",
                           c->name, c->unpack);
    return kg_error_at(err, KG_ERR_FORMAT, s->name, 0, "the %.*s stream is %s", n, c->name,
                       result == KG_DECODE_DAMAGED ? "damaged" : "cut short");
}

/* Decode until there is something in `to`, or the end. */
static kg_status decode(size_t *n, kg_stream *s, void *to, size_t room, kg_error *err) {
    kg_status st;
    bool end = false;
    *n = 0;
    while (*n == 0 && !s->ended) {
        if (!s->in_member) {
            KG_TRY(st, next_member(s, err));
            continue;
        }
        if (s->at == s->have)
            KG_TRY(st, refill(&end, s, err));
        kg_decode_io io = {s->raw + s->at, s->have - s->at, to, room};
        kg_decode_result result = s->container->decoder->step(s->state, &io);
        bool idle = io.in_len == s->have - s->at && io.room == room;
        s->at = s->have - io.in_len;
        *n = room - io.room;
        if (result == KG_DECODE_END)
            s->in_member = false;
        else if (result != KG_DECODE_GOES_ON || (idle && end))
            return decode_failed(s, result, err);
    }
    return KG_OK;
}

static kg_status read_some(size_t *n, kg_stream *s, void *to, size_t room, kg_error *err) {
    kg_status st;
    *n = 0;
    if (!s->started)
        KG_TRY(st, start(n, s, to, room < BLOCK ? room : BLOCK, err));
    if (*n > 0 || s->ended)
        return KG_OK;
    if (s->container)
        return decode(n, s, to, room, err);
    KG_TRY(st, read_raw(n, s, to, room, err));
    s->ended = *n == 0;
    return KG_OK;
}

kg_status kg_stream_read(size_t *n, kg_stream *s, void *to, size_t room, kg_error *err) {
    *n = 0;
    if (s->fault.status == KG_OK && read_some(n, s, to, room, &s->fault) == KG_OK)
        return KG_OK;
    if (err)
        *err = s->fault;
    return s->fault.status;
}

void kg_stream_progress(uint64_t *done, uint64_t *total, const kg_stream *s) {
    *done = s->taken;
    *total = s->total;
}

const char *kg_stream_name(const kg_stream *s) {
    return s->name;
}

void kg_stream_close(kg_stream *s) {
    if (!s)
        return;
    if (s->state)
        s->container->decoder->close(s->state);
    if (s->fd >= 0)
        close(s->fd);
    free(s->raw);
    free(s->name);
    free(s);
}
