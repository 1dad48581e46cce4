/* What kg ner eval and kg tune eval share: an evaluation's JSON as tables, here and on a page. */
#ifndef KG_CLI_SCORES_H
#define KG_CLI_SCORES_H

#include "cli/output.h"
#include "plugins/host/report.h"

#include <jansson.h>

/* The number under a key. */
double kg_score_real(const json_t *object, const char *key);

/* Fill a table from a part of the JSON. */
typedef void kg_score_fill(kg_result *rows, const json_t *from);

/* {gold: {predicted: count}}: gold down, predicted across. */
kg_score_fill kg_score_confusion;

/* Print what `fill` makes of it; or add it to a page. */
kg_status kg_score_table(kg_score_fill *fill, const json_t *from, kg_output_mode mode);
void kg_score_report(kg_report *report, kg_score_fill *fill, const json_t *from);

/* Add what mentions attended to most, and how much each neighbor had if all had alike; nothing
 * where the list is empty or NULL. */
void kg_score_report_neighbors(kg_report *report, const json_t *neighbors);

/* How many are asked for, for a page. */
enum { KG_SCORE_NEIGHBORS = 20 };

/* Add a sentence to a page: a figure {"value", "low", "high"} with its interval, and the data;
 * NULL: none is named. */
void kg_score_sentence(kg_report *report, const char *what, const json_t *interval,
                       const char *data);

#endif
