#include "cli/tool.h"
#include "cli/train.h"

typedef struct pretrain_settings {
    kg_train_settings train;
    const char *init;
    uint64_t show;
} pretrain_settings;

static const kg_option options[] = {
    KG_TRAIN_OPTIONS,
    {"init", 'i', KG_OPTION_TEXT, offsetof(pretrain_settings, init), "DIR",
     "the checkpoint to start from: ours, or a BERT in Hugging Face's format"},
    {"show", 0, KG_OPTION_COUNT, offsetof(pretrain_settings, show), "N",
     "print N training examples in readable form, and stop"},
    {0}};

/* The examples that this configuration gives. */
static kg_status show(const pretrain_settings *settings, const json_t *extra, kg_output_mode mode,
                      kg_error *err) {
    json_t *config;
    kg_status st;
    KG_TRY(st, kg_train_config(&config, &settings->train, extra, err));
    json_t *request =
        json_pack("{s:o, s:I}", "config", config, "count", (json_int_t)settings->show);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for examples");
    const kg_tool_call call = {.tool = "smedbert.show",
                               .plugin = settings->train.plugin,
                               .store = settings->train.store,
                               .request = request,
                               .mode = mode,
                               .to = stdout};
    st = kg_tool_run(&call, err);
    json_decref(request);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const pretrain_settings *settings = call->settings;
    json_t *extra = settings->init ? json_pack("{s:s}", "init", settings->init) : json_object();
    if (!extra)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the configuration");
    kg_status st = settings->show > 0
                       ? show(settings, extra, call->mode, err)
                       : kg_train("smedbert", &settings->train, extra, call->mode, err);
    json_decref(extra);
    return st;
}

const kg_command cmd_pretrain = {.name = "pretrain",
                                 .summary = "Pretrain a language model on text and a graph",
                                 .arguments = "",
                                 .options = options,
                                 .settings_size = sizeof(pretrain_settings),
                                 .run = run};
