/* Paths of one or two relationships, counted by their ends without a row for each.
 *
 * All paths from one start are counted into an array by their end; then comes a row for each end
 * that was reached. Where groups go by names, nodes of one name start and end together. Rows that a
 * later clause would drop for their count alone are not given at all. */
#include "kgstore/cypher/plan.h"
#include "kgstore/cypher/pathcount.h"

#include <stdlib.h>
#include <unistd.h>

enum { NOT_JUDGED, YES, NO };

typedef struct count_plan {
    cy_plan base;
    cy_count x;
    kg_id *types[2];
    size_t n_types[2];
    bool none; /* a type that it takes is not there */
    const cy_name_classes *classes;
    uint8_t *judged[3]; /* by node: are the conditions on it met? */
    uint32_t *places; /* by middle: where in `ends` its ends are, behind their number; 0: unknown */
    KG_ARRAY(kg_id) ends;
    cy_tally tally;
    size_t at;
    cy_parts *parts;                 /* where several threads count */
    size_t reserved;                 /* bytes that those may take, off the budget */
    uint64_t total;                  /* where ends do not matter */
    uint32_t back;                   /* paths from this start that took a relationship twice */
    bool start_by_name, end_by_name; /* names that are not unique */
    kg_id start, n_starts, leader;
    int64_t least;
    KG_ARRAY(int64_t) top; /* a heap of the greatest so far, the least of them first */
    size_t n_top;          /* 0: all are wanted */
    bool begun;
} count_plan;

static void close_count(cy_plan *plan) {
    count_plan *p = (count_plan *)plan;
    for (int i = 0; i < 3; i++) {
        free(p->judged[i]);
        p->judged[i] = NULL;
    }
    free(p->places);
    p->places = NULL;
    cy_tally_free(&p->tally);
    cy_parts_free(p->parts);
    p->parts = NULL;
    if (p->reserved)
        plan->scratch.budget->left += p->reserved;
    p->reserved = 0;
    kg_array_free(&p->ends);
    kg_array_free(&p->top);
}

static kg_status find_types(count_plan *p, cy_context *c) {
    kg_status st;
    p->none = false;
    for (size_t i = 0; i < p->x.n_edges; i++) {
        const cy_edge_pattern *e = p->x.edges[i];
        bool none;
        KG_TRY(st, cy_graph_relations(p->types[i], &p->n_types[i], &none, c->graph, e->types,
                                      e->n_types));
        p->none = p->none || none;
    }
    return KG_OK;
}

static kg_status make_room(count_plan *p, cy_context *c) {
    size_t n = cy_graph_end(c->graph);
    bool ordered = p->x.order == CY_LT || p->x.order == CY_GT;
    bool by_name = p->x.start_by_name || p->x.end_by_name;
    p->tally.order = p->x.order;
    p->tally.places = ordered ? cy_cached_order(c->graph) : NULL;
    p->classes = by_name ? cy_cached_classes(c->graph) : NULL;
    if ((ordered && !p->tally.places) || (by_name && !p->classes))
        return cy_out_of_memory(c);
    by_name = by_name && p->classes->any_shared;
    p->start_by_name = by_name && p->x.start_by_name;
    p->end_by_name = by_name && p->x.end_by_name;
    for (int i = 0; i < 3; i++)
        if (p->x.n_conditions[i] && !(p->judged[i] = calloc(n + 1, 1)))
            return cy_out_of_memory(c);
    p->places = p->x.n_edges > 1 ? calloc(n + 1, sizeof *p->places) : NULL;
    if ((p->x.n_edges > 1 && !p->places) || (p->x.by_end && cy_tally_init(&p->tally, n) != KG_OK))
        return cy_out_of_memory(c);
    p->tally.classes = p->end_by_name ? p->classes->of : NULL;
    p->n_starts = p->start_by_name ? p->classes->n : (kg_id)n;
    return kg_array_push(&p->ends, 0) == KG_OK ? KG_OK : cy_out_of_memory(c);
}

static kg_status open_count(cy_plan *plan, cy_context *c) {
    kg_status st;
    count_plan *p = (count_plan *)plan;
    close_count(plan);
    p->tally.n_reached = p->at = 0;
    p->start = p->n_starts = 0;
    p->total = 0;
    p->begun = false;
    KG_TRY(st, find_types(p, c));
    p->top.len = 0;
    return cy_rows_wanted(&p->n_top, c, p->x.skip, p->x.limit);
}

/* ---- Which paths count ----------------------------------------------------------------------- */

static kg_status judge(bool *yes, count_plan *p, cy_context *c, int which, kg_id node) {
    kg_status st;
    *yes = true;
    if (!p->x.n_conditions[which])
        return KG_OK;
    uint8_t *known = &p->judged[which][node];
    if (*known == NOT_JUDGED) {
        cy_truth truth = CY_TRUE;
        c->row[p->x.nodes[which]->slot] = cy_node(node);
        for (size_t i = 0; truth == CY_TRUE && i < p->x.n_conditions[which]; i++)
            KG_TRY(st, cy_eval_truth(&truth, c, p->x.conditions[which][i]));
        *known = truth == CY_TRUE ? YES : NO;
    }
    *yes = *known == YES;
    return KG_OK;
}

/* One more path between two nodes. */
static kg_status reach(count_plan *p, cy_context *c, kg_id start, kg_id end) {
    kg_status st;
    bool yes;
    KG_TRY(st, judge(&yes, p, c, (int)p->x.n_edges, end));
    if (!yes || !cy_tally_in_order(&p->tally, start, end))
        return KG_OK;
    if (!p->x.by_end) {
        p->total++;
        return KG_OK;
    }
    cy_tally_one(&p->tally, end);
    return KG_OK;
}

/* ---- Walking --------------------------------------------------------------------------------- */

/* The other ends of the second relationships of a middle, each time the same: found once. */
static kg_status find_ends(const kg_id **ends, size_t *n, count_plan *p, cy_context *c,
                           kg_id middle) {
    kg_status st;
    uint32_t place = p->places[middle];
    if (!place) {
        cy_edges edges;
        cy_edge edge;
        kg_id other;
        place = p->places[middle] = (uint32_t)p->ends.len;
        KG_TRY(st, cy_edges_open(&edges, c->graph, middle, p->x.directions[1], p->types[1],
                                 p->n_types[1]));
        st = kg_array_push(&p->ends, 0);
        while (st == KG_OK && cy_edges_next(&edge, &other, &edges))
            st = kg_array_push(&p->ends, other);
        if (st != KG_OK)
            return cy_out_of_memory(c);
        p->ends.data[place] = (kg_id)(p->ends.len - place - 1);
    }
    *n = p->ends.data[place];
    *ends = p->ends.data + place + 1;
    return KG_OK;
}

/* Can a path go back along the relationship that it came by? No relationship may be used twice, so
 * such a path has to be taken off again. */
static bool leads_back(const count_plan *p, const cy_edge *edge, kg_id middle) {
    int direction = p->x.directions[1];
    if ((direction > 0 && edge->head != middle) || (direction < 0 && edge->tail != middle))
        return false;
    return cy_takes_relation(p->types[1], p->n_types[1], edge->relation);
}

static kg_status go_on(count_plan *p, cy_context *c, kg_id start, const cy_edge *edge,
                       kg_id middle) {
    kg_status st;
    const kg_id *ends = NULL;
    size_t n = 0;
    int last = (int)p->x.n_edges;
    KG_TRY(st, find_ends(&ends, &n, p, c, middle));
    if (!p->x.by_end && !p->x.n_conditions[last] && !p->x.order)
        p->total += n;
    else if (p->x.by_end && !p->x.n_conditions[last])
        cy_tally_all(&p->tally, start, ends, n);
    else
        for (size_t i = 0; i < n; i++)
            KG_TRY(st, reach(p, c, start, ends[i]));
    p->back += leads_back(p, edge, middle);
    return KG_OK;
}

/* Paths that went back ended where they began. */
static kg_status take_off(count_plan *p, cy_context *c, kg_id start) {
    kg_status st;
    bool yes;
    KG_TRY(st, judge(&yes, p, c, (int)p->x.n_edges, start));
    if (!yes || !cy_tally_in_order(&p->tally, start, start))
        return KG_OK;
    if (p->x.by_end)
        p->tally.counts[p->end_by_name ? p->classes->of[start] : start] -= p->back;
    else
        p->total -= p->back;
    return KG_OK;
}

static kg_status walk_from(count_plan *p, cy_context *c, kg_id start) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    bool yes;
    p->back = 0;
    KG_TRY(st, judge(&yes, p, c, 0, start));
    if (!yes)
        return KG_OK;
    if (p->x.n_edges == 1 && !p->x.by_end && !p->x.n_conditions[1] && !p->x.order) {
        uint64_t n;
        st = cy_count_edges(&n, c->graph, start, p->x.directions[0], p->types[0], p->n_types[0]);
        p->total += st == KG_OK ? n : 0;
        return st;
    }
    KG_TRY(st,
           cy_edges_open(&edges, c->graph, start, p->x.directions[0], p->types[0], p->n_types[0]));
    while (cy_edges_next(&edge, &other, &edges)) {
        if (p->x.n_edges == 1) {
            KG_TRY(st, reach(p, c, start, other));
            continue;
        }
        KG_TRY(st, cy_tick(c));
        KG_TRY(st, judge(&yes, p, c, 1, other));
        if (yes)
            KG_TRY(st, go_on(p, c, start, &edge, other));
    }
    return p->back ? take_off(p, c, start) : KG_OK;
}

/* All nodes that one row's start stands for. */
static kg_status walk_group(count_plan *p, cy_context *c, kg_id group) {
    kg_status st;
    const cy_name_classes *k = p->classes;
    p->tally.n_reached = p->at = 0;
    p->total = 0;
    p->leader = p->start_by_name ? k->members[k->begin[group]] : group;
    if (!p->start_by_name)
        return cy_node_is_there(c->graph, group) ? walk_from(p, c, group) : KG_OK;
    for (uint32_t i = k->begin[group]; i < k->begin[group + 1]; i++)
        KG_TRY(st, walk_from(p, c, k->members[i]));
    return KG_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void sift_down(int64_t *heap, size_t n, size_t i) {
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[i] <= heap[child])
            return;
        int64_t other = heap[i];
        heap[i] = heap[child];
        heap[child] = other;
    }
}

static void sift_up(int64_t *heap, size_t i) {
    for (size_t parent; i > 0 && heap[parent = (i - 1) / 2] > heap[i]; i = parent) {
        int64_t other = heap[i];
        heap[i] = heap[parent];
        heap[parent] = other;
    }
}

/* Can a row with this count be in the answer? */
static kg_status is_wanted(bool *yes, count_plan *p, cy_context *c, int64_t count) {
    *yes = count > 0 && count >= p->x.least;
    if (!*yes || !p->n_top)
        return KG_OK;
    if (p->top.len < p->n_top) {
        if (kg_array_push(&p->top, count) != KG_OK)
            return cy_out_of_memory(c);
        sift_up(p->top.data, p->top.len - 1);
        return KG_OK;
    }
    *yes = count >= p->top.data[0];
    if (count > p->top.data[0]) {
        p->top.data[0] = count;
        sift_down(p->top.data, p->n_top, 0);
    }
    return KG_OK;
}

static void give(count_plan *p, cy_context *c, kg_id end, int64_t count) {
    c->row[p->x.nodes[0]->slot] = cy_node(p->leader);
    if (p->x.by_end)
        c->row[p->x.nodes[p->x.n_edges]->slot] =
            cy_node(p->end_by_name ? p->classes->members[p->classes->begin[end]] : end);
    for (size_t i = 0; i < p->x.n_results; i++)
        c->row[p->x.results[i]->slot] = cy_integer(count);
}

/* The next row of the group that was walked. */
static kg_status next_of_group(bool *found, count_plan *p, cy_context *c) {
    kg_status st;
    *found = false;
    if (!p->x.by_end) {
        int64_t total = (int64_t)p->total;
        p->total = 0;
        KG_TRY(st, is_wanted(found, p, c, total));
        if (*found)
            give(p, c, KG_NO_ID, total);
        return KG_OK;
    }
    while (!*found && p->at < p->tally.n_reached) {
        kg_id end = p->tally.reached[p->at++];
        int64_t count = p->tally.counts[end];
        p->tally.counts[end] = 0;
        KG_TRY(st, is_wanted(found, p, c, count));
        if (*found)
            give(p, c, end, count);
    }
    return KG_OK;
}

/* ---- Several threads ------------------------------------------------------------------------- */

/* Judge all nodes beforehand. *able: that went well; what fails is left to who meets it. */
static kg_status judge_all(bool *able, count_plan *p, cy_context *c) {
    kg_status st = KG_OK;
    bool yes;
    kg_id n = cy_graph_end(c->graph);
    const kg_error before = c->err ? *c->err : (kg_error)KG_ERROR_INIT;
    for (int i = 0; st == KG_OK && i < 3; i++)
        for (kg_id node = 0; st == KG_OK && p->x.n_conditions[i] && node < n; node++) {
            kg_arena_reset(&p->base.scratch);
            KG_TRY(st, cy_tick(c));
            if (cy_node_is_there(c->graph, node))
                st = judge(&yes, p, c, i, node);
        }
    *able = st == KG_OK;
    if (st == KG_ERR_FORMAT && c->err)
        *c->err = before;
    return st == KG_ERR_FORMAT ? KG_OK : st;
}

/* Asking how many processors there are takes longer than a short query: last. */
static unsigned threads_of(const cy_context *c) {
    long processors = c->threads ? (long)c->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}

/* Rows of both relationships, enough to do with them, and threads. */
static bool can_share(cy_parts_input *in, count_plan *p, const cy_context *c) {
    enum { ENOUGH = 1 << 19 }; /* paths: some milliseconds */
    if (c->threads == 1 || p->x.n_edges != 2 || !p->x.by_end)
        return false;
    for (int i = 0; i < 2; i++)
        if (p->x.directions[i] == 0 || p->n_types[i] != 1 ||
            !cy_cached_all_rows(&in->begin[i], &in->ends[i], c->graph, p->types[i][0],
                                p->x.directions[i]))
            return false;
    in->same_relation = p->types[0][0] == p->types[1][0];
    if (cy_parts_paths(in) < ENOUGH)
        return false;
    in->threads = threads_of(c);
    return in->threads > 1;
}

static bool reserve(count_plan *p, size_t bytes) {
    kg_arena_budget *budget = p->base.scratch.budget;
    if (budget && budget->left < bytes)
        return false;
    if (budget) {
        budget->left -= bytes;
        p->reserved = bytes;
    }
    return true;
}

static kg_status share_out(count_plan *p, cy_context *c) {
    kg_status st;
    bool able;
    cy_parts_input in = {.starts = p->start_by_name ? p->classes : NULL,
                         .goals = p->end_by_name ? p->classes : NULL,
                         .order = p->x.order,
                         .places = p->tally.places,
                         .turns = p->x.directions[0] != p->x.directions[1],
                         .n_starts = p->n_starts,
                         .n_nodes = cy_graph_end(c->graph)};
    if (!can_share(&in, p, c) || !reserve(p, cy_parts_bytes(&in)))
        return KG_OK;
    KG_TRY(st, judge_all(&able, p, c));
    for (int i = 0; i < 3; i++)
        in.good[i] = p->judged[i];
    if (!able)
        return KG_OK;
    return cy_parts_new(&p->parts, &in, p->x.least) == KG_OK ? KG_OK : cy_out_of_memory(c);
}

static kg_status next_of_parts(bool *found, count_plan *p, cy_context *c) {
    kg_status st;
    for (;;) {
        cy_parts_row row;
        bool full = p->n_top && p->top.len == p->n_top;
        KG_TRY(st, cy_parts_next(found, &row, p->parts, c, full ? p->top.data[0] : p->x.least));
        if (!*found)
            return KG_OK;
        KG_TRY(st, is_wanted(found, p, c, row.count));
        if (!*found)
            continue;
        p->leader =
            p->start_by_name ? p->classes->members[p->classes->begin[row.start]] : row.start;
        give(p, c, row.end, row.count);
        return KG_OK;
    }
}

/* ---------------------------------------------------------------------------------------------- */

static kg_status begin(count_plan *p, cy_context *c) {
    kg_status st;
    bool found;
    p->begun = true;
    KG_TRY(st, cy_plan_pull(&found, &p->base, c));
    if (!found || p->none)
        return KG_OK;
    KG_TRY(st, make_room(p, c));
    return share_out(p, c);
}

static kg_status next_count(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    count_plan *p = (count_plan *)plan;
    if (!p->begun)
        KG_TRY(st, begin(p, c));
    c->arena = &plan->scratch;
    if (p->parts)
        return next_of_parts(found, p, c);
    for (;;) {
        KG_TRY(st, next_of_group(found, p, c));
        if (*found || p->start == p->n_starts)
            return KG_OK;
        kg_arena_reset(&plan->scratch);
        KG_TRY(st, cy_tick(c));
        KG_TRY(st, walk_group(p, c, p->start++));
    }
}

cy_plan *cy_plan_count(cy_planner *p, cy_plan *input, const cy_count *count) {
    static const cy_plan_ops OPS = {"CountPaths", open_count, next_count, close_count};
    count_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->x = *count;
    for (size_t i = 0; i < count->n_edges; i++) {
        plan->types[i] =
            kg_arena_alloc(p->arena, (count->edges[i]->n_types + 1) * sizeof *plan->types[i]);
        if (!plan->types[i])
            return NULL;
    }
    if (count->edges[0]->n_types)
        plan->base.what = kg_arena_copy(p->arena, count->edges[0]->types[0]);
    return &plan->base;
}
