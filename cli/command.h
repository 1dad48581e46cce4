/* A command of the program: what main looks up, what help prints, what the man pages and the shell
 * completion are tested against. One cmd_<name>.c a command defines one `const kg_command`, and
 * commands.c lists it. */
#ifndef KG_CLI_COMMAND_H
#define KG_CLI_COMMAND_H

#include "cli/options.h"
#include "cli/output.h"
#include "kgstore/base/error.h"

#include <limits.h>
#include <stdio.h>

typedef struct kg_command kg_command;

/* One call of a command, its words parsed. All of it is borrowed for the call. */
typedef struct kg_call {
    const kg_command *command;
    void *settings;          /* the command's own struct, filled from its option table */
    const char *const *args; /* positional words, n_args of them, then NULL */
    size_t n_args;
    kg_output_mode mode; /* how to print results; never KG_MODE_AUTO */
} kg_call;

#define KG_ANY_ARGS UINT_MAX

struct kg_command {
    const char *name;           /* "import", or two words as in "ner eval" */
    const char *summary;        /* what it does, imperative, without a full stop */
    const char *arguments;      /* positional words as usage shows them: "STORE PATH..." */
    void (*describe)(FILE *to); /* more of the help, before the options; may be NULL */
    unsigned min_args, max_args;
    const kg_option *options; /* ends with {0}; NULL: none of its own */
    size_t settings_size;     /* of the struct that options fill */
    const void *defaults;     /* its initial value; NULL: zeros */
    const char *done; /* what to say first where all was done but the result cannot be printed:
                         "the change is in force"; NULL: nothing lasts */
    /* Data goes to standard output, messages to standard error; nothing else is printed but by what
     * this returns: main shows err and maps the status to the exit status. */
    kg_status (*run)(const kg_call *call, kg_error *err);
};

/* All commands, in the order help shows them; ends with NULL. */
extern const kg_command *const kg_commands[];

/* The command that words begin with, two words before one; *taken words name it. NULL: none. */
const kg_command *kg_command_find(const char *const *words, size_t n_words, size_t *taken);

/* The name of a command nearest to word; NULL where none is near. */
const char *kg_command_nearest(const char *word);

/* Parse the words after the command's name, run it and print what went wrong. Returns the exit
 * status of the process. */
int kg_command_run(const kg_command *command, const char *const *words, size_t n_words);

/* 0 done, 1 the answer is no or data was bad, 2 usage, 3 system. */
int kg_exit_status(kg_status status);

#endif
