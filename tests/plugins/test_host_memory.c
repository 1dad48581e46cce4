/* Every allocation of the host made to fail in turn. */
#include "tests/support/alloc_fail.h"

#include "plugins/host/corpus_check.h"
#include "plugins/host/report.h"
#include "plugins/host/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "%s/kg-memory-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static kg_status choose(void *context) {
    kg_plugin_choice choice;
    kg_plugin_request request = {.trainer = "template", .file = context};
    kg_status st = kg_plugin_choose(&choice, &request, NULL);
    kg_plugin_close(choice.plugin);
    return st;
}

static void test_finding_a_plugin(void **state) {
    (void)state;
    alloc_fail_each(choose, (void *)(uintptr_t)KG_TEMPLATE, false, 200);
    setenv("KG_PLUGIN_PATH", KG_TEMPLATE_FOLDER, 1);
    alloc_fail_each(choose, NULL, false, 200);
}

static kg_status scan(void *context) {
    kg_plugins all;
    (void)context;
    kg_status st = kg_plugins_scan(&all, NULL, NULL, NULL);
    if (st == KG_OK)
        kg_plugins_close(&all);
    return st;
}

static void test_scanning(void **state) {
    (void)state;
    alloc_fail_each(scan, NULL, false, 1000);
}

static kg_status write_report(void *context) {
    static const double x[] = {1, 2}, y[] = {3, 4};
    const kg_series series = {"s", x, y, 2};
    kg_report *report;
    char path[128];
    kg_status st;
    (void)context;
    snprintf(path, sizeof path, "%s/report.html", folder);
    KG_TRY(st, kg_report_open(&report, path, "t", NULL));
    kg_report_curves(report, "c", &series, 1);
    return kg_report_commit(report, NULL);
}

static void test_reports(void **state) {
    (void)state;
    alloc_fail_each(write_report, NULL, false, 100);
}

static kg_status run(void *context) {
    kg_plugin_choice choice = {0};
    kg_host *host = NULL;
    kg_run_result result = {0};
    char command[160], out[128];
    (void)context;
    snprintf(out, sizeof out, "%s/run", folder);
    const kg_plugin_request request = {.trainer = "template", .file = KG_TEMPLATE};
    const kg_messages silent = {0};
    json_t *config =
        json_pack("{s:{s:i, s:i, s:i}}", "run", "steps", 6, "evaluate_every", 2, "keep_last", 1);
    kg_status st = kg_plugin_choose(&choice, &request, NULL);
    if (st == KG_OK)
        st = kg_host_new(&host, &silent, NULL);
    if (st == KG_OK) {
        const kg_run_options options = {.plugin = choice.plugin,
                                        .trainer = choice.trainer,
                                        .host = host,
                                        .config = config,
                                        .folder = out};
        st = kg_run(&result, &options, NULL);
    }
    free(result.final);
    kg_host_free(host);
    kg_plugin_close(choice.plugin);
    json_decref(config);
    snprintf(command, sizeof command, "rm -rf %s", out);
    assert_int_equal(system(command), 0);
    return st;
}

/* Pruning old checkpoints is left undone without memory, and the run goes on. */
static void test_runs(void **state) {
    (void)state;
    alloc_fail_each(run, NULL, true, 2000);
}

static void write_text(const char *path, const char *text, int times) {
    FILE *file = fopen(path, "w");
    for (int i = 0; i < times; i++)
        fputs(text, file);
    fclose(file);
}

static kg_status read_corpus(void *context) {
    const kg_corpus_options *o = context;
    kg_corpus *corpus;
    kg_corpus_survey survey;
    kg_document document;
    bool end = false;
    kg_status st = kg_corpus_check(&survey, o, 1, 1 << 20, NULL);
    if (st == KG_OK)
        st = kg_corpus_open(&corpus, o, NULL);
    if (st != KG_OK)
        return st;
    while (st == KG_OK && !end)
        st = kg_corpus_next(&document, &end, corpus, NULL);
    kg_corpus_close(corpus);
    return st;
}

/* A folder of files, in each format, in parts, with bytes that are not UTF-8. */
static void test_corpora(void **state) {
    (void)state;
    static const char *const texts[] = {
        "A sentence. Another one, of some length.",
        "A line\nand another\n\nand a document\n",
        "{\"text\": \"A sentence. Another one, of some length.\"}\n",
    };
    char corpus[80], path[96];
    const char *const paths[] = {corpus};
    snprintf(corpus, sizeof corpus, "%s/corpus", folder);
    snprintf(path, sizeof path, "%s/text", corpus);
    assert_int_equal(mkdir(corpus, 0700), 0);
    for (int format = KG_CORPUS_LINES; format <= KG_CORPUS_JSONL; format++) {
        kg_corpus_options o = {.paths = paths,
                               .n_paths = 1,
                               .window = 7,
                               .format = (kg_corpus_format)format,
                               .part_bytes = 20};
        write_text(path, texts[format], 150);
        alloc_fail_each(read_corpus, &o, false, 1000);
    }
    FILE *file = fopen(path, "a");
    fputs("\n{\"text\": \"caf\xE9\"}\n", file);
    fclose(file);
    kg_corpus_options o = {.paths = paths, .n_paths = 1, .part_bytes = 20};
    alloc_fail_each(read_corpus, &o, false, 1000);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding_a_plugin), cmocka_unit_test(test_scanning),
        cmocka_unit_test(test_reports),          cmocka_unit_test(test_runs),
        cmocka_unit_test(test_corpora),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
