/* The rule that ends a time zone's file, for all years to come: "CET-1CEST,M3.5.0,M10.5.0/3". */
#ifndef KG_CYPHER_TEMPORAL_RULE_H
#define KG_CYPHER_TEMPORAL_RULE_H

#include "kgstore/base/str.h"

#include <stdint.h>

/* Seconds ahead of UTC at a moment, by a rule in the form of POSIX's TZ, with hours of -167 to 167
 * as RFC 8536 has them. False: the text is no rule. */
bool cy_rule_offset(int32_t *offset, kg_str rule, int64_t utc);

#endif
