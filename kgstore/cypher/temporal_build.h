/* Points in time put together from maps, texts, the clock and other points in time. Each function
 * fails with a fault that tells what does not fit. */
#ifndef KG_CYPHER_TEMPORAL_BUILD_H
#define KG_CYPHER_TEMPORAL_BUILD_H

#include "kgstore/cypher/eval.h"
#include "kgstore/cypher/temporal.h"

/* The text of a value, or a duration's. */
kg_status cy_build_from_text(cy_value *out, cy_context *context, cy_kind kind, kg_str text);

/* {year: 1984, week: 10}, {date: other, hour: 12}; {timezone: 'Europe/Stockholm'} alone is the
 * present there. */
kg_status cy_build_from_map(cy_value *out, cy_context *context, cy_kind kind, const cy_map *map);

/* A value of another kind that has what this one needs. */
kg_status cy_build_from_value(cy_value *out, cy_context *context, cy_kind kind,
                              const cy_value *from);

/* The present in a zone, or by the local clock where zone is empty: when the statement began, or
 * when this is called. */
kg_status cy_build_now(cy_value *out, cy_context *context, cy_kind kind, kg_str zone,
                       bool realtime);

/* The beginning of the unit that a point in time lies in, changed by a map, which may be NULL. */
kg_status cy_build_truncated(cy_value *out, cy_context *context, cy_kind kind, kg_str unit,
                             const cy_value *from, const cy_map *map);

/* A moment, in UTC; seconds and nanoseconds since 1970. */
kg_status cy_build_from_epoch(cy_value *out, cy_context *context, int64_t seconds,
                              int64_t nanoseconds);

/* cy_temporal_make, with a fault where it fails. */
kg_status cy_build_value(cy_value *out, cy_context *context, cy_kind kind,
                         const cy_temporal *parts);

/* The fault of a time zone that the system lacks. */
kg_status cy_build_unknown_zone(cy_context *context, kg_str zone);

/* What passes between two points in time. */
typedef enum cy_span { CY_SPAN_ALL, CY_SPAN_MONTHS, CY_SPAN_DAYS, CY_SPAN_SECONDS } cy_span;

kg_status cy_build_between(cy_value *out, cy_context *context, cy_span span, const cy_value *from,
                           const cy_value *to);

#endif
