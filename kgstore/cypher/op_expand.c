/* One relationship: from a known node to its other ends, or between two known nodes, or the ends of
 * a known relationship. */
#include "kgstore/cypher/plan.h"

enum {
    FEW = 4,      /* edges that are looked through sooner than marked */
    AT_ONCE = 512 /* nodes whose marks are emptied in the time of looking at an edge */
};

/* One end of ExpandInto that stays the same while rows go by: once they have cost as much as its
 * edges are, its neighbours are marked, and a row whose other end is none of them is passed over.
 */
typedef struct mainstay {
    kg_id node;
    uint64_t work; /* edges that rows looked through since it came */
    bool marked;
    cy_node_set near;
} mainstay;

typedef struct expand_plan {
    cy_plan base;
    cy_expansion x;
    kg_id *types;
    size_t n_types;
    bool resolved; /* types */
    bool none;     /* of its types none is there */
    bool within;
    cy_edges edges;
    kg_id end;         /* into: where the edges must lead */
    mainstay stays[2]; /* into: from, to */
    cy_node_set given; /* once */
    int turn;          /* of a known relationship: 0 forwards, 1 backwards, 2 done */
} expand_plan;

/* The types' ids, which stay what they are where nothing changes. */
static kg_status resolve(expand_plan *e, cy_context *c) {
    if (e->resolved && !c->graph->changes)
        return KG_OK;
    e->resolved = true;
    return cy_graph_relations(e->types, &e->n_types, &e->none, c->graph, e->x.types, e->x.n_types);
}

static kg_status open_expand(cy_plan *plan, cy_context *c) {
    expand_plan *e = (expand_plan *)plan;
    e->within = false;
    cy_node_set_clear(&e->given, plan->scratch.budget);
    for (int i = 0; i < 2; i++) {
        cy_node_set_clear(&e->stays[i].near, plan->scratch.budget);
        e->stays[i].node = KG_NO_ID;
    }
    return resolve(e, c);
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

/* The edge is written where it is to be: what was just written in parts is slow to copy. */
static kg_status try_next(bool *found, expand_plan *e, cy_context *c) {
    kg_status st;
    kg_id other;
    cy_value *edge = &c->row[e->x.edge];
    *found = e->x.edge_known && try_known(e, c);
    if (e->x.edge_known)
        return KG_OK;
    for (;;) {
        if (e->x.into)
            cy_edges_skip_to(&e->edges, e->end);
        else if (e->x.once)
            cy_edges_skip_all(&e->edges, &e->given);
        if (!cy_edges_next(&edge->as.edge, &other, &e->edges))
            return KG_OK;
        if (e->x.into && other != e->end)
            continue;
        if (e->x.n_others && cy_edge_is_used(&e->x, c, &edge->as.edge))
            continue;
        *found = true;
        if (e->x.once)
            KG_TRY(st, cy_node_set_add(found, &e->given, other, cy_graph_end(c->graph)));
        if (!*found)
            continue;
        edge->kind = CY_EDGE;
        if (!e->x.into) {
            c->row[e->x.to].kind = CY_NODE;
            c->row[e->x.to].as.node = other;
        }
        return KG_OK;
    }
}

/* How many edges of a node there are to look through. */
static uint64_t edges_of(const expand_plan *e, cy_context *c, kg_id node, int direction) {
    const kg_id *row;
    uint32_t n;
    if (direction && e->n_types == 1 &&
        cy_cached_row(&row, &n, c->graph, node, e->types[0], direction))
        return n;
    return cy_node_degree(c->graph, node);
}

static kg_status mark_near(mainstay *s, const expand_plan *e, cy_context *c, int direction) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    bool fresh;
    KG_TRY(st, cy_edges_open(&edges, c->graph, s->node, direction, e->types, e->n_types));
    while (cy_edges_next(&edge, &other, &edges))
        if (cy_node_set_add(&fresh, &s->near, other, cy_graph_end(c->graph)) != KG_OK)
            return cy_out_of_memory(c);
    s->marked = true;
    return KG_OK;
}

/* Is it known that there is no edge between a node that stays and another? */
static bool is_far(const mainstay *s, kg_id node, kg_id other) {
    return s->marked && s->node == node && !cy_node_set_has(&s->near, other);
}

/* A row has come to an end that may stay, of n edges, and looks through `least`. */
static kg_status note_work(mainstay *s, const expand_plan *e, cy_context *c, kg_id node, uint64_t n,
                           uint64_t least) {
    if (s->node != node) {
        cy_node_set_clear(&s->near, e->base.scratch.budget);
        s->node = node;
        s->work = 0;
        s->marked = false;
    }
    s->work += least;
    return s->marked || s->work <= n + c->graph->stats.entities / AT_ONCE
               ? KG_OK
               : mark_near(s, e, c, s == e->stays ? e->x.direction : -e->x.direction);
}

/* Between known nodes the edges of either will do: those of the one that has fewer. */
static kg_status open_between(expand_plan *e, cy_context *c, kg_id from, kg_id to) {
    kg_status st;
    if (is_far(&e->stays[0], from, to) || is_far(&e->stays[1], to, from)) {
        e->within = false;
        return KG_OK;
    }
    uint64_t n_from = edges_of(e, c, from, e->x.direction);
    uint64_t n_to = edges_of(e, c, to, -e->x.direction), least = n_to < n_from ? n_to : n_from;
    if (least > FEW) {
        KG_TRY(st, note_work(&e->stays[0], e, c, from, n_from, least));
        KG_TRY(st, note_work(&e->stays[1], e, c, to, n_to, least));
    }
    e->end = n_to < n_from ? from : to;
    return n_to < n_from
               ? cy_edges_open(&e->edges, c->graph, to, -e->x.direction, e->types, e->n_types)
               : cy_edges_open(&e->edges, c->graph, from, e->x.direction, e->types, e->n_types);
}

static kg_status open_edges(expand_plan *e, cy_context *c, kg_id from) {
    const cy_value *to = &c->row[e->x.to];
    e->end = from;
    if (e->x.into && to->kind != CY_NODE)
        e->within = false;
    else if (e->x.into && to->as.node != from)
        return open_between(e, c, from, to->as.node);
    return cy_edges_open(&e->edges, c->graph, from, e->x.direction, e->types, e->n_types);
}

static kg_status next_expand(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    expand_plan *e = (expand_plan *)plan;
    for (;;) {
        *found = false;
        if (e->within && try_next(found, e, c) != KG_OK)
            return cy_out_of_memory(c);
        if (*found)
            return KG_OK;
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

static void close_expand(cy_plan *plan) {
    expand_plan *e = (expand_plan *)plan;
    cy_node_set_free(&e->given);
    for (int i = 0; i < 2; i++)
        cy_node_set_free(&e->stays[i].near);
}

/* Does it not matter to which edges and nodes a row leads? */
static bool counts_edges(const expand_plan *e, const cy_context *c) {
    return !e->x.edge_known && !e->x.into && !e->x.once && e->x.n_others == 0 && !c->graph->changes;
}

static kg_status count_expand(bool *can, uint64_t *rows, cy_plan *plan, cy_context *c) {
    kg_status st;
    bool found;
    uint64_t n;
    expand_plan *e = (expand_plan *)plan;
    bool whole = counts_edges(e, c);
    *rows = 0;
    *can = whole || e->x.once;
    while (*can) {
        KG_TRY(st, cy_plan_pull(&found, plan, c));
        if (!found)
            return KG_OK;
        const cy_value *from = &c->row[e->x.from];
        if (from->kind != CY_NODE || e->none)
            continue;
        if (whole) {
            KG_TRY(st, cy_count_edges(&n, c->graph, from->as.node, e->x.direction, e->types,
                                      e->n_types));
            *rows += n;
            continue;
        }
        KG_TRY(st, open_edges(e, c, from->as.node));
        for (st = try_next(&found, e, c); found && st == KG_OK; st = try_next(&found, e, c))
            ++*rows;
        if (st != KG_OK)
            return cy_out_of_memory(c);
    }
    return KG_OK;
}

static const cy_plan_ops EXPAND = {"Expand", open_expand, next_expand, close_expand};

kg_status cy_expand_count(bool *counted, uint64_t *count, cy_plan *plan, cy_context *c) {
    kg_status st;
    expand_plan *e = (expand_plan *)plan;
    *count = 0;
    *counted = plan->ops == &EXPAND && !plan->input->input && !e->x.edge_known &&
               e->x.n_others == 0 && !c->graph->changes;
    const cy_value *from = *counted ? &c->row[e->x.from] : NULL;
    if (from)
        KG_TRY(st, resolve(e, c));
    if (!from || from->kind != CY_NODE || e->none)
        return KG_OK;
    return cy_count_edges(count, c->graph, from->as.node, e->x.direction, e->types, e->n_types);
}

cy_plan *cy_plan_expand(cy_planner *p, cy_plan *input, const cy_expansion *x) {
    static const cy_plan_ops INTO = {"ExpandInto", open_expand, next_expand, close_expand};
    static const cy_plan_ops ONCE = {"ExpandOnce", open_expand, next_expand, close_expand};
    if (x->variable)
        return cy_plan_walk(p, input, x);
    const cy_plan_ops *ops = x->into ? &INTO : x->once ? &ONCE : &EXPAND;
    expand_plan *plan = cy_new_plan(p, ops, sizeof *plan, input);
    kg_id *types = kg_arena_alloc(p->arena, (x->n_types + 1) * sizeof *types);
    if (!plan || !types)
        return NULL;
    plan->x = *x;
    plan->types = types;
    plan->base.count = count_expand;
    if (x->once)
        plan->base.once = x->to;
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
