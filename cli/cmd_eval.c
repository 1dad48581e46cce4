#include "cli/tool.h"

#include "cli/command.h"

#include <stddef.h>

typedef struct eval_settings {
    const char *store, *plugin;
    const char *texts[5]; /* by keys[] */
    double holdout;
    uint64_t seed, threads;
} eval_settings;

static const char *const keys[] = {"checkpoint", "train", "valid", "test", "norm"};

static const eval_settings defaults = {.seed = 1};

static const kg_option options[] = {
    {"store", 's', KG_OPTION_TEXT, offsetof(eval_settings, store), "STORE",
     "the graph, and its tables if no checkpoint is given"},
    {"checkpoint", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[0]), "DIR",
     "rank by a checkpoint's tables, such as RUN/best"},
    {"train", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[1]), "FILE",
     "triples that were trained on, instead of a store's"},
    {"valid", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[2]), "FILE",
     "other triples known to be true"},
    {"test", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[3]), "FILE", "triples to rank"},
    {"norm", 0, KG_OPTION_TEXT, offsetof(eval_settings, texts[4]), "NORM",
     "the distance, l1 or l2, if the tables do not say"},
    {"holdout", 0, KG_OPTION_REAL, offsetof(eval_settings, holdout), "SHARE",
     "rank the share of the store's triples that a run with this holdout left out"},
    {"seed", 0, KG_OPTION_COUNT, offsetof(eval_settings, seed), "N", "the seed of that run"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(eval_settings, threads), "N", "threads to use"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(eval_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    const eval_settings *settings = call->settings;
    json_t *request =
        json_pack("{s:f, s:I, s:I}", "holdout", settings->holdout, "seed",
                  (json_int_t)settings->seed, "threads", (json_int_t)settings->threads);
    for (size_t i = 0; request && i < sizeof keys / sizeof *keys; ++i)
        if (settings->texts[i])
            json_object_set_new(request, keys[i], json_string(settings->texts[i]));
    const kg_tool_call tool = {.tool = "transr.eval",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = call->mode};
    return kg_tool_show(&tool, err);
}

const kg_command cmd_eval = {.name = "eval transr",
                             .summary = "Rank triples by learned vectors: filtered link prediction",
                             .arguments = "",
                             .options = options,
                             .settings_size = sizeof(eval_settings),
                             .defaults = &defaults,
                             .run = run};
