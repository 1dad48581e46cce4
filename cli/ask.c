#include "cli/ask.h"

#include <stdlib.h>

const kg_option kg_ask_options[] = {
    {"count", 'k', KG_OPTION_COUNT, offsetof(kg_ask_settings, k), "N", "give at most N rows"},
    {"weights", 0, KG_OPTION_CHOICE, offsetof(kg_ask_settings, weights), "pagerank|pepr",
     "order neighbors by the global or the personalized weight"},
    {"by-entity", 0, KG_OPTION_FLAG, offsetof(kg_ask_settings, by_entity), NULL,
     "top, out, in: one row for all edges to the same neighbor"},
    {"by", 0, KG_OPTION_CHOICE, offsetof(kg_ask_settings, by), "relation|type",
     "count: edges by relation, or entities by type"},
    {"relation", 0, KG_OPTION_LIST, offsetof(kg_ask_settings, relations), "RELATION",
     "top, out, in, path: only edges of this relation; may be given again"},
    {"directed", 0, KG_OPTION_FLAG, offsetof(kg_ask_settings, directed), NULL,
     "path: only along edges, from the first name to the second"},
    {"avoid-hubs", 0, KG_OPTION_COUNT, offsetof(kg_ask_settings, most_edges), "N",
     "path: through no entity of more than N edges"},
    {0}};

kg_status kg_ask(kg_result *result, kg_snapshot *snapshot, const kg_ask_settings *settings,
                 const char *const *words, size_t n_words, kg_error *err) {
    uint64_t k = settings->k;
    const kg_texts *relations = &settings->relations;
    kg_str *names = malloc((n_words + relations->len) * sizeof *names);
    if (!names)
        return KG_ERR_MEMORY;
    for (size_t i = 1; i < n_words; ++i)
        names[i - 1] = kg_str_from(words[i]);
    for (size_t i = 0; i < relations->len; ++i)
        names[n_words + i] = kg_str_from(relations->data[i]);
    const kg_question question = {
        .verb = words[0],
        .args = names,
        .n_args = n_words - 1,
        .k = k > UINT32_MAX ? UINT32_MAX : (uint32_t)k,
        .weights = (kg_weight_set)settings->weights,
        .by_entity = settings->by_entity,
        .by_type = settings->by == 1,
        .relations = names + n_words,
        .n_relations = relations->len,
        .directed = settings->directed,
        .most_edges = settings->most_edges,
    };
    kg_status st = kg_query(result, snapshot, &question, err);
    free(names);
    return st;
}

bool kg_ask_stale(kg_snapshot *snapshot, const kg_ask_settings *settings) {
    kg_stats s;
    if (kg_snapshot_stats(&s, snapshot, NULL) != KG_OK)
        return false;
    return settings->weights == KG_WEIGHT_PAGERANK ? s.ranked && s.rank_stale
                                                   : s.pepr && s.pepr_stale;
}
