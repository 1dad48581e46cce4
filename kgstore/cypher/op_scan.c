/* Where a match begins: every node, those of a label, or those that a key leads to. */
#include "kgstore/cypher/plan.h"

typedef struct scan_plan {
    cy_plan base;
    int slot;
    kg_str label; /* empty: any */
    kg_id type, at, end;
    bool within;
} scan_plan;

static kg_status open_scan(cy_plan *plan, cy_context *c) {
    kg_status st;
    scan_plan *s = (scan_plan *)plan;
    s->within = false;
    s->type = KG_NO_ID;
    if (s->label.len)
        KG_TRY(st, cy_graph_id(&s->type, c->graph, KG_TYPE, s->label));
    return KG_OK;
}

static kg_status next_scan(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    scan_plan *s = (scan_plan *)plan;
    for (;;) {
        if (!s->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            s->within = true;
            s->at = 0;
            /* Nodes made while the rows are used are not among them. */
            s->end = s->label.len && s->type == KG_NO_ID ? 0 : cy_graph_end(c->graph);
        }
        while (s->at < s->end) {
            kg_id node = s->at++;
            if (!cy_node_is_there(c->graph, node) ||
                (s->label.len && !cy_node_has_label(c->graph, node, s->type)))
                continue;
            c->row[s->slot] = cy_node(node);
            *found = true;
            return KG_OK;
        }
        s->within = false;
    }
}

cy_plan *cy_plan_scan(cy_planner *p, cy_plan *input, int slot, kg_str label) {
    static const cy_plan_ops NODES = {"AllNodes", open_scan, next_scan, NULL};
    static const cy_plan_ops LABEL = {"NodesByLabel", open_scan, next_scan, NULL};
    scan_plan *plan = cy_new_plan(p, label.len ? &LABEL : &NODES, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->slot = slot;
    plan->label = label;
    plan->base.what = label.len ? kg_arena_copy(p->arena, label) : NULL;
    return &plan->base;
}

/* ---- By key ---------------------------------------------------------------------------------- */

typedef struct lookup_plan {
    cy_plan base;
    int slot;
    cy_finding by;
    cy_ids ids;
    size_t at;
    kg_id scan, end; /* where no index can tell: all nodes */
} lookup_plan;

static kg_status open_lookup(cy_plan *plan, cy_context *c) {
    lookup_plan *l = (lookup_plan *)plan;
    (void)c;
    l->ids.len = l->at = 0;
    l->scan = l->end = 0;
    return KG_OK;
}

static kg_status find_one(lookup_plan *l, cy_context *c, const cy_value *value) {
    if (value->kind == CY_NODE && l->by.lookup == CY_BY_IDENTIFIER)
        return kg_array_push(&l->ids, value->as.node);
    return cy_graph_find(&l->ids, c->graph, l->by.lookup, l->by.property, value);
}

static kg_status find(lookup_plan *l, cy_context *c) {
    kg_status st = KG_OK;
    cy_value key;
    KG_TRY(st, cy_eval(&key, c, l->by.key));
    l->at = l->ids.len = 0;
    l->scan = l->end = 0;
    if (!l->by.many)
        st = find_one(l, c, &key);
    else if (key.kind == CY_LIST)
        for (uint32_t i = 0; st == KG_OK && i < key.count; i++)
            st = find_one(l, c, &key.as.items[i]);
    else
        st = cy_is_null(&key) ? KG_OK : KG_ERR_UNSUPPORTED; /* the filter says what is wrong */
    if (st == KG_ERR_MEMORY)
        return cy_out_of_memory(c);
    if (st == KG_ERR_UNSUPPORTED) {
        l->ids.len = 0;
        l->end = cy_graph_end(c->graph);
        return KG_OK;
    }
    cy_sort_ids(&l->ids);
    return st;
}

/* What was found may be too much: a filter behind this looks at each. */
static kg_status next_lookup(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    lookup_plan *l = (lookup_plan *)plan;
    for (;;) {
        kg_id node;
        if (l->at < l->ids.len) {
            node = l->ids.data[l->at++];
        } else if (l->scan < l->end) {
            node = l->scan++;
        } else {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, find(l, c));
            continue;
        }
        if (!cy_node_is_there(c->graph, node))
            continue;
        c->row[l->slot] = cy_node(node);
        *found = true;
        return KG_OK;
    }
}

static void close_lookup(cy_plan *plan) {
    kg_array_free(&((lookup_plan *)plan)->ids);
}

cy_plan *cy_plan_lookup(cy_planner *p, cy_plan *input, int slot, const cy_finding *by) {
    static const cy_plan_ops NAME = {"NodesByName", open_lookup, next_lookup, close_lookup};
    static const cy_plan_ops INDEX = {"NodesByIndex", open_lookup, next_lookup, close_lookup};
    bool indexed = by->lookup == CY_BY_INDEX;
    lookup_plan *plan = cy_new_plan(p, indexed ? &INDEX : &NAME, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->slot = slot;
    plan->by = *by;
    plan->base.what = indexed ? kg_arena_copy(p->arena, by->property) : NULL;
    return &plan->base;
}
