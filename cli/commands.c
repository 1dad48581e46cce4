#include "cli/command.h"

#include "kgstore/base/nearest.h"

#include <string.h>

extern const kg_command cmd_add;
extern const kg_command cmd_backup;
extern const kg_command cmd_check;
extern const kg_command cmd_compact;
extern const kg_command cmd_cypher;
extern const kg_command cmd_del;
extern const kg_command cmd_doctor;
extern const kg_command cmd_edit;
extern const kg_command cmd_embed;
extern const kg_command cmd_encode;
extern const kg_command cmd_export_model;
extern const kg_command cmd_eval;
extern const kg_command cmd_export;
extern const kg_command cmd_help;
extern const kg_command cmd_import;
extern const kg_command cmd_index;
extern const kg_command cmd_link;
extern const kg_command cmd_ner_compare;
extern const kg_command cmd_ner_convert;
extern const kg_command cmd_ner_eval;
extern const kg_command cmd_ner_predict;
extern const kg_command cmd_ner_train;
extern const kg_command cmd_plugins;
extern const kg_command cmd_pretrain;
extern const kg_command cmd_query;
extern const kg_command cmd_rank;
extern const kg_command cmd_serve;
extern const kg_command cmd_shell;
extern const kg_command cmd_stats;
extern const kg_command cmd_tokenize;
extern const kg_command cmd_trace;
extern const kg_command cmd_train;
extern const kg_command cmd_tune;
extern const kg_command cmd_tune_compare;
extern const kg_command cmd_tune_similarity;
extern const kg_command cmd_vocab;

/* clang-format off */
const kg_command *const kg_commands[] = {
    &cmd_import,
    &cmd_export,
    &cmd_stats,
    &cmd_check,
    &cmd_backup,
    &cmd_compact,
    &cmd_rank,
    &cmd_query,
    &cmd_cypher,
    &cmd_shell,
    &cmd_serve,
    &cmd_add,
    &cmd_del,
    &cmd_edit,
    &cmd_index,
    &cmd_link,
    &cmd_tokenize,
    &cmd_vocab,
    &cmd_train,
    &cmd_embed,
    &cmd_eval,
    &cmd_pretrain,
    &cmd_ner_train,
    &cmd_ner_eval,
    &cmd_ner_compare,
    &cmd_ner_convert,
    &cmd_ner_predict,
    &cmd_tune,
    &cmd_tune_compare,
    &cmd_tune_similarity,
    &cmd_encode,
    &cmd_export_model,
    &cmd_trace,
    &cmd_plugins,
    &cmd_doctor,
    &cmd_help,
    NULL,
};
/* clang-format on */

/* Whether name, of one word or two, is how words begin. */
static size_t words_of(const char *name, const char *const *words, size_t n_words) {
    const char *space = strchr(name, ' ');
    if (!space)
        return n_words > 0 && strcmp(words[0], name) == 0 ? 1 : 0;
    size_t first = (size_t)(space - name);
    return n_words > 1 && strlen(words[0]) == first && memcmp(words[0], name, first) == 0 &&
                   strcmp(words[1], space + 1) == 0
               ? 2
               : 0;
}

const kg_command *kg_command_find(const char *const *words, size_t n_words, size_t *taken) {
    const kg_command *found = NULL;
    *taken = 0;
    for (const kg_command *const *c = kg_commands; *c; ++c) {
        size_t n = words_of((*c)->name, words, n_words);
        if (n > *taken) {
            *taken = n;
            found = *c;
        }
    }
    return found;
}

const char *kg_command_nearest(const char *word) {
    kg_nearest nearest = kg_nearest_begin(word);
    for (const kg_command *const *c = kg_commands; *c; ++c)
        kg_nearest_consider(&nearest, (*c)->name);
    return nearest.best;
}
