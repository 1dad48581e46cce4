/* What the graph's names say of a sequence: the mentions that link in its running text, in tokens,
 * and the features that they give to tokens, the neural form of a lexicon.
 *
 * A feature is (type, place): the place of a token in a name of an entity of that type. With `all`
 * names the features of every name that occurs, those within and across others too, stand beside
 * those of the longest (as in Ma et al. 2020, "Simplify the usage of lexicon in Chinese NER"). */
#ifndef KG_SMEDBERT_NER_NAMES_H
#define KG_SMEDBERT_NER_NAMES_H

#include "plugins/smedbert/reading/reading.h"
#include "plugins/smedbert/tasks/ner/ner_data.h"

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
    KG_ARRAY(kg_span) spans; /* of the tokens, in text */
} kg_ner_names;

/* How many features there are in a graph of n_types types; one type more stands for none. */
size_t kg_ner_name_features(size_t n_types, bool all);

/* Give the mentions of text already linked to the last sequence of data, whose tokens begin at
 * these bytes of that text; those with an edge inside a token are left out. Call for every
 * sequence. KG_ERR_MEMORY. */
kg_status kg_ner_names_give(kg_ner_data *data, const kg_ner_starts *starts,
                            const kgp_mention *mentions, size_t n);

/* Link a sequence, or take the mentions given to it (`all` names are the linker's even so),
 * replacing what was found before. Nothing is found where reading has no graph. KG_ERR_UNSUPPORTED:
 * `all`, and the host cannot give all names; KG_ERR_MEMORY, and what linking gives. */
kg_status kg_ner_names_find(kg_ner_names *names, const kg_ner_data *data, size_t sequence,
                            kg_reading *reading, bool all, kg_error *err);
void kg_ner_names_free(kg_ner_names *names);

#endif
