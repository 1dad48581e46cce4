#include "cli/editor.h"

#include "cli/terminal.h"
#include "kgstore/base/unicode.h"

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

static char **complete(const char *text, int start, int end) {
    candidates c = {KG_ARRAY_INIT};
    (void)text;
    rl_attempted_completion_over = 1;
    rl_filename_completion_desired = 1; /* so that names with spaces are quoted */
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

static void history_path(char *path, size_t size) {
    const char *home = getenv("HOME");
    snprintf(path, size, "%s/.kg_history", home ? home : ".");
}

void kg_editor_run(kg_shell *shell) {
    char path[1024];
    char *text;
    edited = shell;
    rl_readline_name = "kg";
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = show_candidates;
    rl_outstream = kg_terminal_raw(stdout); /* readline draws its line itself */
    rl_completer_quote_characters = "\"'";
    rl_completer_word_break_characters = " \t";
    rl_filename_quote_characters = " \t\"'\\";
    rl_initialize();
    rl_variable_bind("mark-directories", "off");
    rl_variable_bind("bell-style", "none"); /* it rings by stderr, whose guard would show it */
    history_path(path, sizeof path);
    using_history();
    read_history(path);
    puts("help lists the commands, Tab completes, .quit leaves.");
    while (!shell->quit && (text = readline("kg> "))) {
        if (*text)
            add_history(text);
        kg_shell_line(shell, kg_str_from(text), NULL, 0);
        free(text);
    }
    stifle_history(HISTORY_LINES);
    write_history(path);
}
