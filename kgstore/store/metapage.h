/* A look at a data file's two meta pages with plain io, before LMDB trusts them: it divides by the
 * page size and follows page numbers as it finds them. */
#ifndef KG_STORE_METAPAGE_H
#define KG_STORE_METAPAGE_H

#include "kgstore/base/error.h"
#include "kgstore/base/status.h"

#include <sys/stat.h>

/* Check folder/data.mdb: magic, version, page size, roots within bounds, and that the file holds
 * every page that the newer meta's trees use. Guards the standard descriptors (descriptors.h), so
 * that LMDB's files get other numbers. *info: what fstat says of the file. KG_ERR_NOT_FOUND,
 * KG_ERR_CORRUPT, KG_ERR_VERSION, KG_ERR_IO. */
kg_status kg_metapage_check(struct stat *info, const char *folder, kg_error *err);

#endif
