/* How a pattern is matched: from the node that is known, or that the fewest can be, along one
 * relationship after another; each condition as soon as what it speaks of is known. */
#include "kgstore/cypher/functions.h"
#include "kgstore/cypher/plan.h"

/* A relationship and its two nodes. */
typedef struct link {
    cy_edge_pattern *edge;
    cy_node_pattern *left, *right;
    const cy_path_pattern *path;
    bool done;
} link;

typedef struct condition {
    cy_expr *expr;
    bool late; /* holds a pattern or a query: only when all is known */
    bool done;
} condition;

typedef struct matcher {
    cy_planner *p;
    cy_pattern *pattern;
    KG_ARRAY(link) links;
    KG_ARRAY(condition) conditions;
    KG_ARRAY(int) taken;   /* registers of relationships that are known */
    const cy_needs *needs; /* behind this MATCH; NULL: each row counts */
    int again;             /* the register of nodes that were just reached, some again and again */
} matcher;

static kg_status no_memory(matcher *m) {
    return kg_error_set(m->p->err, KG_ERR_MEMORY, "out of memory planning the query");
}

static kg_status put(cy_plan **plan, matcher *m, cy_plan *made) {
    if (!made)
        return no_memory(m);
    *plan = made;
    return KG_OK;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

static bool is_late(const cy_expr *e) {
    if (!e)
        return false;
    if (e->pattern || e->query)
        return true;
    for (size_t i = 0; i < e->count; i++)
        if (is_late(e->items[i]))
            return true;
    return false;
}

static kg_status add_condition(matcher *m, cy_expr *e) {
    kg_status st;
    if (e->kind == CY_E_BINARY && e->op == CY_AND) {
        KG_TRY(st, add_condition(m, e->items[0]));
        return add_condition(m, e->items[1]);
    }
    const condition c = {e, is_late(e), false};
    return kg_array_push(&m->conditions, c) == KG_OK ? KG_OK : no_memory(m);
}

static cy_expr *new_expr(kg_arena *arena, cy_expr_kind kind, size_t n) {
    cy_expr *e = kg_arena_alloc(arena, sizeof *e);
    cy_expr **items = kg_arena_alloc(arena, (n + 1) * sizeof(cy_expr *));
    if (!e || !items)
        return NULL;
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->slot = e->slot2 = CY_NO_SLOT;
    e->items = items;
    e->count = n;
    return e;
}

static cy_expr *variable(kg_arena *arena, int slot) {
    cy_expr *e = new_expr(arena, CY_E_VARIABLE, 0);
    if (e)
        e->slot = slot;
    return e;
}

cy_expr *cy_new_labels(kg_arena *arena, int slot, cy_expr *labels) {
    cy_expr *has = new_expr(arena, CY_E_LABELS, 2);
    if (!has || !(has->items[0] = variable(arena, slot)))
        return NULL;
    has->items[1] = labels;
    return has;
}

/* register.key = value for each key of a map; of a node elementId(register) = value, as CREATE
 * takes it. */
static kg_status add_properties(matcher *m, int slot, cy_expr *map, bool of_node) {
    kg_status st;
    for (size_t i = 0; map && i < map->count; i++) {
        bool identifier = of_node && kg_str_equal(map->keys[i], KG_STR("elementId"));
        cy_expr *equal = new_expr(m->p->arena, CY_E_BINARY, 2);
        cy_expr *part = new_expr(m->p->arena, identifier ? CY_E_CALL : CY_E_PROPERTY, 1);
        if (!equal || !part)
            return no_memory(m);
        equal->op = CY_EQ;
        part->name = map->keys[i];
        part->function = identifier ? cy_function_find(part->name) : NULL;
        part->items[0] = variable(m->p->arena, slot);
        equal->items[0] = part;
        equal->items[1] = map->items[i];
        if (!part->items[0])
            return no_memory(m);
        KG_TRY(st, add_condition(m, equal));
    }
    return KG_OK;
}

static kg_status add_node(matcher *m, const cy_node_pattern *n) {
    kg_status st;
    KG_TRY(st, add_properties(m, n->slot, n->properties, true));
    if (n->labels) {
        cy_expr *has = cy_new_labels(m->p->arena, n->slot, n->labels);
        if (!has)
            return no_memory(m);
        KG_TRY(st, add_condition(m, has));
    }
    return n->where ? add_condition(m, n->where) : KG_OK;
}

/* A node known before may be null, which does not match; no relationship from it tells. */
static kg_status add_there(matcher *m, int slot) {
    cy_expr *there = new_expr(m->p->arena, CY_E_IS_NOT_NULL, 1);
    if (!there || !(there->items[0] = variable(m->p->arena, slot)))
        return no_memory(m);
    return add_condition(m, there);
}

static kg_status gather(matcher *m, cy_expr *where) {
    kg_status st;
    for (size_t i = 0; i < m->pattern->n_paths; i++) {
        cy_path_pattern *path = &m->pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++)
            KG_TRY(st, add_node(m, &path->nodes[k]));
        if (path->n_edges == 0 && m->p->known[path->nodes[0].slot])
            KG_TRY(st, add_there(m, path->nodes[0].slot));
        for (size_t k = 0; k < path->n_edges; k++) {
            cy_edge_pattern *e = &path->edges[k];
            const link l = {e, &path->nodes[k], &path->nodes[k + 1], path, false};
            if (kg_array_push(&m->links, l) != KG_OK)
                return no_memory(m);
            if (!e->variable)
                KG_TRY(st, add_properties(m, e->slot, e->properties, false));
            if (e->where)
                KG_TRY(st, add_condition(m, e->where));
        }
    }
    return where ? add_condition(m, where) : KG_OK;
}

/* Is all known that an expression speaks of? Variables of its own are. */
static bool is_ready(const matcher *m, const cy_expr *e) {
    if (!e)
        return true;
    if (e->kind == CY_E_VARIABLE)
        return m->p->known[e->slot];
    bool before[2] = {true, true};
    const int own[2] = {e->slot, e->slot2};
    bool binds =
        e->kind == CY_E_COMPREHENSION || e->kind == CY_E_QUANTIFIER || e->kind == CY_E_REDUCE;
    for (int i = 0; binds && i < 2; i++)
        if (own[i] != CY_NO_SLOT) {
            before[i] = m->p->known[own[i]];
            m->p->known[own[i]] = true;
        }
    bool ready = true;
    for (size_t i = 0; ready && i < e->count; i++)
        ready = is_ready(m, e->items[i]);
    for (int i = 0; binds && i < 2; i++)
        if (own[i] != CY_NO_SLOT)
            m->p->known[own[i]] = before[i];
    return ready;
}

/* Does a condition speak of nodes that come again, and of nothing else? */
static kg_status is_of_again(bool *out, const matcher *m, const condition *c) {
    *out = false;
    if (m->again == CY_NO_SLOT || c->late)
        return KG_OK;
    cy_needs *n = cy_new_needs(m->p);
    if (!n)
        return KG_ERR_MEMORY;
    cy_mark_slots(n, c->expr);
    *out = n->slots[m->again] && !n->random;
    for (int i = 0; i < m->p->n_slots; i++)
        *out = *out && (i == m->again || !n->slots[i]);
    return KG_OK;
}

/* Filter by all conditions that can be judged now; the late ones where `all`. */
static kg_status apply_conditions(cy_plan **plan, matcher *m, bool all) {
    kg_status st;
    for (size_t i = 0; i < m->conditions.len; i++) {
        condition *c = &m->conditions.data[i];
        if (c->done || (!all && (c->late || !is_ready(m, c->expr))))
            continue;
        bool again;
        c->done = true;
        if (is_of_again(&again, m, c) != KG_OK)
            return no_memory(m);
        KG_TRY(st, cy_plan_expr(m->p, c->expr));
        KG_TRY(st,
               put(plan, m, cy_plan_judge(m->p, *plan, c->expr, again ? m->again : CY_NO_SLOT)));
    }
    return KG_OK;
}

/* ---- Where to begin -------------------------------------------------------------------------- */

/* What it costs to find a node: by a condition on what an index knows, by a label, or not at all.
 */
enum { BY_IDENTIFIER = 1, BY_NAME = 2, BY_INDEX = 3, BY_MANY = 3, BY_LABEL = 8, BY_NOTHING = 16 };

typedef struct start {
    int cost;
    cy_finding by; /* key NULL: by no index */
    kg_str label;
} start;

static bool speaks_of(const cy_expr *e, int slot) {
    return e->kind == CY_E_VARIABLE && e->slot == slot;
}

/* Without an index a property that is called so hides what the store knows. */
static bool is_known(const cy_planner *p, const cy_expr *property, const char *key) {
    return kg_str_equal(property->name, kg_str_from(key)) &&
           cy_cached_key(p->graph, property->name) == KG_NO_ID;
}

bool cy_is_lookup(cy_finding *by, const cy_planner *p, const cy_expr *side, int slot) {
    *by = (cy_finding){.lookup = CY_BY_IDENTIFIER};
    if (side->kind == CY_E_CALL && side->count == 1 && speaks_of(side->items[0], slot))
        return strcmp(side->function->name, "elementId") == 0;
    if (side->kind != CY_E_PROPERTY || !speaks_of(side->items[0], slot))
        return false;
    if (is_known(p, side, "id"))
        return true;
    by->lookup = is_known(p, side, "name") ? CY_BY_NAME : CY_BY_INDEX;
    by->property = side->name;
    return by->lookup == CY_BY_NAME || cy_key_is_indexed(p->graph, side->name);
}

/* n = kg.entity('X'), elementId(n) = 'X', n.id = 'X', n.name = 'X', n.key = 'X', and IN [...] */
static bool is_key(start *s, const matcher *m, const cy_expr *side, cy_expr *other, int slot,
                   bool many) {
    static const int COSTS[] = {
        [CY_BY_IDENTIFIER] = BY_IDENTIFIER, [CY_BY_NAME] = BY_NAME, [CY_BY_INDEX] = BY_INDEX};
    *s = (start){.cost = BY_IDENTIFIER};
    if (!is_ready(m, other) || is_late(other))
        return false;
    if (!speaks_of(side, slot) && !cy_is_lookup(&s->by, m->p, side, slot))
        return false;
    s->cost = COSTS[s->by.lookup] + (many ? BY_MANY : 0);
    s->by.key = other;
    s->by.many = many;
    return true;
}

static void consider_condition(start *best, const matcher *m, const cy_expr *e, int slot) {
    start found;
    if (e->kind == CY_E_LABELS && speaks_of(e->items[0], slot)) {
        const cy_expr *labels = e->items[1];
        while (labels->kind == CY_E_BINARY && labels->op == CY_AND)
            labels = labels->items[0];
        if (labels->kind == CY_E_LABEL && labels->name.len && best->cost > BY_LABEL)
            *best = (start){.cost = BY_LABEL, .label = labels->name};
    }
    bool equal = e->kind == CY_E_BINARY && e->op == CY_EQ;
    bool many = e->kind == CY_E_BINARY && e->op == CY_IN;
    for (int side = 0; side < (equal ? 2 : many ? 1 : 0); side++)
        if (is_key(&found, m, e->items[side], e->items[1 - side], slot, many) &&
            found.cost < best->cost)
            *best = found;
}

static start find_start(const matcher *m, const cy_node_pattern *n) {
    start best = {.cost = BY_NOTHING};
    for (size_t i = 0; i < m->conditions.len; i++)
        if (!m->conditions.data[i].done)
            consider_condition(&best, m, m->conditions.data[i].expr, n->slot);
    return best;
}

static kg_status begin_at(cy_plan **plan, matcher *m, const cy_node_pattern *n) {
    kg_status st;
    start s = find_start(m, n);
    if (s.by.key) {
        KG_TRY(st, cy_plan_expr(m->p, s.by.key));
        KG_TRY(st, put(plan, m, cy_plan_lookup(m->p, *plan, n->slot, &s.by)));
    } else {
        KG_TRY(st, put(plan, m, cy_plan_scan(m->p, *plan, n->slot, s.label)));
    }
    m->p->known[n->slot] = true;
    m->again = CY_NO_SLOT;
    return apply_conditions(plan, m, false);
}

/* ---- Along relationships --------------------------------------------------------------------- */

static bool knows(const matcher *m, const cy_node_pattern *n) {
    return m->p->known[n->slot];
}

/* The next relationship to follow: between known nodes first, then of fixed length. NULL: none of
 * those left touches what is known. */
static link *next_link(matcher *m) {
    link *best = NULL;
    int least = INT32_MAX;
    for (size_t i = 0; i < m->links.len; i++) {
        link *l = &m->links.data[i];
        bool left = knows(m, l->left), right = knows(m, l->right);
        bool whole = l->path->selector == CY_EVERY_PATH;
        if (l->done || (whole ? !left && !right : !left || !right))
            continue;
        int cost =
            (left && right ? 0 : 2) + (l->edge->variable ? 4 : 0) + (l->edge->n_types ? 0 : 1);
        if (cost < least) {
            best = l;
            least = cost;
        }
    }
    return best;
}

static kg_status others(const int **out, matcher *m) {
    int *slots = kg_arena_alloc(m->p->arena, (m->taken.len + 1) * sizeof *slots);
    if (!slots)
        return no_memory(m);
    if (m->taken.len)
        memcpy(slots, m->taken.data, m->taken.len * sizeof *slots);
    *out = slots;
    return KG_OK;
}

/* What the rest of this MATCH speaks of. */
static void mark_rest(cy_needs *n, const matcher *m, const link *now) {
    if (now->edge->variable)
        cy_mark_slots(n, now->edge->properties);
    for (size_t i = 0; i < m->conditions.len; i++)
        if (!m->conditions.data[i].done)
            cy_mark_slots(n, m->conditions.data[i].expr);
    for (size_t i = 0; i < m->links.len; i++) {
        const link *l = &m->links.data[i];
        if (l->done)
            continue;
        n->slots[l->left->slot] = n->slots[l->right->slot] = n->slots[l->edge->slot] = true;
        cy_mark_slots(n, l->edge->properties);
        /* No relationship comes twice. */
        n->slots[now->edge->slot] = true;
        for (size_t k = 0; k < m->taken.len; k++)
            n->slots[m->taken.data[k]] = true;
    }
}

/* Is the node at the end all of a row that is asked for, now that this relationship is known? */
static kg_status is_last_word(bool *out, const matcher *m, const link *l, int to) {
    *out = false;
    if (!m->needs)
        return KG_OK;
    for (size_t i = 0; i < m->pattern->n_paths; i++)
        if (m->pattern->paths[i].name.len)
            return KG_OK;
    cy_needs *n = cy_new_needs(m->p);
    if (!n)
        return KG_ERR_MEMORY;
    mark_rest(n, m, l);
    for (int i = 0; i < m->p->n_slots; i++)
        if (i != to && (m->p->known[i] || i == l->edge->slot) &&
            (n->slots[i] || m->needs->slots[i]))
            return KG_OK;
    *out = true;
    return KG_OK;
}

static kg_status follow(cy_plan **plan, matcher *m, link *l) {
    kg_status st;
    bool forwards = knows(m, l->left);
    const cy_node_pattern *from = forwards ? l->left : l->right,
                          *to = forwards ? l->right : l->left;
    const cy_edge_pattern *e = l->edge;
    cy_expansion x = {.from = from->slot,
                      .edge = e->slot,
                      .to = to->slot,
                      .direction = forwards ? e->direction : -e->direction,
                      .into = knows(m, to),
                      .edge_known = e->bound || m->p->known[e->slot],
                      .types = e->types,
                      .n_types = e->n_types,
                      .n_others = m->taken.len,
                      .variable = e->variable,
                      .min = e->min,
                      .max = e->max,
                      .properties = e->variable ? e->properties : NULL,
                      .reversed = !forwards};
    l->done = true;
    if (!x.into && !x.edge_known && is_last_word(&x.once, m, l, x.to) != KG_OK)
        return no_memory(m);
    KG_TRY(st, others(&x.others, m));
    KG_TRY(st, cy_plan_expr(m->p, x.properties));
    if (l->path->selector == CY_EVERY_PATH)
        KG_TRY(st, put(plan, m, cy_plan_expand(m->p, *plan, &x)));
    else
        KG_TRY(st, put(plan, m,
                       cy_plan_shortest(m->p, *plan, &x, l->path->selector == CY_ALL_SHORTEST,
                                        l->path->slot)));
    m->p->known[e->slot] = true;
    m->p->known[to->slot] = true;
    if (l->path->selector != CY_EVERY_PATH && l->path->slot != CY_NO_SLOT)
        m->p->known[l->path->slot] = true;
    if (kg_array_push(&m->taken, e->slot) != KG_OK)
        return no_memory(m);
    m->again = x.into || x.once ? CY_NO_SLOT : to->slot;
    return apply_conditions(plan, m, false);
}

/* The node that is not known and costs least to begin at; NULL: all are known. */
static cy_node_pattern *next_node(const matcher *m) {
    cy_node_pattern *best = NULL;
    int least = INT32_MAX;
    for (size_t i = 0; i < m->pattern->n_paths; i++) {
        const cy_path_pattern *path = &m->pattern->paths[i];
        for (size_t k = 0; k <= path->n_edges; k++) {
            if (knows(m, &path->nodes[k]))
                continue;
            int cost = find_start(m, &path->nodes[k]).cost;
            if (cost < least) {
                best = &path->nodes[k];
                least = cost;
            }
        }
    }
    return best;
}

/* What an index finds is looked up before any relationship is followed: once for all rows, and
 * between two nodes that are known the edges of the one that has fewer will do. */
static cy_node_pattern *next_found(const matcher *m) {
    cy_node_pattern *n = next_node(m);
    return n && find_start(m, n).cost <= BY_NAME ? n : NULL;
}

static kg_status match(cy_plan **plan, matcher *m) {
    kg_status st;
    KG_TRY(st, apply_conditions(plan, m, false));
    for (;;) {
        cy_node_pattern *n = next_found(m);
        link *l = n ? NULL : next_link(m);
        if (!l && !n)
            n = next_node(m);
        if (!l && !n)
            break;
        KG_TRY(st, n ? begin_at(plan, m, n) : follow(plan, m, l));
    }
    for (size_t i = 0; i < m->pattern->n_paths; i++) {
        const cy_path_pattern *path = &m->pattern->paths[i];
        if (path->selector != CY_EVERY_PATH || path->slot == CY_NO_SLOT)
            continue;
        KG_TRY(st, put(plan, m, cy_plan_path(m->p, *plan, path)));
        m->p->known[path->slot] = true;
    }
    return apply_conditions(plan, m, true);
}

kg_status cy_plan_match(cy_plan **plan, cy_planner *p, cy_pattern *pattern, cy_expr *where) {
    matcher m = {.p = p, .pattern = pattern, .needs = p->needs, .again = CY_NO_SLOT};
    p->needs = NULL; /* of this MATCH, not of those within its conditions */
    kg_status st = gather(&m, where);
    if (st == KG_OK)
        st = match(plan, &m);
    kg_array_free(&m.links);
    kg_array_free(&m.conditions);
    kg_array_free(&m.taken);
    return st;
}
