#include "plugins/smedbert/pretrain/pretrain_tools.h"

#include "plugins/smedbert/pretrain/pretrain_state.h"
#include "plugins/smedbert/pretrain/show.h"

#include <stdlib.h>

extern const char smedbert_show_schema[]; /* schemas/smedbert.show.schema.json */

static kg_status show(const kgp_host *host, const json_t *request, const kgp_output *output,
                      kg_error *err) {
    kg_pretrain_settings settings = {.json = NULL};
    kg_session session = {.host = host};
    char *text = json_dumps(json_object_get(request, "config"), JSON_COMPACT);
    uint64_t count = (uint64_t)json_integer_value(json_object_get(request, "count"));
    kg_status st = text ? kg_pretrain_settings_parse(&settings, text, err) : KG_ERR_MEMORY;
    kg_session_source source = kg_pretrain_source(&settings);
    /* Examples can be looked at before the graph is embedded. */
    source.graph.needs_tables = false;
    if (st == KG_OK)
        st = kg_session_begin(&session, host, &source, err);
    if (st == KG_OK)
        st = kg_show_examples(output, count, &session, &settings.train, err);
    kg_session_close(&session);
    kg_pretrain_settings_free(&settings);
    free(text);
    return st;
}

const kg_tool kg_show_tool = {
    .descriptor =
        {
            .size = sizeof(kgp_tool_descriptor),
            .id = "smedbert.show",
            .description = "Shows training examples as a person can read them",
            .schema = smedbert_show_schema,
            .output = "text",
        },
    .run = show,
};
