/* crash_kill KG [--times N] [--points] [--seed S] [--triples N]: kill each scenario's command at N
 * random moments, or at every failpoint that it passes (first and last pass); then the
 * store must be whole, old or new, and the next run must succeed. With --points each failpoint also
 * returns an error once: the command must fail, with the same demands. */
#include "tests/crash/scenario.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/rng.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_POINTS = 64, SKIPPED = 77 };

static void sleep_for(double seconds) {
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

/* The triples that the scenario leaves when it is let run. */
static outcome run_whole(place *p, const scenario *s, const char *const *environment) {
    begin_run(p, s);
    int status = whole_run(p, s, environment);
    if (status != 0)
        give_up("%s: ends with %d, see %s/output", s->name, status, p->root);
    return outcome_of(p, s);
}

/* ---- Random moments -------------------------------------------------------------------------- */

static unsigned kill_at_random(place *p, const scenario *s, unsigned times, kg_rng *rng) {
    unsigned failures = 0, killed = 0;
    outcome after = run_whole(p, s, NULL);
    begin_run(p, s);
    double began = kg_clock();
    whole_run(p, s, NULL);
    double whole = kg_clock() - began;
    for (unsigned i = 0; i < times; i++) {
        char when[64];
        double delay = kg_rng_uniform(rng) * whole;
        begin_run(p, s);
        pid_t child = start_run(p, s, NULL);
        sleep_for(delay);
        kill(child, SIGKILL);
        killed += wait_run(child) < 0;
        snprintf(when, sizeof when, "killed after %.2f ms", delay * 1e3);
        failures += !judge_run(p, s, &after, when);
    }
    printf("%s: %u of %u runs killed at a random moment, %u failures\n", s->name, killed, times,
           failures);
    return failures;
}

/* ---- Failpoints ------------------------------------------------------------------------------ */

typedef struct point {
    char name[64];
    unsigned passes;
} point;

static unsigned list_points(point points[MAX_POINTS], const char *log) {
    unsigned n = 0;
    char line[64];
    FILE *f = fopen(log, "r");
    while (f && fgets(line, sizeof line, f)) {
        unsigned i = 0;
        line[strcspn(line, "\n")] = '\0';
        while (i < n && strcmp(points[i].name, line) != 0)
            i++;
        if (i == n && n < MAX_POINTS) {
            snprintf(points[n].name, sizeof points[n].name, "%s", line);
            points[n++].passes = 0;
        }
        points[i].passes++;
    }
    if (f)
        fclose(f);
    return n;
}

static unsigned act_at(place *p, const scenario *s, const point *at, unsigned pass,
                       const char *action, const outcome *after) {
    char setting[160];
    const char *environment[] = {setting, NULL};
    snprintf(setting, sizeof setting, "KG_FAILPOINT=%s:%u:%s", at->name, pass, action);
    begin_run(p, s);
    int status = whole_run(p, s, environment);
    bool as_told = strcmp(action, "kill") == 0 ? status == -SIGKILL : status > 0;
    if (!as_told)
        fprintf(stderr, "%s: %s: ends with %d\n", s->name, setting, status);
    return !as_told + !judge_run(p, s, after, setting);
}

static unsigned act_at_points(place *p, const scenario *s, unsigned *runs) {
    point points[MAX_POINTS];
    char log[128], setting[160];
    const char *environment[] = {setting, NULL};
    unsigned failures = 0;
    snprintf(log, sizeof log, "%s/passes", p->root);
    snprintf(setting, sizeof setting, "KG_FAILPOINT_LOG=%s", log);
    unlink(log);
    outcome after = run_whole(p, s, environment);
    unsigned n = list_points(points, log);
    for (unsigned i = 0; i < n; i++) {
        unsigned last = points[i].passes;
        failures += act_at(p, s, &points[i], 1, "full", &after);
        failures += act_at(p, s, &points[i], 1, "kill", &after);
        failures += last > 1 ? act_at(p, s, &points[i], last, "kill", &after) : 0;
        *runs += 2;
    }
    printf("%s: %u failpoints, %u failures\n", s->name, n, failures);
    return failures;
}

int main(int argc, char **argv) {
    unsigned times = 0, triples = 2000, seed = 1, failures = 0, runs = 0;
    bool points = false;
    const char *only = NULL;
    if (argc < 2)
        give_up(
            "usage: crash_kill KG [--times N] [--points] [--seed S] [--triples N] [--only NAME]");
    for (int i = 2; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--points") == 0) {
            points = true;
            continue;
        }
        if (strcmp(argv[i], "--times") == 0)
            times = (unsigned)atoi(value);
        else if (strcmp(argv[i], "--triples") == 0)
            triples = (unsigned)atoi(value);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = (unsigned)atoi(value);
        else if (strcmp(argv[i], "--only") == 0)
            only = value;
        else
            give_up("unknown word %s", argv[i]);
        i++;
    }
    place p;
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    place_make(&p, argv[1], triples);
    for (unsigned i = 0; i < n_scenarios; i++) {
        if (only && strcmp(only, scenarios[i].name) != 0)
            continue;
        if (times)
            failures += kill_at_random(&p, &scenarios[i], times, &rng);
        if (points)
            failures += act_at_points(&p, &scenarios[i], &runs);
    }
    if (failures) {
        fprintf(stderr, "%u failures; the last run is in %s\n", failures, p.root);
        return 1;
    }
    place_remove(&p);
    if (points && runs == 0) {
        puts("built without failpoints: skipped");
        return SKIPPED;
    }
    return 0;
}
