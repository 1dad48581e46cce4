/* Where a match begins: every node, those of a label, or those that a key leads to. */
#include "kgstore/cypher/changes.h"
#include "kgstore/cypher/plan.h"

enum { FIRST = 4096 }; /* nodes that are looked at before a label's list is asked for */

typedef struct scan_plan {
    cy_plan base;
    int slot;
    kg_str label; /* empty: any */
    kg_id type, at, end;
    const kg_id *members; /* of the label, in the snapshot; NULL: nodes are looked at one by one */
    kg_id n_members, at_member;
    size_t at_change, n_changes; /* what the query has changed, behind them */
    bool within, all_there;
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

/* Go on with the label's list behind the nodes that were looked at. */
static kg_status find_members(scan_plan *s, cy_context *c, bool now) {
    const cy_changes *changes = c->graph->changes;
    kg_status st = cy_cached_members(&s->members, &s->n_members, c->graph, s->type, now);
    if (st != KG_OK) {
        s->members = NULL;
        return st == KG_ERR_UNSUPPORTED ? KG_OK : st;
    }
    s->at_member = 0;
    while (s->at_member < s->n_members && s->members[s->at_member] < s->at)
        s->at_member++;
    s->at_change = 0;
    s->n_changes = changes ? changes->nodes.len : 0;
    return KG_OK;
}

static kg_status begin_scan(scan_plan *s, cy_context *c) {
    s->within = true;
    s->at = 0;
    s->members = NULL;
    s->all_there = !c->graph->changes && c->graph->stats.deleted == 0;
    /* Nodes made while the rows are used are not among them. */
    s->end = s->label.len && s->type == KG_NO_ID ? 0 : cy_graph_end(c->graph);
    return s->end && s->label.len ? find_members(s, c, false) : KG_OK;
}

static bool is_member(const scan_plan *s, kg_id node) {
    kg_id low = 0, high = s->n_members;
    while (low < high) {
        kg_id middle = low + (high - low) / 2;
        if (s->members[middle] < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n_members && s->members[low] == node;
}

/* The next node that may have the label, or that may be there; KG_NO_ID: the last is behind. */
static kg_id next_candidate(scan_plan *s, const cy_context *c) {
    if (!s->members)
        return s->at < s->end ? s->at++ : KG_NO_ID;
    if (s->at_member < s->n_members)
        return s->members[s->at_member++];
    while (s->at_change < s->n_changes) {
        kg_id node = c->graph->changes->nodes.data[s->at_change++].node;
        if (node >= s->at && node < s->end && !is_member(s, node))
            return node;
    }
    return KG_NO_ID;
}

static kg_status next_scan(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    scan_plan *s = (scan_plan *)plan;
    for (;;) {
        if (!s->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, begin_scan(s, c));
        }
        if (!s->members && s->label.len && s->at == FIRST && s->end > FIRST)
            KG_TRY(st, find_members(s, c, true));
        kg_id node = next_candidate(s, c);
        s->within = node != KG_NO_ID;
        if (!s->within || (!s->all_there && !cy_node_is_there(c->graph, node)))
            continue;
        bool sure = s->label.len == 0 || (s->members && !c->graph->changes);
        if (!sure && !cy_node_has_label(c->graph, node, s->type))
            continue;
        c->row[s->slot].kind = CY_NODE;
        c->row[s->slot].as.node = node;
        *found = true;
        return KG_OK;
    }
}

static kg_status count_scan(bool *can, uint64_t *rows, cy_plan *plan, cy_context *c) {
    kg_status st;
    bool found;
    const kg_id *members;
    kg_id n;
    scan_plan *s = (scan_plan *)plan;
    *rows = 0;
    *can = !c->graph->changes && c->graph->stats.deleted == 0;
    if (!*can)
        return KG_OK;
    n = (kg_id)c->graph->stats.entities;
    st = s->label.len && s->type != KG_NO_ID
             ? cy_cached_members(&members, &n, c->graph, s->type, true)
             : KG_OK;
    *can = st == KG_OK;
    if (st != KG_OK)
        return st == KG_ERR_UNSUPPORTED ? KG_OK : st;
    if (s->label.len && s->type == KG_NO_ID)
        n = 0;
    for (;;) {
        KG_TRY(st, cy_plan_pull(&found, plan, c));
        if (!found)
            return KG_OK;
        *rows += n;
    }
}

cy_plan *cy_plan_scan(cy_planner *p, cy_plan *input, int slot, kg_str label) {
    static const cy_plan_ops NODES = {"AllNodes", open_scan, next_scan, NULL};
    static const cy_plan_ops LABEL = {"NodesByLabel", open_scan, next_scan, NULL};
    scan_plan *plan = cy_new_plan(p, label.len ? &LABEL : &NODES, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->slot = slot;
    plan->base.count = count_scan;
    if (!input->input)
        plan->base.once = slot;
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
