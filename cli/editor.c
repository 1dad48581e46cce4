#include "cli/editor.h"

#include "cli/progress.h"
#include "cli/terminal.h"
#include "kgstore/base/unicode.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <readline/readline.h>
#include <readline/history.h>

enum { HISTORY_LINES = 1000, CANDIDATES = 200 };

/* readline calls back without a context: the shell that is being edited. */
static kg_shell *edited;

/* Candidates as readline wants them: first what they share, then each, then NULL. */
typedef struct candidates {
    KG_ARRAY(char *) words;
} candidates;

static kg_status take(void *context, kg_str name, kg_id id) {
    candidates *c = context;
    (void)id;
    char *copy = strndup(name.data, name.len);
    kg_status st = copy ? kg_array_push(&c->words, copy) : KG_ERR_MEMORY;
    if (st != KG_OK)
        free(copy);
    return st;
}

/* Bytes that all candidates begin with, whole characters only. */
static size_t shared_prefix(const candidates *c) {
    const char *first = c->words.data[1];
    size_t n = strlen(first);
    for (size_t i = 2; i < c->words.len; ++i) {
        size_t same = 0;
        while (same < n && first[same] == c->words.data[i][same])
            ++same;
        n = same;
    }
    while (n > 0 && ((unsigned char)first[n] & 0xC0) == 0x80)
        --n;
    return n;
}

static char *breaks(void) {
    return (char *)(uintptr_t)kg_shell_breaks(edited, kg_str_from(rl_line_buffer));
}

static char **complete(const char *text, int start, int end) {
    candidates c = {KG_ARRAY_INIT};
    (void)text;
    rl_attempted_completion_over = 1;
    /* A name with spaces is quoted, and ends the word: in a query it is as it comes. */
    bool words = strcmp(breaks(), " \t") == 0;
    rl_filename_completion_desired = words;
    rl_completion_append_character = words ? ' ' : '\0';
    if (kg_array_push(&c.words, (char *)NULL) != KG_OK)
        return NULL;
    kg_status st = kg_shell_complete(edited, (kg_str){rl_line_buffer, (size_t)end}, (size_t)start,
                                     CANDIDATES, take, &c);
    if (c.words.len > 1)
        c.words.data[0] = strndup(c.words.data[1], shared_prefix(&c));
    if (st != KG_OK || c.words.len == 1 || !c.words.data[0] ||
        kg_array_push(&c.words, (char *)NULL) != KG_OK) {
        for (size_t i = 0; i < c.words.len; ++i)
            free(c.words.data[i]);
        kg_array_free(&c.words);
        return NULL;
    }
    if (c.words.len == 3) { /* one candidate: the shared prefix is it */
        free(c.words.data[1]);
        c.words.data[1] = NULL;
    }
    return c.words.data;
}

/* List candidates as a person can see them; what is put into the line stays as it is. */
static void show_candidates(char **matches, int n, int longest) {
    char **shown = calloc((size_t)n + 2, sizeof *shown);
    (void)longest;
    size_t widest = 0;
    for (int i = 0; shown && i <= n; ++i) {
        kg_bytes text = KG_ARRAY_INIT;
        if (kg_text_show(&text, kg_str_from(matches[i])) != KG_OK ||
            kg_array_push(&text, '\0') != KG_OK)
            kg_array_free(&text); /* leaves NULL, which ends the list */
        shown[i] = text.data;
        if (!text.data)
            n = i - 1;
        else if (text.len > widest)
            widest = text.len;
    }
    if (shown && n >= 0)
        rl_display_match_list(shown, n, (int)widest);
    rl_forced_update_display();
    for (int i = 0; shown && i <= n; ++i)
        free(shown[i]);
    free(shown);
}

/* ---- History --------------------------------------------------------------------------------- */

static void history_path(char *path, size_t size) {
    const char *home = getenv("HOME");
    snprintf(path, size, "%s/.kg_history", home ? home : ".");
}

/* At once, so that it is kept whatever ends the shell. */
static void keep_line(const char *text, const char *path) {
    if (!*text)
        return;
    add_history(text);
    if (append_history(1, path) != 0)
        write_history(path);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* What readline has handed over: a line, or NULL at the end of input. */
static char *typed;
static bool is_typed;

static volatile sig_atomic_t continued;

static void take_line(char *text) {
    rl_callback_handler_remove();
    typed = text;
    is_typed = true;
}

static void note_continued(int number) {
    (void)number;
    continued = 1;
}

/* The terminal as readline wants it, after another program had it. */
static void take_terminal(void) {
    continued = 0;
    rl_deprep_terminal();
    rl_prep_terminal(1);
    rl_forced_update_display();
}

/* Wait for a line in `typed`; signals come only while nothing else is done. False: SIGINT ended the
 * line. */
static bool read_line(const char *prompt, const sigset_t *unblocked) {
    is_typed = false;
    rl_callback_handler_install(prompt, take_line);
    while (!is_typed) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = ppoll(&input, 1, NULL, unblocked);
        int signal_number = kg_interrupt_take();
        if (signal_number) {
            rl_free_line_state();
            rl_replace_line("", 1);
            take_line(NULL);
            fputs(signal_number == SIGINT ? "^C\n" : "\n", rl_outstream);
            fflush(rl_outstream);
            return signal_number != SIGINT;
        }
        if (continued)
            take_terminal();
        if (ready > 0)
            rl_callback_read_char();
    }
    return true;
}

/* What is pasted may hold several lines. */
static void run_typed(kg_shell *shell) {
    for (char *line = typed, *end; line && !shell->quit; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        kg_shell_line(shell, kg_str_from(line), NULL, 0);
    }
    kg_interrupt_take(); /* it ended that */
    free(typed);
}

static void begin_readline(kg_shell *shell) {
    edited = shell;
    rl_readline_name = "kg";
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = show_candidates;
    rl_completion_word_break_hook = breaks;
    rl_outstream = kg_terminal_raw(stdout); /* readline draws its line itself */
    rl_completer_quote_characters = "\"'";
    rl_filename_quote_characters = " \t\"'\\";
    rl_catch_signals = 0;
    rl_initialize();
    rl_variable_bind("mark-directories", "off");
    rl_variable_bind("bell-style", "none"); /* it rings by stderr, whose guard would show it */
}

/* Signals wait but for where read_line lets them through, and while a line is run. */
static void run_lines(kg_shell *shell, const char *path) {
    sigset_t ours, unblocked;
    sigemptyset(&ours);
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGCONT};
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        sigaddset(&ours, SIGNALS[i]);
    while (!shell->quit) {
        sigprocmask(SIG_BLOCK, &ours, &unblocked);
        bool kept = read_line(shell->question.len ? "..> " : "kg> ", &unblocked);
        sigprocmask(SIG_SETMASK, &unblocked, NULL);
        if (!kept) {
            kg_shell_forget(shell);
            continue;
        }
        if (!typed)
            return;
        keep_line(typed, path);
        run_typed(shell);
    }
}

void kg_editor_run(kg_shell *shell) {
    char path[1024];
    kg_interrupt_hold();
    sigaction(SIGCONT, &(struct sigaction){.sa_handler = note_continued}, NULL);
    begin_readline(shell);
    history_path(path, sizeof path);
    using_history();
    history_truncate_file(path, HISTORY_LINES);
    read_history(path);
    puts("help lists the commands, Tab completes, .quit leaves.");
    run_lines(shell, path);
}
