#include "plugins/smedbert/show_tool.h"

#include "plugins/smedbert/plugin_error.h"
#include "plugins/smedbert/pretrain_state.h"
#include "plugins/smedbert/show.h"

#include <stdlib.h>

extern const char smedbert_show_schema[]; /* schemas/smedbert.show.schema.json */

const kgp_tool_descriptor kg_show_descriptor = {
    .size = sizeof kg_show_descriptor,
    .id = "smedbert.show",
    .description = "Shows training examples as a person can read them",
    .schema = smedbert_show_schema,
    .output = "text",
};

static kg_status show(const kgp_host *host, const json_t *request, const kgp_output *output,
                      kg_error *err) {
    kg_pretrain_settings settings = {.json = NULL};
    kg_tokenizer *tokenizer = NULL;
    char *text = json_dumps(json_object_get(request, "config"), JSON_COMPACT);
    uint64_t count = (uint64_t)json_integer_value(json_object_get(request, "count"));
    kg_status st = text ? kg_pretrain_settings_parse(&settings, text, err) : KG_ERR_MEMORY;
    if (st == KG_OK)
        st = kg_pretrain_tokenizer(&tokenizer, &settings, err);
    if (st == KG_OK)
        st = kg_show_examples(output, count, host, tokenizer, &settings.train, err);
    kg_tokenizer_free(tokenizer);
    kg_pretrain_settings_free(&settings);
    free(text);
    return st;
}

kgp_status kg_show_run(const kgp_host *host, const char *request_text, const kgp_output *output,
                       kgp_error *err) {
    kg_error detail = KG_ERROR_INIT;
    json_error_t fault;
    json_t *request = json_loads(request_text, 0, &fault);
    kg_status st = show(host, request, output, &detail);
    json_decref(request);
    return kg_plugin_status(err, st, &detail);
}
