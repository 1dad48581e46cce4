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

#define STORE .from_base = true
#define READS .from_base = true, .reads = true
#define TRAINS .from_base = true, .trains = true
/* A checkpoint at every step of a few. */
#define SHORT_RUN                                                                                  \
    "--set", "run.steps=4", "--set", "run.checkpoint_every=1", "--set", "run.evaluate_every=2",    \
        "--set", "run.log_every=1"

const scenario scenarios[] = {
    {"import", .words = {"import", "S", "A", COLUMNS}},
    {"import-spill", .words = {"import", "S", "C", COLUMNS, "--memory", "1M"}},
    {"replace", STORE, .words = {"import", "S", "B", COLUMNS, "--replace"}},
    {"append", STORE, .words = {"import", "S", "B", COLUMNS, "--append"}},
    {"append-bulk", STORE, .words = {"import", "S", "C", COLUMNS, "--append", "--memory", "1M"}},
    {"add", STORE, .words = {"add", "S", "a new head", "a new relation", "a new tail"}},
    {"add-held", STORE, .held = true, .words = {"add", "S", "a head", "a relation", "a tail"}},
    {"delete", STORE, .once = true, .words = {"del", "S", "entity 0", "likes", "entity 1"}},
    {"edit", STORE, .once = true, .words = {"edit", "S", "E"}},
    {"index", STORE, .once = true, .words = {"index", "S", "stage"}},
    {"index-drop", STORE, .once = true, .words = {"index", "S", "note", "--drop"}},
    {"measure", STORE, .words = {"rank", "S", "--measure", "core"}},
    {"measure-held", STORE, .held = true, .words = {"rank", "S", "--measure", "hits"}},
    {"rank", STORE, .words = {"rank", "S"}},
    {"rank-pepr", STORE, .words = {"rank", "S", "--personalized"}},
    {"link-count", STORE, .words = {"link", "S", "T", "--count"}},
    {"backup", STORE, .to_dest = true, .words = {"backup", "S", "D"}},
    {"compact", STORE, .words = {"compact", "S"}},
    {"renumber", STORE, .deleted = true, .words = {"compact", "S"}},
    {"export", READS, .words = {"export", "S", "-", "--format", "ntriples"}},
    {"query", READS, .words = {"query", "S", "top", "entity 0"}},
    {"stats", READS, .words = {"query", "S", "describe", "entity 1"}},
    {"check", READS, .words = {"check", "S"}},
    {"link", READS, .words = {"link", "S", "T"}},
    {"embed", TRAINS,
     .words = {"embed", "--store", "S", "--out", "R", "--set", "entity_dim=8", SHORT_RUN}},
    {"pretrain", TRAINS,
     .words = {"pretrain", "--store", "S", "--out", "R", "--config", "P", SHORT_RUN}},
    {"ner", TRAINS,
     .words = {"ner", "train", "--store", "S", "--out", "R", "--config", "Q", "--train", "N",
               "--dev", "N", SHORT_RUN}},
};

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

static void write_text(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        give_up("cannot write %s", path);
}

/* Text that names entities, the same with tags, a vocabulary, and two configurations. */
static void write_texts(place *p) {
    char text[512];
    FILE *plain = fopen(p->text, "w"), *tagged = fopen(p->tagged, "w");
    if (!plain || !tagged)
        give_up("cannot write %s", p->text);
    for (unsigned i = 0; i < 40; i++) {
        fprintf(plain,
                "Today entity %u met entity %u, and both of them wrote to entity %u at once; "
                "nobody saw it.\n",
                i, i * 7 % 50, i * 3 % 20);
        fprintf(tagged, "Today O\nentity B-x\n%u I-x\nmet O\nentity B-y\n%u I-y\n\n", i,
                i * 7 % 50);
    }
    if (fclose(plain) != 0 || fclose(tagged) != 0)
        give_up("cannot write %s", p->tagged);
    shell("'%s' vocab --size 120 --out '%s' '%s' 2>/dev/null", p->program, p->vocabulary, p->text);
    snprintf(text, sizeof text,
             "{\"vocab\": \"%s\", \"corpus\": [\"%s\"], \"dev\": [\"%s\"], \"size\": \"tiny\", "
             "\"max_len\": 32, \"min_chars\": 10, \"tokens_per_batch\": 64, \"warmup\": 1}",
             p->vocabulary, p->text, p->text);
    write_text(p->pretrain_config, text);
    snprintf(text, sizeof text,
             "{\"vocab\": \"%s\", \"size\": \"tiny\", \"max_len\": 32, \"tokens_per_batch\": 64}",
             p->vocabulary);
    write_text(p->ner_config, text);
}

/* Names, types and properties for the base store, and the edits of the scenario. */
static void edit_base(const place *p) {
    write_text(p->edits, "label 'entity 1' One en\nalias 'entity 1' Uno\ntype 'entity 2' Thing\n"
                         "set 'entity 1' stage 2\nset 'entity 2' stage 3\n"
                         "set 'entity 1' note 'of one'\nset 'entity 4' note 'of four'\n"
                         "set 'entity 0' likes 'entity 1' since 1999\n"
                         "set 'entity 1' likes 'entity 2' since 2001\n");
    shell("'%s' edit '%s' '%s' >/dev/null 2>&1", p->program, p->base, p->edits);
    shell("'%s' index '%s' note >/dev/null 2>&1", p->program, p->base);
    write_text(p->edits, "add 'a new head' 'a new relation' 'a new tail'\n"
                         "set 'entity 1' stage 4\nunset 'entity 2' stage\n"
                         "set 'entity 1' note changed\nset 'entity 2' note new\n"
                         "set 'entity 0' likes 'entity 1' since 2000\n"
                         "unalias 'entity 1' Uno\nlabel 'entity 1' Eins de\n"
                         "untype 'entity 2' Thing\nrename 'entity 3' 'entity three'\n"
                         "merge 'entity 4' 'entity 5'\ndelete 'entity 6' --detach\n");
}

/* Ids that name nothing, without a triple less. */
static void delete_some(const place *p) {
    shell(
        "printf 'type x T\\ntype y T\\ndelete x\\ndelete y\\n' | '%s' edit '%s' - >/dev/null 2>&1",
        p->program, p->store);
}

void place_make(place *p, const char *program, unsigned triples) {
    memset(p, 0, sizeof *p);
    p->program = program;
    p->hold = -1;
    snprintf(p->root, sizeof p->root, PLACE_ROOT "XXXXXX");
    if (!mkdtemp(p->root))
        give_up("cannot make a folder");
    snprintf(p->base, sizeof p->base, "%s/base", p->root);
    snprintf(p->input_a, sizeof p->input_a, "%s/a.tsv", p->root);
    snprintf(p->input_b, sizeof p->input_b, "%s/b.tsv", p->root);
    snprintf(p->input_c, sizeof p->input_c, "%s/c.tsv", p->root);
    snprintf(p->edits, sizeof p->edits, "%s/edits", p->root);
    snprintf(p->text, sizeof p->text, "%s/text", p->root);
    snprintf(p->tagged, sizeof p->tagged, "%s/tagged", p->root);
    snprintf(p->vocabulary, sizeof p->vocabulary, "%s/vocab.txt", p->root);
    snprintf(p->pretrain_config, sizeof p->pretrain_config, "%s/pretrain.json", p->root);
    snprintf(p->ner_config, sizeof p->ner_config, "%s/ner.json", p->root);
    snprintf(p->work, sizeof p->work, "%s/work", p->root);
    snprintf(p->run, sizeof p->run, "%s/run", p->work);
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
    edit_base(p);
    shell("'%s' rank '%s' --personalized >/dev/null 2>&1", program, p->base);
    shell("'%s' embed --store '%s' --out '%s/run' --set entity_dim=8 --set run.steps=2 >/dev/null "
          "2>&1",
          program, p->base, p->root);
    shell("'%s' add '%s' 'entity 9' likes 'entity 3' >/dev/null", program, p->base);
    p->base_state = store_state(p->base);
    write_texts(p);
}

void place_remove(place *p) {
    shell("rm -rf '%s'", p->root);
}

void store_file(char path[192], const char *store) {
    char generation[32] = "";
    snprintf(path, 192, "%s/CURRENT", store);
    FILE *current = fopen(path, "r");
    if (!current || fscanf(current, "%31s", generation) != 1)
        give_up("cannot read %s", path);
    fclose(current);
    snprintf(path, 192, "%s/%s/data.mdb", store, generation);
}

/* As a reader does that has no slot in lock.mdb. */
static int hold(const place *p) {
    char file[192];
    store_file(file, p->store);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH) != 0)
        give_up("cannot lock %s", file);
    return fd;
}

void begin_run(place *p, const scenario *s) {
    if (p->hold >= 0)
        close(p->hold);
    p->hold = -1;
    shell("rm -rf '%s' && mkdir '%s'", p->work, p->work);
    if (s->from_base)
        shell("cp -r '%s' '%s'", p->base, p->store);
    if (s->deleted)
        delete_some(p);
    if (s->held)
        p->hold = hold(p);
}

static const char *expand(const place *p, const char *word) {
    const struct {
        const char *letter, *path;
    } paths[] = {{"S", p->store},     {"D", p->dest},
                 {"R", p->run},       {"A", p->input_a},
                 {"B", p->input_b},   {"C", p->input_c},
                 {"T", p->text},      {"N", p->tagged},
                 {"E", p->edits},     {"P", p->pretrain_config},
                 {"Q", p->ner_config}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strcmp(word, paths[i].letter) == 0)
            return paths[i].path;
    return word;
}

static void redirect(const place *p, const char *name, int to) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", p->root, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(fd, to);
    close(fd);
}

pid_t start_run(const place *p, const scenario *s, const char *const *environment) {
    const char *words[32] = {p->program};
    unsigned n = 1;
    for (unsigned i = 0; s->words[i]; i++)
        words[n++] = expand(p, s->words[i]);
    if (p->resume && s->trains)
        words[n++] = "--resume";
    pid_t child = fork();
    if (child != 0)
        return child;
    for (; environment && *environment; environment++)
        putenv((char *)(uintptr_t)*environment);
    redirect(p, "answers", STDOUT_FILENO);
    redirect(p, "output", STDERR_FILENO);
    if (p->in_child)
        p->in_child();
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

static char *read_whole(const char *path) {
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t n = 0;
    if (!f)
        return NULL;
    if (getdelim(&text, &n, EOF, f) < 0 && text)
        text[0] = '\0';
    fclose(f);
    return text;
}

/* The lines of metrics.jsonl without their times. */
static char *read_curve(const place *p) {
    char path[160];
    snprintf(path, sizeof path, "%s/metrics.jsonl", p->run);
    char *text = read_whole(path), *time;
    for (char *at = text; at && (time = strstr(at, "\"time\": ")); at = time) {
        const char *end = time + strcspn(time, ",}");
        memmove(time, end, strlen(end) + 1);
    }
    return text;
}

outcome outcome_of(const place *p, const scenario *s) {
    char path[128];
    outcome o = {.state = store_state(p->store)};
    snprintf(path, sizeof path, "%s/answers", p->root);
    o.text = s->reads ? read_whole(path) : s->trains ? read_curve(p) : NULL;
    return o;
}

static bool same_text(const outcome *a, const outcome *b) {
    return (!a->text && !b->text) || (a->text && b->text && strcmp(a->text, b->text) == 0);
}

static bool is_done(const place *p, const scenario *s, const outcome *after) {
    outcome found = outcome_of(p, s);
    bool done = found.state == after->state && same_text(&found, after) &&
                (!s->to_dest || store_state(p->dest) == after->state);
    free(found.text);
    return done;
}

bool judge_state(const place *p, const scenario *s, const outcome *after, const char *when) {
    int64_t before = s->from_base ? p->base_state : -1;
    int64_t found = store_state(p->store);
    if (found != before && found != after->state) {
        fprintf(stderr, "%s: %s: the store is neither as before nor as meant\n", s->name, when);
        return false;
    }
    if (s->to_dest) {
        int64_t copied = store_state(p->dest);
        if (copied != -1 && copied != before) {
            fprintf(stderr, "%s: %s: the copy is another graph\n", s->name, when);
            return false;
        }
    }
    return true;
}

bool says(const place *p, const char *words) {
    char path[128];
    snprintf(path, sizeof path, "%s/output", p->root);
    char *text = read_whole(path);
    bool found = text && strstr(text, words);
    free(text);
    return found;
}

bool judge_status(const place *p, const scenario *s, int status, const outcome *after,
                  const char *when) {
    bool done = is_done(p, s, after);
    bool changes = !s->reads && !s->trains && after->state != p->base_state;
    bool lies = status == 0 ? !done : status < 0 || (changes && done && !says(p, "in force"));
    if (lies) {
        fprintf(stderr, "%s: %s: ends with %d, but %s\n", s->name, when, status,
                done ? "all is done" : "it is not done");
        shell("cat '%s/output' >&2", p->root);
    }
    return !lies;
}

bool judge_run(const place *p, const scenario *s, const outcome *after, const char *when) {
    if (!judge_state(p, s, after, when))
        return false;
    /* Done already: a new store, or a copy, would rightly be refused. */
    if ((!s->from_base && store_state(p->store) == after->state) ||
        (s->to_dest && store_state(p->dest) >= 0))
        return true;
    place again = *p;
    again.in_child = NULL;
    again.resume = true;
    int status = whole_run(&again, s, NULL);
    if (status != 0 && !(s->once && status == 1)) {
        fprintf(stderr, "%s: %s: the next run ends with %d\n", s->name, when, status);
        shell("cat '%s/output' >&2", p->root);
        return false;
    }
    if (!is_done(p, s, after)) {
        fprintf(stderr, "%s: %s: the next run does not do its work\n", s->name, when);
        return false;
    }
    return true;
}
