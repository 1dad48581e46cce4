/* crash_damage KG [--times N] [--seed S] [--only NAME]: damage a store's data file N times (bits
 * flipped, words overwritten, pages emptied or exchanged, the end cut off) and run every command on
 * it. Each must end by itself, with an exit status of its own and a sentence where that is not 0:
 * no signal, no hang. The copy that a writing command left is not judged: damage in, damage out. */
#include "tests/crash/scenario.h"

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "kgstore/store/pageformat.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, SECONDS = 20, MOST_STATUS = 3 };

typedef struct damaged_command {
    bool writes; /* so that the next needs the damaged file again */
    const char *words[12];
} damaged_command;

static const damaged_command commands[] = {
    {false, {"check", "S"}},
    {false, {"stats", "S"}},
    {false, {"query", "S", "top", "entity 0", "-k", "50"}},
    {false, {"query", "S", "top", "entity 1", "--weights", "pepr"}},
    {false, {"query", "S", "out", "entity 0"}},
    {false, {"query", "S", "in", "entity 2"}},
    {false, {"query", "S", "path", "entity 0", "entity 90"}},
    {false, {"query", "S", "similar", "entity 3"}},
    {false, {"query", "S", "describe", "entity 1"}},
    {false, {"query", "S", "count"}},
    {false,
     {"shell", "S", "-c", "relations", "-c", "types", "-c", "names entity", "-c",
      "explain top 'entity 5'"}},
    {false, {"export", "S", "-", "--format", "ntriples"}},
    {false, {"export", "S", "-", "--format", "tsv"}},
    {false, {"link", "S", "T"}},
    {true, {"rank", "S", "--personalized"}},
    {true, {"add", "S", "a new head", "a new relation", "entity 1"}},
    {true, {"del", "S", "entity 0", "likes", "entity 1"}},
    {true, {"import", "S", "B", "--columns", "head,relation,tail", "--append"}},
    {true, {"backup", "S", "D"}},
    {true, {"compact", "S"}},
    {true,
     {"embed", "--store", "S", "--out", "R", "--set", "entity_dim=4", "--set", "run.steps=1"}},
    {true, {"pretrain", "--store", "S", "--config", "P", "--show", "1"}},
};

typedef struct content {
    unsigned char *data;
    size_t size;
} content;

static content read_file(const char *path) {
    struct stat info;
    FILE *f = fopen(path, "rb");
    if (!f || stat(path, &info) != 0)
        give_up("cannot read %s", path);
    content c = {malloc((size_t)info.st_size + 1), (size_t)info.st_size};
    if (fread(c.data, 1, c.size, f) != c.size)
        give_up("cannot read %s", path);
    fclose(f);
    return c;
}

static void write_file(const char *path, const content *c) {
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(c->data, 1, c->size, f) != c->size || fclose(f) != 0)
        give_up("cannot write %s", path);
}

/* Kinds of pages, by what the store holds most of: pages of vectors outnumber all others, and a
 * graph's own are few. */
typedef enum page_kind { META, BRANCH, LEAF, OVERFLOW_FIRST, OTHER, PAGE_KINDS } page_kind;

/* By number and flags; OTHER: a run's pages after its first, which have no header, and free ones
 * that were never written. */
static page_kind kind_of(const unsigned char *page, size_t number) {
    if (page_number(page) != number)
        return OTHER;
    switch (page_flags(page)) {
    case PAGE_META:
        return META;
    case PAGE_BRANCH:
        return BRANCH;
    case PAGE_LEAF:
        return LEAF;
    case PAGE_OVERFLOW:
        return OVERFLOW_FIRST;
    default:
        return OTHER;
    }
}

/* Where the pages of each kind begin in the whole file. */
typedef KG_ARRAY(size_t) places;

static void sort_pages(places of[PAGE_KINDS], const content *whole) {
    for (size_t at = 0; at + PAGE <= whole->size; at += PAGE)
        if (kg_array_push(&of[kind_of(whole->data + at, at / PAGE)], at) != KG_OK)
            give_up("out of memory");
}

/* A page of the file: each kind that there is is as likely as the others, whatever the size of the
 * file. */
static size_t page_in(kg_rng *rng, const places of[PAGE_KINDS], const content *c) {
    for (;;) {
        const places *p = &of[kg_rng_below(rng, PAGE_KINDS)];
        size_t at = p->len ? p->data[kg_rng_below(rng, p->len)] : c->size;
        if (at + PAGE <= c->size) /* not cut off */
            return at;
    }
}

/* A place near the beginning of a page (where its header and its table of nodes are) more often
 * than not. */
static size_t place_in(kg_rng *rng, const places of[PAGE_KINDS], const content *c) {
    return page_in(rng, of, c) + kg_rng_below(rng, kg_rng_below(rng, 3) ? 64 : PAGE);
}

static void damage_once(kg_rng *rng, const places of[PAGE_KINDS], content *c) {
    static const uint64_t odd[] = {0, 1, 2, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, UINT64_MAX};
    size_t at = place_in(rng, of, c), width = (size_t)1 << kg_rng_below(rng, 4);
    size_t pages = c->size / PAGE;
    unsigned char kept[PAGE];
    uint64_t value = kg_rng_below(rng, 2) ? odd[kg_rng_below(rng, sizeof odd / sizeof *odd)]
                                          : kg_rng_below(rng, 2 * pages);
    unsigned char *a = c->data + page_in(rng, of, c), *b = c->data + page_in(rng, of, c);
    switch (kg_rng_below(rng, 10)) {
    default:
        c->data[at] ^= (unsigned char)(1U << kg_rng_below(rng, 8));
        break;
    case 4:
    case 5:
    case 6:
        at -= at % width;
        memcpy(c->data + at, &value, width);
        break;
    case 7:
        memset(a, kg_rng_below(rng, 2) ? 0 : 0xFF, PAGE);
        break;
    case 8:
        memcpy(kept, a, PAGE);
        memcpy(a, b, PAGE);
        memcpy(b, kept, PAGE);
        break;
    case 9:
        c->size -= kg_rng_below(rng, c->size / 2);
        break;
    }
}

/* A timer that outlives exec ends a run that hangs. */
static void set_timer(void) {
    alarm(SECONDS);
}

static unsigned run_commands(place *p, const char *file, const content *damaged, const char *only,
                             unsigned *runs) {
    unsigned failures = 0;
    bool spoilt = true;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        scenario s = {"damaged", .from_base = true};
        if (only && strcmp(only, commands[i].words[0]) != 0)
            continue;
        memcpy(s.words, commands[i].words, sizeof commands[i].words);
        if (spoilt) {
            begin_run(p, &s);
            write_file(file, damaged);
        }
        spoilt = commands[i].writes;
        int status = whole_run(p, &s, NULL);
        ++*runs;
        if (status >= 0 && status <= MOST_STATUS && (status == 0 || says(p, "\n")))
            continue;
        failures++;
        fprintf(stderr, "%s %s: ends with %d; the file is kept in %s/kept-%d\n", s.words[0],
                s.words[2] ? s.words[2] : "", status, p->root, (int)getpid());
        char kept[128];
        snprintf(kept, sizeof kept, "%s/kept-%d", p->root, (int)getpid());
        write_file(kept, damaged);
    }
    return failures;
}

int main(int argc, char **argv) {
    unsigned times = 20, seed = 1, failures = 0, runs = 0;
    const char *only = NULL;
    if (argc < 2)
        give_up("usage: crash_damage KG [--times N] [--seed S] [--only COMMAND]");
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--times") == 0)
            times = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else
            give_up("unknown word %s", argv[i]);
    }
    place p;
    char file[192];
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    place_make(&p, argv[1], 300);
    p.in_child = set_timer;
    store_file(file, p.base);
    content whole = read_file(file);
    places of[PAGE_KINDS] = {0};
    sort_pages(of, &whole);
    begin_run(&p, &(scenario){"damaged", .from_base = true});
    store_file(file, p.store);
    for (unsigned i = 0; i < times; i++) {
        content damaged = {malloc(whole.size), whole.size};
        memcpy(damaged.data, whole.data, whole.size);
        for (uint64_t n = 1 + kg_rng_below(&rng, 3); n > 0 && damaged.size >= 2 * PAGE; n--)
            damage_once(&rng, of, &damaged);
        unsigned found = run_commands(&p, file, &damaged, only, &runs);
        if (found)
            fprintf(stderr, "damage %u of seed %u\n", i, seed);
        failures += found;
        free(damaged.data);
    }
    free(whole.data);
    for (int kind = 0; kind < PAGE_KINDS; kind++)
        kg_array_free(&of[kind]);
    printf("%u damages, %u runs, %u failures\n", times, runs, failures);
    if (failures)
        return 1;
    place_remove(&p);
    return 0;
}
