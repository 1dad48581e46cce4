/* Cypher as `kg cypher` and the shell take it: a query run and its rows shown as they come. */
#ifndef KG_CLI_CYPHERSHOW_H
#define KG_CLI_CYPHERSHOW_H

#include "cli/options.h"
#include "kgstore/cypher.h"

/* Does a line begin with a clause of Cypher, EXPLAIN or PROFILE? */
bool kg_cypher_begins(kg_str text);

/* Where a query ends in text: behind the semicolon that stands in no string, name or comment; 0:
 * it goes on. */
size_t kg_cypher_length(kg_str text);

/* Run one query and show its rows, or its plan. params: "NAME=JSON" each. What it changes is the
 * caller's to commit. On a fault in the text that is shown at once, with a mark below its place. */
kg_status kg_cypher_show_query(kg_cypher *cypher, kg_str text, const kg_texts *params,
                               kg_output_mode mode, kg_error *err);

#endif
