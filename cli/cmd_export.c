#include "cli/command.h"

#include "cli/tally.h"
#include "import/around.h"
#include "import/embeddings.h"
#include "import/export.h"

typedef struct export_settings {
    int format, embeddings;
    const char *name, *around;
    uint64_t parts, steps, top;
} export_settings;

/* All of them are open until they are whole. */
enum { MAX_PARTS = 256, MAX_STEPS = 1000, MAX_TOP = 1000000 };

#define FORMATS "tsv|csv|openke|dglke|neo4j|ntriples|nquads|turtle|graphml|dot|smedbert"

static const kg_option options[] = {
    {"format", 'f', KG_OPTION_CHOICE, offsetof(export_settings, format), FORMATS,
     "format to write; default tsv"},
    {"around", 0, KG_OPTION_TEXT, offsetof(export_settings, around), "NAME",
     "write only the neighborhood of an entity"},
    {"steps", 0, KG_OPTION_COUNT, offsetof(export_settings, steps), "N",
     "with --around: at most this many edges away; default 2"},
    {"top", 0, KG_OPTION_COUNT, offsetof(export_settings, top), "N",
     "with --around: best edges of each entity to follow; default 20"},
    {"parts", 0, KG_OPTION_COUNT, offsetof(export_settings, parts), "N",
     "split each file into N with equal numbers of records"},
    {"embeddings", 0, KG_OPTION_CHOICE, offsetof(export_settings, embeddings), "openke|dglke",
     "write the embeddings instead: OpenKE's JSON file, or a folder of DGL-KE's .npy"},
    {"name", 0, KG_OPTION_TEXT, offsetof(export_settings, name), "NAME",
     "prefix of DGL-KE's file names; default kg"},
    {0}};

static const export_settings defaults = {.embeddings = -1, .name = "kg", .steps = 2, .top = 20};

/* The summary as one record; schemas/export-report.schema.json describes its JSON. */
static kg_status show(const kg_call *call, const kg_export_report *r, const kg_tally *left_out) {
    static const char *const names[] = {"entities", "relations", "triples", "left_out",
                                        "left_out_values"};
    const uint64_t counts[] = {r->entities, r->relations, r->triples, r->left_out};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_RECORD, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        kg_result_integer(&result, (int64_t)counts[i]);
    kg_tally_put(&result, left_out);
    kg_status st = result.status;
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, call->mode);
    kg_result_free(&result);
    return st;
}

static kg_status on_left_out(void *context, kg_str name, uint64_t n) {
    return kg_tally_add(context, name, n);
}

static kg_status export_graph(const kg_call *call, kg_snapshot *snapshot, kg_error *err) {
    static const char *const formats[] = {"tsv",     "csv",      "openke",  "dglke",
                                          "neo4j",   "ntriples", "nquads",  "turtle",
                                          "graphml", "dot",      "smedbert"};
    kg_status st;
    kg_tally left_out = {.arena = KG_ARENA_INIT};
    kg_export_report report;
    const export_settings *s = call->settings;
    const kg_export_options o = {.format = formats[s->format],
                                 .parts = (unsigned)s->parts,
                                 .left_out = on_left_out,
                                 .context = &left_out};
    if (s->parts > MAX_PARTS)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found --parts %llu; expected %d at most",
                            (unsigned long long)s->parts, MAX_PARTS);
    st = kg_export(&report, snapshot, &o, call->args[1], err);
    if (st == KG_OK && strcmp(call->args[1], "-") != 0)
        st = show(call, &report, &left_out);
    kg_tally_free(&left_out);
    return st;
}

static kg_status export_around(const kg_call *call, kg_snapshot *snapshot, kg_error *err) {
    kg_status st;
    kg_around *around;
    const export_settings *s = call->settings;
    const kg_around_options o = {kg_str_from(s->around), (uint32_t)s->steps, (uint32_t)s->top};
    if (s->steps > MAX_STEPS || s->top > MAX_TOP)
        return kg_error_set(
            err, KG_ERR_ARGUMENT, "found --steps %llu and --top %llu; expected %d and %d at most",
            (unsigned long long)s->steps, (unsigned long long)s->top, MAX_STEPS, MAX_TOP);
    KG_TRY(st, kg_around_begin(&around, snapshot, &o, err));
    st = export_graph(call, kg_around_snapshot(around), err);
    kg_around_end(around);
    return st;
}

static kg_status export_from(const kg_call *call, kg_store *store, kg_error *err) {
    kg_status st;
    kg_snapshot *snapshot;
    const export_settings *s = call->settings;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    if (s->embeddings < 0)
        st = s->around ? export_around(call, snapshot, err) : export_graph(call, snapshot, err);
    else if (s->embeddings == 0)
        st = kg_embeddings_write_openke(snapshot, call->args[1], err);
    else
        st = kg_embeddings_write_dglke(snapshot, call->args[1], s->name, err);
    kg_snapshot_end(snapshot);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_status st;
    kg_store *store;
    KG_TRY(st, kg_store_open(&store, call->args[0], err));
    st = export_from(call, store, err);
    kg_store_close(store);
    return st;
}

const kg_command cmd_export = {.name = "export",
                               .summary = "Write a store's graph in another format",
                               .arguments = "STORE PATH",
                               .min_args = 2,
                               .max_args = 2,
                               .options = options,
                               .settings_size = sizeof(export_settings),
                               .defaults = &defaults,
                               .run = run};
