/* Input: a byte that chooses one of the JSON files of a checkpoint (state.json, ner.json,
 * config.json, tune.json), then its content. What is read must hold together. */
#include "tests/fuzz/fuzz.h"

#include "model/model.h"
#include "plugins/host/runstate.h"
#include "plugins/smedbert/tasks/ner/ner_task.h"
#include "plugins/smedbert/tasks/texts/text_task.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

static void remove_folder(void) {
    static const char *const names[] = {"state.json", "ner.json", "config.json", "tune.json"};
    char path[96];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void write_file(const char *name, const uint8_t *data, size_t size) {
    char path[96];
    if (!folder[0]) {
        snprintf(folder, sizeof folder, "%s/kg-fuzz-XXXXXX",
                 access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) != 0)
        abort();
}

static void told(kg_status st, const kg_error *err) {
    if (st != KG_OK && st != KG_ERR_MEMORY && err->text[0] == '\0')
        abort();
}

static void read_state(kg_error *err) {
    kg_runstate *state = malloc(sizeof *state);
    json_t *config;
    if (!state)
        abort();
    kg_status st = kg_runstate_load(state, &config, folder, "t", err);
    told(st, err);
    if (st == KG_OK && (state->summed > state->step || !json_is_object(config)))
        abort();
    json_decref(config);
    free(state);
}

static void read_ner(kg_error *err) {
    static const kg_tune_task *const tasks[] = {&kg_ner_task, NULL};
    kg_tune_setup setup;
    kg_status st = kg_tune_setup_read(&setup, tasks, folder, err);
    told(st, err);
    if (st == KG_OK && ((kg_ner_setup *)setup.own)->set.types.len == 0)
        abort();
    kg_tune_setup_free(&setup);
}

static void read_texts(kg_error *err) {
    kg_tune_setup setup;
    kg_status st = kg_tune_setup_read(&setup, kg_text_tasks, folder, err);
    told(st, err);
    if (st == KG_OK && setup.task != kg_text_tasks[KG_TEXT_RANK] &&
        ((kg_texts_setup *)setup.own)->labels.types.len < 2)
        abort();
    kg_tune_setup_free(&setup);
}

static void read_config(kg_error *err) {
    kg_model_config config;
    kg_status st = kg_model_config_load(&config, folder, err);
    told(st, err);
    if (st == KG_OK && kg_model_config_check(&config, err) != KG_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct {
        const char *name;
        void (*read)(kg_error *err);
    } files[] = {{"state.json", read_state},
                 {"ner.json", read_ner},
                 {"config.json", read_config},
                 {"tune.json", read_texts}};
    if (size == 0)
        return 0;
    size_t which = data[0] % (sizeof files / sizeof *files);
    kg_error err = KG_ERROR_INIT;
    write_file(files[which].name, data + 1, size - 1);
    files[which].read(&err);
    return 0;
}
