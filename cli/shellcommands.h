/* The commands of the shell that are words: questions, edits, transactions, settings. */
#ifndef KG_CLI_SHELLCOMMANDS_H
#define KG_CLI_SHELLCOMMANDS_H

#include "cli/shell.h"

/* Run a command, its words the command itself first, on the snapshot of the session. */
kg_status kg_shell_command(kg_shell *shell, const char *const *words, size_t n_words,
                           kg_error *err);

/* Whether begin was said, and neither commit nor abort. */
bool kg_shell_in_transaction(const kg_shell *shell);

/* Forget what the transaction holds, if one is open. */
void kg_shell_give_up(kg_shell *shell);

/* Call visit for the commands that begin with prefix. */
kg_status kg_shell_complete_command(kg_str prefix, kg_name_fn visit, void *context);

#endif
