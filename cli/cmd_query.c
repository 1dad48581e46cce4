#include "cli/command.h"
#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct query_settings {
    uint64_t k;
    int weights; /* a kg_weight_set */
} query_settings;

static const kg_option options[] = {
    {"count", 'k', KG_OPTION_COUNT, offsetof(query_settings, k), "N", "give at most N rows"},
    {"weights", 0, KG_OPTION_CHOICE, offsetof(query_settings, weights), "pagerank|pepr",
     "order neighbours by the global or the personalised weight"},
    {0}};

/* Tell of weights that are older than the graph; they are used all the same. */
static void warn_stale(kg_snapshot *snapshot, kg_weight_set weights) {
    kg_stats stats;
    if (kg_snapshot_stats(&stats, snapshot, NULL) != KG_OK)
        return;
    if (weights == KG_WEIGHT_PAGERANK ? stats.ranked && stats.rank_stale
                                      : stats.pepr && stats.pepr_stale)
        fputs("kg query: the graph has changed since it was ranked; run kg rank\n", stderr);
}

static kg_status ask(const kg_call *call, const kg_session *session, kg_str *names, kg_error *err) {
    const query_settings *settings = call->settings;
    kg_result result = KG_RESULT_INIT;
    kg_question question = {call->args[1], names, call->n_args - 2,
                            settings->k > UINT32_MAX ? UINT32_MAX : (uint32_t)settings->k,
                            (kg_weight_set)settings->weights};
    for (size_t i = 0; i < question.n_args; ++i)
        names[i] = kg_str_from(call->args[i + 2]);
    kg_status st = kg_query(&result, session->snapshot, &question, err);
    if (st == KG_OK) {
        warn_stale(session->snapshot, question.weights);
        st = kg_output_result(stdout, &result, call->mode);
    }
    kg_result_free(&result);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_session session;
    kg_status st;
    KG_TRY(st, kg_session_open(&session, call->args[0], err));
    kg_str *names = malloc(call->n_args * sizeof *names);
    st = names ? ask(call, &session, names, err) : KG_ERR_MEMORY;
    free(names);
    kg_session_close(&session);
    return st;
}

static void describe(FILE *to) {
    size_t count;
    const kg_verb *verbs = kg_verbs(&count);
    fputs("Verbs:\n", to);
    for (size_t i = 0; i < count; ++i) {
        char left[40];
        snprintf(left, sizeof left, "%s %s", verbs[i].name, verbs[i].arguments);
        fprintf(to, "  %-20s %s\n", left, verbs[i].summary);
    }
    fputs("\n", to);
}

const kg_command cmd_query = {.name = "query",
                              .summary = "Ask a store",
                              .arguments = "STORE VERB NAME...",
                              .describe = describe,
                              .min_args = 2,
                              .max_args = KG_ANY_ARGS,
                              .options = options,
                              .settings_size = sizeof(query_settings),
                              .run = run};
