/* The guard is a stream of its own (fopencookie) that takes the place of stdout or stderr, which
 * glibc lets be assigned; whoever prints, plugins too, goes through it without knowing. */
#include "cli/terminal.h"

#include "kgstore/base/array.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct guard {
    FILE *stream, *raw; /* before it and behind it; NULL: it is no terminal */
    int fd;
    kg_bytes waiting; /* the beginning of a character whose rest is not printed yet, and the new */
    kg_bytes shown;
} guard;

/* Standard output and standard error: as global as what they stand before. */
static guard guards[2];

/* Is this the beginning of a character, or of a line's end, that n bytes do not complete? */
static bool is_unfinished(const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    size_t length = s[0] == '\r' ? 2 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC2 ? 2 : 1;
    for (size_t i = 1; i < n && i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return false;
    return n < length;
}

/* Append the character at text to what is shown; *n becomes its length. */
static kg_status show_next(guard *g, size_t *n, const char *text) {
    size_t left = *n;
    if (*text == '\n' || *text == '\t' || (*text == '\r' && left > 1 && text[1] == '\n')) {
        *n = 1;
        return kg_array_push(&g->shown, *text);
    }
    *n = kg_text_show_next(&g->shown, (kg_str){text, left});
    return *n ? KG_OK : KG_ERR_MEMORY;
}

static bool write_all(int fd, const char *data, size_t n) {
    while (n > 0) {
        ssize_t written = write(fd, data, n);
        if (written < 0)
            return false;
        data += written;
        n -= (size_t)written;
    }
    return true;
}

static ssize_t guard_write(void *cookie, const char *data, size_t size) {
    guard *g = cookie;
    size_t at = 0;
    g->shown.len = 0;
    if (kg_array_append(&g->waiting, data, size) != KG_OK)
        return 0;
    while (at < g->waiting.len) {
        size_t n = g->waiting.len - at;
        if (is_unfinished(g->waiting.data + at, n))
            break;
        if (show_next(g, &n, g->waiting.data + at) != KG_OK)
            return 0;
        at += n;
    }
    g->waiting.len -= at;
    memmove(g->waiting.data, g->waiting.data + at, g->waiting.len);
    return write_all(g->fd, g->shown.data, g->shown.len) ? (ssize_t)size : 0;
}

/* *stream as it is where it is no terminal, or where there is no memory for a guard. */
static void put_before(guard *g, FILE **stream, int fd, int buffering) {
    if (!isatty(fd))
        return;
    g->fd = fd;
    g->stream = fopencookie(g, "w", (cookie_io_functions_t){.write = guard_write});
    if (!g->stream)
        return;
    setvbuf(g->stream, NULL, buffering, BUFSIZ);
    g->raw = *stream;
    *stream = g->stream;
}

void kg_terminal_guard(void) {
    put_before(&guards[0], &stdout, STDOUT_FILENO, _IOLBF);
    put_before(&guards[1], &stderr, STDERR_FILENO, _IONBF);
}

FILE *kg_terminal_raw(FILE *stream) {
    for (size_t i = 0; i < 2; i++)
        if (stream == guards[i].stream)
            return guards[i].raw;
    return stream;
}

void kg_terminal_control(FILE *to, const char *sequence) {
    FILE *raw = kg_terminal_raw(to);
    if (raw != to)
        fflush(to);
    fputs(sequence, raw);
    if (raw != to)
        fflush(raw);
}
