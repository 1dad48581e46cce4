/* path: breadth-first search from both ends at once, along edges of either direction. */
#include "kgstore/query/query.h"

#include "kgstore/base/array.h"

#include <stdlib.h>

/* How a search reached an entity: by an edge of `relation` from entity `from`, along the edge (+1)
 * or against it (-1); 0: not reached; the search's own end has itself as from. */
typedef struct reached {
    kg_id from, relation;
    int32_t direction;
} reached;

typedef KG_ARRAY(kg_id) id_array;

typedef struct search {
    reached *reached; /* n_entities */
    uint64_t n_entities, n_relations;
    id_array frontier, next;
} search;

static kg_status search_begin(search *s, const kg_stats *stats, kg_id end) {
    *s = (search){.n_entities = stats->entities, .n_relations = stats->relations};
    s->reached = calloc(stats->entities, sizeof *s->reached);
    if (!s->reached)
        return KG_ERR_MEMORY;
    s->reached[end] = (reached){end, KG_NO_ID, 1};
    return kg_array_push(&s->frontier, end);
}

static void search_end(search *s) {
    free(s->reached);
    kg_array_free(&s->frontier);
    kg_array_free(&s->next);
}

static kg_status spread(search *s, kg_id from, kg_edges edges, int32_t direction) {
    kg_status st;
    for (uint32_t i = 0; i < edges.count; ++i) {
        kg_id to = kg_edge_entity(edges, i);
        kg_id relation = kg_edge_relation(edges, i);
        if (to >= s->n_entities || relation >= s->n_relations)
            return KG_ERR_CORRUPT;
        if (s->reached[to].direction)
            continue;
        s->reached[to] = (reached){from, relation, direction};
        KG_TRY(st, kg_array_push(&s->next, to));
    }
    return KG_OK;
}

/* Take one step from every entity of the frontier; *meeting is the first one reached that the other
 * search knows, if any. */
static kg_status step(kg_id *meeting, search *s, const search *other, kg_snapshot *snapshot) {
    kg_status st;
    s->next.len = 0;
    for (size_t i = 0; i < s->frontier.len; ++i) {
        kg_edges out, in;
        KG_TRY(st, kg_entity_edges(&out, &in, snapshot, s->frontier.data[i]));
        KG_TRY(st, spread(s, s->frontier.data[i], out, 1));
        KG_TRY(st, spread(s, s->frontier.data[i], in, -1));
    }
    for (size_t i = 0; i < s->next.len && *meeting == KG_NO_ID; ++i)
        if (other->reached[s->next.data[i]].direction)
            *meeting = s->next.data[i];
    id_array spent = s->frontier;
    s->frontier = s->next;
    s->next = spent;
    return KG_OK;
}

static kg_status step_row(const kg_inquiry *q, kg_id from, const reached *edge, kg_id to) {
    kg_status st;
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, from));
    KG_TRY(st, kg_cell_name(q, KG_RELATION, edge->relation));
    kg_result_integer(q->result, edge->direction);
    return kg_cell_name(q, KG_ENTITY, to);
}

/* The way of the first search up to the meeting, from its end on. */
static kg_status rows_before(const kg_inquiry *q, const search *s, kg_id meeting) {
    id_array way = KG_ARRAY_INIT;
    kg_status st = kg_array_push(&way, meeting);
    for (kg_id at = meeting; st == KG_OK && s->reached[at].from != at; at = s->reached[at].from)
        st = kg_array_push(&way, s->reached[at].from);
    for (size_t i = way.len; st == KG_OK && i-- > 1;)
        st = step_row(q, way.data[i], &s->reached[way.data[i - 1]], way.data[i - 1]);
    kg_array_free(&way);
    return st;
}

/* The way from the meeting to the second search's end: its edges are walked the other way round. */
static kg_status rows_after(const kg_inquiry *q, const search *s, kg_id meeting) {
    kg_status st;
    for (kg_id at = meeting; s->reached[at].from != at; at = s->reached[at].from) {
        reached edge = s->reached[at];
        edge.direction = -edge.direction;
        KG_TRY(st, step_row(q, at, &edge, edge.from));
    }
    return KG_OK;
}

static kg_status find_path(const kg_inquiry *q, search *from, search *to, kg_id meeting) {
    kg_status st;
    while (meeting == KG_NO_ID && from->frontier.len && to->frontier.len) {
        bool first = from->frontier.len <= to->frontier.len;
        KG_TRY(st, step(&meeting, first ? from : to, first ? to : from, q->snapshot));
    }
    if (meeting == KG_NO_ID)
        return kg_error_set(q->err, KG_ERR_NOT_FOUND, "no path from \"%.*s\" to \"%.*s\"",
                            KG_STR_ARG(q->question->args[0]), KG_STR_ARG(q->question->args[1]));
    KG_TRY(st, rows_before(q, from, meeting));
    return rows_after(q, to, meeting);
}

kg_status kg_answer_path(const kg_inquiry *q) {
    static const char *const columns[] = {"from", "relation", "direction", "to"};
    search from, to;
    kg_id a, b;
    kg_stats stats;
    kg_status st, st2;
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 4);
    KG_TRY(st, kg_inquiry_entity(&a, q, 0));
    KG_TRY(st, kg_inquiry_entity(&b, q, 1));
    KG_TRY(st, kg_snapshot_stats(&stats, q->snapshot, q->err));
    st = search_begin(&from, &stats, a);
    st2 = search_begin(&to, &stats, b);
    if (st == KG_OK)
        st = st2;
    if (st == KG_OK)
        st = find_path(q, &from, &to, a == b ? a : KG_NO_ID);
    search_end(&from);
    search_end(&to);
    return st;
}
