/* Named time zones, as the system's files (TZif, RFC 8536) have them. Every call reads the file of
 * its zone; nothing is shared between threads. */
#ifndef KG_CYPHER_TEMPORAL_ZONE_H
#define KG_CYPHER_TEMPORAL_ZONE_H

#include "kgstore/cypher/temporal.h"

enum { CY_ZONE_NAME_MAX = 64 };

/* Where the files are. */
#define CY_ZONE_FOLDER "/usr/share/zoneinfo"

/* Seconds that a zone's clocks are ahead of UTC at a moment, which here and below is within 2^62
 * seconds of 1970. KG_ERR_NOT_FOUND: the system has no
 * such zone, or its file is none. */
kg_status cy_zone_offset(int32_t *offset, kg_str zone, int64_t utc);

/* Set the offset of a local time in the zone that it names. Where clocks show a time twice, its
 * offset so far is kept if it is one of the two, and else the earlier moment is meant; a time that
 * clocks skip is moved on by as much as they skip. Nothing to do where no zone is named. */
kg_status cy_zone_settle(cy_temporal *t);

/* The same moment in the zone that it names. */
kg_status cy_zone_move(cy_temporal *t, int64_t utc);

/* The offset at a moment by the bytes of a file. KG_ERR_FORMAT: they are no TZif of version 2 or
 * later. Reads nothing else: for tests and fuzzing. */
kg_status cy_zone_offset_in(int32_t *offset, kg_str file, int64_t utc);

#endif
