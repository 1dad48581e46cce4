/* crash_faults KG RECORDER [--only NAME] [--sizes N]: run each scenario's command on a disk that is
 * full after a part of what it writes, N parts, and on one mounted read-only. It must end with a
 * status and a sentence that says so; the store must be whole, old or new, and the next run must
 * succeed. On the read-only one the store can still be read. */
#include "tests/crash/recording.h"
#include "tests/crash/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct injection {
    char preload[512], root[128], log[160], fault[64];
    const char *environment[5];
} injection;

static void prepare(injection *in, place *p, const char *recorder) {
    memset(in, 0, sizeof *in);
    snprintf(in->preload, sizeof in->preload, "LD_PRELOAD=%s", recorder);
    snprintf(in->root, sizeof in->root, "KG_RECORD_ROOT=%s", p->work);
    in->environment[0] = in->preload;
    in->environment[1] = in->root;
}

static bool is_told(const place *p, const char *words) {
    if (says(p, words))
        return true;
    fprintf(stderr, "  did not say: %s; see %s/output\n", words, p->root);
    return false;
}

/* Bytes that a whole run writes, as far as the recorder counts them. */
static uint64_t measure(place *p, const scenario *s, const char *recorder, outcome *after) {
    injection in;
    event e;
    char path[128];
    uint64_t sum = 0;
    prepare(&in, p, recorder);
    snprintf(path, sizeof path, "%s/log-%s", p->root, s->name);
    snprintf(in.log, sizeof in.log, "KG_RECORD_LOG=%s", path);
    in.environment[2] = in.log;
    begin_run(p, s);
    if (whole_run(p, s, in.environment) != 0)
        give_up("%s fails without a fault, see %s/output", s->name, p->root);
    *after = outcome_of(p, s);
    FILE *f = fopen(path, "rb");
    while (f && fread(&e, sizeof e, 1, f) == 1) {
        long data = e.kind == EVENT_WRITE ? (long)e.data_len : 0;
        sum += (uint64_t)data;
        fseek(f, (long)e.path_len + (long)e.path2_len + data, SEEK_CUR);
    }
    if (!f || sum == 0)
        give_up("%s: nothing was recorded", s->name);
    fclose(f);
    return sum;
}

static unsigned run_full(place *p, const scenario *s, const char *recorder, uint64_t room,
                         const outcome *after) {
    injection in;
    char when[64];
    prepare(&in, p, recorder);
    snprintf(in.fault, sizeof in.fault, "KG_RECORD_ROOM=%llu", (unsigned long long)room);
    snprintf(when, sizeof when, "disk full after %llu bytes", (unsigned long long)room);
    in.environment[2] = in.fault;
    begin_run(p, s);
    int status = whole_run(p, s, in.environment);
    bool good = status > 0 && is_told(p, "No space left on device");
    if (!good)
        fprintf(stderr, "%s: %s: ends with %d\n", s->name, when, status);
    return !good + !judge_run(p, s, after, when);
}

static unsigned run_read_only(place *p, const scenario *s, const char *recorder,
                              const outcome *after) {
    injection in;
    prepare(&in, p, recorder);
    in.environment[2] = "KG_RECORD_READONLY=1";
    begin_run(p, s);
    int status = whole_run(p, s, in.environment);
    bool good = status > 0 && is_told(p, "Read-only file system");
    if (!good)
        fprintf(stderr, "%s: read-only: ends with %d\n", s->name, status);
    if (s->from_base) {
        const scenario stats = {"stats", .from_base = true, .words = {"stats", "S"}};
        status = whole_run(p, &stats, in.environment);
        if (status != 0)
            fprintf(stderr, "%s: read-only: kg stats ends with %d\n", s->name, status);
        good = good && status == 0;
    }
    return !good + !judge_run(p, s, after, "read-only");
}

int main(int argc, char **argv) {
    unsigned sizes = 5, failures = 0;
    const char *only = NULL;
    if (argc < 3)
        give_up("usage: crash_faults KG RECORDER [--only NAME] [--sizes N]");
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else if (strcmp(argv[i], "--sizes") == 0)
            sizes = (unsigned)atoi(argv[i + 1]);
    }
    place p;
    place_make(&p, argv[1], 600);
    for (unsigned i = 0; i < n_scenarios; i++) {
        const scenario *s = &scenarios[i];
        unsigned before = failures;
        outcome after;
        if (s->reads || s->trains || (only && strcmp(only, s->name) != 0))
            continue;
        uint64_t bytes = measure(&p, s, argv[2], &after);
        for (unsigned k = 0; k < sizes; k++)
            failures +=
                run_full(&p, s, argv[2], (bytes - 1) * k / (sizes - 1 ? sizes - 1 : 1), &after);
        failures += run_read_only(&p, s, argv[2], &after);
        printf("%s: disk full at %u places of %llu bytes, read-only: %u failures\n", s->name, sizes,
               (unsigned long long)bytes, failures - before);
    }
    if (failures) {
        fprintf(stderr, "%u failures; the last run is in %s\n", failures, p.root);
        return 1;
    }
    place_remove(&p);
    return 0;
}
