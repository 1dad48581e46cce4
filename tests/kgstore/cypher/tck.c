/* Runs the scenarios of the openCypher TCK against the engine. README.md says how it is used. */
#include "tck_accepted.h"
#include "tck_run.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SKIPPED = 77, MAX_FEATURE = 1 << 20 };

typedef struct tally {
    kg_str folder;
    unsigned total, passed;
} tally;

typedef struct suite {
    kg_arena arena; /* what lasts to the end */
    const char *folder;
    kg_str graphs;
    const char *only;
    bool verbose, list_failures;
    tck_exceptions accepted;
    kg_store *store;
    TCK_LIST(kg_str) files; /* below the folder */
    TCK_LIST(tally) tallies;
    tally outside, temporal;
    unsigned n_accepted, other_detail, other_time;
    unsigned faults; /* failures not accepted, accepted ones that pass, files that cannot be read */
} suite;

/* ---- Files ----------------------------------------------------------------------------------- */

static bool read_file(kg_str *out, kg_arena *arena, const char *path) {
    FILE *from = fopen(path, "r");
    if (!from)
        return false;
    char *text = tck_new(arena, MAX_FEATURE);
    size_t size = fread(text, 1, MAX_FEATURE, from);
    bool whole = !ferror(from) && size < MAX_FEATURE;
    fclose(from);
    *out = (kg_str){text, size};
    return whole;
}

/* Names of the features below a folder, in the order of their bytes. */
static void find_features(suite *s, kg_str below) {
    struct dirent **entries;
    kg_str folder = tck_format(&s->arena, "%s/%.*s", s->folder, KG_STR_ARG(below));
    int n = scandir(folder.data, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        struct stat about;
        const char *name = entries[i]->d_name;
        size_t len = strlen(name);
        kg_str path =
            tck_format(&s->arena, "%.*s%s%s", KG_STR_ARG(below), below.len ? "/" : "", name);
        kg_str full = tck_format(&s->arena, "%s/%s", s->folder, path.data);
        if (*name != '.' && stat(full.data, &about) == 0 && S_ISDIR(about.st_mode))
            find_features(s, path);
        else if (len > 8 && strcmp(name + len - 8, ".feature") == 0)
            TCK_PUSH(&s->arena, &s->files, path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

/* An empty store in a new folder. */
static kg_status make_store(kg_store **out, char path[PATH_MAX], kg_error *err) {
    kg_status st;
    kg_bulk *bulk;
    kg_bulk_report report;
    const kg_bulk_options options = {.memory = 1 << 24, .threads = 1};
    const char *root = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/kg-tck-XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(path))
        return kg_error_errno(err, "create", path);
    KG_TRY(st, kg_bulk_begin(&bulk, path, &options, err));
    KG_TRY(st, kg_bulk_finish(&report, bulk, err));
    return kg_store_open(out, path, err);
}

static void remove_store(const char *path) {
    char command[PATH_MAX + 32];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (system(command) != 0)
        fprintf(stderr, "cannot remove %s\n", path);
}

/* ---- Running --------------------------------------------------------------------------------- */

static tally *tally_of(suite *s, kg_str file) {
    const char *slash = memrchr(file.data, '/', file.len);
    kg_str folder = {file.data, slash ? (size_t)(slash - file.data) : 0};
    for (size_t i = 0; i < s->tallies.len; i++)
        if (kg_str_equal(s->tallies.data[i].folder, folder))
            return &s->tallies.data[i];
    const tally fresh = {.folder = folder};
    TCK_PUSH(&s->arena, &s->tallies, fresh);
    return &s->tallies.data[s->tallies.len - 1];
}

static void count(suite *s, kg_str file, const tck_verdict *verdict) {
    tally *of_folder = tally_of(s, file);
    bool in_time = kg_str_equal(of_folder->folder, KG_STR("expressions/temporal"));
    tally *of_all = in_time ? &s->temporal : &s->outside;
    of_folder->total++, of_all->total++;
    of_folder->passed += verdict->passed, of_all->passed += verdict->passed;
    s->other_detail += verdict->other_detail;
    s->other_time += verdict->passed && verdict->other_time;
}

static void run_scenario(suite *s, kg_arena *arena, kg_str file, const tck_scenario *scenario) {
    tck_verdict verdict;
    kg_str title = tck_scenario_title(arena, scenario);
    kg_str name = tck_format(arena, "%.*s: %.*s", KG_STR_ARG(file), KG_STR_ARG(title));
    if (s->only && !strstr(name.data, s->only))
        return;
    if (s->verbose) { /* before it is run, so that the last line names one that crashes */
        printf("%s ... ", name.data);
        fflush(stdout);
    }
    tck_run(&verdict, arena, s->store, s->graphs.data, scenario);
    bool accepted = tck_accepted_has(&s->accepted, file, scenario);
    count(s, file, &verdict);
    s->n_accepted += accepted;
    s->faults += accepted == verdict.passed;
    if (s->verbose)
        printf("%s%s%.*s\n",
               verdict.passed ? "passed"
               : accepted     ? "accepted: "
                              : "FAILED: ",
               verdict.passed && accepted ? ", but is listed as accepted" : "",
               verdict.passed ? 0 : (int)verdict.why.len, verdict.why.data);
    if (accepted && verdict.passed)
        printf("%s: passes, but is listed as accepted\n", name.data);
    else if (s->list_failures && !verdict.passed && !accepted)
        printf("%s: %.*s\n", name.data, KG_STR_ARG(verdict.why));
}

static void run_feature(suite *s, kg_str file) {
    kg_str text;
    tck_scenarios scenarios;
    kg_arena arena = KG_ARENA_INIT;
    kg_error err = KG_ERROR_INIT;
    kg_str path = tck_format(&arena, "%s/%.*s", s->folder, KG_STR_ARG(file));
    if (!read_file(&text, &arena, path.data) ||
        tck_feature_parse(&scenarios, &arena, text, &err) != KG_OK) {
        printf("%s:%llu: %s\n", path.data, (unsigned long long)err.line,
               *err.text ? err.text : "cannot be read");
        s->faults++;
        kg_arena_free(&arena);
        return;
    }
    for (size_t i = 0; i < scenarios.len; i++) {
        kg_arena one = KG_ARENA_INIT;
        run_scenario(s, &one, file, &scenarios.data[i]);
        kg_arena_free(&one);
    }
    kg_arena_free(&arena);
}

/* Entries of the list that are about no scenario. */
static void check_accepted(suite *s) {
    for (size_t i = 0; !s->only && i < s->accepted.len; i++) {
        const tck_exception *item = &s->accepted.data[i];
        if (item->hits)
            continue;
        printf("%.*s: %.*s: is listed as accepted (line %u), but there is none of that name\n",
               KG_STR_ARG(item->feature), KG_STR_ARG(item->name), item->line);
        s->faults++;
    }
}

static void print_tally(const char *what, const tally *t) {
    printf("%s: passed %u of %u (%.2f %%)\n", what, t->passed, t->total,
           t->total ? 100.0 * t->passed / t->total : 0.0);
}

static void print_totals(suite *s) {
    for (size_t i = 0; i < s->tallies.len; i++) {
        const tally *t = &s->tallies.data[i];
        printf("%s%.*s: passed %u of %u\n", t->folder.len ? "" : ".", KG_STR_ARG(t->folder),
               t->passed, t->total);
    }
    printf("errors of the right kind with another detail (failed): %u\n", s->other_detail);
    printf("errors raised at another time than expected (passed): %u\n", s->other_time);
    printf("accepted as answered otherwise: %u\n", s->n_accepted);
    print_tally("scenarios outside expressions/temporal", &s->outside);
    print_tally("scenarios in expressions/temporal", &s->temporal);
}

/* ---- Command line ---------------------------------------------------------------------------- */

static bool read_options(suite *s, int argc, char **argv, kg_error *err) {
    for (int i = 1; i < argc; i++) {
        kg_str list;
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--verbose") == 0)
            s->verbose = true;
        else if (strcmp(argv[i], "--list-failures") == 0)
            s->list_failures = true;
        else if (strcmp(argv[i], "--only") == 0 && has_value)
            s->only = argv[++i];
        else if (strcmp(argv[i], "--accepted") == 0 && has_value) {
            if (!read_file(&list, &s->arena, argv[++i])) {
                kg_error_set(err, KG_ERR_IO, "cannot read %s", argv[i]);
                return false;
            }
            if (tck_accepted_parse(&s->accepted, &s->arena, list, err) != KG_OK)
                return false;
        } else if (*argv[i] != '-' && !s->folder)
            s->folder = argv[i];
        else
            s->folder = NULL, i = argc;
    }
    if (!s->folder)
        kg_error_set(err, KG_ERR_ARGUMENT,
                     "usage: tck FEATURES_FOLDER [--accepted FILE] [--only SUBSTRING] [--verbose] "
                     "[--list-failures]");
    return s->folder != NULL;
}

static int run_all(suite *s) {
    char path[PATH_MAX];
    kg_error err = KG_ERROR_INIT;
    if (access(s->folder, R_OK) != 0) {
        printf("skipped: there is no folder %s\n", s->folder);
        return SKIPPED;
    }
    s->graphs = tck_format(&s->arena, "%s/../graphs", s->folder);
    find_features(s, KG_STR(""));
    if (make_store(&s->store, path, &err) != KG_OK) {
        fprintf(stderr, "no store: %s\n", err.text);
        return 2;
    }
    for (size_t i = 0; i < s->files.len; i++)
        run_feature(s, s->files.data[i]);
    kg_store_close(s->store);
    remove_store(path);
    check_accepted(s);
    print_totals(s);
    return s->faults || !(s->outside.total + s->temporal.total);
}

int main(int argc, char **argv) {
    suite s = {.arena = KG_ARENA_INIT};
    kg_error err = KG_ERROR_INIT;
    int code = 2;
    if (read_options(&s, argc, argv, &err))
        code = run_all(&s);
    else
        fprintf(stderr, "%s\n", err.text);
    kg_arena_free(&s.arena);
    return code;
}
