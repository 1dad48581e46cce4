/* How well tags are found in a part of the data, and which reading of the scores finds them best.
 */
#ifndef KG_SMEDBERT_NER_CHOOSE_H
#define KG_SMEDBERT_NER_CHOOSE_H

#include "plugins/smedbert/tasks/ner_score.h"
#include "plugins/smedbert/tasks/ner_session.h"

/* A data set and its windows. */
typedef struct kg_ner_part {
    kg_ner_data data;
    kg_ner_windows windows;
    bool there;
} kg_ner_part;

void kg_ner_part_free(kg_ner_part *part);

/* What was measured. */
typedef struct kg_ner_figures {
    double f1, precision, recall, macro_f1, loss;
    kg_ner_reading reading; /* that the tags were read by */
} kg_ner_figures;

/* Score a part by the session's reading. */
kg_status kg_ner_measure(kg_ner_figures *out, kg_ner_session *session, const kg_ner_part *part,
                         kg_error *err);

/* Score the sequences of a part whose `only` is set (NULL: all), by the reading that does best: of
 * all that are tried where `tune`, else of the first of each expert. */
kg_status kg_ner_choose(kg_ner_figures *out, kg_ner_session *session, const kg_ner_part *part,
                        const uint8_t *only, bool tune, kg_error *err);

#endif
