/* Procedures that scenarios make up: a table of arguments and of what they are answered with. */
#ifndef KG_TESTS_TCK_PROCEDURE_H
#define KG_TESTS_TCK_PROCEDURE_H

#include "tck_feature.h"

#include "kgstore/cypher/procedures.h"

/* From "name(arg :: TYPE?, ...) :: (field :: TYPE?, ...)" and its table. All of it lives in the
 * arena. */
kg_status tck_procedure_make(cy_procedure *out, kg_arena *arena, kg_str signature,
                             const tck_table *table, kg_error *err);

#endif
