#include "plugins/host/loader.h"

#include "plugins/host/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* KG_FAULTY: the folder of the plugins with faults. KG_TEMPLATE: that of a sound one. */

typedef struct fault {
    const char *name;
    kg_status status;
    const char *text; /* %s: the plugin's file */
} fault;

static const fault load_faults[] = {
    {"no_entry", KG_ERR_PLUGIN, "%s is not a kg plugin: it does not export kg_plugin_entry"},
    {"undefined", KG_ERR_UNSUPPORTED,
     "cannot load %s: %s: undefined symbol: kg_test_nobody_defines_this"},
    {"major", KG_ERR_VERSION,
     "%s was built for version 2.0.0 of the plugin ABI and this kg has 1.0.0; build it again with "
     "this kg's kg_plugin.h"},
    {"no_init", KG_ERR_PLUGIN, "%s has no init in its kg_plugin_entry"},
    {"no_deinit", KG_ERR_PLUGIN, "%s has no deinit in its kg_plugin_entry"},
    {"no_get_factory", KG_ERR_PLUGIN, "%s has no get_factory in its kg_plugin_entry"},
    {"init", KG_ERR_UNSUPPORTED, "%s: no licence"},
    {"no_factory", KG_ERR_PLUGIN, "%s has neither a trainer factory nor a tool factory"},
    {"factory_hole", KG_ERR_PLUGIN, "%s has a trainer factory without count, descriptor or create"},
    {"factory_short", KG_ERR_PLUGIN,
     "%s has a trainer factory without count, descriptor or create"},
    {"no_id", KG_ERR_PLUGIN, "%s describes a trainer without a valid id"},
    {"no_description", KG_ERR_PLUGIN, "%s: the description of trainer faulty is incomplete"},
    {"schema", KG_ERR_PLUGIN,
     "%s: the schema of faulty is not a JSON object (it is not JSON: line 1: unexpected token near "
     "end of file)"},
};

static const fault run_faults[] = {
    {"create", KG_ERR_UNSUPPORTED, "faulty: not today"},
    {"create_nothing", KG_ERR_PLUGIN, "faulty: create gave no trainer"},
    {"no_configure", KG_ERR_PLUGIN, "faulty: its trainer lacks configure"},
    {"configure", KG_ERR_UNSUPPORTED, "faulty: it does not suit me"},
    {"prepare", KG_ERR_UNSUPPORTED, "faulty: no data"},
    {"step", KG_ERR_UNSUPPORTED, "faulty: the third step is too much"},
    {"step_silent", KG_ERR_NUMERIC, "faulty: step failed (Not a finite number)"},
    {"step_odd", KG_ERR_PLUGIN, "faulty: step returned 77, which is not a status"},
    {"step_no_loss", KG_ERR_PLUGIN, "faulty: step 1 gave no figure \"loss\""},
    {"step_nan", KG_ERR_NUMERIC, "faulty: the loss of step 4 is nan"},
    {"step_name", KG_ERR_PLUGIN,
     "faulty: step gave bad figures: \"a \"name\"\" is not a name for a figure"},
    {"evaluate", KG_ERR_UNSUPPORTED, "faulty: nothing to measure"},
    {"save", KG_ERR_UNSUPPORTED, "faulty: the pen is broken"},
};

static void file_of(char *path, size_t size, const char *name) {
    snprintf(path, size, KG_FAULTY "/faulty_%s.so", name);
}

static void test_faults_at_loading(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof load_faults / sizeof *load_faults; ++i) {
        const fault *f = &load_faults[i];
        kg_error err = KG_ERROR_INIT;
        kg_plugin *plugin;
        char path[512], text[1200];
        file_of(path, sizeof path, f->name);
        snprintf(text, sizeof text, f->text, path, path);
        kg_status st = kg_plugin_open(&plugin, path, &err);
        assert_string_equal(err.text, text);
        assert_int_equal(st, f->status);
        assert_null(plugin);
    }
}

static void run_fault(const fault *f, const char *folder) {
    kg_error err = KG_ERROR_INIT;
    kg_plugin_choice choice;
    kg_host *host;
    kg_run_result result;
    char path[512], out[256];
    file_of(path, sizeof path, f->name);
    snprintf(out, sizeof out, "%s/%s", folder, f->name);
    const kg_plugin_request request = {.trainer = "faulty", .file = path};
    assert_int_equal(kg_plugin_choose(&choice, &request, &err), KG_OK);
    const kg_messages silent = {0};
    assert_int_equal(kg_host_new(&host, &silent, &err), KG_OK);
    json_t *config = json_pack("{s:{s:i}}", "run", "steps", 5);
    const kg_run_options options = {.plugin = choice.plugin,
                                    .trainer = choice.trainer,
                                    .host = host,
                                    .config = config,
                                    .folder = out};
    kg_status st = kg_run(&result, &options, &err);
    assert_string_equal(err.text, f->text);
    assert_int_equal(st, f->status);
    assert_false(result.finished);
    free(result.final);
    json_decref(config);
    kg_host_free(host);
    kg_plugin_close(choice.plugin);
}

static void test_faults_in_a_run(void **state) {
    (void)state;
    char folder[] = "/tmp/kg-loader-XXXXXX", command[64];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof run_faults / sizeof *run_faults; ++i)
        run_fault(&run_faults[i], folder);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void count_warning(void *context, const char *text) {
    size_t *n = context;
    assert_non_null(strstr(text, "faulty_"));
    ++*n;
}

static void test_scan_warns_and_goes_on(void **state) {
    (void)state;
    size_t warnings = 0, sound = 0;
    kg_error err = KG_ERROR_INIT;
    kg_plugins all;
    setenv("KG_PLUGIN_PATH", KG_FAULTY ":" KG_TEMPLATE, 1);
    assert_int_equal(kg_plugins_scan(&all, count_warning, &warnings, &err), KG_OK);
    assert_int_equal(warnings, sizeof load_faults / sizeof *load_faults);
    for (size_t i = 0; i < all.len; ++i)
        sound += strstr(kg_plugin_path(all.data[i]), "/template.so") != NULL;
    assert_true(sound >= 1);
    kg_plugins_close(&all);
}

static void test_choose_by_name_or_file(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_plugin_choice choice;
    char path[512];
    setenv("KG_PLUGIN_PATH", KG_TEMPLATE, 1);
    kg_plugin_request request = {.trainer = "template"};
    assert_int_equal(kg_plugin_choose(&choice, &request, &err), KG_OK);
    assert_string_equal(choice.trainer->id, "template");
    kg_plugin_close(choice.plugin);

    file_of(path, sizeof path, "no_entry");
    request.file = path;
    assert_int_equal(kg_plugin_choose(&choice, &request, &err), KG_ERR_PLUGIN);

    request = (kg_plugin_request){.trainer = "unheard"};
    assert_int_equal(kg_plugin_choose(&choice, &request, &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no plugin has a trainer named \"unheard\"; there is: "));
    assert_non_null(strstr(err.text, "template"));
    request = (kg_plugin_request){.tool = "template.sing"};
    assert_int_equal(kg_plugin_choose(&choice, &request, &err), KG_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no plugin has a tool named \"template.sing\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_at_loading),
        cmocka_unit_test(test_faults_in_a_run),
        cmocka_unit_test(test_scan_warns_and_goes_on),
        cmocka_unit_test(test_choose_by_name_or_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
