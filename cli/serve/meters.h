/* Counters of what a server does, for GET /metrics. */
#ifndef KG_SERVE_METERS_H
#define KG_SERVE_METERS_H

#include "kgstore/kgstore.h"

#include <stdatomic.h>
#include <stdio.h>

enum { KG_METER_PATHS = 32, KG_METER_STATUSES = 16, KG_METER_BUCKETS = 7 };

typedef struct kg_meter {
    atomic_ulong statuses[KG_METER_STATUSES];
    atomic_ulong buckets[KG_METER_BUCKETS]; /* replies by the time they took, each in one */
    _Atomic double seconds;
} kg_meter;

typedef struct kg_meters {
    kg_meter paths[KG_METER_PATHS]; /* by the number of the route; the last: of no route */
    atomic_ulong sent;              /* bytes of content */
    atomic_ulong rows;              /* of Cypher */
    atomic_ulong cancelled;         /* queries whose client went away */
    atomic_ulong running;           /* requests whose reply is not whole */
    atomic_ulong queries;           /* of them, Cypher */
} kg_meters;

void kg_meters_count(kg_meters *meters, size_t path, unsigned status, double seconds);

/* In the text format of Prometheus. names: of n paths; connections: open ones. */
void kg_meters_print(FILE *to, kg_meters *meters, const char *const *names, size_t n,
                     unsigned connections, const kg_stats *store);

#endif
