/* A part of a graph: an entity, and what its best edges lead to within some steps. */
#ifndef KG_IMPORT_AROUND_H
#define KG_IMPORT_AROUND_H

#include "kgstore/kgstore.h"

typedef struct kg_around kg_around;

typedef struct kg_around_options {
    kg_str name;    /* of the entity: an identifier, or a label or alias that names one */
    uint32_t steps; /* from it */
    uint32_t top;   /* edges of each entity, over both directions, as kg_neighbours_top has them */
} kg_around_options;

/* Copy the part to a store of its own in the folder for temporary files (TMPDIR, or /tmp): entities
 * with all that is said of them, and the edges that were followed, with their properties. *out is
 * the caller's: kg_around_end. KG_ERR_NOT_FOUND: no such entity, or several; KG_ERR_IO,
 * KG_ERR_FULL, KG_ERR_MEMORY, KG_ERR_CORRUPT. */
kg_status kg_around_begin(kg_around **out, kg_snapshot *from, const kg_around_options *options,
                          kg_error *err);

/* Of the copy; borrowed until the end. */
kg_snapshot *kg_around_snapshot(const kg_around *around);

/* Remove the copy; NULL is safe. */
void kg_around_end(kg_around *around);

#endif
