/* Texts of points in time and durations, written. */
#ifndef KG_CYPHER_TEMPORAL_TEXT_H
#define KG_CYPHER_TEMPORAL_TEXT_H

#include "kgstore/cypher/temporal_scan.h"

enum { CY_TEMPORAL_TEXT = 192 };

/* The text of parts as a value of a kind; borrowed from the buffer. As CY_FORM_STORED it is one of
 * XML Schema where that has such. */
kg_str cy_print_temporal(char buffer[CY_TEMPORAL_TEXT], cy_kind kind, const cy_temporal *parts,
                         cy_form form);

/* "Z", "+01:00", "-02:05:07". */
kg_str cy_print_offset(char buffer[CY_TEMPORAL_TEXT], int32_t offset);

#endif
