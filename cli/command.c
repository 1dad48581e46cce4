#include "cli/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int kg_exit_status(kg_status status) {
    switch (status) {
    case KG_OK:
        return 0;
    case KG_ERR_NOT_FOUND:
    case KG_ERR_EXISTS:
    case KG_ERR_FORMAT:
    case KG_ERR_CORRUPT:
    case KG_ERR_VERSION:
    case KG_ERR_STALE:
    case KG_ERR_LIMIT:
    case KG_ERR_NUMERIC:
        return 1;
    case KG_ERR_ARGUMENT:
        return 2;
    case KG_ERR_MEMORY:
    case KG_ERR_IO:
    case KG_ERR_FULL:
    case KG_ERR_BUSY:
    case KG_ERR_CANCELLED:
    case KG_ERR_UNSUPPORTED:
    case KG_ERR_PLUGIN:
        return 3;
    }
    return 3;
}

static kg_output_mode chosen_mode(const kg_common *common) {
    return kg_options_mode(common, kg_output_default_mode());
}

static kg_status check_arguments(const kg_command *command, size_t n_args, kg_error *err) {
    bool few = n_args < command->min_args;
    if (!few && n_args <= command->max_args)
        return KG_OK;
    return kg_error_set(err, KG_ERR_ARGUMENT, "found %zu word%s; expected at %s %u: kg %s %s",
                        n_args, n_args == 1 ? "" : "s", few ? "least" : "most",
                        few ? command->min_args : command->max_args, command->name,
                        command->arguments);
}

static void show_help(const kg_command *command) {
    printf("%s.\n\nUsage: kg %s%s%s [options]\n\n", command->summary, command->name,
           *command->arguments ? " " : "", command->arguments);
    if (command->describe)
        command->describe(stdout);
    puts("Options:");
    kg_options_help(stdout, command->options);
    kg_options_help(stdout, kg_common_options);
}

static kg_status run_parsed(const kg_command *command, const kg_parsed *parsed, void *settings,
                            kg_error *err) {
    kg_status st;
    if (parsed->common.help) {
        show_help(command);
        return KG_OK;
    }
    KG_TRY(st, check_arguments(command, parsed->args.len, err));
    kg_call call = {command, settings, parsed->args.data, parsed->args.len,
                    chosen_mode(&parsed->common)};
    return command->run(&call, err);
}

int kg_command_run(const kg_command *command, const char *const *words, size_t n_words) {
    kg_error err = KG_ERROR_INIT;
    kg_parsed parsed;
    char text[1200];
    void *settings = calloc(1, command->settings_size ? command->settings_size : 1);
    if (!settings) {
        fprintf(stderr, "kg %s: %s\n", command->name, kg_strerror(KG_ERR_MEMORY));
        return kg_exit_status(KG_ERR_MEMORY);
    }
    if (command->defaults)
        memcpy(settings, command->defaults, command->settings_size);
    kg_status st = kg_options_parse(&parsed, settings, command->options, words, n_words, &err);
    if (st == KG_OK)
        st = run_parsed(command, &parsed, settings, &err);
    errno = 0;
    if (st == KG_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        st = kg_error_write(&err, STDOUT_FILENO, "standard output");
        if (command->done)
            kg_error_context(&err, st, "%s", command->done);
    }
    if (st != KG_OK) {
        fflush(stdout);
        err.status = st;
        fprintf(stderr, "kg %s: %s\n", command->name, kg_error_format(text, sizeof text, &err));
        if (st == KG_ERR_ARGUMENT)
            fprintf(stderr, "Try kg %s --help\n", command->name);
    }
    kg_options_free(&parsed, settings, command->options);
    free(settings);
    return kg_exit_status(st);
}
