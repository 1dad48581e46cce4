/* Finding a procedure, calling it, and those that every session has. */
#include "kgstore/cypher/plan.h"

#include <strings.h>

const cy_procedure *cy_procedure_find(const cy_procedures *all, kg_str name) {
    for (size_t i = 0; i < all->count; i++)
        if (strlen(all->items[i].name) == name.len &&
            strncasecmp(all->items[i].name, name.data, name.len) == 0)
            return &all->items[i];
    if (all == &cy_builtin_procedures)
        return NULL;
    return cy_procedure_find(&cy_builtin_procedures, name);
}

/* ---- CALL ------------------------------------------------------------------------------------ */

typedef struct call_plan {
    cy_plan base;
    const cy_call *call;
    const cy_procedure *procedure;
    size_t *fields; /* place of each yield among the procedure's fields */
    cy_value *args;
    cy_rows rows;
    size_t at;
    bool within;
} call_plan;

static kg_status open_call(cy_plan *plan, cy_context *c) {
    (void)c;
    ((call_plan *)plan)->within = false;
    return KG_OK;
}

static kg_status eval_args(call_plan *p, cy_context *c) {
    kg_status st;
    for (size_t i = 0; i < p->procedure->n_args; i++) {
        const cy_field *arg = &p->procedure->args[i];
        const cy_value *given;
        if (p->call->has_args) {
            KG_TRY(st, cy_eval(&p->args[i], c, p->call->args[i]));
        } else {
            given = c->parameters ? cy_map_get(c->parameters, kg_str_from(arg->name)) : NULL;
            if (!given)
                return cy_fail(c, "ParameterMissing", "MissingParameter",
                               "there is no parameter $%s for the procedure's argument", arg->name);
            p->args[i] = *given;
        }
        if (arg->type == CY_TYPE_FLOAT && p->args[i].kind == CY_INTEGER)
            p->args[i] = cy_float((double)p->args[i].as.integer);
    }
    return KG_OK;
}

static kg_status next_call(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    call_plan *p = (call_plan *)plan;
    size_t width = p->procedure->n_fields;
    for (;;) {
        if (!p->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            p->rows.values.len = p->at = 0;
            p->rows.arena = &plan->scratch;
            KG_TRY(st, eval_args(p, c));
            KG_TRY(st, c->check(c)); /* one call may take as long as thousands of rows */
            KG_TRY(st, p->procedure->call(&p->rows, c, p->procedure->data, p->args));
            /* One that yields nothing lets its row pass. */
            if (width == 0)
                return KG_OK;
            p->within = true;
        }
        if (p->at + width <= p->rows.values.len) {
            for (size_t i = 0; i < p->call->n_yields; i++)
                c->row[p->call->slots[i]] = p->rows.values.data[p->at + p->fields[i]];
            p->at += width;
            *found = true;
            return KG_OK;
        }
        p->within = false;
    }
}

static void close_call(cy_plan *plan) {
    kg_array_free(&((call_plan *)plan)->rows.values);
}

cy_plan *cy_plan_call(cy_planner *p, cy_plan *input, const cy_call *call,
                      const cy_procedure *procedure) {
    static const cy_plan_ops OPS = {"Call", open_call, next_call, close_call};
    call_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->call = call;
    plan->procedure = procedure;
    plan->fields = kg_arena_alloc(p->arena, (call->n_yields + 1) * sizeof *plan->fields);
    plan->args = cy_new_items(p->arena, procedure->n_args);
    if (!plan->fields || !plan->args)
        return NULL;
    for (size_t i = 0; i < call->n_yields; i++)
        for (size_t k = 0; k < procedure->n_fields; k++)
            if (kg_str_equal(call->fields[i], kg_str_from(procedure->fields[k].name)))
                plan->fields[i] = k;
    plan->base.what = procedure->name;
    return &plan->base;
}

/* ---- Built in -------------------------------------------------------------------------------- */

enum { MOST = 10000 }; /* rows that may be asked for */

static kg_status add(cy_rows *rows, cy_value v) {
    return kg_array_push(&rows->values, v);
}

static kg_status neighbours(cy_rows *rows, cy_context *c, void *data, const cy_value *args) {
    kg_status st;
    uint32_t count;
    (void)data;
    if (args[0].kind != CY_NODE || args[1].kind != CY_INTEGER || args[1].as.integer < 0 ||
        args[1].as.integer > MOST)
        return cy_fail(c, "TypeError", "InvalidArgumentValue",
                       "kg.neighbours takes a node and a number of neighbors up to %d", MOST);
    if (args[0].as.node >= c->graph->stats.entities)
        return KG_OK;
    uint32_t k = (uint32_t)args[1].as.integer;
    kg_neighbour *best = kg_arena_alloc(rows->arena, (k + (size_t)1) * sizeof *best);
    if (!best)
        return cy_out_of_memory(c);
    KG_TRY(st, kg_neighbours_top(best, &count, c->graph->snapshot, args[0].as.node,
                                 KG_WEIGHT_PAGERANK, k));
    for (uint32_t i = 0; i < count; i++) {
        const kg_neighbour *n = &best[i];
        const cy_edge edge = {n->direction > 0 ? args[0].as.node : n->entity, n->relation,
                              n->direction > 0 ? n->entity : args[0].as.node};
        if (cy_edge_is_deleted(c->graph, &edge))
            continue;
        KG_TRY(st, add(rows, cy_node(n->entity)));
        KG_TRY(st, add(rows, (cy_value){.kind = CY_EDGE, .as.edge = edge}));
        KG_TRY(st, add(rows, cy_float(n->weight)));
    }
    return KG_OK;
}

static kg_status link_text(cy_rows *rows, cy_context *c, void *data, const cy_value *args) {
    kg_linker *linker;
    kg_mentions mentions = {0};
    (void)data;
    if (args[0].kind != CY_STRING)
        return cy_fail(c, "TypeError", "InvalidArgumentValue", "kg.link takes a String");
    kg_status st = kg_linker_open(&linker, NULL, c->graph->snapshot, c->err);
    if (st != KG_OK)
        return st;
    kg_str text = args[0].as.text;
    st = kg_linker_find(&mentions, linker, text, false);
    for (size_t i = 0; st == KG_OK && i < mentions.len; i++) {
        const kg_mention *m = &mentions.data[i];
        kg_str found = {text.data + m->byte_start, m->byte_end - m->byte_start};
        cy_value copy;
        st = add(rows, cy_node(m->entity));
        if (st == KG_OK)
            st = add(rows, cy_integer(m->start));
        if (st == KG_OK)
            st = add(rows, cy_integer(m->end));
        const cy_value mention = cy_string(found);
        if (st == KG_OK)
            st = cy_copy(&copy, rows->arena, &mention);
        if (st == KG_OK)
            st = add(rows, copy);
    }
    kg_array_free(&mentions);
    kg_linker_free(linker);
    return st;
}

/* Falls with each class of match, so that an order by it is the order of the search. */
static double score_of(const kg_found *found) {
    static const double SCORES[] = {[KG_MATCH_EXACT] = 1,
                                    [KG_MATCH_PREFIX] = 0.75,
                                    [KG_MATCH_PART] = 0.5,
                                    [KG_MATCH_NEAR] = 0.25};
    double score = SCORES[found->match];
    return found->distance ? score / found->distance : score;
}

static kg_status add_found(cy_rows *rows, const kg_found *found) {
    kg_status st;
    cy_value copy;
    const cy_value name = cy_string(found->name);
    KG_TRY(st, add(rows, cy_node(found->entity)));
    KG_TRY(st, add(rows, cy_float(score_of(found))));
    KG_TRY(st, cy_copy(&copy, rows->arena, &name));
    return add(rows, copy);
}

static kg_status search(cy_rows *rows, cy_context *c, void *data, const cy_value *args) {
    kg_founds founds = {0};
    (void)data;
    if (args[0].kind != CY_STRING || args[1].kind != CY_INTEGER || args[1].as.integer < 0 ||
        args[1].as.integer > MOST)
        return cy_fail(c, "TypeError", "InvalidArgumentValue",
                       "kg.search takes a String and a number of nodes up to %d", MOST);
    kg_status st = kg_names_search(&founds, c->graph->snapshot, args[0].as.text,
                                   (uint32_t)args[1].as.integer, c->err);
    for (size_t i = 0; st == KG_OK && i < founds.len; i++)
        if (cy_node_is_there(c->graph, founds.data[i].entity))
            st = add_found(rows, &founds.data[i]);
    kg_array_free(&founds);
    return st;
}

static kg_status add_names(cy_rows *rows, cy_context *c, kg_kind kind, uint64_t n) {
    kg_status st;
    for (kg_id id = 0; id < n; id++) {
        kg_str name;
        KG_TRY(st, cy_graph_name(&name, c->graph, kind, id));
        KG_TRY(st, add(rows, cy_string(name)));
    }
    return KG_OK;
}

static kg_status labels(cy_rows *rows, cy_context *c, void *data, const cy_value *args) {
    (void)data, (void)args;
    return add_names(rows, c, KG_TYPE, c->graph->stats.types);
}

static kg_status relationship_types(cy_rows *rows, cy_context *c, void *data,
                                    const cy_value *args) {
    (void)data, (void)args;
    return add_names(rows, c, KG_RELATION, c->graph->stats.relations);
}

static kg_status property_keys(cy_rows *rows, cy_context *c, void *data, const cy_value *args) {
    (void)data, (void)args;
    return add_names(rows, c, KG_KEY, c->graph->stats.keys);
}

static const cy_field NODE_AND_COUNT[] = {{"node", CY_TYPE_NODE}, {"k", CY_TYPE_INTEGER}};
static const cy_field NEIGHBOURS[] = {
    {"node", CY_TYPE_NODE}, {"relationship", CY_TYPE_EDGE}, {"weight", CY_TYPE_FLOAT}};
static const cy_field TEXT[] = {{"text", CY_TYPE_STRING}};
static const cy_field MENTIONS[] = {{"node", CY_TYPE_NODE},
                                    {"start", CY_TYPE_INTEGER},
                                    {"end", CY_TYPE_INTEGER},
                                    {"mention", CY_TYPE_STRING}};
static const cy_field TEXT_AND_COUNT[] = {{"text", CY_TYPE_STRING}, {"k", CY_TYPE_INTEGER}};
static const cy_field FOUND[] = {
    {"node", CY_TYPE_NODE}, {"score", CY_TYPE_FLOAT}, {"name", CY_TYPE_STRING}};
static const cy_field LABEL[] = {{"label", CY_TYPE_STRING}};
static const cy_field TYPE[] = {{"relationshipType", CY_TYPE_STRING}};
static const cy_field KEY[] = {{"propertyKey", CY_TYPE_STRING}};

static const cy_procedure BUILTIN[] = {
    {"kg.neighbours", NODE_AND_COUNT, 2, NEIGHBOURS, 3, neighbours, NULL},
    {"kg.search", TEXT_AND_COUNT, 2, FOUND, 3, search, NULL},
    {"kg.link", TEXT, 1, MENTIONS, 4, link_text, NULL},
    {"db.labels", NULL, 0, LABEL, 1, labels, NULL},
    {"db.relationshipTypes", NULL, 0, TYPE, 1, relationship_types, NULL},
    {"db.propertyKeys", NULL, 0, KEY, 1, property_keys, NULL},
};

const cy_procedures cy_builtin_procedures = {BUILTIN, sizeof BUILTIN / sizeof *BUILTIN};
