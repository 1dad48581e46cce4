#include "cli/command.h"

#include "cli/progress.h"
#include "cli/tally.h"
#include "cli/waiting.h"
#include "import/embeddings.h"
#include "import/load.h"
#include "import/reader.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/outfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct import_settings {
    const char *format, *columns, *relation, *delimiter, *quote, *array_delimiter;
    const char *aliases, *schema, *report, *embeddings, *language;
    kg_texts nodes, relationships;
    int header;
    bool append, replace, dry_run, no_properties;
    uint64_t memory, threads, bad_tolerance;
    double wait;
} import_settings;

static const import_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option options[] = {
    {"format", 'f', KG_OPTION_TEXT, offsetof(import_settings, format), "NAME",
     "format of the input; default: recognized from the content"},
    {"columns", 0, KG_OPTION_TEXT, offsetof(import_settings, columns), "LIST",
     "tsv: head,head_type,relation,tail,tail_type in the file's order; - ignores one"},
    {"relation", 0, KG_OPTION_TEXT, offsetof(import_settings, relation), "NAME",
     "the relation of all edges of a table that has no column for it"},
    {"delimiter", 0, KG_OPTION_TEXT, offsetof(import_settings, delimiter), "CHAR",
     "what separates fields: a character, tab or blanks; default: from the content"},
    {"quote", 0, KG_OPTION_TEXT, offsetof(import_settings, quote), "CHAR",
     "what quotes fields, or none; default: from the content"},
    {"array-delimiter", 0, KG_OPTION_TEXT, offsetof(import_settings, array_delimiter), "CHAR",
     "neo4j: what separates the values of an array; default ;"},
    {"header", 0, KG_OPTION_CHOICE, offsetof(import_settings, header), "detect|yes|no",
     "whether the first line names the columns"},
    {"nodes", 0, KG_OPTION_LIST, offsetof(import_settings, nodes), "FILE",
     "table of identifier, label, type; or LABEL=FILE[,FILE], nodes of neo4j"},
    {"relationships", 0, KG_OPTION_LIST, offsetof(import_settings, relationships), "TYPE=FILE",
     "neo4j: files of relationships of that type, TYPE=FILE[,FILE]"},
    {"aliases", 0, KG_OPTION_TEXT, offsetof(import_settings, aliases), "FILE",
     "table of identifier, alias"},
    {"schema", 0, KG_OPTION_TEXT, offsetof(import_settings, schema), "FILE",
     "graph schema (JSON): types, and what each relation joins"},
    {"embeddings", 0, KG_OPTION_TEXT, offsetof(import_settings, embeddings), "PATH",
     "then load embeddings: OpenKE's JSON, or a folder of DGL-KE's .npy"},
    {"language", 0, KG_OPTION_TEXT, offsetof(import_settings, language), "LIST",
     "languages of labels, the preferred first: zh,en"},
    {"no-properties", 0, KG_OPTION_FLAG, offsetof(import_settings, no_properties), NULL,
     "leave properties out"},
    {"append", 0, KG_OPTION_FLAG, offsetof(import_settings, append), NULL,
     "add to the graph of an existing store"},
    {"replace", 0, KG_OPTION_FLAG, offsetof(import_settings, replace), NULL,
     "replace an existing store"},
    {"memory", 0, KG_OPTION_SIZE, offsetof(import_settings, memory), "SIZE",
     "memory to work in; default 2G; beyond it, data is sorted on disk"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(import_settings, threads), "N",
     "threads to use; default: all processors"},
    {"bad-tolerance", 0, KG_OPTION_COUNT, offsetof(import_settings, bad_tolerance), "N",
     "bad lines to skip before giving up; default 0"},
    {"report", 0, KG_OPTION_TEXT, offsetof(import_settings, report), "FILE",
     "list bad lines in FILE as file:line: reason"},
    {"dry-run", 'n', KG_OPTION_FLAG, offsetof(import_settings, dry_run), NULL,
     "read everything but write nothing"},
    KG_WAIT_OPTION(import_settings),
    {0}};

/* What the callbacks of a load work on. */
typedef struct run_state {
    kg_progress progress;
    const char *report_path; /* NULL: none asked for */
    kg_outfile *report;
    kg_tally dropped;
} run_state;

static kg_status on_tick(void *context, const kg_import_tick *tick) {
    run_state *run = context;
    kg_progress_update(&run->progress, "read", tick->done, tick->total);
    return kg_interrupted(NULL) ? KG_ERR_CANCELLED : KG_OK;
}

static void on_phase(void *context, const char *phase, uint64_t done, uint64_t total) {
    kg_progress_update(&((run_state *)context)->progress, phase, done, total);
}

static void on_problem(void *context, const kg_error *problem) {
    run_state *run = context;
    char text[1200];
    if (run->report)
        fprintf(kg_outfile_stream(run->report), "%s\n",
                kg_error_format(text, sizeof text, problem));
}

static kg_status on_dropped(void *context, kg_str name, uint64_t n) {
    return kg_tally_add(&((run_state *)context)->dropped, name, n);
}

/* Problems will be told anew: begin the report again. */
static void on_again(void *context) {
    run_state *run = context;
    kg_tally_free(&run->dropped);
    if (!run->report)
        return;
    kg_outfile_discard(run->report);
    run->report = NULL;
    if (kg_outfile_open(&run->report, run->report_path, NULL) != KG_OK)
        run->report = NULL;
}

/* The summary as one record; schemas/import-report.schema.json describes its JSON. */
static kg_status show_report(const kg_call *call, const kg_load_report *r, const run_state *run,
                             double seconds) {
    static const char *const names[] = {"format",       "lines",          "bad_lines",
                                        "dropped",      "dropped_values", "schema_violations",
                                        "triples_read", "added",          "duplicates",
                                        "self_loops",   "entities",       "relations",
                                        "types",        "aliases",        "triples",
                                        "seconds"};
    enum { DROPPED = 3 }; /* of those counts stand before what was dropped by name */
    const uint64_t counts[] = {r->read.lines,       r->read.bad,         r->read.dropped,
                               r->read.violations,  r->read.triples,     r->store.added,
                               r->store.duplicates, r->store.self_loops, r->store.entities,
                               r->store.relations,  r->store.types,      r->store.aliases,
                               r->store.triples};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_RECORD, names, sizeof names / sizeof *names);
    kg_result_text(&result, kg_str_from(r->read.format));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (i == DROPPED)
            kg_tally_put(&result, &run->dropped);
        kg_result_integer(&result, (int64_t)counts[i]);
    }
    kg_result_real(&result, (double)(int64_t)(seconds * 1000 + 0.5) / 1000);
    kg_status st = result.status;
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, call->mode);
    kg_result_free(&result);
    return st;
}

static kg_load_options load_options(const import_settings *s, const char *nodes, run_state *run) {
    return (kg_load_options){.import = {.format = s->format,
                                        .columns = s->columns,
                                        .relation = s->relation,
                                        .delimiter = s->delimiter,
                                        .quote = s->quote,
                                        .array_delimiter = s->array_delimiter,
                                        .header = (kg_header)s->header,
                                        .nodes = nodes,
                                        .aliases = s->aliases,
                                        .schema = s->schema,
                                        .no_properties = s->no_properties,
                                        .bad_tolerance = s->bad_tolerance,
                                        .problem = on_problem,
                                        .tick = on_tick,
                                        .dropped = on_dropped,
                                        .context = run},
                             .bulk = {.memory = s->memory,
                                      .threads = (unsigned)s->threads,
                                      .replace = s->replace,
                                      .append = s->append,
                                      .languages = s->language,
                                      .wait = kg_wait_for(s->wait),
                                      .cancelled = kg_interrupted,
                                      .progress = on_phase,
                                      .context = run},
                             .dry_run = s->dry_run,
                             .again = on_again};
}

/* Keep the report whether or not the load went well; the load's failure is told before its own. */
static kg_status keep_report(run_state *run, kg_status loaded, kg_error *err) {
    if (!run->report)
        return loaded;
    kg_status st = kg_outfile_commit(run->report, loaded == KG_OK ? err : NULL);
    return loaded == KG_OK ? st : loaded;
}

static kg_status load_embeddings(const kg_call *call, const char *path, kg_error *err) {
    const import_settings *s = call->settings;
    kg_status st;
    kg_store *store;
    kg_embeddings embeddings;
    st = kg_embeddings_read(&embeddings, path, err);
    if (st == KG_OK)
        st = kg_store_open_to_write(&store, call->args[0], s->wait, err);
    if (st == KG_OK) {
        st = kg_embeddings_store(store, &embeddings, err);
        kg_store_close(store);
    }
    kg_embeddings_free(&embeddings);
    return st;
}

/* The embeddings asked for, or those that SMedBERT's folder holds. */
static kg_status load_embeddings_beside(const kg_call *call, const kg_load_report *report,
                                        kg_error *err) {
    static const char TRANSR[] = "transr_transr.json", KGS_TRANSR[] = "kgs/transr_transr.json";
    const import_settings *s = call->settings;
    if (s->embeddings)
        return load_embeddings(call, s->embeddings, err);
    if (strcmp(report->read.format, "smedbert") != 0)
        return KG_OK;
    char *path = kg_folder_find(call->args[1], TRANSR);
    if (!path)
        path = kg_folder_find(call->args[1], KGS_TRANSR);
    if (!path)
        return KG_OK;
    kg_status st = load_embeddings(call, path, err);
    free(path);
    return st;
}

/* Embeddings alone, into a store that exists. */
static kg_status run_embeddings(const kg_call *call, kg_error *err) {
    const import_settings *s = call->settings;
    if (s->embeddings)
        return load_embeddings(call, s->embeddings, err);
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "found no PATH; expected the graph's files: kg import STORE PATH...");
}

/* The names have changed: compile the linker anew. */
static kg_status build_linker(const kg_call *call, kg_progress *progress, kg_error *err) {
    const import_settings *s = call->settings;
    kg_status st;
    kg_store *store;
    kg_progress_update(progress, "names", 0, 0);
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], s->wait, err));
    st = kg_linker_build(store, err);
    kg_store_close(store);
    return st;
}

/* What follows when the graph is in force. */
static kg_status finish(const kg_call *call, const kg_load_report *report, kg_progress *progress,
                        kg_error *err) {
    kg_status st = build_linker(call, progress, err);
    if (st != KG_OK)
        return kg_error_context(err, st,
                                "the graph is loaded and in force, but its names could not be "
                                "compiled for kg link, which will do it each time");
    st = load_embeddings_beside(call, report, err);
    if (st != KG_OK)
        return kg_error_context(err, st,
                                "the graph is loaded and in force, but the embeddings are not");
    return KG_OK;
}

/* All files of the graph, those of neo4j's options first. *nodes: the table of nodes beside it. */
static kg_status collect(kg_texts *paths, const char **nodes, const kg_call *call, kg_error *err) {
    const import_settings *s = call->settings;
    kg_status st = KG_OK;
    *nodes = NULL;
    for (size_t i = 0; i < s->nodes.len && st == KG_OK; i++) {
        const char *given = s->nodes.data[i];
        if (strchr(given, '=') && access(given, F_OK) != 0)
            st = kg_array_push(paths, given);
        else if (*nodes)
            return kg_error_set(err, KG_ERR_ARGUMENT,
                                "--nodes names two tables, %s and %s; expected one, or "
                                "LABEL=FILE for nodes of neo4j",
                                *nodes, given);
        else
            *nodes = given;
    }
    for (size_t i = 0; i < s->relationships.len && st == KG_OK; i++)
        st = kg_array_push(paths, s->relationships.data[i]);
    for (size_t i = 1; i < call->n_args && st == KG_OK; i++)
        st = kg_array_push(paths, call->args[i]);
    return st;
}

static kg_status load(const kg_call *call, const kg_texts *paths, const char *nodes,
                      kg_error *err) {
    kg_status st;
    const import_settings *s = call->settings;
    run_state state = {.report_path = s->report};
    kg_load_report report;
    kg_load_options o = load_options(s, nodes, &state);
    if (s->report)
        KG_TRY(st, kg_outfile_open(&state.report, s->report, err));
    double start = kg_clock();
    kg_interrupt_catch();
    kg_progress_begin(&state.progress);
    st = kg_load(&report, call->args[0], paths->data, paths->len, &o, err);
    if (st == KG_OK && !s->dry_run)
        st = finish(call, &report, &state.progress, err);
    kg_progress_end(&state.progress);
    st = keep_report(&state, st, err);
    if (st == KG_OK)
        st = show_report(call, &report, &state, kg_clock() - start);
    kg_tally_free(&state.dropped);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const import_settings *s = call->settings;
    kg_texts paths = KG_ARRAY_INIT;
    const char *nodes;
    if (s->threads > 4096)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found --threads %llu; expected 4096 at most",
                            (unsigned long long)s->threads);
    kg_status st = collect(&paths, &nodes, call, err);
    if (st == KG_OK)
        st = paths.len > 0 ? load(call, &paths, nodes, err) : run_embeddings(call, err);
    kg_array_free(&paths);
    return st;
}

const kg_command cmd_import = {.name = "import",
                               .summary = "Load a knowledge graph into a store",
                               .arguments = "STORE [PATH...]",
                               .min_args = 1,
                               .max_args = KG_ANY_ARGS,
                               .options = options,
                               .settings_size = sizeof(import_settings),
                               .defaults = &defaults,
                               .done = "the graph is loaded and in force",
                               .run = run};
