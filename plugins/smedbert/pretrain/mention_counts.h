/* How often text mentions each entity, as kg link --count kept it in the store. */
#ifndef KG_SMEDBERT_MENTION_COUNTS_H
#define KG_SMEDBERT_MENTION_COUNTS_H

#include "plugins/smedbert/reading/graph_view.h"

/* Of the view's entities, 0 beyond the table's rows: *out is the caller's, to free; NULL where the
 * store has no such table. */
kg_status kg_mention_counts_read(uint32_t **out, const kg_graph_view *view, kg_error *err);

#endif
