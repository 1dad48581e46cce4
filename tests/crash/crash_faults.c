/* crash_faults KG RECORDER [--only NAME] [--sizes N] [--step N]: run each scenario's command on a
 * disk that is full after a part of what it writes, N parts, and on one mounted read-only. It must
 * end with a status and a sentence that says so; the store must be whole, old or new, and the next
 * run must succeed. On the read-only one the store can still be read. Then let every N-th single
 * call of each kind fail, or do half of its work: the same, and the status must tell the truth: 0,
 * and the new data is there; otherwise the old, or a sentence that the new is in force. */
#include "tests/crash/recording.h"
#include "tests/crash/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct injection {
    char preload[512], root[128], log[160], fault[64];
    const char *environment[5];
} injection;

static void prepare(injection *in, const place *p, const char *recorder) {
    memset(in, 0, sizeof *in);
    snprintf(in->preload, sizeof in->preload, "LD_PRELOAD=%s", recorder);
    snprintf(in->root, sizeof in->root, "KG_RECORD_ROOT=%s", p->work);
    in->environment[0] = in->preload;
    in->environment[1] = in->root;
}

static bool says(const place *p, const char *words) {
    char path[128], text[2048];
    snprintf(path, sizeof path, "%s/output", p->root);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    if (strstr(text, words))
        return true;
    fprintf(stderr, "  said: %s\n", text);
    return false;
}

/* Bytes that a whole run writes, as far as the recorder counts them. */
static uint64_t measure(place *p, const scenario *s, const char *recorder, int64_t *after) {
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
    *after = store_state(p->store);
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
                         int64_t after) {
    injection in;
    char when[64];
    prepare(&in, p, recorder);
    snprintf(in.fault, sizeof in.fault, "KG_RECORD_ROOM=%llu", (unsigned long long)room);
    snprintf(when, sizeof when, "disk full after %llu bytes", (unsigned long long)room);
    in.environment[2] = in.fault;
    begin_run(p, s);
    int status = whole_run(p, s, in.environment);
    bool good = status > 0 && says(p, "No space left on device");
    if (!good)
        fprintf(stderr, "%s: %s: ends with %d\n", s->name, when, status);
    return !good + !judge_run(p, s, after, when);
}

static unsigned run_read_only(place *p, const scenario *s, const char *recorder, int64_t after) {
    injection in;
    prepare(&in, p, recorder);
    in.environment[2] = "KG_RECORD_READONLY=1";
    begin_run(p, s);
    int status = whole_run(p, s, in.environment);
    bool good = status > 0 && says(p, "Read-only file system");
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

/* ---- Single calls ---------------------------------------------------------------------------- */

typedef struct fault_kind {
    const char *call;
    bool shortened; /* it does half of its work */
} fault_kind;

static const fault_kind kinds[] = {
    {"open", false},      {"openat", false}, {"read", false},   {"read", true},
    {"pread", false},     {"pread", true},   {"write", false},  {"write", true},
    {"pwrite", false},    {"pwrite", true},  {"writev", false}, {"writev", true},
    {"pwritev", false},   {"pwritev", true}, {"fsync", false},  {"fdatasync", false},
    {"ftruncate", false}, {"mmap", false},   {"flock", false},  {"fallocate", false},
    {"mkdir", false},     {"rmdir", false},  {"unlink", false}, {"rename", false},
};

/* Of a scenario that leaves the triples as they are: whether another generation is in force. */
static bool has_moved(const place *p) {
    char path[160], text[32] = "";
    snprintf(path, sizeof path, "%s/CURRENT", p->store);
    FILE *f = fopen(path, "r");
    if (f) {
        (void)!fgets(text, sizeof text, f);
        fclose(f);
    }
    return strcmp(text, "gen-1\n") != 0;
}

static bool status_is_true(const place *p, const scenario *s, int status, int64_t after,
                           const char *when) {
    int64_t found = store_state(s->to_dest ? p->dest : p->store);
    bool done = s->same ? has_moved(p) : found == after;
    if (status == 0 ? done : status > 0 && (!done || says(p, "in force")))
        return true;
    fprintf(stderr, "%s: %s: ends with %d, and the store has %lld triples (%lld when done)%s\n",
            s->name, when, status, (long long)found, (long long)after,
            done ? " and the new data" : "");
    return false;
}

/* Whether there was a call to fail; *failures counts. */
static bool run_faulty(unsigned *failures, place *p, const scenario *s, const injection *base,
                       const fault_kind *kind, unsigned nth, int64_t after) {
    injection in = *base;
    char fired[128], fired_setting[160], when[96];
    snprintf(fired, sizeof fired, "%s/fired", p->root);
    snprintf(fired_setting, sizeof fired_setting, "KG_RECORD_FIRED=%s", fired);
    snprintf(in.fault, sizeof in.fault, "KG_RECORD_FAIL=%s:%u%s", kind->call, nth,
             kind->shortened ? ":short" : "");
    snprintf(when, sizeof when, "%s", in.fault + strlen("KG_RECORD_FAIL="));
    const char *environment[] = {in.preload, in.root, in.fault, fired_setting, NULL};
    unlink(fired);
    begin_run(p, s);
    int status = whole_run(p, s, environment);
    if (access(fired, F_OK) != 0)
        return false;
    *failures += !status_is_true(p, s, status, after, when) || !judge_run(p, s, after, when);
    return true;
}

static unsigned run_single_calls(place *p, const scenario *s, const char *recorder, unsigned step,
                                 int64_t after) {
    injection in;
    unsigned failures = 0, calls = 0;
    prepare(&in, p, recorder);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        unsigned nth = 1 + (unsigned)k % step;
        while (run_faulty(&failures, p, s, &in, &kinds[k], nth, after)) {
            nth += step;
            calls++;
        }
    }
    printf("%s: %u single calls, %u failures\n", s->name, calls, failures);
    return failures;
}

int main(int argc, char **argv) {
    unsigned sizes = 5, step = 1, failures = 0;
    const char *only = NULL;
    if (argc < 3)
        give_up("usage: crash_faults KG RECORDER [--only NAME] [--sizes N] [--step N]");
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else if (strcmp(argv[i], "--sizes") == 0)
            sizes = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--step") == 0)
            step = (unsigned)atoi(argv[i + 1]);
    }
    place p;
    place_make(&p, argv[1], 600);
    for (unsigned i = 0; i < n_scenarios; i++) {
        const scenario *s = &scenarios[i];
        unsigned before = failures;
        int64_t after;
        if (only && strcmp(only, s->name) != 0)
            continue;
        uint64_t bytes = measure(&p, s, argv[2], &after);
        for (unsigned k = 0; k < sizes; k++)
            failures +=
                run_full(&p, s, argv[2], (bytes - 1) * k / (sizes - 1 ? sizes - 1 : 1), after);
        failures += run_read_only(&p, s, argv[2], after);
        printf("%s: disk full at %u places of %llu bytes, read-only: %u failures\n", s->name, sizes,
               (unsigned long long)bytes, failures - before);
        failures += run_single_calls(&p, s, argv[2], step ? step : 1, after);
    }
    if (failures) {
        fprintf(stderr, "%u failures; the last run is in %s\n", failures, p.root);
        return 1;
    }
    place_remove(&p);
    return 0;
}
