/* Long answers at a terminal, through the program that $PAGER names: less where it names none. An
 * empty $PAGER, or "cat", is none. */
#ifndef KG_CLI_PAGER_H
#define KG_CLI_PAGER_H

#include "cli/output.h"

/* From now on what is printed to standard output goes through the pager, where that is a terminal
 * with fewer lines than this, and there is a pager. */
void kg_pager_begin(size_t lines);

/* Whether the person has left the pager: nothing more need be printed. */
bool kg_pager_is_left(void);

/* Wait until the person has read it. Nothing where no pager was begun. */
void kg_pager_end(void);

/* kg_output_result to standard output, through the pager where it is long. */
kg_status kg_pager_show(const kg_result *result, kg_output_mode mode);

#endif
