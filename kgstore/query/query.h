/* Inside the query room: one function a verb. */
#ifndef KG_QUERY_QUERY_H
#define KG_QUERY_QUERY_H

#include "kgstore/kgstore.h"

/* What a verb's function answers with and from. */
typedef struct kg_inquiry {
    kg_result *result;
    kg_snapshot *snapshot;
    const kg_question *question;
    kg_error *err;
} kg_inquiry;

kg_status kg_answer_out(const kg_inquiry *q);
kg_status kg_answer_in(const kg_inquiry *q);
kg_status kg_answer_top(const kg_inquiry *q);
kg_status kg_answer_type(const kg_inquiry *q);
kg_status kg_answer_alias(const kg_inquiry *q);
kg_status kg_answer_name(const kg_inquiry *q);
kg_status kg_answer_search(const kg_inquiry *q);
kg_status kg_answer_count(const kg_inquiry *q);
kg_status kg_answer_path(const kg_inquiry *q);
kg_status kg_answer_describe(const kg_inquiry *q);
kg_status kg_answer_similar(const kg_inquiry *q);

/* The entity that the i-th argument means. */
kg_status kg_inquiry_entity(kg_id *entity, const kg_inquiry *q, size_t i);

/* Cells of the result: an identifier; the label of an entity, its identifier where it has none; its
 * types as a list, the primary first. */
kg_status kg_cell_name(const kg_inquiry *q, kg_kind kind, kg_id id);
kg_status kg_cell_label(const kg_inquiry *q, kg_id entity);
kg_status kg_cell_types(const kg_inquiry *q, kg_id entity);

/* A cell of the result: properties by their keys. */
kg_status kg_cell_properties(const kg_inquiry *q, kg_properties properties);

/* The global weight of an entity, 0 where there is none. */
double kg_inquiry_weight(const kg_inquiry *q, kg_id entity);

#endif
