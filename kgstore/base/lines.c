#include "kgstore/base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 256 * 1024 };

static const size_t DEFAULT_MAX_LINE = (size_t)64 << 20;

struct kg_lines {
    char *name;
    int fd;         /* -1: from memory */
    bool gzip;      /* the file is compressed, inflate is set up */
    bool in_member; /* inside a gzip member: the file must not end here */
    bool source_end, started;
    z_stream inflate;
    unsigned char *raw; /* compressed bytes */
    char *buffer;       /* text: [start, end) is not returned yet; memory input points here too */
    size_t start, end, cap;
    size_t max_line;
    uint64_t number, taken, total;
};

static kg_status fail(const kg_lines *l, kg_status status, const char *text, kg_error *err) {
    return kg_error_at(err, status, l->name, l->number + 1, "%s", text);
}

static kg_status new_lines(kg_lines **out, const char *name, size_t max_line) {
    kg_lines *l = calloc(1, sizeof *l);
    if (!l)
        return KG_ERR_MEMORY;
    l->fd = -1;
    l->max_line = max_line ? max_line : DEFAULT_MAX_LINE;
    l->name = strdup(name);
    if (!l->name) {
        free(l);
        return KG_ERR_MEMORY;
    }
    *out = l;
    return KG_OK;
}

/* Read from the file, again where a signal interrupted. */
static kg_status read_some(size_t *n, kg_lines *l, void *to, size_t room, kg_error *err) {
    ssize_t got;
    do
        got = read(l->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return kg_error_errno(err, "read", l->name);
    l->taken += (uint64_t)got;
    *n = (size_t)got;
    return KG_OK;
}

/* Look at the first bytes: a gzip header means inflating from here on. */
static kg_status detect_gzip(kg_lines *l, kg_error *err) {
    kg_status st;
    size_t have = 0, got = 1;
    while (have < 2 && got > 0) {
        KG_TRY(st, read_some(&got, l, l->buffer + have, l->cap - have, err));
        have += got;
    }
    l->end = have;
    if (have < 2 || (unsigned char)l->buffer[0] != 0x1F || (unsigned char)l->buffer[1] != 0x8B)
        return KG_OK;
    l->raw = malloc(BLOCK);
    if (!l->raw || inflateInit2(&l->inflate, 15 + 16) != Z_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", l->name);
    l->gzip = l->in_member = true;
    memcpy(l->raw, l->buffer, have);
    l->inflate.next_in = l->raw;
    l->inflate.avail_in = (uInt)have;
    l->end = 0;
    return KG_OK;
}

kg_status kg_lines_open(kg_lines **out, const char *path, size_t max_line, kg_error *err) {
    kg_lines *l;
    bool is_stdin = strcmp(path, "-") == 0;
    *out = NULL;
    if (new_lines(&l, is_stdin ? "standard input" : path, max_line) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    struct stat info;
    kg_status st = KG_OK;
    l->fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (l->fd < 0 || fstat(l->fd, &info) != 0) {
        bool missing = errno == ENOENT;
        st = kg_error_errno(err, "open", l->name);
        if (missing) {
            st = KG_ERR_NOT_FOUND;
            if (err)
                err->status = st;
        }
    } else if (S_ISDIR(info.st_mode)) {
        st = kg_error_at(err, KG_ERR_IO, path, 0, "is a directory; a file was expected");
    } else {
        l->total = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
        l->cap = BLOCK;
        l->buffer = malloc(l->cap);
        st = l->buffer ? detect_gzip(l, err)
                       : kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    }
    if (st != KG_OK) {
        kg_lines_close(l);
        return st;
    }
    *out = l;
    return KG_OK;
}

kg_status kg_lines_from_memory(kg_lines **out, kg_str content, const char *name, size_t max_line) {
    kg_status st;
    kg_lines *l;
    *out = NULL;
    KG_TRY(st, new_lines(&l, name, max_line));
    l->buffer = malloc(content.len + 1);
    if (!l->buffer) {
        kg_lines_close(l);
        return KG_ERR_MEMORY;
    }
    if (content.len)
        memcpy(l->buffer, content.data, content.len);
    l->cap = content.len + 1;
    l->end = content.len;
    l->total = l->taken = content.len;
    l->source_end = true;
    *out = l;
    return KG_OK;
}

/* Inflate into the room after `end`, reading and starting further members as needed. */
static kg_status fill_gzip(kg_lines *l, kg_error *err) {
    kg_status st;
    size_t before = l->end;
    while (l->end == before && !l->source_end) {
        if (l->inflate.avail_in == 0) {
            size_t got = 0;
            KG_TRY(st, read_some(&got, l, l->raw, BLOCK, err));
            if (got == 0) {
                if (l->in_member)
                    return fail(l, KG_ERR_FORMAT, "the gzip stream is cut short", err);
                l->source_end = true;
                return KG_OK;
            }
            l->inflate.next_in = l->raw;
            l->inflate.avail_in = (uInt)got;
        }
        if (!l->in_member) {
            if (inflateReset(&l->inflate) != Z_OK)
                return fail(l, KG_ERR_FORMAT, "cannot restart the gzip stream", err);
            l->in_member = true;
        }
        size_t room = l->cap - l->end;
        l->inflate.next_out = (unsigned char *)l->buffer + l->end;
        l->inflate.avail_out = (uInt)(room > BLOCK ? BLOCK : room);
        uInt offered = l->inflate.avail_out;
        int code = inflate(&l->inflate, Z_NO_FLUSH);
        l->end += offered - l->inflate.avail_out;
        if (code == Z_STREAM_END)
            l->in_member = false;
        else if (code != Z_OK && code != Z_BUF_ERROR)
            return fail(l, KG_ERR_FORMAT, "the gzip stream is damaged", err);
    }
    return KG_OK;
}

/* Bring more text into the buffer; source_end is set when there is none. */
static kg_status fill(kg_lines *l, kg_error *err) {
    if (l->start > 0) {
        memmove(l->buffer, l->buffer + l->start, l->end - l->start);
        l->end -= l->start;
        l->start = 0;
    }
    if (l->end == l->cap) {
        size_t larger = l->cap + (l->cap > BLOCK ? l->cap : BLOCK);
        char *grown = realloc(l->buffer, larger);
        if (!grown)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", l->name);
        l->buffer = grown;
        l->cap = larger;
    }
    if (l->gzip)
        return fill_gzip(l, err);
    size_t got = 0;
    kg_status st;
    KG_TRY(st, read_some(&got, l, l->buffer + l->end, l->cap - l->end, err));
    l->end += got;
    l->source_end = got == 0;
    return KG_OK;
}

static kg_status skip_mark(kg_lines *l, kg_error *err) {
    kg_status st;
    l->started = true;
    while (l->end - l->start < 3 && !l->source_end)
        KG_TRY(st, fill(l, err));
    if (l->end - l->start >= 3 && memcmp(l->buffer + l->start, "\xEF\xBB\xBF", 3) == 0)
        l->start += 3;
    return KG_OK;
}

/* Drop what is left of a line too long; the reader then stands at the next. */
static kg_status skip_rest(kg_lines *l, kg_error *err) {
    kg_status st;
    for (;;) {
        char *newline = memchr(l->buffer + l->start, '\n', l->end - l->start);
        if (newline) {
            l->start = (size_t)(newline - l->buffer) + 1;
            return KG_OK;
        }
        l->start = l->end;
        if (l->source_end)
            return KG_OK;
        KG_TRY(st, fill(l, err));
    }
}

kg_status kg_lines_next(kg_str *line, bool *end, kg_lines *l, kg_error *err) {
    kg_status st;
    *line = (kg_str){"", 0};
    *end = false;
    if (!l->started)
        KG_TRY(st, skip_mark(l, err));
    size_t looked = 0;
    char *newline;
    while (!(newline = memchr(l->buffer + l->start + looked, '\n', l->end - l->start - looked))) {
        looked = l->end - l->start;
        if (l->source_end || looked > l->max_line)
            break;
        KG_TRY(st, fill(l, err));
    }
    size_t length = newline ? (size_t)(newline - l->buffer) - l->start : l->end - l->start;
    if (length == 0 && !newline) {
        *end = true;
        return KG_OK;
    }
    if (length > l->max_line) {
        st = kg_error_at(err, KG_ERR_LIMIT, l->name, l->number + 1,
                         "the line is longer than %zu bytes; split it", l->max_line);
        l->number++;
        kg_status skipped = skip_rest(l, err);
        return skipped == KG_OK ? st : skipped;
    }
    *line = (kg_str){l->buffer + l->start, length};
    if (length > 0 && line->data[length - 1] == '\r')
        line->len--;
    l->start += length + (newline ? 1 : 0);
    l->number++;
    return KG_OK;
}

kg_status kg_lines_peek(kg_str *text, kg_lines *l, size_t want, kg_error *err) {
    kg_status st = l->started ? KG_OK : skip_mark(l, err);
    while (st == KG_OK && !l->source_end && l->end - l->start < want)
        st = fill(l, err);
    *text = (kg_str){l->buffer + l->start, l->end - l->start};
    return text->len > 0 ? KG_OK : st;
}

kg_status kg_lines_rest(kg_str *rest, kg_lines *l, size_t max, kg_error *err) {
    kg_status st;
    *rest = (kg_str){"", 0};
    while (!l->source_end && l->end - l->start <= max)
        KG_TRY(st, fill(l, err));
    if (l->end - l->start > max)
        return kg_error_at(err, KG_ERR_LIMIT, l->name, 0,
                           "is longer than %zu bytes once read; split it", max);
    *rest = (kg_str){l->buffer + l->start, l->end - l->start};
    l->start = l->end;
    l->started = true;
    return KG_OK;
}

uint64_t kg_lines_number(const kg_lines *lines) {
    return lines->number;
}

void kg_lines_progress(uint64_t *done, uint64_t *total, const kg_lines *lines) {
    *done = lines->taken;
    *total = lines->total;
}

const char *kg_lines_name(const kg_lines *lines) {
    return lines->name;
}

void kg_lines_close(kg_lines *lines) {
    if (!lines)
        return;
    if (lines->gzip)
        inflateEnd(&lines->inflate);
    if (lines->fd >= 0)
        close(lines->fd);
    free(lines->raw);
    free(lines->buffer);
    free(lines->name);
    free(lines);
}
