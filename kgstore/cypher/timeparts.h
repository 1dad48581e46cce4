/* What expressions do with points in time and durations; temporal.h has their texts. */
#ifndef KG_CYPHER_TIMEPARTS_H
#define KG_CYPHER_TIMEPARTS_H

#include "kgstore/cypher/eval.h"

/* date.year, duration.days and so on; null for what it has not. */
kg_status cy_temporal_part(cy_value *out, cy_context *context, const cy_value *base, kg_str key);

/* Addition and subtraction of durations, multiplication and division of them. */
kg_status cy_temporal_apply(cy_value *out, cy_context *context, cy_op op, const cy_value *a,
                            const cy_value *b);

#endif
