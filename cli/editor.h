/* Lines from a person at a terminal: editing, history, completion. The one place that includes
 * readline. */
#ifndef KG_CLI_EDITOR_H
#define KG_CLI_EDITOR_H

#include "cli/shell.h"

/* Run the lines that a person types until .quit or the end of input. History is kept in
 * ~/.kg_history. One at a time. */
void kg_editor_run(kg_shell *shell);

#endif
