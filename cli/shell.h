/* The shell: lines in, results and messages out. Knows nothing of terminals. */
#ifndef KG_CLI_SHELL_H
#define KG_CLI_SHELL_H

#include "cli/ask.h"
#include "cli/edits.h"
#include "cli/output.h"
#include "cli/session.h"

typedef struct kg_shell {
    kg_session session; /* its snapshot rests between lines, so that an idle shell pins nothing */
    kg_output_mode mode;
    int weights; /* a kg_weight_set, where a line does not say */
    bool timer;
    bool flush;                /* standard output is no file: somebody may wait for each answer */
    bool quit;                 /* .quit was read */
    unsigned depth;            /* of files that read files */
    kg_edits edits;            /* its writer: of the transaction that is open, or NULL */
    uint64_t commands, failed; /* run so far */
    kg_status first_failure;   /* KG_OK: none */
} kg_shell;

/* Close in any case. */
kg_status kg_shell_open(kg_shell *shell, const char *path, kg_output_mode mode, kg_error *err);
void kg_shell_close(kg_shell *shell);

/* Run one line. What goes wrong is told on standard error, after `file:line:` where file is given,
 * and counted. */
void kg_shell_line(kg_shell *shell, kg_str line, const char *file, uint64_t number);

/* Run the lines of a file ("-": standard input) until its end or .quit. Only what concerns the file
 * itself is returned. */
kg_status kg_shell_file(kg_shell *shell, const char *path, kg_error *err);

/* What may stand for the unfinished word that begins at byte `start` of the line: commands in first
 * place, else names of the store in byte order, at most `limit`. Unquoted text. */
kg_status kg_shell_complete(kg_shell *shell, kg_str line, size_t start, uint32_t limit,
                            kg_name_fn visit, void *context);

#endif
