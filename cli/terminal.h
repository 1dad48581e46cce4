/* Standard streams that are terminals. Names, labels and texts come from anywhere, and a terminal
 * obeys what it is sent: an ESC among them could hide a line, or write another. So where standard
 * output or error is a terminal, everything that goes there passes one guard, which shows controls
 * instead of sending them; what goes to a file or a pipe is left as it is. */
#ifndef KG_CLI_TERMINAL_H
#define KG_CLI_TERMINAL_H

#include <stdio.h>

/* Put the guard before stdout and stderr as far as they are terminals. Once, before anything is
 * printed. Line feeds, tabs and the return of a line's end pass; other controls, characters that
 * turn the direction of text, and bytes that are not UTF-8 are shown as \x1b or \u202e. */
void kg_terminal_guard(void);

/* Print a control sequence of our own to stdout or stderr, past the guard. */
void kg_terminal_control(FILE *to, const char *sequence);

/* The stream behind the guard: for readline, which draws its line itself. */
FILE *kg_terminal_raw(FILE *stream);

#endif
