#include "tests/crash/scenario.h"

#include "kgstore/base/rng.h"
#include "kgstore/kgstore.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define COLUMNS "--columns", "head,relation,tail"

/* clang-format off */
const scenario scenarios[] = {
    {"import", .words = {"import", "S", "A", COLUMNS}},
    {"import-spill", .words = {"import", "S", "C", COLUMNS, "--memory", "1M"}},
    {"replace", .from_base = true, .words = {"import", "S", "B", COLUMNS, "--replace"}},
    {"append", .from_base = true, .words = {"import", "S", "B", COLUMNS, "--append"}},
    {"append-bulk", .from_base = true, .words = {"import", "S", "C", COLUMNS, "--append", "--memory", "1M"}},
    {"add", .from_base = true, .words = {"add", "S", "a new head", "a new relation", "a new tail"}},
    {"add-held", .from_base = true, .held = true, .words = {"add", "S", "a head", "a relation", "a tail"}},
    {"rank", .from_base = true, .same = true, .words = {"rank", "S"}},
    {"rank-pepr", .from_base = true, .same = true, .words = {"rank", "S", "--personalized"}},
    {"backup", .from_base = true, .to_dest = true, .words = {"backup", "S", "D"}},
    {"compact", .from_base = true, .same = true, .words = {"compact", "S"}},
};
/* clang-format on */

const unsigned n_scenarios = sizeof scenarios / sizeof scenarios[0];

void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

static void shell(const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (system(line) != 0)
        give_up("failed: %s", line);
}

static void write_input(const char *path, unsigned triples, unsigned seed) {
    FILE *f = fopen(path, "w");
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    if (!f)
        give_up("cannot write %s", path);
    for (unsigned i = 0; i < triples; i++) {
        double u = kg_rng_uniform(&rng);
        fprintf(f, "entity %u\trelation %u\tentity %u\n", (unsigned)(u * u * triples / 3),
                (unsigned)kg_rng_below(&rng, 5), (unsigned)kg_rng_below(&rng, triples / 2));
    }
    if (fclose(f) != 0)
        give_up("cannot write %s", path);
}

void place_make(place *p, const char *program, unsigned triples) {
    memset(p, 0, sizeof *p);
    p->program = program;
    p->hold = -1;
    snprintf(p->root, sizeof p->root, "/tmp/kg-crash-XXXXXX");
    if (!mkdtemp(p->root))
        give_up("cannot make a folder");
    snprintf(p->base, sizeof p->base, "%s/base", p->root);
    snprintf(p->input_a, sizeof p->input_a, "%s/a.tsv", p->root);
    snprintf(p->input_b, sizeof p->input_b, "%s/b.tsv", p->root);
    snprintf(p->input_c, sizeof p->input_c, "%s/c.tsv", p->root);
    snprintf(p->work, sizeof p->work, "%s/work", p->root);
    snprintf(p->store, sizeof p->store, "%s/store", p->work);
    snprintf(p->dest, sizeof p->dest, "%s/dest", p->work);
    write_input(p->input_a, triples, 1);
    write_input(p->input_b, triples / 2, 2);
    write_input(p->input_c, triples < 60000 ? 60000 : triples, 3);
    shell("'%s' import '%s' '%s' --columns head,relation,tail >/dev/null", program, p->base,
          p->input_a);
    /* A few small changes, so that there are free pages. */
    for (int i = 0; i < 3; i++)
        shell("'%s' add '%s' 'entity %d' likes 'entity %d' >/dev/null", program, p->base, i, i + 1);
    p->base_triples = (uint64_t)store_state(p->base);
}

void place_remove(place *p) {
    shell("rm -rf '%s'", p->root);
}

static int hold(const char *store) {
    char file[160];
    snprintf(file, sizeof file, "%s/gen-1/data.mdb", store);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH) != 0)
        give_up("cannot lock %s", file);
    return fd;
}

void begin_run(place *p, const scenario *s) {
    if (p->hold >= 0)
        close(p->hold);
    shell("rm -rf '%s' && mkdir '%s'", p->work, p->work);
    if (s->from_base)
        shell("cp -r '%s' '%s'", p->base, p->store);
    p->hold = s->held ? hold(p->store) : -1;
}

static const char *expand(const place *p, const char *word) {
    if (strcmp(word, "S") == 0)
        return p->store;
    if (strcmp(word, "D") == 0)
        return p->dest;
    if (strcmp(word, "A") == 0)
        return p->input_a;
    if (strcmp(word, "B") == 0)
        return p->input_b;
    return strcmp(word, "C") == 0 ? p->input_c : word;
}

pid_t start_run(const place *p, const scenario *s, const char *const *environment) {
    const char *words[16] = {p->program};
    char output[128];
    for (unsigned i = 0; s->words[i]; i++)
        words[i + 1] = expand(p, s->words[i]);
    snprintf(output, sizeof output, "%s/output", p->root);
    pid_t child = fork();
    if (child != 0)
        return child;
    for (; environment && *environment; environment++)
        putenv((char *)(uintptr_t)*environment);
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(fd, 1);
    dup2(fd, 2);
    close(fd);
    execve(p->program, (char *const *)(uintptr_t)words, environ);
    _exit(127);
}

int wait_run(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            give_up("cannot wait");
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int whole_run(const place *p, const scenario *s, const char *const *environment) {
    return wait_run(start_run(p, s, environment));
}

/* ---- Judging --------------------------------------------------------------------------------- */

static void print_problem(void *context, const char *problem) {
    fprintf(stderr, "  %s: %s\n", (const char *)context, problem);
}

int64_t store_state(const char *path) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_status st = kg_store_check(path, print_problem, (void *)(uintptr_t)path, &err);
    if (st == KG_ERR_NOT_FOUND)
        return -1;
    if (st == KG_OK)
        st = kg_store_open(&store, path, &err);
    if (st != KG_OK) {
        fprintf(stderr, "  %s: %s\n", path, err.text);
        return -2;
    }
    st = kg_snapshot_begin(&snapshot, store, &err);
    if (st == KG_OK)
        st = kg_snapshot_stats(&stats, snapshot, &err);
    if (st != KG_OK)
        give_up("%s: %s", path, err.text);
    kg_snapshot_end(snapshot);
    kg_store_close(store);
    return (int64_t)stats.triples;
}

bool judge_state(const place *p, const scenario *s, int64_t after, const char *when) {
    int64_t before = s->from_base ? (int64_t)p->base_triples : -1;
    int64_t found = store_state(p->store);
    if (found != before && found != after) {
        fprintf(stderr, "%s: %s: the store has %lld triples, not %lld or %lld\n", s->name, when,
                (long long)found, (long long)before, (long long)after);
        return false;
    }
    if (s->to_dest) {
        int64_t copied = store_state(p->dest);
        if (copied != -1 && copied != before) {
            fprintf(stderr, "%s: %s: the copy has %lld triples\n", s->name, when,
                    (long long)copied);
            return false;
        }
    }
    return true;
}

bool judge_run(const place *p, const scenario *s, int64_t after, const char *when) {
    if (!judge_state(p, s, after, when))
        return false;
    /* Done already: a new store, or a copy, would rightly be refused. */
    if ((!s->from_base && store_state(p->store) == after) ||
        (s->to_dest && store_state(p->dest) >= 0))
        return true;
    int status = whole_run(p, s, NULL);
    if (status != 0) {
        fprintf(stderr, "%s: %s: the next run ends with %d\n", s->name, when, status);
        shell("cat '%s/output' >&2", p->root);
        return false;
    }
    if (store_state(p->store) != after || (s->to_dest && store_state(p->dest) != after)) {
        fprintf(stderr, "%s: %s: the next run does not do its work\n", s->name, when);
        return false;
    }
    return true;
}
