/* What columns the properties of a graph need in a table: one for each key, of a type that all
 * values of the key have. */
#ifndef KG_IMPORT_SURVEY_H
#define KG_IMPORT_SURVEY_H

#include "import/cells.h"
#include "import/export.h"

typedef struct kg_survey_column {
    kg_id key;
    kg_str name; /* of the key; borrowed from the snapshot, as the type's tag */
    kg_cell_type type;
} kg_survey_column;

/* By ascending key. All zero bytes at first; kg_array_free. */
typedef KG_ARRAY(kg_survey_column) kg_survey;

/* Look at the properties of all entities, or of all edges. `forbidden`: kg_cell_type_of.
 * KG_ERR_MEMORY, KG_ERR_CORRUPT. */
kg_status kg_survey_entities(kg_survey *survey, kg_export_job *job, const char *forbidden);
kg_status kg_survey_edges(kg_survey *survey, kg_export_job *job, const char *forbidden);

/* Told of each column's cell in a row: its text, empty where the row has no such property. */
typedef kg_status (*kg_cell_fn)(void *context, const kg_survey_column *column, kg_str cell);
kg_status kg_survey_row(const kg_survey *survey, kg_export_job *job, kg_properties properties,
                        kg_cell_fn put, void *context);

#endif
