/* Input: a file's content, plain or gzipped. In file order, in a shuffled order and taken up in the
 * middle the same documents must come. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"
#include "plugins/host/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Read from `position` on: how many documents, and the sum of their hashes. */
static kg_status read_all(uint64_t *count, uint64_t *sum, const char *path, uint32_t window,
                          uint64_t position) {
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    kg_corpus_options o = {
        .paths = &path, .n_paths = 1, .seed = 1, .window = window, .position = position};
    *count = *sum = 0;
    kg_status st = kg_corpus_open(&corpus, &o, NULL);
    while (st == KG_OK && (st = kg_corpus_next(&document, &end, corpus, NULL)) == KG_OK && !end) {
        if (kg_utf8_valid_prefix(document.text.data, document.text.len) < document.text.len ||
            document.position != position + *count)
            abort();
        *sum += kg_hash_bytes(document.text.data, document.text.len, document.number);
        ++*count;
    }
    kg_corpus_close(corpus);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t n[4], sum[4];
    char path[64];
    int fd = memfd_create("corpus", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    kg_status in_order = read_all(&n[0], &sum[0], path, 0, 0);
    kg_status shuffled = read_all(&n[1], &sum[1], path, 5, 0);
    if (in_order != shuffled || (in_order == KG_OK && (n[0] != n[1] || sum[0] != sum[1])))
        abort();
    if (in_order == KG_OK) {
        read_all(&n[2], &sum[2], path, 5, n[0] / 2);
        if (n[2] != n[0] - n[0] / 2)
            abort();
    }
    close(fd);
    return 0;
}
