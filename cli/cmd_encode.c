#include "cli/tool.h"

#include "cli/command.h"
#include "kgstore/base/outfile.h"

#include <stddef.h>

typedef struct encode_settings {
    const char *store, *plugin, *model, *out;
    bool mentions, linked;
    uint64_t threads;
} encode_settings;

static const kg_option options[] = {
    {"model", 'm', KG_OPTION_TEXT, offsetof(encode_settings, model), "DIR",
     "the checkpoint: ours, or a BERT in Hugging Face's format"},
    {"store", 's', KG_OPTION_TEXT, offsetof(encode_settings, store), "STORE",
     "the graph whose neighbors the mentions read"},
    {"out", 'o', KG_OPTION_TEXT, offsetof(encode_settings, out), "FILE.npy",
     "write one matrix in NumPy's format instead of lines of JSON"},
    {"mentions", 0, KG_OPTION_FLAG, offsetof(encode_settings, mentions), NULL,
     "a vector for each linked mention instead of one for each line"},
    {"linked", 0, KG_OPTION_FLAG, offsetof(encode_settings, linked), NULL,
     "the text is linked already: lines as kg link --json writes them"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(encode_settings, threads), "N", "threads to use"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(encode_settings, plugin), "FILE",
     "load the plugin from this file"},
    {0}};

static kg_status run_to(const kg_tool_call *call, const char *path, kg_error *err) {
    kg_status st;
    kg_outfile *file;
    kg_tool_call to_file = *call;
    if (!path)
        return kg_tool_run(call, err);
    KG_TRY(st, kg_outfile_open(&file, path, err));
    to_file.to = kg_outfile_stream(file);
    st = kg_tool_run(&to_file, err);
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const encode_settings *settings = call->settings;
    if (!settings->model)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found no --model; expected the folder of a checkpoint");
    json_t *request =
        json_pack("{s:s, s:s, s:b, s:b, s:I}", "model", settings->model, "input",
                  call->n_args > 0 ? call->args[0] : "-", "mentions", settings->mentions, "linked",
                  settings->linked, "threads", (json_int_t)settings->threads);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for vectors");
    const kg_tool_call tool = {.tool = settings->out ? "smedbert.encode-npy" : "smedbert.encode",
                               .plugin = settings->plugin,
                               .store = settings->store,
                               .request = request,
                               .mode = KG_MODE_JSONL,
                               .to = stdout};
    kg_status st = run_to(&tool, settings->out, err);
    json_decref(request);
    return st;
}

const kg_command cmd_encode = {.name = "encode",
                               .summary = "Turn lines of text, or their mentions, into vectors",
                               .arguments = "[FILE|-]",
                               .max_args = 1,
                               .options = options,
                               .settings_size = sizeof(encode_settings),
                               .run = run};
