/* One relationship: from a known node to its other ends, or between two known nodes, or the ends of
 * a known relationship. */
#include "kgstore/cypher/plan.h"

typedef struct expand_plan {
    cy_plan base;
    cy_expansion x;
    kg_id *types;
    size_t n_types;
    bool none; /* of its types none is there */
    bool within;
    cy_edges edges;
    kg_id end; /* into: where the edges must lead */
    int turn;  /* of a known relationship: 0 forwards, 1 backwards, 2 done */
} expand_plan;

static kg_status open_expand(cy_plan *plan, cy_context *c) {
    expand_plan *e = (expand_plan *)plan;
    e->within = false;
    return cy_graph_relations(e->types, &e->n_types, &e->none, c->graph, e->x.types, e->x.n_types);
}

bool cy_edge_is_used(const cy_expansion *x, const cy_context *c, const cy_edge *edge) {
    for (size_t i = 0; i < x->n_others; i++) {
        const cy_value *other = &c->row[x->others[i]];
        if (other->kind == CY_EDGE && cy_same_edge(&other->as.edge, edge))
            return true;
        for (uint32_t k = 0; other->kind == CY_LIST && k < other->count; k++)
            if (other->as.items[k].kind == CY_EDGE &&
                cy_same_edge(&other->as.items[k].as.edge, edge))
                return true;
    }
    return false;
}

/* A known relationship fits in one direction or in both. */
static bool try_known(expand_plan *e, cy_context *c) {
    const cy_value *known = &c->row[e->x.edge];
    const cy_value *from = &c->row[e->x.from];
    if (known->kind != CY_EDGE || from->kind != CY_NODE ||
        !cy_takes_relation(e->types, e->n_types, known->as.edge.relation) ||
        cy_edge_is_used(&e->x, c, &known->as.edge))
        return false;
    const cy_edge *edge = &known->as.edge;
    while (e->turn < 2) {
        bool forwards = e->turn++ == 0;
        kg_id start = forwards ? edge->head : edge->tail, end = forwards ? edge->tail : edge->head;
        if ((e->x.direction > 0 && !forwards) || (e->x.direction < 0 && forwards) ||
            start != from->as.node ||
            (!forwards && edge->head == edge->tail && e->x.direction == 0))
            continue;
        if (e->x.into) {
            if (c->row[e->x.to].kind != CY_NODE || c->row[e->x.to].as.node != end)
                continue;
        } else {
            c->row[e->x.to] = cy_node(end);
        }
        return true;
    }
    return false;
}

static bool try_next(expand_plan *e, cy_context *c) {
    cy_edge edge;
    kg_id other;
    if (e->x.edge_known)
        return try_known(e, c);
    for (;;) {
        if (e->x.into)
            cy_edges_skip_to(&e->edges, e->end);
        if (!cy_edges_next(&edge, &other, &e->edges))
            return false;
        if (e->x.into && (c->row[e->x.to].kind != CY_NODE || other != e->end))
            continue;
        if (e->x.n_others && cy_edge_is_used(&e->x, c, &edge))
            continue;
        c->row[e->x.edge] = (cy_value){.kind = CY_EDGE, .as.edge = edge};
        if (!e->x.into)
            c->row[e->x.to] = cy_node(other);
        return true;
    }
}

/* Has `to` fewer edges to look through than `from`? */
static bool is_shorter(const expand_plan *e, cy_context *c, kg_id to, kg_id from) {
    const kg_id *row;
    uint32_t n_to, n_from;
    int direction = e->x.direction;
    if (direction && e->n_types == 1 &&
        cy_cached_row(&row, &n_from, c->graph, from, e->types[0], direction) &&
        cy_cached_row(&row, &n_to, c->graph, to, e->types[0], -direction))
        return n_to < n_from;
    return cy_node_degree(c->graph, to) < cy_node_degree(c->graph, from);
}

/* Between known nodes the edges of either will do: those of the one that has fewer. */
static kg_status open_edges(expand_plan *e, cy_context *c, kg_id from) {
    kg_id to = e->x.into && c->row[e->x.to].kind == CY_NODE ? c->row[e->x.to].as.node : from;
    int direction = e->x.direction;
    e->end = to;
    if (to != from && is_shorter(e, c, to, from)) {
        e->end = from;
        from = to;
        direction = -direction;
    }
    return cy_edges_open(&e->edges, c->graph, from, direction, e->types, e->n_types);
}

static kg_status next_expand(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    expand_plan *e = (expand_plan *)plan;
    for (;;) {
        if (e->within && try_next(e, c)) {
            *found = true;
            return KG_OK;
        }
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        const cy_value *from = &c->row[e->x.from];
        e->within = from->kind == CY_NODE && !e->none;
        e->turn = 0;
        if (e->within && !e->x.edge_known)
            KG_TRY(st, open_edges(e, c, from->as.node));
    }
}

static const cy_plan_ops EXPAND = {"Expand", open_expand, next_expand, NULL};

kg_status cy_expand_count(bool *counted, uint64_t *count, const cy_plan *plan, cy_context *c) {
    const expand_plan *e = (const expand_plan *)plan;
    *count = 0;
    *counted = plan->ops == &EXPAND && !plan->input->input && !e->x.edge_known &&
               e->x.n_others == 0 && !c->graph->changes;
    const cy_value *from = *counted ? &c->row[e->x.from] : NULL;
    if (!from || from->kind != CY_NODE || e->none)
        return KG_OK;
    return cy_count_edges(count, c->graph, from->as.node, e->x.direction, e->types, e->n_types);
}

cy_plan *cy_plan_expand(cy_planner *p, cy_plan *input, const cy_expansion *x) {
    static const cy_plan_ops INTO = {"ExpandInto", open_expand, next_expand, NULL};
    if (x->variable)
        return cy_plan_walk(p, input, x);
    expand_plan *plan = cy_new_plan(p, x->into ? &INTO : &EXPAND, sizeof *plan, input);
    kg_id *types = kg_arena_alloc(p->arena, (x->n_types + 1) * sizeof *types);
    if (!plan || !types)
        return NULL;
    plan->x = *x;
    plan->types = types;
    plan->base.what = x->n_types ? kg_arena_copy(p->arena, x->types[0]) : NULL;
    return &plan->base;
}

/* ---- Named paths ----------------------------------------------------------------------------- */

typedef struct path_plan {
    cy_plan base;
    const cy_path_pattern *path;
} path_plan;

static size_t length_of(const cy_value *edge) {
    return edge->kind == CY_LIST ? edge->count : 1;
}

/* The nodes of the walk through edges from a node on. */
static kg_id other_end(const cy_edge *edge, kg_id node) {
    return edge->head == node ? edge->tail : edge->head;
}

static kg_status make_path(cy_value *out, cy_context *c, const cy_path_pattern *p) {
    size_t n = 0;
    *out = CY_NULL_VALUE;
    for (size_t i = 0; i < p->n_edges; i++) {
        const cy_value *edge = &c->row[p->edges[i].slot];
        if (cy_is_null(edge))
            return KG_OK;
        n += length_of(edge);
    }
    const cy_value *start = &c->row[p->nodes[0].slot];
    if (start->kind != CY_NODE)
        return KG_OK;
    cy_path *path = kg_arena_alloc(c->arena, sizeof *path);
    kg_id *nodes = kg_arena_alloc(c->arena, (n + 1) * sizeof *nodes);
    cy_edge *edges = kg_arena_alloc(c->arena, (n + 1) * sizeof *edges);
    if (!path || !nodes || !edges)
        return cy_out_of_memory(c);
    nodes[0] = start->as.node;
    n = 0;
    for (size_t i = 0; i < p->n_edges; i++) {
        const cy_value *edge = &c->row[p->edges[i].slot];
        for (size_t k = 0; k < length_of(edge); k++, n++) {
            edges[n] = edge->kind == CY_LIST ? edge->as.items[k].as.edge : edge->as.edge;
            nodes[n + 1] = other_end(&edges[n], nodes[n]);
        }
    }
    *path = (cy_path){n, nodes, edges};
    *out = (cy_value){.kind = CY_PATH, .as.path = path};
    return KG_OK;
}

static kg_status next_path(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    const cy_path_pattern *p = ((path_plan *)plan)->path;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    return *found ? make_path(&c->row[p->slot], c, p) : KG_OK;
}

cy_plan *cy_plan_path(cy_planner *p, cy_plan *input, const cy_path_pattern *path) {
    static const cy_plan_ops OPS = {"Path", NULL, next_path, NULL};
    path_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->path = path;
    return &plan->base;
}
