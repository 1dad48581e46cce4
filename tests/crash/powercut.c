/* powercut KG RECORDER [--only NAME] [--every N] [--mixes N] [--rerun N]: record what each
 * scenario's command writes, syncs and renames, and in which order; then for every prefix of that,
 * or every N-th, cut the power in each of several ways and look at what is left: the store in force
 * is whole, old or new. After the last event, when the command has said that it is done, it must be
 * the new one whatever is lost. Every N-th time the command is run again on what is left and must
 * succeed. */
#include "tests/crash/disk.h"
#include "tests/crash/scenario.h"

#include "kgstore/base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recording {
    KG_ARRAY(unsigned char) bytes;
    KG_ARRAY(size_t) at; /* where each event begins */
} recording;

static void load_recording(recording *r, const char *path) {
    FILE *f = fopen(path, "rb");
    unsigned char buffer[65536];
    size_t n;
    if (!f)
        give_up("nothing was recorded");
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0)
        if (kg_array_append(&r->bytes, buffer, n) != KG_OK)
            give_up("out of memory");
    fclose(f);
    for (size_t at = 0; at < r->bytes.len;) {
        event e;
        memcpy(&e, r->bytes.data + at, sizeof e);
        if (kg_array_push(&r->at, at) != KG_OK)
            give_up("out of memory");
        at += sizeof e + e.path_len + e.path2_len + (e.kind == EVENT_WRITE ? e.data_len : 0);
    }
}

static void apply_event(disk *d, const recording *r, size_t i) {
    event e;
    char path[512], path2[512];
    const unsigned char *at = r->bytes.data + r->at.data[i];
    memcpy(&e, at, sizeof e);
    at += sizeof e;
    snprintf(path, sizeof path, "%.*s", (int)e.path_len, (const char *)at);
    at += e.path_len;
    snprintf(path2, sizeof path2, "%.*s", (int)e.path2_len, (const char *)at);
    disk_apply(d, &e, path, path2, at + e.path2_len);
}

/* How thoroughly, and what came of it. */
typedef struct trial {
    unsigned every, mixes, rerun;
    place *place;
    const scenario *scenario;
    outcome after; /* triples that the whole command leaves */
    kg_rng rng;
    unsigned states, reruns, failures;
} trial;

/* The power is cut now; done: the command has said that it is. */
static void cut(trial *t, const disk *d, loss how, bool done, const char *when) {
    place *p = t->place;
    const scenario *s = t->scenario;
    disk_cut(d, p->work, how, &t->rng);
    bool again = t->rerun && t->states % t->rerun == 0;
    bool good = again ? judge_run(p, s, &t->after, when) : judge_state(p, s, &t->after, when);
    if (good && done && !again &&
        (store_state(p->store) != t->after.state ||
         (s->to_dest && store_state(p->dest) != t->after.state))) {
        fprintf(stderr, "%s: %s: what the command had finished is lost\n", s->name, when);
        good = false;
    }
    t->states++;
    t->reruns += again;
    t->failures += !good;
}

static void replay(trial *t, const recording *r, disk *d) {
    static const char *const words[] = {"all that was not synced", "content not synced",
                                        "names not synced", "nothing",
                                        "some of what was not synced"};
    for (size_t i = 0; i < r->at.len; i++) {
        bool done = i + 1 == r->at.len;
        apply_event(d, r, i);
        if (i % t->every != 0 && !done)
            continue;
        for (unsigned how = 0; how < LOSE_AT_RANDOM + t->mixes && t->failures < 5; how++) {
            loss l = how < LOSE_AT_RANDOM ? (loss)how : LOSE_AT_RANDOM;
            char when[160];
            snprintf(when, sizeof when, "power cut after event %zu of %zu, losing %s", i + 1,
                     r->at.len, words[l]);
            cut(t, d, l, done, when);
        }
    }
    printf("%s: %zu events, %u states, %u runs after, %u failures\n", t->scenario->name, r->at.len,
           t->states, t->reruns, t->failures);
}

static unsigned record_and_replay(trial t, const char *recorder) {
    char preload[512], root[128], log[128], log_setting[160];
    const char *environment[] = {preload, root, log_setting, NULL};
    place *p = t.place;
    const scenario *s = t.scenario;
    recording r = {KG_ARRAY_INIT, KG_ARRAY_INIT};
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", recorder);
    snprintf(root, sizeof root, "KG_RECORD_ROOT=%.95s", p->work);
    snprintf(log, sizeof log, "%.63s/log-%.40s", p->root, s->name);
    snprintf(log_setting, sizeof log_setting, "KG_RECORD_LOG=%s", log);
    begin_run(p, s);
    disk *d = disk_load(p->work);
    int status = whole_run(p, s, environment);
    if (status != 0)
        give_up("%s: ends with %d, see %s/output", s->name, status, p->root);
    t.after = outcome_of(p, s);
    load_recording(&r, log);
    replay(&t, &r, d);
    disk_free(d);
    kg_array_free(&r.bytes);
    kg_array_free(&r.at);
    return t.failures;
}

int main(int argc, char **argv) {
    trial t = {.every = 1, .mixes = 2, .rerun = 100, .rng = kg_rng_stream(1, 0, 0, 0)};
    unsigned failures = 0;
    const char *only = NULL;
    if (argc < 3)
        give_up("usage: powercut KG RECORDER [--only NAME] [--every N] [--mixes N] [--rerun N]");
    for (int i = 3; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
        else if (strcmp(argv[i], "--every") == 0)
            t.every = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--mixes") == 0)
            t.mixes = (unsigned)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--rerun") == 0)
            t.rerun = (unsigned)atoi(argv[i + 1]);
    }
    if (t.every == 0)
        give_up("--every takes a number from 1");
    place p;
    place_make(&p, argv[1], 600);
    t.place = &p;
    for (unsigned i = 0; i < n_scenarios; i++) {
        t.scenario = &scenarios[i];
        if (!scenarios[i].reads && !scenarios[i].trains &&
            (!only || strcmp(only, scenarios[i].name) == 0))
            failures += record_and_replay(t, argv[2]);
    }
    if (failures) {
        fprintf(stderr, "%u failures; recordings are in %s\n", failures, p.root);
        return 1;
    }
    place_remove(&p);
    return 0;
}
