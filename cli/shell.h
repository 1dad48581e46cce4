/* The shell: lines in, results and messages out. Knows nothing of terminals. */
#ifndef KG_CLI_SHELL_H
#define KG_CLI_SHELL_H

#include "cli/ask.h"
#include "cli/edits.h"
#include "cli/output.h"
#include "cli/session.h"
#include "kgstore/cypher.h"

typedef struct kg_shell {
    kg_session session; /* its snapshot rests between lines, so that an idle shell pins nothing */
    kg_output_mode mode;
    int weights; /* a kg_weight_set, where a line does not say */
    bool timer;
    bool flush;                /* standard output is no file: somebody may wait for each answer */
    bool bail;                 /* leave when a command has failed */
    bool quit;                 /* .quit was read */
    unsigned depth;            /* of files that read files */
    kg_edits edits;            /* its writer: of the transaction that is open, or NULL */
    uint64_t edited;           /* edits in that transaction */
    kg_cypher *cypher;         /* of the transaction that is open and changes by queries, or NULL */
    kg_bytes question;         /* a query that does not end yet, each of its lines with its end */
    size_t looked;             /* how far for its end */
    uint64_t question_line;    /* where it begins */
    uint64_t commands, failed; /* run so far */
    kg_status first_failure;   /* KG_OK: none */
} kg_shell;

/* Close in any case. */
kg_status kg_shell_open(kg_shell *shell, const char *path, kg_output_mode mode, kg_error *err);
void kg_shell_close(kg_shell *shell);

/* Run one line. What goes wrong is told on standard error, after `file:line:` where file is given,
 * and counted. A query in Cypher ends with a semicolon; until then shell->question is not empty,
 * and lines are parts of it. */
void kg_shell_line(kg_shell *shell, kg_str line, const char *file, uint64_t number);

/* Run the query that has no semicolon, if there is one: nothing more is coming. */
void kg_shell_finish(kg_shell *shell, const char *file);

/* Forget it. */
void kg_shell_forget(kg_shell *shell);

/* Run the lines of a file ("-": standard input) until its end or .quit. Only what concerns the file
 * itself is returned. */
kg_status kg_shell_file(kg_shell *shell, const char *path, kg_error *err);

/* Characters that end a word before the line's end, for kg_shell_complete. */
const char *kg_shell_breaks(const kg_shell *shell, kg_str line);

/* What may stand for the unfinished word that begins at byte `start` of the line: commands in first
 * place, else names of the store in byte order, at most `limit`. Unquoted text; in a query as it is
 * to be written there. */
kg_status kg_shell_complete(kg_shell *shell, kg_str line, size_t start, uint32_t limit,
                            kg_name_fn visit, void *context);

#endif
