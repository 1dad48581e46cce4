/* Relationships of variable length: every walk without a repeated relationship, depth first; and
 * shortest paths, breadth first. */
#include "kgstore/cypher/plan.h"

#include <stdlib.h>

typedef struct level {
    kg_id node;
    cy_edges edges;
} level;

typedef struct walk_plan {
    cy_plan base;
    cy_expansion x;
    kg_id *types;
    size_t n_types;
    bool none, within;
    KG_ARRAY(level) levels; /* of the walk so far: the first is the start */
    KG_ARRAY(cy_edge) taken;
} walk_plan;

static bool is_taken(const walk_plan *w, const cy_context *c, const cy_edge *edge) {
    for (size_t i = 0; i < w->taken.len; i++)
        if (cy_same_edge(&w->taken.data[i], edge))
            return true;
    return cy_edge_is_used(&w->x, c, edge);
}

kg_status cy_edge_fits(bool *out, cy_context *c, const cy_expr *properties, const cy_edge *edge) {
    kg_status st;
    cy_value map, value;
    *out = true;
    if (!properties)
        return KG_OK;
    KG_TRY(st, cy_eval_properties(&map, c, properties));
    for (size_t i = 0; *out && i < map.as.map->count; i++) {
        const cy_entry *entry = &map.as.map->entries[i];
        KG_TRY(st, cy_edge_property(&value, c->graph, c->arena, edge, entry->key));
        *out = cy_equal(&value, &entry->value) == CY_TRUE;
    }
    return KG_OK;
}

static kg_status open_walk(cy_plan *plan, cy_context *c) {
    walk_plan *w = (walk_plan *)plan;
    w->within = false;
    w->levels.len = w->taken.len = 0;
    return cy_graph_relations(w->types, &w->n_types, &w->none, c->graph, w->x.types, w->x.n_types);
}

static kg_status push_level(walk_plan *w, cy_context *c, kg_id node) {
    kg_status st;
    level l = {.node = node};
    KG_TRY(st, cy_edges_open(&l.edges, c->graph, node, w->x.direction, w->types, w->n_types));
    return kg_array_push(&w->levels, l) == KG_OK ? KG_OK : cy_out_of_memory(c);
}

/* Go one relationship further, or back until one can be gone; false at the end of all walks. */
static kg_status advance(bool *found, walk_plan *w, cy_context *c) {
    kg_status st;
    while (w->levels.len) {
        level *top = &w->levels.data[w->levels.len - 1];
        cy_edge edge;
        kg_id other;
        bool fits = false;
        bool deeper = !w->none && (w->x.max < 0 || (int64_t)w->taken.len < w->x.max);
        KG_TRY(st, cy_tick(c));
        if (deeper && cy_edges_next(&edge, &other, &top->edges)) {
            if (is_taken(w, c, &edge))
                continue;
            KG_TRY(st, cy_edge_fits(&fits, c, w->x.properties, &edge));
            if (!fits)
                continue;
            if (kg_array_push(&w->taken, edge) != KG_OK)
                return cy_out_of_memory(c);
            *found = true;
            return push_level(w, c, other);
        }
        w->levels.len--;
        if (w->taken.len)
            w->taken.len--;
    }
    *found = false;
    return KG_OK;
}

/* The walk as a list of relationships, in the pattern's order. */
static kg_status give(walk_plan *w, cy_context *c) {
    size_t n = w->taken.len;
    cy_value *items = cy_new_items(&w->base.scratch, n);
    if (!items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < n; i++)
        items[w->x.reversed ? n - 1 - i : i] =
            (cy_value){.kind = CY_EDGE, .as.edge = w->taken.data[i]};
    c->row[w->x.edge] = cy_list(items, n);
    if (!w->x.into)
        c->row[w->x.to] = cy_node(w->levels.data[w->levels.len - 1].node);
    return KG_OK;
}

static bool ends_well(const walk_plan *w, const cy_context *c) {
    const cy_value *to = &c->row[w->x.to];
    return (int64_t)w->taken.len >= w->x.min &&
           (!w->x.into ||
            (to->kind == CY_NODE && to->as.node == w->levels.data[w->levels.len - 1].node));
}

static kg_status next_walk(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    walk_plan *w = (walk_plan *)plan;
    for (;;) {
        if (!w->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            w->levels.len = w->taken.len = 0;
            if (c->row[w->x.from].kind != CY_NODE)
                continue;
            KG_TRY(st, push_level(w, c, c->row[w->x.from].as.node));
            w->within = true;
        } else {
            c->arena = &plan->scratch;
            kg_arena_reset(&plan->scratch);
            KG_TRY(st, advance(&w->within, w, c));
            if (!w->within)
                continue;
        }
        if (ends_well(w, c)) {
            *found = true;
            return give(w, c);
        }
    }
}

/* A list of relationships that is known already: does it lead from one node to the other? */
static bool follows(const walk_plan *w, const cy_context *c, kg_id *end) {
    const cy_value *list = &c->row[w->x.edge];
    kg_id at = c->row[w->x.from].as.node;
    if (list->kind != CY_LIST || (int64_t)list->count < w->x.min ||
        (w->x.max >= 0 && (int64_t)list->count > w->x.max))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const cy_value *item = &list->as.items[w->x.reversed ? list->count - 1 - i : i];
        if (item->kind != CY_EDGE)
            return false;
        const cy_edge *e = &item->as.edge;
        bool typed = w->x.n_types == 0;
        for (size_t k = 0; k < w->n_types; k++)
            typed = typed || w->types[k] == e->relation;
        bool out = e->head == at && w->x.direction >= 0, in = e->tail == at && w->x.direction <= 0;
        if (!typed || (!out && !in))
            return false;
        at = out ? e->tail : e->head;
    }
    *end = at;
    return true;
}

static kg_status next_known_walk(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    walk_plan *w = (walk_plan *)plan;
    for (;;) {
        kg_id end;
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        if (c->row[w->x.from].kind != CY_NODE || !follows(w, c, &end))
            continue;
        if (w->x.into && (c->row[w->x.to].kind != CY_NODE || c->row[w->x.to].as.node != end))
            continue;
        c->row[w->x.to] = cy_node(end);
        return KG_OK;
    }
}

static void close_walk(cy_plan *plan) {
    walk_plan *w = (walk_plan *)plan;
    kg_array_free(&w->levels);
    kg_array_free(&w->taken);
}

cy_plan *cy_plan_walk(cy_planner *p, cy_plan *input, const cy_expansion *x) {
    static const cy_plan_ops WALK = {"ExpandAll", open_walk, next_walk, close_walk};
    static const cy_plan_ops KNOWN = {"Follow", open_walk, next_known_walk, close_walk};
    if (x->once && x->n_others == 0 && x->min < 2)
        return cy_plan_reach(p, input, x);
    walk_plan *plan = cy_new_plan(p, x->edge_known ? &KNOWN : &WALK, sizeof *plan, input);
    kg_id *types = kg_arena_alloc(p->arena, (x->n_types + 1) * sizeof *types);
    if (!plan || !types)
        return NULL;
    plan->x = *x;
    plan->types = types;
    plan->base.what = x->n_types ? kg_arena_copy(p->arena, x->types[0]) : NULL;
    return &plan->base;
}

/* ---- Shortest paths -------------------------------------------------------------------------- */

/* A node that was reached: by which edge, from which place of the queue. */
typedef struct reached {
    kg_id node;
    uint32_t from; /* place in the queue; the start's is its own */
    uint32_t depth;
    cy_edge edge;
} reached;

typedef struct shortest_plan {
    cy_plan base;
    cy_expansion x;
    bool all;
    int path; /* register of the path, or of the list of all; CY_NO_SLOT: none */
    kg_id *types;
    size_t n_types;
    bool none;
    KG_ARRAY(reached) queue;
    KG_ARRAY(uint32_t) depths; /* by node: depth and 1; 0: not reached */
    KG_ARRAY(uint32_t) ends;   /* places in the queue of the other node, at one depth */
    size_t at_end;
    bool within;
} shortest_plan;

static kg_status open_shortest(cy_plan *plan, cy_context *c) {
    shortest_plan *s = (shortest_plan *)plan;
    s->within = false;
    s->ends.len = s->at_end = 0;
    return cy_graph_relations(s->types, &s->n_types, &s->none, c->graph, s->x.types, s->x.n_types);
}

static kg_status begin_search(shortest_plan *s, cy_context *c, kg_id from) {
    kg_id end = cy_graph_end(c->graph);
    /* Only what was touched is cleared. */
    for (size_t i = 0; i < s->queue.len; i++)
        if (s->queue.data[i].node < s->depths.len)
            s->depths.data[s->queue.data[i].node] = 0;
    s->queue.len = s->ends.len = s->at_end = 0;
    if (end > s->depths.len) {
        size_t old = s->depths.len;
        if (kg_array_reserve(&s->depths, end - old) != KG_OK)
            return cy_out_of_memory(c);
        memset(s->depths.data + old, 0, (end - old) * sizeof *s->depths.data);
        s->depths.len = end;
    }
    const reached start = {.node = from};
    s->depths.data[from] = 1;
    return kg_array_push(&s->queue, start) == KG_OK ? KG_OK : cy_out_of_memory(c);
}

/* Reach what one node leads to. For all paths a node is reached again at its own depth. */
static kg_status spread(shortest_plan *s, cy_context *c, uint32_t at, kg_id target) {
    kg_status st;
    cy_edges edges;
    cy_edge edge;
    kg_id other;
    reached from = s->queue.data[at];
    bool fits;
    KG_TRY(st, cy_edges_open(&edges, c->graph, from.node, s->x.direction, s->types, s->n_types));
    while (cy_edges_next(&edge, &other, &edges)) {
        uint32_t depth = s->depths.data[other];
        if (depth && (!s->all || depth != from.depth + 2))
            continue;
        KG_TRY(st, cy_edge_fits(&fits, c, s->x.properties, &edge));
        if (!fits)
            continue;
        const reached next = {other, at, from.depth + 1, edge};
        s->depths.data[other] = from.depth + 2;
        if (kg_array_push(&s->queue, next) != KG_OK)
            return cy_out_of_memory(c);
        if (other == target && kg_array_push(&s->ends, (uint32_t)(s->queue.len - 1)) != KG_OK)
            return cy_out_of_memory(c);
    }
    return KG_OK;
}

static kg_status search(shortest_plan *s, cy_context *c, kg_id from, kg_id to) {
    kg_status st;
    KG_TRY(st, begin_search(s, c, from));
    if (from == to && s->x.min == 0)
        return kg_array_push(&s->ends, 0) == KG_OK ? KG_OK : cy_out_of_memory(c);
    for (uint32_t at = 0; !s->none && at < s->queue.len; at++) {
        uint32_t depth = s->queue.data[at].depth;
        if (s->x.max >= 0 && depth >= s->x.max)
            break;
        if (s->ends.len && (!s->all || depth >= s->queue.data[s->ends.data[0]].depth))
            break;
        KG_TRY(st, cy_tick(c));
        KG_TRY(st, spread(s, c, at, to));
    }
    if (!s->all && s->ends.len > 1)
        s->ends.len = 1;
    return KG_OK;
}

static kg_status path_to(cy_value *path_out, cy_value *list_out, shortest_plan *s, cy_context *c,
                         uint32_t end) {
    size_t n = s->queue.data[end].depth;
    cy_path *path = kg_arena_alloc(c->arena, sizeof *path);
    kg_id *nodes = kg_arena_alloc(c->arena, (n + 1) * sizeof *nodes);
    cy_edge *edges = kg_arena_alloc(c->arena, (n + 1) * sizeof *edges);
    cy_value *items = cy_new_items(c->arena, n);
    if (!path || !nodes || !edges || !items)
        return cy_out_of_memory(c);
    for (size_t i = n + 1; i > 0; i--) {
        const reached *r = &s->queue.data[end];
        size_t at = s->x.reversed ? n + 1 - i : i - 1;
        nodes[at] = r->node;
        if (i > 1) {
            size_t edge = s->x.reversed ? n + 1 - i : i - 2;
            edges[edge] = r->edge;
            items[edge] = (cy_value){.kind = CY_EDGE, .as.edge = r->edge};
        }
        end = r->from;
    }
    *path = (cy_path){n, nodes, edges};
    *path_out = (cy_value){.kind = CY_PATH, .as.path = path};
    *list_out = cy_list(items, n);
    return KG_OK;
}

static kg_status next_shortest(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    cy_value path, list;
    shortest_plan *s = (shortest_plan *)plan;
    while (s->at_end >= s->ends.len) {
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        const cy_value *from = &c->row[s->x.from], *to = &c->row[s->x.to];
        s->ends.len = s->at_end = 0;
        if (from->kind == CY_NODE && to->kind == CY_NODE)
            KG_TRY(st, search(s, c, from->as.node, to->as.node));
    }
    c->arena = &plan->scratch;
    KG_TRY(st, path_to(&path, &list, s, c, s->ends.data[s->at_end++]));
    c->row[s->x.edge] = list;
    if (s->path != CY_NO_SLOT)
        c->row[s->path] = path;
    *found = true;
    return KG_OK;
}

static void close_shortest(cy_plan *plan) {
    shortest_plan *s = (shortest_plan *)plan;
    kg_array_free(&s->queue);
    kg_array_free(&s->depths);
    kg_array_free(&s->ends);
}

cy_plan *cy_plan_shortest(cy_planner *p, cy_plan *input, const cy_expansion *x, bool all,
                          int path) {
    static const cy_plan_ops OPS = {"ShortestPath", open_shortest, next_shortest, close_shortest};
    shortest_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    kg_id *types = kg_arena_alloc(p->arena, (x->n_types + 1) * sizeof *types);
    if (!plan || !types)
        return NULL;
    plan->x = *x;
    plan->all = all;
    plan->path = path;
    plan->types = types;
    return &plan->base;
}
