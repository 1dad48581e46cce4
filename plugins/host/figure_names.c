/* The words behind the keys of metrics.jsonl. Trainers choose their keys themselves: one that is
 * not here is shown as it is. */
#include "plugins/host/figure_names.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *words;
} known[] = {
    {"loss", "loss"},
    {"f1", "F1"},
    {"precision", "precision"},
    {"recall", "recall"},
    {"macro_f1", "F1, mean over the types"},
    {"micro_f1", "F1"},
    {"weighted_f1", "F1, weighted by how frequent a class is"},
    {"accuracy", "share that is right"},
    {"mrr", "mean reciprocal rank"},
    {"mr", "mean rank"},
    {"map", "mean average precision"},
    {"ndcg10", "nDCG of the first 10"},
    {"hits1", "right one in first place"},
    {"hits3", "right one among the first 3"},
    {"hits10", "right one among the first 10"},
    {"perplexity", "perplexity"},
    {"mlm_loss", "loss of hidden tokens"},
    {"mlm_accuracy", "hidden tokens guessed"},
    {"sop_loss", "loss of the order of sentences"},
    {"sop_accuracy", "order of sentences told"},
    {"mnem_loss", "loss of mentions' neighbors"},
    {"mnem_hits1", "mentions' neighbors told from others"},
    {"mmem_loss", "loss of mentions' vectors"},
    {"mmem_relative", "distance to mentions' vectors, 1 for the mean"},
    {"entity_bias", "how much the score of O is lowered"},
    {"sparse_share", "share of the sparse features"},
    {"unseen_triples", "triples with a name that training lacks"},
    {"gradient_norm", "norm of the gradient"},
    {"learning_rate", "learning rate"},
};

static const struct {
    const char *prefix, *where;
} parts[] = {{"", ""}, {"dev_", ", dev data"}, {"test_", ", test data"}};

const char *kg_figure_words(char *buffer, size_t size, const char *name) {
    for (size_t p = sizeof parts / sizeof *parts; p-- > 0;) {
        size_t n = strlen(parts[p].prefix);
        if (strncmp(name, parts[p].prefix, n) != 0)
            continue;
        for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
            if (strcmp(known[k].name, name + n) == 0) {
                snprintf(buffer, size, "%s%s", known[k].words, parts[p].where);
                return buffer;
            }
    }
    snprintf(buffer, size, "%s", name);
    return buffer;
}
