#include "cli/command.h"
#include "cli/link_output.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "plugins/host/corpus.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct link_settings {
    bool all, count, linked;
    const char *stop_list;
} link_settings;

static const kg_option options[] = {
    {"all", 0, KG_OPTION_FLAG, offsetof(link_settings, all), NULL,
     "every match, not only the longest ones without overlap"},
    {"count", 0, KG_OPTION_FLAG, offsetof(link_settings, count), NULL,
     "print nothing; store how often each entity is mentioned"},
    {"stop-list", 0, KG_OPTION_TEXT, offsetof(link_settings, stop_list), "FILE",
     "names to ignore, one per line"},
    {"linked", 0, KG_OPTION_FLAG, offsetof(link_settings, linked), NULL,
     "the input is linked text: lines as kg link --json writes them"},
    {0}};

typedef struct linking {
    const link_settings *settings;
    kg_session session;
    kg_linker *linker;
    kg_mentions mentions;
    kg_link_output output;
    kg_progress progress;
    uint32_t *counts; /* of each entity, with --count */
    uint64_t lines, entities, total;
} linking;

static kg_status read_stop_list(kg_linker *linker, const char *path, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    kg_str line;
    bool end = false;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_lines_next(&line, &end, lines, err);
    while (st == KG_OK && !end) {
        st = kg_linker_stop(linker, line);
        if (st == KG_OK)
            st = kg_lines_next(&line, &end, lines, err);
    }
    kg_lines_close(lines);
    return st;
}

static void count_mentions(linking *l) {
    for (size_t i = 0; i < l->mentions.len; i++)
        if (l->mentions.data[i].entity < l->entities && /* others came since */
            l->counts[l->mentions.data[i].entity] < UINT32_MAX)
            l->counts[l->mentions.data[i].entity]++;
    l->total += l->mentions.len;
}

/* The mentions of a document: found, or those that it came with. */
static kg_status take_mentions(linking *l, const kg_document *document, kg_error *err) {
    kg_str text = document->text;
    l->mentions.len = 0;
    kg_status st = l->settings->linked
                       ? kg_array_append(&l->mentions, document->mentions, document->n_mentions)
                       : kg_linker_find(&l->mentions, l->linker, text, l->settings->all);
    return st == KG_OK ? KG_OK
                       : kg_error_set(err, st, "cannot link a line of %zu bytes: %s", text.len,
                                      kg_strerror(st));
}

static kg_status link_line(linking *l, const kg_document *document, kg_error *err) {
    kg_status st;
    KG_TRY(st, take_mentions(l, document, err));
    l->lines++;
    if (l->counts)
        count_mentions(l);
    else
        st = kg_link_output_line(&l->output, document->text, &l->mentions, l->lines);
    return kg_snapshot_fault(err, st, l->session.snapshot);
}

static void warn(void *context, const char *text) {
    (void)context;
    fprintf(stderr, "kg link: %s\n", text);
}

static kg_status link_files(linking *l, const char *const *paths, size_t n, kg_error *err) {
    static const char *const standard_input[] = {"-"};
    kg_status st;
    kg_corpus *corpus;
    kg_document document;
    bool end = false;
    kg_corpus_options o = {.paths = n ? paths : standard_input,
                           .n_paths = n ? n : 1,
                           .format = l->settings->linked ? KG_CORPUS_LINKED : KG_CORPUS_LINES,
                           .store = l->session.store,
                           .warn = warn};
    KG_TRY(st, kg_corpus_open(&corpus, &o, err));
    while ((st = kg_corpus_next(&document, &end, corpus, err)) == KG_OK && !end) {
        st = link_line(l, &document, err);
        if (st == KG_OK && l->lines % 256 == 0)
            kg_progress_update(&l->progress, "link", l->lines, 0);
        if (st == KG_OK && kg_interrupted(NULL))
            st = KG_ERR_CANCELLED;
        if (st != KG_OK)
            break;
    }
    kg_corpus_close(corpus);
    return st;
}

/* ---- Counts ---------------------------------------------------------------------------------- */

static kg_status fill_counts(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    memcpy(to, (const uint32_t *)context + first_row, n_rows * sizeof(uint32_t));
    return KG_OK;
}

static kg_status keep_counts(linking *l, const kg_stats *stats, kg_output_mode mode,
                             kg_error *err) {
    static const char *const names[] = {"lines", "mentions", "entities"};
    kg_status st;
    kg_result result = KG_RESULT_INIT;
    kg_table shape = {.dtype = KG_U32,
                      .rows = l->entities,
                      .columns = 1,
                      .triples_version = stats->triples_version};
    uint64_t mentioned = 0;
    for (uint64_t i = 0; i < l->entities; i++)
        mentioned += l->counts[i] > 0;
    KG_TRY(st,
           kg_table_put(l->session.store, "mention_counts", &shape, fill_counts, l->counts, err));
    kg_result_columns(&result, KG_SHAPE_RECORD, names, 3);
    kg_result_integer(&result, (int64_t)l->lines);
    kg_result_integer(&result, (int64_t)l->total);
    kg_result_integer(&result, (int64_t)mentioned);
    st = result.status;
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    return st;
}

static kg_status open_linker(linking *l, kg_error *err) {
    kg_status st;
    bool compiled;
    const link_settings *s = l->settings;
    if (s->linked)
        return KG_OK;
    KG_TRY(st, kg_linker_open(&l->linker, &compiled, l->session.snapshot, err));
    if (compiled)
        fputs("kg link: the store's linker lacks names, or is another kg's; kg rank stores a new "
              "one\n",
              stderr);
    return s->stop_list ? read_stop_list(l->linker, s->stop_list, err) : KG_OK;
}

static kg_status run_linking(linking *l, const kg_call *call, kg_error *err) {
    kg_status st;
    kg_stats stats;
    const link_settings *s = l->settings;
    if (s->linked && (s->all || s->stop_list))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s beside --linked, whose text is taken as it is; remove it",
                            s->all ? "--all" : "--stop-list");
    KG_TRY(st, open_linker(l, err));
    KG_TRY(st, kg_snapshot_stats(&stats, l->session.snapshot, err));
    l->entities = stats.entities;
    if (s->count) {
        l->counts = calloc(l->entities + 1, sizeof *l->counts);
        if (!l->counts)
            return KG_ERR_MEMORY;
    }
    kg_link_output_begin(&l->output, l->session.snapshot, call->mode, stdout,
                         isatty(STDOUT_FILENO) == 1);
    kg_progress_begin(&l->progress);
    st = link_files(l, call->args + 1, call->n_args - 1, err);
    kg_progress_end(&l->progress);
    if (st == KG_OK)
        st = s->count ? keep_counts(l, &stats, call->mode, err) : kg_link_output_end(&l->output);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    linking l = {.settings = call->settings};
    KG_TRY(st, kg_session_open(&l.session, call->args[0], err));
    kg_interrupt_catch();
    st = run_linking(&l, call, err);
    kg_link_output_free(&l.output);
    kg_linker_free(l.linker);
    kg_session_close(&l.session);
    free(l.mentions.data);
    free(l.counts);
    return st;
}

const kg_command cmd_link = {.name = "link",
                             .summary = "Find mentions of entities in text",
                             .arguments = "STORE [FILE...]",
                             .min_args = 1,
                             .max_args = KG_ANY_ARGS,
                             .options = options,
                             .settings_size = sizeof(link_settings),
                             .run = run};
