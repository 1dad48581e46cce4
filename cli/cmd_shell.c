#include "cli/command.h"
#include "cli/editor.h"
#include "cli/waiting.h"

#include <unistd.h>

typedef struct shell_settings {
    kg_texts commands;
    const char *file;
    double wait;
    bool bail;
} shell_settings;

static const shell_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option options[] = {{"command", 'c', KG_OPTION_LIST,
                                     offsetof(shell_settings, commands), "CMD",
                                     "run a command; may be given again"},
                                    {"file", 'f', KG_OPTION_TEXT, offsetof(shell_settings, file),
                                     "FILE", "run the commands of a file, - for standard input"},
                                    {"bail", 0, KG_OPTION_FLAG, offsetof(shell_settings, bail),
                                     NULL, "leave when a command of -c or -f has failed"},
                                    KG_WAIT_OPTION(shell_settings),
                                    {0}};

static kg_status run_all(kg_shell *shell, const shell_settings *settings, kg_error *err) {
    bool typed = !settings->file && settings->commands.len == 0 && isatty(STDIN_FILENO);
    shell->bail = settings->bail && !typed;
    for (size_t i = 0; i < settings->commands.len && !shell->quit; ++i) {
        kg_shell_line(shell, kg_str_from(settings->commands.data[i]), NULL, 0);
        kg_shell_finish(shell, NULL);
    }
    if (settings->file)
        return shell->quit ? KG_OK : kg_shell_file(shell, settings->file, err);
    if (settings->commands.len > 0)
        return KG_OK;
    if (!typed)
        return kg_shell_file(shell, "-", err);
    kg_editor_run(shell);
    shell->first_failure = KG_OK; /* the person saw it */
    return KG_OK;
}

/* A line that was wrong is a fault of the script, not of how the shell was called. */
static kg_status failure_of(const kg_shell *shell) {
    return shell->first_failure == KG_ERR_ARGUMENT ? KG_ERR_FORMAT : shell->first_failure;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_shell shell;
    kg_status st;
    KG_TRY(st, kg_shell_open(&shell, call->args[0], call->mode, err));
    const shell_settings *settings = call->settings;
    const kg_wait wait = kg_wait_for(settings->wait);
    kg_store_set_wait(shell.session.store, &wait);
    st = run_all(&shell, settings, err);
    if (st == KG_OK && shell.first_failure != KG_OK)
        st = kg_error_set(err, failure_of(&shell), "%llu of %llu commands failed",
                          (unsigned long long)shell.failed, (unsigned long long)shell.commands);
    kg_shell_close(&shell);
    return st;
}

const kg_command cmd_shell = {.name = "shell",
                              .summary = "Ask and change a store line by line",
                              .arguments = "STORE",
                              .min_args = 1,
                              .max_args = 1,
                              .options = options,
                              .settings_size = sizeof(shell_settings),
                              .defaults = &defaults,
                              .run = run};
