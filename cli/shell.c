/* Lines: which are words and which are queries, of files and of people. */
#include "cli/shell.h"

#include "cli/cyphershow.h"
#include "cli/shellcommands.h"
#include "cli/shellquery.h"
#include "cli/words.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/lines.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell_failure(kg_shell *shell, kg_status st, kg_error *err, const char *file,
                         uint64_t number) {
    char text[1200];
    err->status = st;
    kg_error_format(text, sizeof text, err);
    fflush(stdout);
    if (file)
        fprintf(stderr, "kg shell: %s:%llu: %s\n", file, (unsigned long long)number, text);
    else
        fprintf(stderr, "kg shell: %s\n", text);
    ++shell->failed;
    if (shell->first_failure == KG_OK)
        shell->first_failure = st;
    shell->quit |= shell->bail;
}

/* Words end with a NUL, so that one in the line would cut a name short. */
static kg_status split(kg_words *words, kg_str text, kg_error *err) {
    const char *nul = text.len ? memchr(text.data, 0, text.len) : NULL;
    *words = (kg_words){KG_ARRAY_INIT, NULL};
    if (nul)
        return kg_error_set(err, KG_ERR_FORMAT, "found a NUL at byte %zu; expected text; remove it",
                            (size_t)(nul - text.data) + 1);
    return kg_words_split(words, text, err);
}

/* What follows a command: the time it took, its answer sent, or what went wrong. */
static void conclude(kg_shell *shell, kg_status st, kg_error *err, double before, const char *file,
                     uint64_t number) {
    if (st == KG_OK && shell->timer) {
        fflush(stdout);
        fprintf(stderr, "%.0f us\n", 1e6 * (kg_clock() - before));
    }
    if (st == KG_OK && shell->flush && fflush(stdout) != 0) {
        st = kg_error_errno(err, "write", "standard output");
        shell->quit = true; /* nobody hears the next answer either */
    }
    if (st != KG_OK)
        tell_failure(shell, st, err, file, number);
}

static void run_words(kg_shell *shell, kg_str text, const char *file, uint64_t number) {
    kg_error err = KG_ERROR_INIT;
    kg_words words;
    double before = kg_clock();
    kg_status st = split(&words, text, &err);
    bool empty = st == KG_OK && words.words.len == 0;
    if (st == KG_OK && !empty) {
        st = kg_snapshot_renew(NULL, shell->session.snapshot, &err);
        if (st == KG_OK)
            st = kg_shell_command(shell, words.words.data, words.words.len, &err);
        kg_snapshot_rest(shell->session.snapshot);
    }
    shell->commands += !empty;
    if (!empty)
        conclude(shell, st, &err, before, file, number);
    kg_words_free(&words);
}

static void run_query(kg_shell *shell, size_t length, const char *file) {
    kg_error err = KG_ERROR_INIT;
    double before = kg_clock();
    kg_status st = kg_shell_query(shell, (kg_str){shell->question.data, length}, &err);
    ++shell->commands;
    conclude(shell, st, &err, before, file, shell->question_line);
    kg_shell_forget(shell);
}

void kg_shell_forget(kg_shell *shell) {
    shell->question.len = shell->looked = 0;
}

void kg_shell_finish(kg_shell *shell, const char *file) {
    if (shell->question.len > 0 && !shell->quit)
        run_query(shell, shell->question.len, file);
    kg_shell_forget(shell);
}

/* Append a line to the query; *length is where it ends then, or 0. */
static kg_status add_line(size_t *length, kg_shell *shell, kg_str text) {
    kg_status st;
    kg_bytes *to = &shell->question;
    KG_TRY(st, kg_array_append(to, text.data, text.len));
    KG_TRY(st, kg_array_push(to, '\n'));
    *length = kg_cypher_length((kg_str){to->data, to->len}, &shell->looked);
    return KG_OK;
}

void kg_shell_line(kg_shell *shell, kg_str text, const char *file, uint64_t number) {
    while (!shell->quit) {
        size_t length, before = shell->question.len;
        while (!before && text.len && memchr(" \t\r\n;", text.data[0], 5))
            text = (kg_str){text.data + 1, text.len - 1};
        if (!before && !kg_cypher_begins(text)) {
            run_words(shell, text, file, number);
            return;
        }
        if (!before)
            shell->question_line = number;
        if (add_line(&length, shell, text) != KG_OK) {
            kg_error err = KG_ERROR_INIT;
            tell_failure(shell,
                         kg_error_set(&err, KG_ERR_MEMORY, "out of memory reading a question"),
                         &err, file, number);
            kg_shell_forget(shell);
            return;
        }
        if (!length)
            return;
        run_query(shell, length, file);
        text = (kg_str){text.data + (length - before), text.len - (length - before)};
    }
}

kg_status kg_shell_file(kg_shell *shell, const char *path, kg_error *err) {
    kg_lines *lines;
    kg_str text;
    bool end = false;
    kg_status st;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    while (!shell->quit) {
        st = kg_lines_next(&text, &end, lines, err);
        if (st != KG_OK || end)
            break;
        kg_shell_line(shell, text, kg_lines_name(lines), kg_lines_number(lines));
    }
    if (st == KG_OK)
        kg_shell_finish(shell, kg_lines_name(lines));
    kg_lines_close(lines);
    return st;
}

kg_status kg_shell_open(kg_shell *shell, const char *path, kg_output_mode mode, kg_error *err) {
    kg_status st;
    struct stat info;
    bool to_file = fstat(STDOUT_FILENO, &info) == 0 && S_ISREG(info.st_mode);
    *shell = (kg_shell){.mode = mode, .flush = !to_file};
    KG_TRY(st, kg_session_open(&shell->session, path, err));
    kg_snapshot_rest(shell->session.snapshot);
    return KG_OK;
}

void kg_shell_close(kg_shell *shell) {
    if (kg_shell_in_transaction(shell))
        fputs("kg shell: the transaction was not committed; nothing of it is kept\n", stderr);
    kg_shell_give_up(shell);
    kg_array_free(&shell->question);
    kg_session_close(&shell->session);
}
