/* Which neighbors mattered: what the mentions of a data set attended to, by the weights of hybrid
 * attention (METHOD 4 (5)). */
#ifndef KG_SMEDBERT_TUNE_NEIGHBORS_H
#define KG_SMEDBERT_TUNE_NEIGHBORS_H

#include "plugins/smedbert/tune/tune_session.h"

/* Of the `count` entities that are mentioned most, the neighbor that they attended to most, as a
 * list of
 *
 *     {"mention", "direction": 1 or -1, "relation", "neighbor", "times", "weight", "among"}
 *
 * times: how often the entity was mentioned with this neighbor; weight: the mean of the neighbor's
 * share of attention, among so many neighbors on average. Entities that always had one alone are
 * left out. Empty where nothing is infused. The caller's to decref; NULL after a failure.
 * KG_ERR_MEMORY, and what kg_tune_run gives. */
kg_status kg_tune_neighbors(json_t **out, kg_tune_session *session, const kg_tune_packs *packs,
                            size_t count, kg_error *err);

#endif
