/* A progress line on standard error: phase, share, rate and time left. Shown on a terminal only. */
#ifndef KG_CLI_PROGRESS_H
#define KG_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_progress {
    bool shown;        /* standard error is a terminal */
    bool dirty;        /* a line stands there */
    const char *phase; /* of the last call, compared by content */
    double started;    /* seconds, of this phase */
    double drawn;      /* when the line was last drawn */
} kg_progress;

void kg_progress_begin(kg_progress *progress);

/* Has the type of kg_bulk_options.progress; context is the kg_progress. total 0: not known. Draws
 * at most ten times a second. */
void kg_progress_update(void *context, const char *phase, uint64_t done, uint64_t total);

/* A number in few characters: 1234567 as "1.2 M". */
void kg_progress_count(char text[16], double n);

/* Wipe the line. */
void kg_progress_end(kg_progress *progress);

/* From now on SIGINT and SIGTERM only set a flag, so that long work can stop whole; a second signal
 * ends the process as usual. */
void kg_interrupt_catch(void);

/* Whether a signal came. Has the type of kg_bulk_options.cancelled; context is not used. */
bool kg_interrupted(void *context);

/* As kg_interrupt_catch, but SIGINT never ends the process: for the shell at a terminal. */
void kg_interrupt_hold(void);

/* The signal that came, which is forgotten; 0: none. */
int kg_interrupt_take(void);

#endif
