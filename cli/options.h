/* Options of a command: one table drives parsing, --help, the tests of man pages, and completion.
 */
#ifndef KG_CLI_OPTIONS_H
#define KG_CLI_OPTIONS_H

#include "cli/output.h"
#include "kgstore/base/array.h"
#include "kgstore/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What an option's value is, and the type of the field at its offset. */
typedef enum kg_option_kind {
    KG_OPTION_FLAG,  /* bool; takes no value */
    KG_OPTION_TEXT,  /* const char *, borrowed from the words */
    KG_OPTION_LIST,  /* kg_texts: may be given again and again */
    KG_OPTION_COUNT, /* uint64_t, decimal */
    KG_OPTION_SIZE,  /* uint64_t bytes: 512M, 2G (powers of 1024) */
    KG_OPTION_REAL,  /* double */
    KG_OPTION_CHOICE /* int: index of the word among those of `argument`, parted by '|' */
} kg_option_kind;

typedef KG_ARRAY(const char *) kg_texts;

typedef struct kg_option {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* short form; 0: none */
    kg_option_kind kind;
    size_t offset;        /* of the field in the command's settings */
    const char *argument; /* what usage calls the value; NULL for a flag */
    const char *help;     /* one line without a full stop; NULL: not shown */
} kg_option;

/* Options that every command takes. */
typedef struct kg_common {
    bool help, json, csv_safe;
    int mode; /* index into the words of --mode; -1: not given */
} kg_common;

extern const kg_option kg_common_options[];

typedef struct kg_parsed {
    kg_texts args; /* positional words, with a NULL after the last */
    kg_common common;
} kg_parsed;

/* Parse words into settings (laid out as `options` says; already holding defaults) and *out.
 * Options and positional words may be mixed; "--" ends options. KG_ERR_ARGUMENT names the word at
 * fault and, for an unknown option, the nearest known one. Free *out and the lists with
 * kg_options_free in any case. */
kg_status kg_options_parse(kg_parsed *out, void *settings, const kg_option *options,
                           const char *const *words, size_t n_words, kg_error *err);
void kg_options_free(kg_parsed *parsed, void *settings, const kg_option *options);

/* The mode that the options choose; `otherwise` where they choose none. */
kg_output_mode kg_options_mode(const kg_common *common, kg_output_mode otherwise);

/* "2G" -> bytes. KG_ERR_ARGUMENT for anything but digits and one of K M G T (or nothing) after. */
kg_status kg_size_parse(uint64_t *bytes, const char *word);

/* The option table as help shows it, two columns. NULL prints nothing. */
void kg_options_help(FILE *to, const kg_option *options);

/* The option table for programs: "--name TAB -letter TAB ARGUMENT" a line, empty where absent. */
void kg_options_dump(FILE *to, const kg_option *options);

#endif
