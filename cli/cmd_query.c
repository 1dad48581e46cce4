#include "cli/ask.h"
#include "cli/command.h"
#include "cli/pager.h"
#include "cli/session.h"

#include <stdio.h>

static kg_status run(const kg_call *call, kg_error *err) {
    kg_session session;
    kg_result result = KG_RESULT_INIT;
    kg_status st;
    KG_TRY(st, kg_session_open(&session, call->args[0], err));
    const kg_ask_settings *settings = call->settings;
    st = kg_ask(&result, session.snapshot, settings, call->args + 1, call->n_args - 1, err);
    if (st == KG_OK) {
        if (kg_ask_stale(session.snapshot, settings))
            fputs("kg query: the graph has changed since it was ranked; run kg rank\n", stderr);
        st = kg_pager_show(&result, call->mode);
    }
    kg_result_free(&result);
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
                              .options = kg_ask_options,
                              .settings_size = sizeof(kg_ask_settings),
                              .run = run};
