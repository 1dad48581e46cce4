/* Input: a file's content, plain or compressed, read in every format, whole and in parts. In file
 * order, in a shuffled order and taken up in the middle the same documents must come; the parts of
 * a document must be what it is whole. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/array.h"
#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"
#include "plugins/host/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PART = 24 };

typedef struct way {
    const char *path;
    kg_corpus_format format;
    uint32_t part_bytes, window;
    uint64_t position;
} way;

typedef struct seen {
    uint64_t count;   /* of documents, or parts of them */
    uint64_t sum;     /* of their hashes */
    kg_bytes text;    /* all of them in this order */
    uint64_t started; /* documents */
} seen;

static kg_status read_all(seen *s, const way *w) {
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    kg_corpus_options o = {.paths = &w->path,
                           .n_paths = 1,
                           .seed = 1,
                           .format = w->format,
                           .part_bytes = w->part_bytes,
                           .window = w->window,
                           .position = w->position};
    s->count = s->sum = s->started = 0;
    s->text.len = 0;
    kg_status st = kg_corpus_open(&corpus, &o, NULL);
    while (st == KG_OK && (st = kg_corpus_next(&document, &end, corpus, NULL)) == KG_OK && !end) {
        if (kg_utf8_valid_prefix(document.text.data, document.text.len) < document.text.len ||
            document.position != w->position + s->count ||
            (document.part > 0 && w->part_bytes == 0))
            abort();
        s->sum += kg_hash_bytes(document.text.data, document.text.len, document.number);
        s->count++;
        s->started += document.part == 0;
        if (kg_array_append(&s->text, document.text.data, document.text.len) != KG_OK)
            abort();
    }
    kg_corpus_close(corpus);
    return st;
}

/* valid: all of it is UTF-8; where a part ends within bytes that are not, they are replaced by
 * another number of U+FFFD. */
static void check(const char *path, kg_corpus_format format, bool valid) {
    seen s[4] = {{0}, {0}, {0}, {0}};
    way whole = {path, format, 0, 0, 0}, parts = {path, format, PART, 0, 0};
    way shuffled = {path, format, PART, 5, 0};
    kg_status st = read_all(&s[0], &whole), in_parts = read_all(&s[1], &parts);
    if (in_parts != st || read_all(&s[2], &shuffled) != st)
        abort();
    if (st == KG_OK) {
        if (s[0].started != s[1].started)
            abort();
        if (valid &&
            (s[0].text.len != s[1].text.len ||
             (s[0].text.len && memcmp(s[0].text.data, s[1].text.data, s[0].text.len) != 0)))
            abort();
        if (s[1].count != s[2].count || s[1].sum != s[2].sum)
            abort();
        shuffled.position = s[1].count / 2;
        read_all(&s[3], &shuffled);
        if (s[3].count != s[1].count - s[1].count / 2)
            abort();
    }
    for (size_t i = 0; i < 4; i++)
        kg_array_free(&s[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("corpus", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (kg_corpus_format format = KG_CORPUS_LINES; format <= KG_CORPUS_JSONL; format++)
        check(path, format, kg_utf8_valid_prefix((const char *)data, size) == size);
    close(fd);
    return 0;
}
