#include "cli/shellcommands.h"

#include "cli/cyphershow.h"
#include "cli/pager.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 16 };

/* What a command of the shell gets: its words, the command itself first. */
typedef struct line {
    kg_shell *shell;
    const char *const *words;
    size_t n_words;
    kg_error *err;
} line;

typedef struct shell_command {
    const char *name, *arguments, *summary;
    size_t min_args, max_args;
    kg_status (*run)(const line *l);
} shell_command;

/* ---- Questions ------------------------------------------------------------------------------- */

/* Parse the options among words and answer; *mode is how to show it. */
static kg_status answer(kg_result *result, kg_output_mode *mode, const line *l) {
    kg_ask_settings settings = {.weights = l->shell->weights};
    kg_parsed parsed;
    kg_status st =
        kg_options_parse(&parsed, &settings, kg_ask_options, l->words, l->n_words, l->err);
    if (st == KG_OK && parsed.args.len == 0)
        st = kg_error_set(l->err, KG_ERR_ARGUMENT,
                          "found no verb; expected one such as top or search; help lists them");
    if (st == KG_OK) {
        *mode = kg_options_mode(&parsed.common, *mode);
        st = kg_ask(result, l->shell->session.snapshot, &settings, parsed.args.data,
                    parsed.args.len, l->err);
    }
    kg_options_free(&parsed, &settings, kg_ask_options);
    return st;
}

static kg_status run_question(const line *l) {
    kg_result result = KG_RESULT_INIT;
    kg_output_mode mode = l->shell->mode;
    kg_status st = answer(&result, &mode, l);
    if (st == KG_OK)
        st = kg_pager_show(&result, mode);
    kg_result_free(&result);
    return st;
}

/* In a snapshot of its own, which remembers nothing: the cost is that of a first question. */
static kg_status run_explain(const line *l) {
    static const char *const columns[] = {"rows", "records", "pages", "bytes", "microseconds"};
    kg_shell cold = *l->shell;
    const line inner = {&cold, l->words + 1, l->n_words - 1, l->err};
    kg_result result = KG_RESULT_INIT, cost = KG_RESULT_INIT;
    kg_output_mode mode = l->shell->mode;
    kg_reads reads = {0};
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&cold.session.snapshot, cold.session.store, l->err));
    kg_snapshot_count(cold.session.snapshot, &reads);
    double before = kg_clock();
    st = answer(&result, &mode, &inner);
    double seconds = kg_clock() - before;
    if (st == KG_OK) {
        kg_result_columns(&cost, KG_SHAPE_RECORD, columns, 5);
        kg_result_integer(&cost, (int64_t)kg_result_rows(&result));
        kg_result_integer(&cost, (int64_t)reads.records);
        kg_result_integer(&cost, (int64_t)reads.pages);
        kg_result_integer(&cost, (int64_t)reads.bytes);
        kg_result_integer(&cost, (int64_t)(1e6 * seconds));
        st = cost.status ? cost.status : kg_output_result(stdout, &cost, mode);
    }
    kg_snapshot_end(cold.session.snapshot);
    kg_result_free(&result);
    kg_result_free(&cost);
    return st;
}

/* ---- Writing --------------------------------------------------------------------------------- */

bool kg_shell_in_transaction(const kg_shell *shell) {
    return shell->edits.writer || shell->cypher;
}

static kg_status commit(kg_shell *shell, kg_error *err) {
    kg_status st = kg_writer_commit(NULL, shell->edits.writer, err);
    shell->edits.writer = NULL;
    shell->edited = 0;
    if (st == KG_OK && shell->edits.names.len > 0) {
        fflush(stdout);
        kg_edits_tell_names(&shell->edits, shell->session.snapshot);
    }
    kg_edits_free(&shell->edits);
    return st;
}

void kg_shell_give_up(kg_shell *shell) {
    kg_writer_abort(shell->edits.writer);
    kg_edits_free(&shell->edits);
    shell->edited = 0;
    kg_cypher_end(shell->cypher);
    shell->cypher = NULL;
}

static kg_status run_begin(const line *l) {
    if (kg_shell_in_transaction(l->shell))
        return kg_error_set(l->err, KG_ERR_ARGUMENT,
                            "a transaction is open already; commit or abort it first");
    return kg_writer_begin(&l->shell->edits.writer, l->shell->session.store, l->err);
}

static kg_status need_transaction(const line *l) {
    return kg_shell_in_transaction(l->shell)
               ? KG_OK
               : kg_error_set(l->err, KG_ERR_ARGUMENT, "no transaction is open; begin opens one");
}

static kg_status run_commit(const line *l) {
    kg_status st;
    KG_TRY(st, need_transaction(l));
    if (l->shell->edits.writer)
        return commit(l->shell, l->err);
    st = kg_cypher_commit(l->shell->cypher, l->err);
    kg_shell_give_up(l->shell);
    return st;
}

static kg_status run_abort(const line *l) {
    kg_status st;
    KG_TRY(st, need_transaction(l));
    kg_shell_give_up(l->shell);
    return KG_OK;
}

/* In the transaction that is open, or else in one of its own. */
static kg_status run_edit(const line *l) {
    kg_status st;
    kg_shell *shell = l->shell;
    bool alone = !shell->edits.writer;
    if (shell->cypher)
        return kg_error_set(l->err, KG_ERR_ARGUMENT,
                            "the transaction that is open holds queries that change the graph, and "
                            "edits need one of their own; commit or abort it first");
    if (alone)
        KG_TRY(st, kg_writer_begin(&shell->edits.writer, shell->session.store, l->err));
    st = kg_edit_words(&shell->edits, l->words, l->n_words, l->err);
    if (st == KG_OK) {
        shell->edited++;
        return alone ? commit(shell, l->err) : KG_OK;
    }
    if (alone || !kg_edit_may_go_on(st))
        kg_shell_give_up(shell);
    return alone || shell->edits.writer
               ? st
               : kg_error_context(l->err, st, "the transaction is given up; nothing of it is kept");
}

/* ---- Settings -------------------------------------------------------------------------------- */

/* The value of a common option's or a question's choice, by the option's own table. */
static kg_status choose(int *value, const kg_option *table, const char *option, const line *l) {
    char word[64];
    const char *words[] = {word};
    kg_ask_settings settings = {0};
    kg_parsed parsed;
    snprintf(word, sizeof word, "--%s=%s", option, l->words[1]);
    kg_status st = kg_options_parse(&parsed, &settings, table, words, 1, l->err);
    *value = table ? settings.weights : parsed.common.mode;
    kg_options_free(&parsed, &settings, table);
    return st;
}

static kg_status run_mode(const line *l) {
    int value;
    kg_status st;
    KG_TRY(st, choose(&value, NULL, "mode", l));
    l->shell->mode = (kg_output_mode)value;
    return KG_OK;
}

static kg_status run_weights(const line *l) {
    int value;
    kg_status st;
    KG_TRY(st, choose(&value, kg_ask_options, "weights", l));
    l->shell->weights = value;
    return KG_OK;
}

static kg_status run_timer(const line *l) {
    bool on = strcmp(l->words[1], "on") == 0;
    if (!on && strcmp(l->words[1], "off") != 0)
        return kg_error_set(l->err, KG_ERR_ARGUMENT, "found .timer \"%s\"; expected on or off",
                            l->words[1]);
    l->shell->timer = on;
    return KG_OK;
}

static kg_status run_read(const line *l) {
    kg_status st;
    if (l->shell->depth == MAX_DEPTH)
        return kg_error_set(l->err, KG_ERR_LIMIT,
                            "found files that read files %d deep; does one read itself?",
                            MAX_DEPTH);
    ++l->shell->depth;
    st = kg_shell_file(l->shell, l->words[1], l->err);
    --l->shell->depth;
    return st;
}

static kg_status run_quit(const line *l) {
    l->shell->quit = true;
    return KG_OK;
}

static kg_status run_help(const line *l);

static const shell_command commands[] = {
    {"explain", "VERB NAME...", "What a question costs", 1, SIZE_MAX, run_explain},
    {"begin", "", "Keep the edits that follow until commit", 0, 0, run_begin},
    {"commit", "", "Make them, all at once", 0, 0, run_commit},
    {"abort", "", "Forget them", 0, 0, run_abort},
    {".mode", "MODE", "Print results as table, tsv, csv, json, jsonl or markdown", 1, 1, run_mode},
    {".weights", "pagerank|pepr", "What orders neighbors", 1, 1, run_weights},
    {".timer", "on|off", "Tell how long each command took", 1, 1, run_timer},
    {".read", "FILE", "Run the commands of a file", 1, 1, run_read},
    {"help", "[COMMAND]", "This list, or a line of it", 0, 1, run_help},
    {".quit", "", "Leave", 0, 0, run_quit},
};

/* Other names of commands, as people try them. */
static const char *const synonyms[][2] = {{"?", "help"}, {"quit", ".quit"}, {"exit", ".quit"}};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void help_line(const char *name, const char *arguments, const char *summary) {
    enum { WIDTH = 28 };
    char left[80];
    int n = snprintf(left, sizeof left, "%s %s", name, arguments);
    if (n > WIDTH)
        printf("  %s\n  %-*s %s\n", left, WIDTH, "", summary);
    else
        printf("  %-*s %s\n", WIDTH, left, summary);
}

static const char *common_name(const char *word) {
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; ++i)
        if (strcmp(synonyms[i][0], word) == 0)
            return synonyms[i][1];
    return word;
}

static kg_status unknown_word(const char *word, kg_error *err);

/* of: NULL for all commands. */
static size_t help_lines(const char *of) {
    size_t n, shown = 0;
    const kg_verb *verbs = kg_verbs(&n);
    for (size_t i = 0; i < n; ++i)
        if (!of || strcmp(verbs[i].name, of) == 0)
            help_line(verbs[i].name, verbs[i].arguments, verbs[i].summary), shown++;
    for (size_t i = 0; i < kg_edit_verb_count; ++i) {
        const kg_edit_verb *e = &kg_edit_verbs[i];
        if (!of || strcmp(e->name, of) == 0)
            help_line(e->name, e->arguments, e->summary), shown++;
    }
    for (size_t i = 0; i < N_COMMANDS; ++i) {
        const shell_command *c = &commands[i];
        if (!of || strcmp(c->name, of) == 0)
            help_line(c->name, c->arguments, c->summary), shown++;
    }
    return shown;
}

static kg_status run_help(const line *l) {
    const char *of = l->n_words > 1 ? common_name(l->words[1]) : NULL;
    if (of && kg_cypher_begins(kg_str_from(of)))
        puts("A clause of Cypher; a query ends with a semicolon. man kg-cypher has them all.");
    else if (help_lines(of) == 0)
        return unknown_word(of, l->err);
    if (!of)
        puts("MATCH, CREATE and the other clauses of Cypher begin a query, which ends with a "
             "semicolon.\n"
             "Quote a name that holds spaces. After a verb: -k N, --mode, --json and the other "
             "options of kg "
             "query.");
    return KG_OK;
}

/* ---- Finding one ---------------------------------------------------------------------------- */

static kg_status unknown_word(const char *word, kg_error *err) {
    size_t n;
    const kg_verb *verbs = kg_verbs(&n);
    kg_nearest nearest = kg_nearest_begin(word);
    for (size_t i = 0; i < n; ++i)
        kg_nearest_consider(&nearest, verbs[i].name);
    for (size_t i = 0; i < kg_edit_verb_count; ++i)
        kg_nearest_consider(&nearest, kg_edit_verbs[i].name);
    for (size_t i = 0; i < N_COMMANDS; ++i)
        kg_nearest_consider(&nearest, commands[i].name);
    if (!nearest.best)
        return kg_error_set(err, KG_ERR_ARGUMENT, "no command %s; help lists them", word);
    return kg_error_set(err, KG_ERR_ARGUMENT, "no command %s; did you mean %s?", word,
                        nearest.best);
}

static bool is_verb(const char *word) {
    size_t n;
    const kg_verb *verbs = kg_verbs(&n);
    for (size_t i = 0; i < n; ++i)
        if (strcmp(verbs[i].name, word) == 0)
            return true;
    return false;
}

/* "type X" asks, "type X T" changes; so does alias. */
static bool is_edit(const line *l) {
    bool asks = is_verb(l->words[0]);
    return kg_edit_find(l->words[0]) &&
           (!asks || (l->n_words > 2 && l->words[1][0] != '-' && l->words[2][0] != '-'));
}

kg_status kg_shell_command(kg_shell *shell, const char *const *words, size_t n_words,
                           kg_error *err) {
    const line at = {shell, words, n_words, err}, *l = &at;
    if (is_edit(l))
        return run_edit(l);
    if (is_verb(l->words[0]))
        return run_question(l);
    for (size_t i = 0; i < N_COMMANDS; ++i) {
        const shell_command *c = &commands[i];
        if (strcmp(c->name, common_name(l->words[0])) != 0)
            continue;
        if (l->n_words - 1 < c->min_args || l->n_words - 1 > c->max_args)
            return kg_error_set(l->err, KG_ERR_ARGUMENT, "usage: %s %s", c->name, c->arguments);
        return c->run(l);
    }
    return unknown_word(l->words[0], l->err);
}

/* One of the names that begin with prefix. */
static kg_status offer(const char *name, kg_str prefix, kg_name_fn visit, void *context) {
    return strncmp(name, prefix.data, prefix.len) == 0 ? visit(context, kg_str_from(name), KG_NO_ID)
                                                       : KG_OK;
}

kg_status kg_shell_complete_command(kg_str prefix, kg_name_fn visit, void *context) {
    size_t n;
    const kg_verb *verbs = kg_verbs(&n);
    kg_status st;
    for (size_t i = 0; i < n + N_COMMANDS; ++i)
        KG_TRY(st, offer(i < n ? verbs[i].name : commands[i - n].name, prefix, visit, context));
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; ++i)
        KG_TRY(st, offer(synonyms[i][0], prefix, visit, context));
    for (size_t i = 0; i < kg_edit_verb_count; ++i)
        if (!is_verb(kg_edit_verbs[i].name))
            KG_TRY(st, offer(kg_edit_verbs[i].name, prefix, visit, context));
    return KG_OK;
}
