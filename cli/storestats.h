/* What kg stats tells of a store, for whoever shows it. */
#ifndef KG_CLI_STORESTATS_H
#define KG_CLI_STORESTATS_H

#include "kgstore/kgstore.h"

/* One record. Statuses as of kg_snapshot_stats, and KG_ERR_MEMORY. */
kg_status kg_stats_fill(kg_result *result, kg_snapshot *snapshot, kg_error *err);

#endif
