/* Relationships of variable length of which only the ends are asked for: the nodes that walks from
 * any of the input's rows reach, breadth first, each once. No walk is followed that only repeats
 * nodes: what is exponential in the length of the walks is linear in the graph here.
 *
 * A shortest walk to another node repeats no relationship, nor does a shortest way round along the
 * direction of the relationships. Where they are walked in either direction, a start is reached by
 * a way round, or from another start, just if there is a relationship between two branches of the
 * search: each node behind a start begins one. */
#include "kgstore/cypher/plan.h"

enum { SEEN, GIVEN };

typedef struct stop {
    kg_id start;
    uint32_t depth, branch;
    cy_edge by; /* that it was reached by */
} stop;

typedef struct reach_plan {
    cy_plan base;
    cy_expansion x;
    kg_id *types;
    size_t n_types;
    bool none, filled;
    cy_node_set seen, given;
    KG_ARRAY(kg_id) order[2]; /* in which nodes were seen, and given */
    /* Where walks go in either direction and have a relationship at least. */
    bool rounds;
    KG_ARRAY(stop) stops;      /* as they were seen */
    KG_ARRAY(uint32_t) places; /* by node: its place there */
    size_t at;
} reach_plan;

static kg_status open_reach(cy_plan *plan, cy_context *c) {
    reach_plan *r = (reach_plan *)plan;
    r->filled = false;
    r->at = r->stops.len = r->order[SEEN].len = r->order[GIVEN].len = 0;
    cy_node_set_clear(&r->seen, plan->scratch.budget);
    cy_node_set_clear(&r->given, plan->scratch.budget);
    return cy_graph_relations(r->types, &r->n_types, &r->none, c->graph, r->x.types, r->x.n_types);
}

static kg_status give(reach_plan *r, cy_context *c, kg_id node) {
    kg_status st;
    bool fresh;
    KG_TRY(st, cy_node_set_add(&fresh, &r->given, node, cy_graph_end(c->graph)));
    return fresh ? kg_array_push(&r->order[GIVEN], node) : KG_OK;
}

/* See a node for the first time; a start where by is NULL. */
static kg_status see(bool *fresh, reach_plan *r, cy_context *c, kg_id node, const stop *from,
                     const cy_edge *by) {
    kg_status st;
    uint32_t place = (uint32_t)r->order[SEEN].len;
    KG_TRY(st, cy_node_set_add(fresh, &r->seen, node, cy_graph_end(c->graph)));
    if (!*fresh)
        return KG_OK;
    KG_TRY(st, kg_array_push(&r->order[SEEN], node));
    if (!r->rounds)
        return KG_OK;
    stop s = {.start = node, .branch = place};
    if (from)
        s = (stop){from->start, from->depth + 1, from->depth ? from->branch : place, *by};
    if (r->places.len <= node) {
        size_t n = cy_graph_end(c->graph);
        KG_TRY(st, kg_array_reserve(&r->places, n - r->places.len));
        r->places.len = n;
    }
    r->places.data[node] = place;
    return kg_array_push(&r->stops, s);
}

/* An edge leads to a node that was seen. */
static kg_status meet(reach_plan *r, cy_context *c, const stop *from, const cy_edge *edge,
                      kg_id other) {
    kg_status st;
    const stop *to = &r->stops.data[r->places.data[other]];
    if (edge->head == edge->tail)
        return from->depth == 0 ? give(r, c, other) : KG_OK;
    if (from->branch == to->branch || (from->depth && cy_same_edge(&from->by, edge)) ||
        (to->depth && cy_same_edge(&to->by, edge)) ||
        (r->x.max >= 0 && (int64_t)from->depth + to->depth + 1 > r->x.max))
        return KG_OK;
    KG_TRY(st, give(r, c, from->start));
    return give(r, c, to->start);
}

static kg_status spread(reach_plan *r, cy_context *c, size_t place) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    bool fits, fresh;
    const stop from = r->rounds ? r->stops.data[place] : (stop){.depth = 0};
    kg_arena_reset(&r->base.scratch);
    KG_TRY(st, cy_tick(c));
    KG_TRY(st, cy_edges_open(&edges, c->graph, r->order[SEEN].data[place], r->x.direction, r->types,
                             r->n_types));
    for (;;) {
        if (!r->rounds)
            cy_edges_skip_all(&edges, &r->given);
        if (!cy_edges_next(&edge, &other, &edges))
            return KG_OK;
        KG_TRY(st, cy_edge_fits(&fits, c, r->x.properties, &edge));
        if (!fits)
            continue;
        KG_TRY(st, see(&fresh, r, c, other, &from, &edge));
        if (fresh || !r->rounds)
            st = give(r, c, other);
        else
            st = meet(r, c, &from, &edge, other);
        if (st != KG_OK)
            return st;
    }
}

static kg_status take_starts(reach_plan *r, cy_context *c) {
    kg_status st;
    bool found, fresh;
    for (;;) {
        KG_TRY(st, cy_plan_pull(&found, &r->base, c));
        if (!found)
            return KG_OK;
        const cy_value *from = &c->row[r->x.from];
        if (from->kind != CY_NODE)
            continue;
        KG_TRY(st, see(&fresh, r, c, from->as.node, NULL, NULL));
        if (r->x.min == 0)
            KG_TRY(st, give(r, c, from->as.node));
    }
}

static kg_status fill(reach_plan *r, cy_context *c) {
    kg_status st;
    size_t place = 0;
    KG_TRY(st, take_starts(r, c));
    c->arena = &r->base.scratch;
    for (int64_t depth = 0; !r->none && (r->x.max < 0 || depth < r->x.max); depth++) {
        size_t end = r->order[SEEN].len;
        if (place == end)
            break;
        while (place < end)
            KG_TRY(st, spread(r, c, place++));
    }
    return KG_OK;
}

static kg_status next_reached(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    reach_plan *r = (reach_plan *)plan;
    if (!r->filled) {
        st = fill(r, c);
        if (st != KG_OK)
            return st == KG_ERR_MEMORY ? cy_out_of_memory(c) : st;
    }
    r->filled = true;
    *found = r->at < r->order[GIVEN].len;
    if (*found)
        c->row[r->x.to] = cy_node(r->order[GIVEN].data[r->at++]);
    return KG_OK;
}

static kg_status count_reached(bool *can, uint64_t *rows, cy_plan *plan, cy_context *c) {
    kg_status st;
    bool found = false;
    reach_plan *r = (reach_plan *)plan;
    *can = true;
    *rows = 0;
    KG_TRY(st, next_reached(&found, plan, c));
    if (found)
        *rows = r->order[GIVEN].len - r->at + 1;
    r->at = r->order[GIVEN].len;
    return KG_OK;
}

static void close_reach(cy_plan *plan) {
    reach_plan *r = (reach_plan *)plan;
    cy_node_set_free(&r->seen);
    cy_node_set_free(&r->given);
    kg_array_free(&r->order[SEEN]);
    kg_array_free(&r->order[GIVEN]);
    kg_array_free(&r->stops);
    kg_array_free(&r->places);
}

cy_plan *cy_plan_reach(cy_planner *p, cy_plan *input, const cy_expansion *x) {
    static const cy_plan_ops OPS = {"Reach", open_reach, next_reached, close_reach};
    reach_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->x = *x;
    plan->base.count = count_reached;
    plan->base.once = x->to;
    plan->rounds = x->direction == 0 && x->min > 0;
    plan->types = kg_arena_alloc(p->arena, (x->n_types + 1) * sizeof *plan->types);
    plan->base.what = x->n_types ? kg_arena_copy(p->arena, x->types[0]) : NULL;
    return plan->types ? &plan->base : NULL;
}
