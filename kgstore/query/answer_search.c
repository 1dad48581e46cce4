/* search: entities by what they are called, nearly. */
#include "kgstore/query/query.h"

#include <stdlib.h>

enum { SEARCH_USUAL = 10 };

static kg_status found_row(const kg_inquiry *q, const kg_found *found) {
    static const char *const matches[] = {
        [KG_MATCH_EXACT] = "exact",
        [KG_MATCH_PREFIX] = "prefix",
        [KG_MATCH_PART] = "part",
        [KG_MATCH_NEAR] = "misspelled",
    };
    kg_status st;
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, found->entity));
    KG_TRY(st, kg_cell_label(q, found->entity));
    kg_result_text(q->result, kg_str_from(matches[found->match]));
    kg_result_text(q->result, found->name);
    kg_result_real(q->result, found->weight);
    return kg_cell_types(q, found->entity);
}

kg_status kg_answer_search(const kg_inquiry *q) {
    static const char *const columns[] = {"entity", "label", "match", "name", "weight", "types"};
    kg_founds founds = KG_ARRAY_INIT;
    uint32_t k = q->question->k ? q->question->k : SEARCH_USUAL;
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 6);
    kg_str text = q->question->args[0];
    kg_status st = kg_names_search(&founds, q->snapshot, text, k, q->err);
    if (st == KG_OK && founds.len == 0)
        st = kg_error_set(q->err, KG_ERR_NOT_FOUND, "nothing is called \"%.*s\", or nearly so",
                          KG_STR_ARG(text));
    for (size_t i = 0; i < founds.len && st == KG_OK; ++i)
        st = found_row(q, &founds.data[i]);
    kg_array_free(&founds);
    return st;
}
