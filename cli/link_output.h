/* Mentions as kg link prints them, line by line. */
#ifndef KG_CLI_LINK_OUTPUT_H
#define KG_CLI_LINK_OUTPUT_H

#include "cli/output.h"
#include "kgstore/kgstore.h"

typedef struct kg_link_output {
    kg_snapshot *snapshot;
    FILE *to;
    kg_output_mode mode;
    bool marked; /* the text itself, with its mentions marked */
    const double *weights;
    uint64_t n_weights;
    kg_result result; /* rows not yet printed */
} kg_link_output;

/* Begin printing. A table on a terminal is the text with marks instead. */
void kg_link_output_begin(kg_link_output *output, kg_snapshot *snapshot, kg_output_mode mode,
                          FILE *to, bool terminal);

/* Print one line of text with its mentions; number is its line, from 1. JSON modes print an object
 * a line, tsv a row a mention; the other modes gather rows until the end. */
kg_status kg_link_output_line(kg_link_output *output, kg_str text, const kg_mentions *mentions,
                              uint64_t number);

kg_status kg_link_output_end(kg_link_output *output);
void kg_link_output_free(kg_link_output *output);

#endif
