#include "cli/command.h"
#include "cli/progress.h"
#include "cli/rank_import.h"
#include "cli/session.h"
#include "cli/waiting.h"
#include "kgstore/base/outfile.h"

#include <stdio.h>

typedef struct rank_settings {
    double damping, epsilon, wait;
    bool undirected, personalized;
    uint64_t threads;
    const char *export, *edge_weight, *import;
    int measure; /* a kg_measure; -1: PageRank */
    uint64_t samples;
} rank_settings;

static const rank_settings defaults = {.damping = 0.85, .wait = KG_WAIT_FOR_EVER, .measure = -1};

static const kg_option options[] = {
    {"damping", 0, KG_OPTION_REAL, offsetof(rank_settings, damping), "D",
     "follow an edge with this probability; default 0.85"},
    {"undirected", 0, KG_OPTION_FLAG, offsetof(rank_settings, undirected), NULL,
     "follow edges in both directions"},
    {"personalized", 0, KG_OPTION_FLAG, offsetof(rank_settings, personalized), NULL,
     "also compute each entity's own weights (pepr)"},
    {"epsilon", 0, KG_OPTION_REAL, offsetof(rank_settings, epsilon), "E",
     "precision of the personalized weights; default 2e-5; smaller is slower"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(rank_settings, threads), "N",
     "threads to use; default: all processors"},
    {"export", 0, KG_OPTION_TEXT, offsetof(rank_settings, export), "FILE",
     "write {\"name\": weight, ...} to a file, - for standard output"},
    {"edge-weight", 0, KG_OPTION_TEXT, offsetof(rank_settings, edge_weight), "KEY",
     "let an edge count as much as its property KEY says"},
    {"measure", 0, KG_OPTION_CHOICE, offsetof(rank_settings, measure),
     "components|leiden|betweenness|hits|core",
     "compute this instead, and store it as a property of entities"},
    {"samples", 0, KG_OPTION_COUNT, offsetof(rank_settings, samples), "N",
     "entities whose paths betweenness looks at; default: all of 2000, else 500"},
    {"import", 0, KG_OPTION_TEXT, offsetof(rank_settings, import), "FILE",
     "take weights computed elsewhere: lines of a name, a tab and a number"},
    KG_WAIT_OPTION(rank_settings),
    {0}};

static kg_status check(const rank_settings *s, kg_error *err) {
    if (!(s->damping >= 0 && s->damping < 1))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --damping %g; expected a number from 0 to below 1", s->damping);
    if (!(s->epsilon >= 0 && s->epsilon < 1))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --epsilon %g; expected a number above 0 and below 1",
                            s->epsilon);
    if (s->epsilon > 0 && !s->personalized)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --epsilon without --personalized, where it has no effect; "
                            "remove it, or add that");
    if (s->measure >= 0 && (s->import || s->personalized || s->export))
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "found %s beside --measure, which computes no weights; remove one of them",
            s->import         ? "--import"
            : s->personalized ? "--personalized"
                              : "--export");
    if (s->samples && s->measure != KG_MEASURE_BETWEENNESS)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --samples without --measure betweenness, where it has no "
                            "effect; remove it, or add that");
    if (s->import && (s->edge_weight || s->personalized || s->undirected))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found %s beside --import, which takes weights as they are; remove it",
                            s->edge_weight    ? "--edge-weight"
                            : s->personalized ? "--personalized"
                                              : "--undirected");
    return KG_OK;
}

/* For kg link; what it finds goes by rank. */
static kg_status compile_names(kg_store *store, kg_error *err) {
    kg_status st = kg_linker_build(store, err);
    return st == KG_OK ? st
                       : kg_error_context(err, st,
                                          "the ranking is in force, but the names could not be "
                                          "compiled for kg link, which will do it each time");
}

/* Entities that shortest paths are looked at from: all where they are few. */
static kg_status choose_samples(uint32_t *samples, kg_store *store, const rank_settings *s,
                                kg_error *err) {
    enum { ALL_OF = 2000, USUAL = 500 };
    kg_status st;
    kg_snapshot *snapshot;
    kg_stats stats = {0};
    *samples = s->samples > UINT32_MAX ? UINT32_MAX : (uint32_t)s->samples;
    if (s->samples)
        return KG_OK;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_stats(&stats, snapshot, err);
    *samples = stats.entities > ALL_OF ? USUAL : 0;
    kg_snapshot_end(snapshot);
    return st;
}

/* A signal ends the program, which harms no store: igraph is not asked to stop. */
static kg_status measure(kg_store *store, const rank_settings *s, kg_error *err) {
    kg_progress progress;
    const kg_rank_options o = {.undirected = s->undirected,
                               .edge_weight = kg_str_from(s->edge_weight),
                               .progress = kg_progress_update,
                               .context = &progress};
    uint32_t samples;
    kg_status st;
    KG_TRY(st, choose_samples(&samples, store, s, err));
    kg_progress_begin(&progress);
    st = kg_store_measure(store, &o, (kg_measure)s->measure, samples, err);
    kg_progress_end(&progress);
    return st;
}

static kg_status rank(kg_store *store, const rank_settings *s, kg_error *err) {
    kg_progress progress;
    kg_progress_begin(&progress);
    kg_interrupt_catch();
    const kg_rank_options o = {.damping = s->damping,
                               .undirected = s->undirected,
                               .personalized = s->personalized,
                               .edge_weight = kg_str_from(s->edge_weight),
                               .epsilon = s->epsilon,
                               .threads = s->threads > 64 ? 64 : (unsigned)s->threads,
                               .cancelled = kg_interrupted,
                               .progress = kg_progress_update,
                               .context = &progress};
    kg_status st = kg_store_rank(store, &o, err);
    if (st == KG_OK) {
        kg_progress_update(&progress, "names", 0, 0);
        st = compile_names(store, err);
    }
    kg_progress_end(&progress);
    return st;
}

static kg_status write_weights(FILE *to, kg_snapshot *snapshot) {
    const double *weights;
    uint64_t count;
    kg_status st;
    KG_TRY(st, kg_weights_get(&weights, &count, NULL, snapshot));
    bool any = false;
    putc('{', to);
    for (uint64_t i = 0; i < count; ++i) {
        kg_str name;
        st = kg_name_get(&name, snapshot, KG_ENTITY, (kg_id)i);
        if (st == KG_ERR_NOT_FOUND)
            continue; /* deleted */
        if (st != KG_OK)
            return st;
        fputs(any ? ",\n " : "", to);
        any = true;
        kg_output_json_text(to, name);
        fputs(": ", to);
        kg_output_real(to, weights[i]);
    }
    fputs("}\n", to);
    return KG_OK;
}

static kg_status export_weights(FILE *to, kg_store *store, kg_error *err) {
    kg_snapshot *snapshot;
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = write_weights(to, snapshot);
    kg_snapshot_end(snapshot);
    return st;
}

/* The file is opened first: a path that cannot be written is told before the work. */
static kg_status rank_and_export(kg_store *store, const rank_settings *s, kg_error *err) {
    kg_outfile *file = NULL;
    kg_status st;
    if (s->export)
        KG_TRY(st, kg_outfile_open(&file, s->export, err));
    st = s->import ? kg_rank_import(store, s->import, err) : rank(store, s, err);
    if (st == KG_OK && s->import)
        st = compile_names(store, err);
    if (st == KG_OK && file)
        st = export_weights(kg_outfile_stream(file), store, err);
    if (st == KG_OK && file)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_store *store;
    kg_status st;
    const rank_settings *settings = call->settings;
    KG_TRY(st, check(settings, err));
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], settings->wait, err));
    st = settings->measure >= 0 ? measure(store, settings, err)
                                : rank_and_export(store, settings, err);
    kg_store_close(store);
    return st;
}

const kg_command cmd_rank = {.name = "rank",
                             .summary = "Weigh entities by PageRank, and order neighbors by it",
                             .arguments = "STORE",
                             .min_args = 1,
                             .max_args = 1,
                             .options = options,
                             .settings_size = sizeof(rank_settings),
                             .defaults = &defaults,
                             .done = "the ranking is in force",
                             .run = run};
