/* What the graph's names say of a sequence: the mentions that link in its running text, in tokens,
 * and the features that they give to tokens, the neural form of a lexicon.
 *
 * A feature is (type, place): the place of a token in a name of an entity of that type. With `all`
 * names the features of every name that occurs, those within and across others too, stand beside
 * those of the longest (as in Ma et al. 2020, "Simplify the usage of lexicon in Chinese NER"). */
#ifndef KG_SMEDBERT_NER_NAMES_H
#define KG_SMEDBERT_NER_NAMES_H

#include "plugins/smedbert/example.h"
#include "plugins/smedbert/ner_data.h"

/* Tokens [first, end) of the sequence. */
typedef struct kg_ner_mention {
    uint32_t first, end, entity;
} kg_ner_mention;

typedef struct kg_ner_name_feature {
    uint32_t token;   /* of the sequence */
    uint32_t feature; /* below kg_ner_name_features() */
    uint32_t length;  /* tokens of the name */
} kg_ner_name_feature;

typedef struct kg_ner_names {
    KG_ARRAY(kg_ner_mention) longest;       /* leftmost-longest: in order, not overlapping */
    KG_ARRAY(kg_ner_name_feature) features; /* sorted by token, feature, length; each once */
    uint64_t linked, off_edge; /* mentions of all sequences so far; those dropped since they begin
                                  or end inside a token */
    kg_bytes text;
    kg_ner_starts starts;
} kg_ner_names;

/* How many features there are in a graph of n_types types; one type more stands for none. */
size_t kg_ner_name_features(size_t n_types, bool all);

/* Link a sequence, replacing what was found before. Nothing is found where from->link is NULL.
 * KG_ERR_UNSUPPORTED: `all`, and the host cannot give all names; KG_ERR_MEMORY, and what linking
 * gives. */
kg_status kg_ner_names_find(kg_ner_names *names, const kg_ner_data *data, size_t sequence,
                            const kg_example_sources *from, bool all, kg_error *err);
void kg_ner_names_free(kg_ner_names *names);

#endif
