#include "cli/command.h"

#include <stdio.h>
#include <string.h>

typedef struct help_settings {
    bool options, commands;
} help_settings;

static const kg_option options[] = {
    {"options", 0, KG_OPTION_FLAG, offsetof(help_settings, options), NULL,
     "list the command's options for a program: name, letter, argument"},
    {"commands", 0, KG_OPTION_FLAG, offsetof(help_settings, commands), NULL,
     "list the commands for a program"},
    {0}};

static void list_commands(void) {
    puts("kg, a graph-first knowledge-graph database.\n\n"
         "Usage: kg COMMAND [words and options]\n\nCommands:");
    for (const kg_command *const *c = kg_commands; *c; ++c)
        printf("  %-14s %s\n", (*c)->name, (*c)->summary);
    puts("\nBegin with kg import, kg rank and kg shell. For more, see kg COMMAND --help or\n"
         "man kg-COMMAND. kg --version prints the version, kg doctor what this machine can do.");
}

static kg_status run(const kg_call *call, kg_error *err) {
    static const char *const help[] = {"--help"};
    const help_settings *settings = call->settings;
    size_t taken;
    if (settings->commands) {
        for (const kg_command *const *c = kg_commands; *c; ++c)
            puts((*c)->name);
        return KG_OK;
    }
    if (call->n_args == 0) {
        list_commands();
        return KG_OK;
    }
    const kg_command *command = kg_command_find(call->args, call->n_args, &taken);
    if (!command) {
        const char *nearest = kg_command_nearest(call->args[0]);
        return kg_error_set(err, KG_ERR_ARGUMENT, "unknown command %s%s%s%s", call->args[0],
                            nearest ? "; did you mean " : "", nearest ? nearest : "",
                            nearest ? "?" : "");
    }
    if (settings->options) {
        kg_options_dump(stdout, command->options);
        kg_options_dump(stdout, kg_common_options);
        return KG_OK;
    }
    return kg_command_run(command, help, 1) == 0 ? KG_OK : KG_ERR_IO;
}

const kg_command cmd_help = {.name = "help",
                             .summary = "Show how to use a command",
                             .arguments = "[COMMAND]",
                             .max_args = 2,
                             .options = options,
                             .settings_size = sizeof(help_settings),
                             .run = run};
