/* Side effects: what a graph holds before and after a query, and how the two differ. */
#ifndef KG_TESTS_TCK_STATE_H
#define KG_TESTS_TCK_STATE_H

#include "tck_feature.h"

typedef enum tck_part { TCK_NODES, TCK_EDGES, TCK_LABELS, TCK_PROPERTIES } tck_part;

enum { TCK_PARTS = TCK_PROPERTIES + 1 };

/* What a graph holds, as sets of texts: ids of nodes, of relationships, the labels in use, and
 * "owner key = value". */
typedef struct tck_state {
    tck_row parts[TCK_PARTS];
} tck_state;

/* Sort the texts and drop those that come again, as tck_state_equal wants them. */
void tck_state_sort(tck_state *state);

/* Are the differences those of the table, "+nodes | 1" a row? What it does not name is 0. *why is
 * told where they differ, in the arena. */
bool tck_state_equal(kg_str *why, kg_arena *arena, const tck_table *table, const tck_state *before,
                     const tck_state *after);

#endif
