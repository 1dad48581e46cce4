/* The checksums of a generation's databases, held against its records. Whatever copies or rewrites
 * records compares what it read with what was recorded: otherwise damage would get a checksum of
 * its own, and kg check would never see it again. */
#ifndef KG_STORE_SUMS_H
#define KG_STORE_SUMS_H

#include "kgstore/store/env.h"
#include "kgstore/store/layout.h"

/* The recorded checksum of a database. KG_ERR_CORRUPT: missing or malformed. */
kg_status kg_sum_load(kg_sum *sum, const kg_txn *txn, kg_db db, kg_error *err);

/* Those of all databases; what a store of version 1 lacks has none. */
kg_status kg_sums_load(kg_sum sums[KG_DB_COUNT], const kg_txn *txn, kg_error *err);

/* Whether what was read of a database, all of it, is what was recorded. KG_ERR_CORRUPT. */
kg_status kg_sum_compare(const kg_sum *found, const kg_txn *txn, kg_db db, kg_error *err);

/* Walk a database and compare. KG_ERR_CORRUPT. */
kg_status kg_sum_verify(const kg_txn *txn, kg_db db, kg_error *err);

/* Walk and compare them all. KG_ERR_CORRUPT names the first that differs. */
kg_status kg_sums_verify(const kg_txn *txn, kg_error *err);

#endif
