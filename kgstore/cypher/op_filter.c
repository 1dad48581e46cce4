/* Conditions. */
#include "kgstore/cypher/plan.h"

/* n.name CONTAINS 'x' and its like, where no property is called so: what is asked most of all nodes
 * is answered without evaluating an expression for each. */
typedef struct text_test {
    int slot; /* of the node; CY_NO_SLOT: the condition is another */
    bool label;
    cy_op op;
    kg_str text;
} text_test;

static void begin_test(text_test *t, const cy_context *c, const cy_expr *e) {
    if (e->kind != CY_E_BINARY || c->graph->changes ||
        (e->op != CY_CONTAINS && e->op != CY_STARTS_WITH && e->op != CY_ENDS_WITH))
        return;
    const cy_expr *of = e->items[0], *text = e->items[1];
    if (of->kind != CY_E_PROPERTY || of->items[0]->kind != CY_E_VARIABLE ||
        text->kind != CY_E_LITERAL || text->value.kind != CY_STRING ||
        cy_cached_key(c->graph, of->name) != KG_NO_ID)
        return;
    bool name = kg_str_equal(of->name, KG_STR("name"));
    if (name || kg_str_equal(of->name, KG_STR("id")))
        *t = (text_test){of->items[0]->slot, name, e->op, text->value.as.text};
}

static kg_status run_test(bool *good, const text_test *t, const cy_context *c, kg_id node) {
    kg_status st;
    kg_str text;
    KG_TRY(st, cy_cached_text(&text, c->graph, node, t->label));
    *good = !cy_is_made_up(text) && cy_text_holds(t->op, text, t->text);
    return KG_OK;
}

typedef struct filter_plan {
    cy_plan base;
    cy_expr *expr;
    int node; /* the register that it speaks of alone, of nodes that come again; or CY_NO_SLOT */
    cy_node_set judged, good; /* of those nodes */
    text_test test;
} filter_plan;

static kg_status open_filter(cy_plan *plan, cy_context *c) {
    filter_plan *f = (filter_plan *)plan;
    f->test.slot = CY_NO_SLOT;
    begin_test(&f->test, c, f->expr);
    cy_node_set_clear(&f->judged, plan->scratch.budget);
    cy_node_set_clear(&f->good, plan->scratch.budget);
    return KG_OK;
}

static void close_filter(cy_plan *plan) {
    filter_plan *f = (filter_plan *)plan;
    cy_node_set_free(&f->judged);
    cy_node_set_free(&f->good);
}

/* Is the condition met by the node, whatever else is in the row? It is judged once. */
static kg_status judge_node(bool *good, filter_plan *f, cy_context *c, kg_id node) {
    kg_status st;
    cy_truth truth;
    bool fresh;
    kg_id end = cy_graph_end(c->graph);
    *good = cy_node_set_has(&f->good, node);
    if (cy_node_set_has(&f->judged, node))
        return KG_OK;
    KG_TRY(st, cy_eval_truth(&truth, c, f->expr));
    *good = truth == CY_TRUE;
    if (cy_node_set_add(&fresh, &f->judged, node, end) != KG_OK ||
        (*good && cy_node_set_add(&fresh, &f->good, node, end) != KG_OK))
        return cy_out_of_memory(c);
    return KG_OK;
}

static kg_status judge(bool *good, filter_plan *f, cy_context *c) {
    kg_status st;
    cy_truth truth;
    const cy_value *tested = f->test.slot == CY_NO_SLOT ? NULL : &c->row[f->test.slot];
    if (tested && tested->kind == CY_NODE)
        return run_test(good, &f->test, c, tested->as.node);
    const cy_value *node = f->node == CY_NO_SLOT ? NULL : &c->row[f->node];
    if (node && node->kind == CY_NODE)
        return judge_node(good, f, c, node->as.node);
    KG_TRY(st, cy_eval_truth(&truth, c, f->expr));
    *good = truth == CY_TRUE;
    return KG_OK;
}

static kg_status next_filter(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    for (;;) {
        bool good;
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        KG_TRY(st, judge(&good, (filter_plan *)plan, c));
        if (good)
            return KG_OK;
    }
}

cy_plan *cy_plan_filter(cy_planner *p, cy_plan *input, cy_expr *condition) {
    return cy_plan_judge(p, input, condition, CY_NO_SLOT);
}

cy_plan *cy_plan_judge(cy_planner *p, cy_plan *input, cy_expr *condition, int node) {
    static const cy_plan_ops OPS = {"Filter", open_filter, next_filter, close_filter};
    filter_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->expr = condition;
    plan->node = node;
    return &plan->base;
}
