/* kg edit: many edits, a line each, in one durable transaction. */
#include "cli/command.h"
#include "cli/edits.h"
#include "cli/waiting.h"
#include "cli/words.h"
#include "kgstore/base/lines.h"

#include <string.h>

typedef struct edit_settings {
    uint64_t bad_tolerance;
    double wait;
} edit_settings;

static const edit_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option options[] = {{"bad-tolerance", 0, KG_OPTION_COUNT,
                                     offsetof(edit_settings, bad_tolerance), "N",
                                     "skip at most this many bad lines; default 0"},
                                    KG_WAIT_OPTION(edit_settings),
                                    {0}};

typedef struct editing {
    kg_edits edits;
    kg_lines *lines;
    uint64_t bad_tolerance;
    uint64_t done, bad;
} editing;

static kg_status out_of_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading edits");
}

/* Fields of a line with tabs are taken as they stand. */
static kg_status split_tabs(kg_words *out, kg_str line, kg_error *err) {
    out->buffer = malloc(line.len + 1);
    if (!out->buffer)
        return out_of_memory(err);
    memcpy(out->buffer, line.data, line.len);
    out->buffer[line.len] = '\0';
    for (char *at = out->buffer, *tab; at; at = tab) {
        if (kg_array_push(&out->words, at) != KG_OK)
            return out_of_memory(err);
        tab = strchr(at, '\t');
        if (tab)
            *tab++ = '\0';
    }
    return KG_OK;
}

static kg_status split_line(kg_words *out, kg_str line, kg_error *err) {
    const char *nul = line.len ? memchr(line.data, '\0', line.len) : NULL;
    *out = (kg_words){KG_ARRAY_INIT, NULL};
    if (nul)
        return kg_error_set(err, KG_ERR_FORMAT, "found a NUL at byte %zu; expected text",
                            (size_t)(nul - line.data) + 1);
    if (line.len == 0 || line.data[0] == '#')
        return KG_OK;
    return memchr(line.data, '\t', line.len) ? split_tabs(out, line, err)
                                             : kg_words_split(out, line, err);
}

static kg_status edit_line(editing *e, kg_str line, kg_error *err) {
    kg_words words;
    kg_status st = split_line(&words, line, err);
    if (st == KG_OK && words.words.len > 0) {
        st = kg_edit_words(&e->edits, words.words.data, words.words.len, err);
        e->done += st == KG_OK;
    }
    kg_words_free(&words);
    return st;
}

/* A bad line is left out, as far as that is tolerated. */
static kg_status judge(editing *e, kg_status st, kg_error *detail, kg_error *err) {
    uint64_t number = kg_lines_number(e->lines);
    const char *name = kg_lines_name(e->lines);
    if (st == KG_OK)
        return KG_OK;
    if (!kg_edit_may_go_on(st) || e->bad >= e->bad_tolerance)
        /* Wrong words in a file are bad data, not a wrong call. */
        return kg_error_at(err, st == KG_ERR_ARGUMENT ? KG_ERR_FORMAT : st, name, number,
                           "%s; nothing was changed", detail->text);
    e->bad++;
    fprintf(stderr, "kg edit: %s:%llu: %s; skipped\n", name, (unsigned long long)number,
            detail->text);
    return KG_OK;
}

static kg_status edit_lines(editing *e, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end = false;
    for (;;) {
        kg_error detail = KG_ERROR_INIT;
        KG_TRY(st, kg_lines_next(&line, &end, e->lines, err));
        if (end)
            return KG_OK;
        KG_TRY(st, judge(e, edit_line(e, line, &detail), &detail, err));
    }
}

static kg_status show(const editing *e, const kg_write_report *r, kg_output_mode mode) {
    static const char *const columns[] = {
        "edits",       "bad",          "added",           "duplicates",
        "deleted",     "new_entities", "new_relations",   "new_types",
        "new_aliases", "new_keys",     "deleted_entities"};
    const uint64_t counts[] = {e->done,        e->bad,          r->added,           r->duplicates,
                               r->deleted,     r->new_entities, r->new_relations,   r->new_types,
                               r->new_aliases, r->new_keys,     r->deleted_entities};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_RECORD, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        kg_result_integer(&result, (int64_t)counts[i]);
    kg_status st = result.status ? result.status : kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    return st;
}

/* All lines in a transaction that is committed, or given up as a whole. */
static kg_status edit(editing *e, kg_write_report *report, kg_store *store, kg_error *err) {
    kg_status st;
    kg_snapshot *before;
    KG_TRY(st, kg_writer_begin(&e->edits.writer, store, err));
    st = kg_snapshot_begin(&before, store, err);
    if (st == KG_OK)
        st = edit_lines(e, err);
    if (st == KG_OK) {
        st = kg_writer_commit(report, e->edits.writer, err);
    } else {
        kg_writer_abort(e->edits.writer);
    }
    if (before && st == KG_OK)
        kg_edits_tell_names(&e->edits, before);
    kg_snapshot_end(before);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    kg_store *store;
    kg_write_report report;
    const edit_settings *settings = call->settings;
    editing e = {.bad_tolerance = settings->bad_tolerance};
    KG_TRY(st, kg_lines_open(&e.lines, call->args[1], 0, err));
    st = kg_store_open_to_write(&store, call->args[0], settings->wait, err);
    if (st == KG_OK) {
        st = edit(&e, &report, store, err);
        kg_store_close(store);
    }
    if (st == KG_OK)
        st = show(&e, &report, call->mode);
    kg_lines_close(e.lines);
    kg_edits_free(&e.edits);
    return st;
}

static void describe(FILE *to) {
    fputs(
        "A line of the file is a verb and its words, separated by tabs, or by spaces with quotes\n"
        "around what contains spaces; lines that begin with # are skipped. Verbs:\n\n",
        to);
    for (size_t i = 0; i < kg_edit_verb_count; i++)
        fprintf(to, "  %s %s\n      %s\n", kg_edit_verbs[i].name, kg_edit_verbs[i].arguments,
                kg_edit_verbs[i].summary);
}

const kg_command cmd_edit = {.name = "edit",
                             .summary = "Make many changes in one transaction",
                             .arguments = "STORE FILE|-",
                             .describe = describe,
                             .min_args = 2,
                             .max_args = 2,
                             .options = options,
                             .settings_size = sizeof(edit_settings),
                             .defaults = &defaults,
                             .done = "the changes are in force",
                             .run = run};
