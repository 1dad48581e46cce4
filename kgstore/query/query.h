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

/* Those of kg_answer_count that count by type. */
kg_status kg_count_types(const kg_inquiry *q, const kg_stats *stats);

/* The relations that a question is about; wanted NULL: all. */
typedef struct kg_relation_set {
    bool *wanted; /* n of them; the caller's to free */
    uint64_t n;
} kg_relation_set;

static inline bool kg_relation_is_in(kg_relation_set set, kg_id relation) {
    return !set.wanted || (relation < set.n && set.wanted[relation]);
}

/* KG_ERR_NOT_FOUND: there is no such relation; set->wanted is then NULL. */
kg_status kg_inquiry_relations(kg_relation_set *set, const kg_inquiry *q);

/* Whether any entity has a label beside its identifier. */
bool kg_inquiry_has_labels(const kg_inquiry *q);

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
