/* Questions in words, as `kg query` and the shell take them. */
#ifndef KG_CLI_ASK_H
#define KG_CLI_ASK_H

#include "cli/options.h"
#include "kgstore/kgstore.h"

/* All that a question may be given; kg_ask_options fills it. */
typedef struct kg_ask_settings {
    uint64_t k;
    int weights; /* a kg_weight_set */
    int by;      /* 0: relation, 1: type */
    bool by_entity, directed;
    kg_texts relations;
    uint64_t most_edges;
} kg_ask_settings;

extern const kg_option kg_ask_options[];

/* Answer the question words[0] (the verb) with the names after it. As kg_query. */
kg_status kg_ask(kg_result *result, kg_snapshot *snapshot, const kg_ask_settings *settings,
                 const char *const *words, size_t n_words, kg_error *err);

/* Whether the weights that the settings choose are older than the graph (they are used anyway). */
bool kg_ask_stale(kg_snapshot *snapshot, const kg_ask_settings *settings);

#endif
