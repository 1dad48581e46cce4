/* path: shortest paths between two entities, a row a step. */
#include "kgstore/query/shortest.h"

#include <stdlib.h>

typedef struct rows {
    const kg_inquiry *inquiry;
    int64_t path; /* number of the one that is being told, from 1 */
} rows;

static kg_status add_path(void *context, const kg_path_step *steps, size_t n) {
    kg_status st;
    rows *r = context;
    const kg_inquiry *q = r->inquiry;
    ++r->path;
    for (size_t i = 0; i < n; ++i) {
        KG_TRY(st, kg_cell_name(q, KG_ENTITY, steps[i].from));
        KG_TRY(st, kg_cell_name(q, KG_RELATION, steps[i].relation));
        kg_result_arrow(q->result, steps[i].direction);
        KG_TRY(st, kg_cell_name(q, KG_ENTITY, steps[i].to));
        KG_TRY(st, kg_cell_label(q, steps[i].from));
        KG_TRY(st, kg_cell_label(q, steps[i].to));
        kg_result_integer(q->result, r->path);
    }
    return KG_OK;
}

static void path_columns(const kg_inquiry *q) {
    static const char *const columns[] = {"from",       "relation", "direction", "to",
                                          "from_label", "to_label", "path"};
    static const unsigned char shown[] = {6, 0, 4, 1, 2, 3, 5}, unlabelled[] = {6, 0, 1, 2, 3};
    size_t skip = q->question->k > 1 ? 0 : 1; /* of one path its number says nothing */
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 7);
    if (kg_inquiry_has_labels(q))
        kg_result_show(q->result, shown + skip, 7 - skip);
    else
        kg_result_show(q->result, unlabelled + skip, 5 - skip);
}

static kg_status no_path(const kg_inquiry *q) {
    const kg_question *question = q->question;
    bool ruled = question->directed || question->n_relations || question->most_edges;
    return kg_error_set(q->err, KG_ERR_NOT_FOUND, "no %spath from \"%.*s\" to \"%.*s\"",
                        ruled ? "such " : "", KG_STR_ARG(question->args[0]),
                        KG_STR_ARG(question->args[1]));
}

static kg_status find_paths(const kg_inquiry *q, kg_id a, kg_id b, const kg_path_rules *rules) {
    kg_pathfinder finder;
    kg_stats stats;
    rows r = {q, 0};
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    st = kg_pathfinder_init(&finder, q->snapshot, &stats, rules);
    if (st == KG_OK)
        st = kg_shortest_paths(&finder, a, b, q->question->k ? q->question->k : 1, add_path, &r);
    kg_pathfinder_free(&finder);
    return st == KG_ERR_NOT_FOUND ? no_path(q) : st;
}

kg_status kg_answer_path(const kg_inquiry *q) {
    kg_path_rules rules = {
        .directed = q->question->directed,
        .most_edges = q->question->most_edges,
    };
    kg_id a, b;
    kg_status st;
    path_columns(q);
    KG_TRY(st, kg_inquiry_entity(&a, q, 0));
    KG_TRY(st, kg_inquiry_entity(&b, q, 1));
    if (a == b)
        return KG_OK;
    KG_TRY(st, kg_inquiry_relations(&rules.relations, q));
    st = find_paths(q, a, b, &rules);
    free(rules.relations.wanted);
    return st;
}
