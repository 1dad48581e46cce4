#include "kgstore/base/lines.h"

#include "kgstore/base/container.h"
#include "kgstore/base/stream.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 * 1024 };

static const size_t DEFAULT_MAX_LINE = (size_t)64 << 20;

struct kg_lines {
    kg_stream *stream;
    bool source_end, started;
    bool within;  /* a line that kg_lines_piece has given the beginning of */
    char *buffer; /* text: [start, end) is not returned yet */
    size_t start, end, cap;
    size_t max_line;
    uint64_t number;
};

/* Lines of stream, which is closed with them, or here where memory runs out. */
static kg_status new_lines(kg_lines **out, kg_stream *stream, size_t room, size_t max_line) {
    kg_lines *l = calloc(1, sizeof *l);
    char *buffer = malloc(room);
    if (!l || !buffer) {
        free(l);
        free(buffer);
        kg_stream_close(stream);
        return KG_ERR_MEMORY;
    }
    *l = (kg_lines){.stream = stream,
                    .buffer = buffer,
                    .cap = room,
                    .max_line = max_line ? max_line : DEFAULT_MAX_LINE};
    *out = l;
    return KG_OK;
}

kg_status kg_lines_open(kg_lines **out, const char *path, size_t max_line, kg_error *err) {
    kg_status st;
    kg_stream *stream;
    *out = NULL;
    KG_TRY(st, kg_stream_open(&stream, path, err));
    if (new_lines(out, stream, BLOCK, max_line) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    return KG_OK;
}

kg_status kg_lines_from_memory(kg_lines **out, kg_str content, const char *name, size_t max_line) {
    enum { LEAST = 1024 };
    kg_status st;
    kg_stream *stream;
    size_t room = content.len + 1;
    *out = NULL;
    KG_TRY(st, kg_stream_from_memory(&stream, content, name));
    return new_lines(out, stream, room < LEAST ? LEAST : room > BLOCK ? BLOCK : room, max_line);
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
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", kg_lines_name(l));
        l->buffer = grown;
        l->cap = larger;
    }
    size_t got = 0;
    kg_status st = kg_stream_read(&got, l->stream, l->buffer + l->end, l->cap - l->end, err);
    if (st == KG_ERR_FORMAT && err)
        err->line = l->number + 1;
    l->end += got;
    l->source_end = st == KG_OK && got == 0;
    return st;
}

/* Before the first byte is returned: refuse what is packed in a way that is not read. */
static kg_status begin(kg_lines *l, kg_error *err) {
    kg_status st;
    bool more;
    const kg_container *container;
    while (container = kg_container_of(&more, l->buffer + l->start, l->end - l->start),
           more && !l->source_end)
        KG_TRY(st, fill(l, err));
    l->started = true;
    if (!container)
        return KG_OK;
    l->start = l->end;
    l->source_end = true;
    return kg_error_at(err, KG_ERR_FORMAT, kg_stream_name(l->stream), 0,
                       "found %s%s, expected text, plain or compressed once by gzip, bzip2, xz or "
                       "zstd; unpack it, for example with %s",
                       container->name, container->decoder ? " inside compressed data" : "",
                       container->unpack);
}

/* The same for text, which may begin with a byte order mark. */
static kg_status begin_text(kg_lines *l, kg_error *err) {
    static const char MARK[] = "\xEF\xBB\xBF";
    kg_status st;
    KG_TRY(st, begin(l, err));
    while (l->end - l->start < 3 && !l->source_end &&
           memcmp(l->buffer + l->start, MARK, l->end - l->start) == 0)
        KG_TRY(st, fill(l, err));
    if (l->end - l->start >= 3 && memcmp(l->buffer + l->start, MARK, 3) == 0)
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

/* Bytes to the end of the line, or all there is where that is more than `most` or the last line
 * has no end (*newline is false). */
static kg_status find_end(size_t *length, bool *newline, kg_lines *l, size_t most, kg_error *err) {
    kg_status st;
    size_t looked = 0;
    char *found;
    if (!l->started)
        KG_TRY(st, begin_text(l, err));
    while (!(found = memchr(l->buffer + l->start + looked, '\n', l->end - l->start - looked))) {
        looked = l->end - l->start;
        if (l->source_end || looked > most)
            break;
        KG_TRY(st, fill(l, err));
    }
    *newline = found != NULL;
    *length = found ? (size_t)(found - l->buffer) - l->start : l->end - l->start;
    return KG_OK;
}

kg_status kg_lines_piece(kg_str *piece, bool *whole, bool *end, kg_lines *l, size_t most,
                         kg_error *err) {
    kg_status st;
    size_t length;
    bool newline;
    *piece = (kg_str){"", 0};
    *end = *whole = false;
    KG_TRY(st, find_end(&length, &newline, l, most, err));
    *end = length == 0 && !newline && !l->within;
    if (*end)
        return KG_OK;
    l->number += !l->within;
    *whole = length <= most;
    if (!*whole)
        length = l->buffer[l->start + most - 1] == '\r' ? most - 1 : most;
    l->within = !*whole;
    *piece = (kg_str){l->buffer + l->start, length};
    if (*whole && length > 0 && piece->data[length - 1] == '\r')
        piece->len--;
    l->start += length + (*whole && newline ? 1 : 0);
    return KG_OK;
}

kg_status kg_lines_next(kg_str *line, bool *end, kg_lines *l, kg_error *err) {
    kg_status st;
    size_t length;
    bool newline;
    *line = (kg_str){"", 0};
    *end = false;
    KG_TRY(st, find_end(&length, &newline, l, l->max_line, err));
    if (length == 0 && !newline) {
        *end = true;
        return KG_OK;
    }
    if (length > l->max_line) {
        st = kg_error_at(err, KG_ERR_LIMIT, kg_stream_name(l->stream), l->number + 1,
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
    kg_status st = l->started ? KG_OK : begin_text(l, err);
    while (st == KG_OK && !l->source_end && l->end - l->start < want)
        st = fill(l, err);
    *text = (kg_str){l->buffer + l->start, l->end - l->start};
    return text->len > 0 ? KG_OK : st;
}

kg_status kg_lines_rest(kg_str *rest, kg_lines *l, size_t max, kg_error *err) {
    kg_status st;
    *rest = (kg_str){"", 0};
    if (!l->started)
        KG_TRY(st, begin(l, err));
    while (!l->source_end && l->end - l->start <= max)
        KG_TRY(st, fill(l, err));
    if (l->end - l->start > max)
        return kg_error_at(err, KG_ERR_LIMIT, kg_stream_name(l->stream), 0,
                           "is longer than %zu bytes once read; split it", max);
    *rest = (kg_str){l->buffer + l->start, l->end - l->start};
    l->start = l->end;
    return KG_OK;
}

uint64_t kg_lines_number(const kg_lines *lines) {
    return lines->number;
}

void kg_lines_progress(uint64_t *done, uint64_t *total, const kg_lines *lines) {
    kg_stream_progress(done, total, lines->stream);
}

const char *kg_lines_name(const kg_lines *lines) {
    return kg_stream_name(lines->stream);
}

void kg_lines_close(kg_lines *lines) {
    if (!lines)
        return;
    kg_stream_close(lines->stream);
    free(lines->buffer);
    free(lines);
}
