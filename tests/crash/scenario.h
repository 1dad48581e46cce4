/* What the crash tests run the program for: one table of scenarios, each a command on a store, with
 * what the store may hold when it was cut off. */
#ifndef KG_TESTS_CRASH_SCENARIO_H
#define KG_TESTS_CRASH_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct scenario {
    const char *name;
    bool from_base; /* begins with a store; otherwise with nothing */
    bool to_dest;   /* leaves the store as it is and makes another */
    bool held;      /* a reader without a slot reads the store meanwhile */
    bool once;      /* what is done cannot be done again: a deletion */
    bool deleted;   /* the store has deleted entities */
    bool reads;     /* leaves the store as it is and answers on standard output */
    bool trains;    /* leaves the triples as they are and makes the folder of a run */
    /* Words after the program's name, NULL at the end. S D R A B C stand for the paths of the
     * store, of dest, of the run, of the input that the base was made from, of further input, and
     * of much of it; E for edits; T N for text and text with tags, P Q
     * for the configurations of pretraining and of NER. */
    const char *words[24];
} scenario;

extern const scenario scenarios[];
extern const unsigned n_scenarios;

/* What the paths of all places begin with. */
#define PLACE_ROOT "/tmp/kg-crash-"

typedef struct place {
    const char *program;
    char root[64]; /* a temporary folder; all below lies in it */
    char base[96]; /* the store that from_base begins with */
    char input_a[96], input_b[96], input_c[96];
    char edits[96];
    char text[96], tagged[96], vocabulary[96], pretrain_config[96], ner_config[96];
    char work[96];                        /* folder of the run at hand, made anew by begin_run */
    char store[128], dest[128], run[128]; /* in work */
    int64_t base_state;
    int hold;               /* where held: data.mdb, locked as that reader does; else -1 */
    bool resume;            /* a training goes on from what is there */
    void (*in_child)(void); /* called before the child becomes the program; NULL: nothing */
} place;

/* Make the folder, inputs of `triples` lines and the base store. Exits on failure. */
void place_make(place *p, const char *program, unsigned triples);
void place_remove(place *p);

/* The path of the data file of the generation in force. */
void store_file(char path[192], const char *store);

/* An empty work folder, with a copy of the base store where the scenario begins with one. */
void begin_run(place *p, const scenario *s);

/* Start the scenario's command with further environment ("NAME=VALUE", NULL at the end; may be
 * NULL); its answers go to root/answers, its messages to root/output. */
pid_t start_run(const place *p, const scenario *s, const char *const *environment);

/* Whether the messages of the last run hold these words. */
bool says(const place *p, const char *words);

/* Wait; returns the exit status, or minus the signal. */
int wait_run(pid_t child);

/* What a whole run of the scenario leaves, to be compared with: for one that reads its answers, for
 * one that trains its curve (metrics.jsonl without times), else what the store says. */
typedef struct outcome {
    int64_t state;
    char *text; /* owned; NULL: there is none */
} outcome;

/* Of the folder as it is. free(text). */
outcome outcome_of(const place *p, const scenario *s);

/* begin_run having been called: start and wait. */
int whole_run(const place *p, const scenario *s, const char *const *environment);

/* A number for all that a store says, if kg_store_check finds it whole: names, labels, types,
 * triples, properties and indexes, but not ids, ranks and what is derived from them; -1: there is
 * no store in force (and no half one that could be taken for a store); -2: damaged, which is
 * printed.
 */
int64_t store_state(const char *path);

/* Whether what a cut-off run left is as it was before or as it was meant to be, and whether the
 * same command (of a training: with --resume) then succeeds and leaves what was meant. `after`: of
 * a whole run. Tells what is wrong on standard error, beginning with `when`. */
bool judge_run(const place *p, const scenario *s, const outcome *after, const char *when);

/* As judge_run, but only of the folder as it is. */
bool judge_state(const place *p, const scenario *s, const outcome *after, const char *when);

/* Whether the exit status of a run told the truth: 0 where all is as meant, another where it is
 * not, or where the program says that the change is in force all the same. */
bool judge_status(const place *p, const scenario *s, int status, const outcome *after,
                  const char *when);

/* Print a sentence and end with status 2. */
__attribute__((format(printf, 1, 2), noreturn)) void give_up(const char *format, ...);

#endif
