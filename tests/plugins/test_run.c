#include "plugins/host/run.h"

#include "plugins/host/checkpoint.h"
#include "plugins/host/schema.h"

#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* KG_TEMPLATE: the file of the plugin template. Runs are of it: a deterministic toy. */

static const char *const usual[] = {"run.steps=60", "run.log_every=7", "run.evaluate_every=10",
                                    "run.checkpoint_every=4", NULL};

typedef struct job {
    const char *folder;
    const char *const *set; /* ends with NULL */
    bool resume;
    uint64_t cancel_after; /* questions of the loop; 0: never */
    uint64_t asked;
} job;

static bool cancelled(void *context) {
    job *j = context;
    return j->cancel_after > 0 && ++j->asked > j->cancel_after;
}

static kg_status do_run(kg_run_result *result, job *j, kg_error *err) {
    kg_plugin_choice choice;
    kg_host *host;
    const kg_plugin_request request = {.trainer = "template", .file = KG_TEMPLATE};
    const kg_messages messages = {.cancelled = cancelled, .context = j};
    *err = (kg_error)KG_ERROR_INIT;
    assert_int_equal(kg_plugin_choose(&choice, &request, err), KG_OK);
    assert_int_equal(kg_host_new(&host, &messages, err), KG_OK);
    json_t *config = json_object();
    for (const char *const *s = j->set; *s; ++s)
        assert_int_equal(kg_schema_set(config, *s, err), KG_OK);
    const kg_run_options options = {.plugin = choice.plugin,
                                    .trainer = choice.trainer,
                                    .host = host,
                                    .config = config,
                                    .folder = j->folder,
                                    .resume = j->resume};
    kg_status st = kg_run(result, &options, err);
    json_decref(config);
    kg_host_free(host);
    kg_plugin_close(choice.plugin);
    return st;
}

static kg_status run_job(job *j, kg_error *err) {
    kg_run_result result;
    kg_status st = do_run(&result, j, err);
    free(result.final);
    return st;
}

/* The lines of metrics.jsonl without their times, one text, allocated. */
static char *curve_of(const char *folder) {
    char path[300], line[2048];
    char *text = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    FILE *from = fopen(path, "r"), *to = open_memstream(&text, &size);
    assert_non_null(from);
    while (fgets(line, sizeof line, from)) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        assert_int_equal(json_object_del(object, "time"), 0);
        json_dumpf(object, to, 0);
        fputc('\n', to);
        json_decref(object);
    }
    fclose(from);
    fclose(to);
    return text;
}

static void remove_folder(const char *folder) {
    char command[400];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static char base[32];

/* In memory where there is such a folder: what is tested is not the disk's patience. */
static int make_base(void **state) {
    (void)state;
    snprintf(base, sizeof base, "%s/kg-run-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(base) ? 0 : -1;
}

static int remove_base(void **state) {
    (void)state;
    remove_folder(base);
    return 0;
}

static const char *in_base(char path[300], const char *name) {
    snprintf(path, 300, "%s/%s", base, name);
    return path;
}

static bool exists(const char *folder, const char *name) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Which file it is, however many names it has; 0: there is none. */
static ino_t file_of(const char *folder, const char *name) {
    char path[400];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &info) == 0 ? info.st_ino : 0;
}

static size_t count_checkpoints(const char *folder) {
    char command[400];
    int n = 0;
    snprintf(command, sizeof command, "ls -A %s/checkpoints | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return (size_t)n;
}

/* The curve of a run with the usual settings that nothing disturbed, allocated. */
static char *undisturbed(void) {
    char path[300];
    kg_error err;
    job j = {.folder = in_base(path, "undisturbed"), .set = usual};
    remove_folder(path);
    assert_int_equal(run_job(&j, &err), KG_OK);
    return curve_of(path);
}

static void test_a_whole_run(void **state) {
    (void)state;
    char path[300], report[400], line[4096];
    kg_error err;
    kg_run_result result;
    job j = {.folder = in_base(path, "whole/of/it"), .set = usual};
    assert_int_equal(do_run(&result, &j, &err), KG_OK);
    assert_true(result.finished);
    assert_int_equal(result.step, 60);
    assert_int_equal(result.best_step, 60);
    assert_string_equal(result.best_metric, "mse");
    double a = 0;
    assert_true(kg_metrics_get(&a, result.final, "a"));
    assert_true(a > 1.5 && a < 3.5);
    free(result.final);
    char *curve = curve_of(path);
    size_t lines = 0;
    for (const char *c = curve; *c; ++c)
        lines += *c == '\n';
    free(curve);
    assert_int_equal(lines, 60 / 7 + 60 / 10 + 1);
    assert_int_equal(count_checkpoints(path), 2);
    assert_true(exists(path, "last/line.txt") && exists(path, "best/state.json"));
    snprintf(report, sizeof report, "%s/report.html", path);
    FILE *f = fopen(report, "r");
    assert_non_null(f);
    bool drawn = false;
    while (fgets(line, sizeof line, f))
        drawn |= strstr(line, "<svg") != NULL;
    fclose(f);
    assert_true(drawn);
    assert_int_equal(run_job(&j, &err), KG_ERR_EXISTS);
    assert_non_null(strstr(err.text, "is not empty; continue its run with --resume"));
}

/* Run in a child that a failpoint or the parent kills; returns its wait status. */
static int run_child(job *j, const char *failpoint, long kill_after_us) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        kg_error err;
        if (failpoint)
            setenv("KG_FAILPOINT", failpoint, 1);
        _exit(run_job(j, &err) == KG_OK ? 0 : 1);
    }
    if (kill_after_us > 0) {
        const struct timespec t = {0, kill_after_us * 1000};
        nanosleep(&t, NULL);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_killed_at_chosen_points(void **state) {
    (void)state;
#ifndef KG_FAILPOINTS
    skip();
#endif
    static const char *const points[] = {"run.after-step:1",           "run.after-step:5",
                                         "run.after-step:33",          "run.after-save:1",
                                         "run.after-save:4",           "checkpoint.before-rename:1",
                                         "checkpoint.before-rename:5", "checkpoint.before-link:1",
                                         "checkpoint.before-link:6",   "run.after-step:60"};
    char path[300];
    char *expected = undisturbed();
    for (size_t i = 0; i < sizeof points / sizeof *points; ++i) {
        job j = {.folder = in_base(path, "killed"), .set = usual};
        kg_error err;
        remove_folder(path);
        int status = run_child(&j, points[i], 0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        j.resume = true;
        assert_int_equal(run_job(&j, &err), KG_OK);
        char *curve = curve_of(path);
        assert_string_equal(curve, expected);
        free(curve);
    }
    free(expected);
}

/* Make a checkpoint of step 5 whose state is {"n": N}. */
static kg_status make_checkpoint(const char *out, int n, kg_error *err) {
    char *folder;
    kg_status st = kg_checkpoint_begin(&folder, out, 5, err);
    if (st != KG_OK)
        return st;
    free(folder);
    json_t *state = json_pack("{s:i}", "n", n);
    st = kg_checkpoint_commit(out, 5, state, err);
    json_decref(state);
    return st;
}

static void assert_one_whole(const char *out) {
    kg_error err = KG_ERROR_INIT;
    char *folder;
    assert_int_equal(kg_checkpoint_find(&folder, out, "last", &err), KG_OK);
    assert_non_null(folder);
    assert_true(exists(folder, "state.json"));
    assert_true(exists(out, "last/state.json"));
    free(folder);
}

/* A checkpoint made again, as when its evaluation turns out to be the best, is never missing. */
static void test_killed_while_a_checkpoint_is_replaced(void **state) {
    (void)state;
#ifndef KG_FAILPOINTS
    skip();
#endif
    static const char *const points[] = {"checkpoint.before-rename:1", "checkpoint.renamed:1",
                                         "checkpoint.before-link:1"};
    char path[300];
    kg_error err = KG_ERROR_INIT;
    for (size_t i = 0; i < sizeof points / sizeof *points; ++i) {
        remove_folder(in_base(path, "replaced"));
        assert_int_equal(make_checkpoint(path, 1, &err), KG_OK);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            setenv("KG_FAILPOINT", points[i], 1);
            _exit(make_checkpoint(path, 2, &err) == KG_OK ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_one_whole(path);
        kg_checkpoint_prune(path, 1, 5);
        assert_int_equal(count_checkpoints(path), 1);
    }
}

/* Where names cannot be exchanged, a kill can leave the old one set aside. */
static void test_a_checkpoint_set_aside_is_found(void **state) {
    (void)state;
    char path[300], from[400], to[400];
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(make_checkpoint(in_base(path, "aside"), 1, &err), KG_OK);
    snprintf(from, sizeof from, "%s/checkpoints/step-00000005", path);
    snprintf(to, sizeof to, "%s/checkpoints/.old-00000005", path);
    assert_int_equal(rename(from, to), 0);
    assert_one_whole(path);
    assert_int_equal(count_checkpoints(path), 1);
    snprintf(from, sizeof from, "%s/last", path);
    snprintf(to, sizeof to, "%s/.last.old", path);
    assert_int_equal(rename(from, to), 0);
    assert_one_whole(path);
}

/* Damaged in one place, state.json of the last checkpoint; the run must not be resumed from it, nor
 * its log be cut. */
/* A run that ended between state.json, which knows of the best, and the link to it. */
static void test_the_best_is_linked_again(void **state) {
    (void)state;
    char path[300], command[400];
    kg_error err;
    job j = {.folder = in_base(path, "best"), .set = usual};
    assert_int_equal(run_job(&j, &err), KG_OK);
    char *expected = curve_of(path);
    ino_t file = file_of(path, "best/state.json");
    assert_true(file != 0);
    snprintf(command, sizeof command, "rm -r %s/best", path);
    assert_int_equal(system(command), 0);
    j.resume = true;
    assert_int_equal(run_job(&j, &err), KG_OK);
    assert_true(file_of(path, "best/state.json") == file);
    char *curve = curve_of(path);
    assert_non_null(strstr(curve, expected)); /* and the final figures once more */
    free(curve);
    free(expected);
}

static void test_absurd_states_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *key, *value, *says;
    } cases[] = {
        {"step", "-1", "step"},
        {"step", "1e300", "step"},
        {"step", "7", "step is 7 in the checkpoint of step 60"},
        {"step", "\"60\"", "step"},
        {"log_size", "-5", "log_size"},
        {"log_size", "0", "begins a line of step 7"},
        {"log_size", "100000000", "restore the log"},
        {"evaluated", "61", "mentions steps after its own, 60"},
        {"best", "{\"step\": 1000, \"value\": 0}", "mentions steps after its own, 60"},
        {"summed", "-1", "summed"},
        {"sums", "[]", "sums"},
        {"sums", "{\"loss\": \"x\"}", "sums.loss"},
        {"config", "3", "config"},
        {"surplus", "3", "surplus"},
    };
    char path[300], file[400];
    kg_error err;
    job j = {.folder = in_base(path, "absurd"), .set = usual};
    assert_int_equal(run_job(&j, &err), KG_OK);
    char *before = curve_of(path);
    snprintf(file, sizeof file, "%s/last/state.json", path);
    json_t *whole = json_load_file(file, 0, NULL);
    assert_non_null(whole);
    j.resume = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        json_t *damaged = json_deep_copy(whole);
        json_object_set_new(damaged, cases[i].key,
                            json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        assert_int_equal(json_dump_file(damaged, file, 0), 0);
        json_decref(damaged);
        assert_int_equal(run_job(&j, &err), KG_ERR_FORMAT);
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s = %s: %s", cases[i].key, cases[i].value, err.text);
        char *after = curve_of(path);
        assert_string_equal(after, before);
        free(after);
    }
    assert_int_equal(json_dump_file(whole, file, 0), 0);
    assert_int_equal(run_job(&j, &err), KG_OK);
    json_decref(whole);
    free(before);
}

static void test_killed_at_random(void **state) {
    (void)state;
    static const char *const longer[] = {"run.steps=8000",         "run.log_every=30",
                                         "run.evaluate_every=500", "run.checkpoint_every=40",
                                         "run.tensorboard=false",  NULL};
    char path[300];
    kg_error err;
    job j = {.folder = in_base(path, "long"), .set = longer};
    assert_int_equal(run_job(&j, &err), KG_OK);
    char *expected = curve_of(path);
    remove_folder(path);
    srand(20260);
    int kills = 0, status = 1;
    for (int round = 0; round < 200 && status != 0; ++round) {
        j.resume = round > 0;
        status = run_child(&j, NULL, round < 60 ? 500 + rand() % 25000 : 0);
        kills += WIFSIGNALED(status);
    }
    assert_int_equal(status, 0);
    assert_true(kills > 0);
    char *curve = curve_of(path);
    assert_string_equal(curve, expected);
    free(curve);
    free(expected);
}

static void test_full_disk_keeps_the_older_checkpoint(void **state) {
    (void)state;
#ifndef KG_FAILPOINTS
    skip();
#endif
    static const char *const points[] = {"run.after-save:3:full", "checkpoint.before-rename:3:full",
                                         "run.after-save:3:io"};
    char path[300];
    char *expected = undisturbed();
    for (size_t i = 0; i < sizeof points / sizeof *points; ++i) {
        job j = {.folder = in_base(path, "full"), .set = usual};
        kg_error err;
        remove_folder(path);
        int status = run_child(&j, points[i], 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_true(exists(path, "last/line.txt"));
        assert_true(exists(path, "checkpoints/step-00000008/state.json"));
        assert_int_equal(count_checkpoints(path), 2);
        j.resume = true;
        assert_int_equal(run_job(&j, &err), KG_OK);
        char *curve = curve_of(path);
        assert_string_equal(curve, expected);
        free(curve);
    }
    free(expected);
}

static void test_stopped_on_request(void **state) {
    (void)state;
    char path[300];
    char *expected = undisturbed();
    kg_error err;
    job j = {.folder = in_base(path, "stopped"), .set = usual, .cancel_after = 17};
    assert_int_equal(run_job(&j, &err), KG_ERR_CANCELLED);
    assert_string_equal(err.text,
                        "stopped on request after step 17; to continue, run the same command "
                        "with --resume");
    assert_true(exists(path, "checkpoints/step-00000017/state.json"));
    assert_true(exists(path, "report.html"));
    job again = {.folder = path, .set = usual, .resume = true};
    assert_int_equal(run_job(&again, &err), KG_OK);
    char *curve = curve_of(path);
    assert_string_equal(curve, expected);
    free(curve);
    free(expected);
}

static void test_resuming_wants_the_same_settings(void **state) {
    (void)state;
    static const char *const short_run[] = {"run.steps=20", "run.log_every=7", NULL};
    static const char *const long_run[] = {"run.steps=30", "run.log_every=7", NULL};
    static const char *const other_rate[] = {"run.steps=30", "run.log_every=7",
                                             "learning_rate=0.25", NULL};
    static const char *const other_seed[] = {"run.steps=30", "run.log_every=7", "run.seed=2", NULL};
    char path[300], straight[300];
    kg_error err;
    job j = {.folder = in_base(path, "extended"), .set = short_run};
    assert_int_equal(run_job(&j, &err), KG_OK);
    j.resume = true;
    j.set = other_rate;
    assert_int_equal(run_job(&j, &err), KG_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "started with learning_rate = 0.05"));
    assert_non_null(strstr(err.text, "and is now given 0.25"));
    j.set = other_seed;
    assert_int_equal(run_job(&j, &err), KG_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "started with run.seed = 1 and is now given 2"));
    j.set = long_run;
    assert_int_equal(run_job(&j, &err), KG_OK);
    job k = {.folder = in_base(straight, "straight"), .set = long_run};
    assert_int_equal(run_job(&k, &err), KG_OK);
    char command[700];
    snprintf(command, sizeof command, "cmp -s %s/last/line.txt %s/last/line.txt", path, straight);
    assert_int_equal(system(command), 0);
}

/* A program that has one more option goes on with the run of one that had not. */
static void test_resuming_fills_in_later_options(void **state) {
    (void)state;
    static const char *const short_run[] = {"run.steps=20", NULL};
    static const char *const long_run[] = {"run.steps=30", NULL};
    char path[300], file[400];
    kg_error err;
    job j = {.folder = in_base(path, "older"), .set = short_run};
    assert_int_equal(run_job(&j, &err), KG_OK);
    snprintf(file, sizeof file, "%s/last/state.json", path);
    json_t *saved = json_load_file(file, 0, NULL);
    assert_int_equal(json_object_del(json_object_get(saved, "config"), "learning_rate"), 0);
    assert_int_equal(json_dump_file(saved, file, 0), 0);
    json_decref(saved);
    j.resume = true;
    j.set = long_run;
    assert_int_equal(run_job(&j, &err), KG_OK);
}

static void test_patience_and_best(void **state) {
    (void)state;
    /* A rate so high that the fit soon gets no better. */
    static const char *const set[] = {"run.steps=5000",
                                      "run.evaluate_every=5",
                                      "run.patience=3",
                                      "learning_rate=0.9",
                                      "batch=1",
                                      "run.keep_last=1",
                                      NULL};
    char path[300], expected[64];
    kg_error err;
    kg_run_result result;
    job j = {.folder = in_base(path, "patience"), .set = set};
    assert_int_equal(do_run(&result, &j, &err), KG_OK);
    assert_true(result.step < 5000);
    assert_int_equal(result.step, result.best_step + 15);
    double final = 0;
    assert_true(kg_metrics_get(&final, result.final, "mse"));
    assert_true(final == result.best);
    free(result.final);
    snprintf(expected, sizeof expected, "checkpoints/step-%08llu/state.json",
             (unsigned long long)result.best_step);
    assert_true(file_of(path, expected) != 0);
    assert_true(file_of(path, expected) == file_of(path, "best/state.json"));
}

/* `cp -r` of the best alone has its files, and of a run a run that goes on; so has a run whose last
 * is a symbolic link, as on a file system without hard links. */
static void test_copies(void **state) {
    (void)state;
    char path[300], to[300], command[1500];
    char *expected = undisturbed();
    kg_error err;
    job first = {.folder = in_base(path, "copied"), .set = usual, .cancel_after = 34};
    assert_int_equal(run_job(&first, &err), KG_ERR_CANCELLED);
    snprintf(command, sizeof command,
             "cp -r %s %s && cd %s && cp -r best ../best.alone && rm -r last && "
             "ln -s checkpoints/$(ls checkpoints | tail -1) last",
             path, in_base(to, "copy"), to);
    assert_int_equal(system(command), 0);
    assert_true(exists(base, "best.alone/state.json"));
    job second = {.folder = to, .set = usual, .resume = true};
    assert_int_equal(run_job(&second, &err), KG_OK);
    char *curve = curve_of(to);
    assert_string_equal(curve, expected);
    free(curve);
    free(expected);
}

static void test_ends_by_epochs_and_by_time(void **state) {
    (void)state;
    static const char *const epochs[] = {"run.epochs=1.5", NULL};
    static const char *const minutes[] = {"run.max_minutes=0.0005", NULL};
    static const char *const endless[] = {NULL};
    char path[300];
    kg_error err;
    kg_run_result result;
    job j = {.folder = in_base(path, "epochs"), .set = epochs};
    assert_int_equal(do_run(&result, &j, &err), KG_OK);
    assert_int_equal(result.step, 93); /* 1.5 * (1000 / 16) */
    free(result.final);
    j = (job){.folder = in_base(path, "minutes"), .set = minutes};
    assert_int_equal(do_run(&result, &j, &err), KG_OK);
    assert_true(result.step > 0 && result.finished);
    free(result.final);
    j = (job){.folder = in_base(path, "endless"), .set = endless};
    assert_int_equal(run_job(&j, &err), KG_ERR_ARGUMENT);
    assert_string_equal(err.text,
                        "the run has no end; set run.steps, run.epochs or run.max_minutes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_run),
        cmocka_unit_test(test_killed_at_chosen_points),
        cmocka_unit_test(test_killed_at_random),
        cmocka_unit_test(test_full_disk_keeps_the_older_checkpoint),
        cmocka_unit_test(test_killed_while_a_checkpoint_is_replaced),
        cmocka_unit_test(test_a_checkpoint_set_aside_is_found),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_the_best_is_linked_again),
        cmocka_unit_test(test_absurd_states_are_refused),
        cmocka_unit_test(test_stopped_on_request),
        cmocka_unit_test(test_resuming_wants_the_same_settings),
        cmocka_unit_test(test_resuming_fills_in_later_options),
        cmocka_unit_test(test_patience_and_best),
        cmocka_unit_test(test_ends_by_epochs_and_by_time),
    };
    return cmocka_run_group_tests(tests, make_base, remove_base);
}
