/* replay_NAME [--mutate N] PATH...: runs a fuzz target on files and the files of folders, then on N
 * random changes of them. Needs no libFuzzer, so ctest runs it in every build. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct input {
    unsigned char *data;
    size_t size;
} input;

static KG_ARRAY(input) inputs = KG_ARRAY_INIT;

static void die(const char *what, const char *name) {
    fprintf(stderr, "replay: %s %s\n", what, name);
    exit(2);
}

static void add_file(const char *path, size_t size) {
    FILE *f = fopen(path, "rb");
    input in = {malloc(size + 1), size};
    if (!f || !in.data || fread(in.data, 1, size, f) != size)
        die("cannot read", path);
    fclose(f);
    if (kg_array_push(&inputs, in) != KG_OK)
        die("out of memory at", path);
}

static void add_path(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0)
        die("cannot find", path);
    if (!S_ISDIR(info.st_mode)) {
        add_file(path, (size_t)info.st_size);
        return;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        die("cannot list", path);
    for (int i = 0; i < n; i++) {
        char *child;
        if (names[i]->d_name[0] != '.') {
            if (asprintf(&child, "%s/%s", path, names[i]->d_name) < 0)
                die("out of memory at", path);
            add_path(child);
            free(child);
        }
        free(names[i]);
    }
    free(names);
}

/* A copy of exactly the input's size, so that a sanitizer sees a read beyond it. */
static void run(const unsigned char *data, size_t size) {
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy)
        die("out of memory at", "an input");
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* Flip, overwrite, cut or repeat a few places of an input, and run it. */
static void run_mutant(kg_rng *rng) {
    const input *from = &inputs.data[kg_rng_below(rng, inputs.len)];
    size_t size = from->size, cap = size + 64;
    unsigned char *m = malloc(cap);
    if (!m)
        die("out of memory at", "an input");
    memcpy(m, from->data, size);
    for (uint64_t left = 1 + kg_rng_below(rng, 8); left > 0 && size > 0; left--) {
        size_t at = kg_rng_below(rng, size), n = 1 + kg_rng_below(rng, 8);
        static const unsigned char odd[] = {0, 0xFF, 0x7F, 0x80, '\n', '\t', '"', '\\'};
        switch (kg_rng_below(rng, 5)) {
        case 0:
            m[at] ^= (unsigned char)(1U << kg_rng_below(rng, 8));
            break;
        case 1:
            m[at] = (unsigned char)kg_rng_next(rng);
            break;
        case 2:
            m[at] = odd[kg_rng_below(rng, sizeof odd)];
            break;
        case 3:
            n = n < size - at ? n : size - at;
            memmove(m + at, m + at + n, size - at - n);
            size -= n;
            break;
        case 4:
            if (size + n <= cap) {
                memmove(m + at + n, m + at, size - at);
                size += n;
            }
            break;
        }
    }
    run(m, size);
    free(m);
}

int main(int argc, char **argv) {
    unsigned long mutants = 0;
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--mutate") == 0) {
        mutants = strtoul(argv[2], NULL, 10);
        first = 3;
    }
    for (int i = first; i < argc; i++)
        add_path(argv[i]);
    if (inputs.len == 0)
        die("no inputs in", first < argc ? argv[first] : "an empty list");
    for (size_t i = 0; i < inputs.len; i++)
        run(inputs.data[i].data, inputs.data[i].size);
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (unsigned long i = 0; i < mutants; i++)
        run_mutant(&rng);
    printf("%zu inputs, %lu changed ones\n", inputs.len, mutants);
    for (size_t i = 0; i < inputs.len; i++)
        free(inputs.data[i].data);
    kg_array_free(&inputs);
    return 0;
}
