#include "cli/ask.h"

#include <stdlib.h>

const kg_option kg_ask_options[] = {
    {"count", 'k', KG_OPTION_COUNT, offsetof(kg_ask_settings, k), "N", "give at most N rows"},
    {"weights", 0, KG_OPTION_CHOICE, offsetof(kg_ask_settings, weights), "pagerank|pepr",
     "order neighbours by the global or the personalised weight"},
    {0}};

kg_status kg_ask(kg_result *result, kg_snapshot *snapshot, const kg_ask_settings *settings,
                 const char *const *words, size_t n_words, kg_error *err) {
    kg_str *names = malloc(n_words * sizeof *names);
    if (!names)
        return KG_ERR_MEMORY;
    for (size_t i = 1; i < n_words; ++i)
        names[i - 1] = kg_str_from(words[i]);
    const kg_question question = {words[0], names, n_words - 1,
                                  settings->k > UINT32_MAX ? UINT32_MAX : (uint32_t)settings->k,
                                  (kg_weight_set)settings->weights};
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
