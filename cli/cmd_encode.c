#include "cli/tool.h"

#include "cli/command.h"

#include <errno.h>
#include <stddef.h>

typedef struct encode_settings {
    const char *store, *plugin, *model, *out;
    bool mentions, linked;
    uint64_t threads;
} encode_settings;

static const kg_option options[] = {
    {"model", 'm', KG_OPTION_TEXT, offsetof(encode_settings, model), "DIR",
     "the checkpoint: ours, or a BERT in Hugging Face's form"},
    {"store", 's', KG_OPTION_TEXT, offsetof(encode_settings, store), "STORE",
     "the graph whose neighbours the mentions read"},
    {"out", 'o', KG_OPTION_TEXT, offsetof(encode_settings, out), "FILE.npy",
     "write one matrix in NumPy's form, instead of lines of JSON"},
    {"mentions", 0, KG_OPTION_FLAG, offsetof(encode_settings, mentions), NULL,
     "a vector for each linked mention instead of one for each line"},
    {"linked", 0, KG_OPTION_FLAG, offsetof(encode_settings, linked), NULL,
     "the text is linked already: lines as kg link --json writes them"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(encode_settings, threads), "N", "threads to use"},
    {"plugin", 0, KG_OPTION_TEXT, offsetof(encode_settings, plugin), "FILE",
     "the plugin's file, instead of looking for it"},
    {0}};

static kg_status run_to(const kg_tool_call *call, const char *path, kg_error *err) {
    kg_tool_call to_file = *call;
    if (!path)
        return kg_tool_run(call, err);
    to_file.to = fopen(path, "wb");
    if (!to_file.to)
        return kg_error_errno(err, "create", path);
    kg_status st = kg_tool_run(&to_file, err);
    errno = 0;
    if (st == KG_OK && (fflush(to_file.to) != 0 || ferror(to_file.to)))
        st = kg_error_write(err, fileno(to_file.to), path);
    if (fclose(to_file.to) != 0 && st == KG_OK)
        st = kg_error_errno(err, "write", path);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    const encode_settings *settings = call->settings;
    if (!settings->model)
        return kg_error_set(err, KG_ERR_ARGUMENT, "name the checkpoint with --model");
    json_t *request =
        json_pack("{s:s, s:s, s:b, s:b, s:I}", "model", settings->model, "input",
                  call->n_args > 0 ? call->args[0] : "-", "mentions", settings->mentions, "linked",
                  settings->linked, "threads", (json_int_t)settings->threads);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
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
