/* Operators that take rows as they come: filter, project, unwind, slices, unions, plans within
 * plans; and what is common to all operators. */
#include "kgstore/cypher/plan.h"

#include <stdlib.h>

/* ---- All operators --------------------------------------------------------------------------- */

void *cy_new_plan(cy_planner *p, const cy_plan_ops *ops, size_t size, cy_plan *input) {
    cy_plan *plan = kg_arena_alloc(p->arena, size);
    if (!plan)
        return NULL;
    memset(plan, 0, size);
    plan->ops = ops;
    plan->input = input;
    plan->once = CY_NO_SLOT;
    plan->scratch.budget = p->budget;
    plan->made_before = p->last_made;
    p->last_made = plan;
    return plan;
}

kg_status cy_plan_open(cy_plan *plan, cy_context *c) {
    kg_status st;
    kg_arena_reset(&plan->scratch);
    if (plan->input)
        KG_TRY(st, cy_plan_open(plan->input, c));
    return plan->ops->open ? plan->ops->open(plan, c) : KG_OK;
}

kg_status cy_plan_next(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    KG_TRY(st, cy_tick(c));
    KG_TRY(st, plan->ops->next(found, plan, c));
    plan->rows += *found;
    return KG_OK;
}

kg_status cy_plan_pull(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    kg_arena_reset(&plan->scratch);
    st = cy_plan_next(found, plan->input, c);
    c->arena = &plan->scratch;
    return st;
}

void cy_plans_free(cy_plan *plan) {
    for (; plan; plan = plan->made_before) {
        if (plan->ops->close)
            plan->ops->close(plan);
        kg_arena_free(&plan->scratch);
    }
}

/* ---- Once ------------------------------------------------------------------------------------ */

typedef struct once_plan {
    cy_plan base;
    bool given;
} once_plan;

static kg_status open_once(cy_plan *plan, cy_context *c) {
    (void)c;
    ((once_plan *)plan)->given = false;
    return KG_OK;
}

static kg_status next_once(bool *found, cy_plan *plan, cy_context *c) {
    once_plan *once = (once_plan *)plan;
    (void)c;
    *found = !once->given;
    once->given = true;
    return KG_OK;
}

cy_plan *cy_plan_once(cy_planner *p) {
    static const cy_plan_ops OPS = {"Once", open_once, next_once, NULL};
    return cy_new_plan(p, &OPS, sizeof(once_plan), NULL);
}

/* ---- Project --------------------------------------------------------------------------------- */

typedef struct project_plan {
    cy_plan base;
    const cy_item *items;
    size_t n;
} project_plan;

static kg_status next_project(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    const project_plan *p = (project_plan *)plan;
    KG_TRY(st, cy_plan_pull(found, plan, c));
    for (size_t i = 0; *found && i < p->n; i++)
        KG_TRY(st, cy_eval(&c->row[p->items[i].slot], c, p->items[i].expr));
    return KG_OK;
}

cy_plan *cy_plan_project(cy_planner *p, cy_plan *input, const cy_item *items, size_t n) {
    static const cy_plan_ops OPS = {"Project", NULL, next_project, NULL};
    project_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->items = items;
    plan->n = n;
    return &plan->base;
}

/* ---- Unwind ---------------------------------------------------------------------------------- */

typedef struct unwind_plan {
    cy_plan base;
    cy_expr *list;
    int slot;
    cy_value items;
    uint32_t at;
} unwind_plan;

static kg_status open_unwind(cy_plan *plan, cy_context *c) {
    unwind_plan *u = (unwind_plan *)plan;
    (void)c;
    u->items = cy_list(NULL, 0);
    u->at = 0;
    return KG_OK;
}

static kg_status next_unwind(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    cy_value list;
    unwind_plan *u = (unwind_plan *)plan;
    while (u->at >= u->items.count) {
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
        KG_TRY(st, cy_eval(&list, c, u->list));
        u->at = 0;
        u->items = cy_list(NULL, 0);
        if (list.kind == CY_LIST) {
            u->items = list;
        } else if (!cy_is_null(&list)) {
            cy_value *one = cy_new_items(&plan->scratch, 1);
            if (!one)
                return cy_out_of_memory(c);
            *one = list;
            u->items = cy_list(one, 1);
        }
    }
    c->row[u->slot] = u->items.as.items[u->at++];
    *found = true;
    return KG_OK;
}

cy_plan *cy_plan_unwind(cy_planner *p, cy_plan *input, cy_expr *list, int slot) {
    static const cy_plan_ops OPS = {"Unwind", open_unwind, next_unwind, NULL};
    unwind_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->list = list;
    plan->slot = slot;
    return &plan->base;
}

/* ---- Skip and limit -------------------------------------------------------------------------- */

typedef struct slice_plan {
    cy_plan base;
    cy_expr *skip, *limit;
    int64_t to_skip, left;
    bool changing;
} slice_plan;

static kg_status eval_count(int64_t *out, cy_context *c, const cy_expr *e) {
    kg_status st;
    cy_value v;
    KG_TRY(st, cy_eval(&v, c, e));
    if (v.kind != CY_INTEGER)
        return cy_fail(c, "SyntaxError", "InvalidArgumentType",
                       "the number of rows is an Integer, not %s", cy_a_kind(v.kind));
    *out = v.as.integer;
    return *out >= 0 ? KG_OK
                     : cy_fail(c, "SyntaxError", "NegativeIntegerArgument",
                               "the number of rows cannot be negative");
}

static kg_status open_slice(cy_plan *plan, cy_context *c) {
    kg_status st;
    slice_plan *s = (slice_plan *)plan;
    c->arena = &plan->scratch;
    s->to_skip = 0;
    s->left = INT64_MAX;
    if (s->skip)
        KG_TRY(st, eval_count(&s->to_skip, c, s->skip));
    return s->limit ? eval_count(&s->left, c, s->limit) : KG_OK;
}

static kg_status next_slice(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    slice_plan *s = (slice_plan *)plan;
    *found = false;
    if (s->left == 0 && s->changing) { /* the barrier below does all of it at once */
        s->changing = false;
        KG_TRY(st, cy_plan_pull(found, plan, c));
        *found = false;
    }
    if (s->left == 0)
        return KG_OK;
    for (; s->to_skip >= 0; s->to_skip--) {
        KG_TRY(st, cy_plan_pull(found, plan, c));
        if (!*found)
            return KG_OK;
    }
    s->to_skip = 0;
    s->left--;
    return KG_OK;
}

cy_plan *cy_plan_slice(cy_planner *p, cy_plan *input, cy_expr *skip, cy_expr *limit,
                       bool changing) {
    static const cy_plan_ops OPS = {"Slice", open_slice, next_slice, NULL};
    slice_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan)
        return NULL;
    plan->skip = skip;
    plan->limit = limit;
    plan->changing = changing;
    return &plan->base;
}

/* ---- Plans within plans ---------------------------------------------------------------------- */

typedef struct optional_plan {
    cy_plan base;
    const int *slots; /* that the inner plan fills */
    size_t n;
    bool within, any; /* the inner plan is open; it has given a row for this one */
} optional_plan;

static kg_status open_inner(cy_plan *plan, cy_context *c) {
    (void)c;
    ((optional_plan *)plan)->within = false;
    return KG_OK;
}

/* Rows of the inner plan for each of the input; where there are none, one with nulls. */
static kg_status next_optional(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    optional_plan *o = (optional_plan *)plan;
    for (;;) {
        if (!o->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, cy_plan_open(plan->inner, c));
            o->within = true;
            o->any = false;
        }
        KG_TRY(st, cy_plan_next(found, plan->inner, c));
        o->within = *found;
        if (*found) {
            o->any = true;
            return KG_OK;
        }
        if (o->any)
            continue;
        for (size_t i = 0; i < o->n; i++)
            c->row[o->slots[i]] = CY_NULL_VALUE;
        *found = true;
        return KG_OK;
    }
}

static kg_status next_apply(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    optional_plan *o = (optional_plan *)plan;
    for (;;) {
        if (!o->within) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, cy_plan_open(plan->inner, c));
        }
        KG_TRY(st, cy_plan_next(found, plan->inner, c));
        o->within = *found;
        if (*found)
            return KG_OK;
    }
}

cy_plan *cy_plan_optional(cy_planner *p, cy_plan *input, cy_plan *inner, const int *slots,
                          size_t n) {
    static const cy_plan_ops OPS = {"Optional", open_inner, next_optional, NULL};
    optional_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan || !inner)
        return NULL;
    plan->base.inner = inner;
    plan->slots = slots;
    plan->n = n;
    return &plan->base;
}

cy_plan *cy_plan_apply(cy_planner *p, cy_plan *input, cy_plan *inner) {
    static const cy_plan_ops OPS = {"Apply", open_inner, next_apply, NULL};
    optional_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan || !inner)
        return NULL;
    plan->base.inner = inner;
    return &plan->base;
}

/* ---- Nothing: what changes the graph and returns no rows --------------------------------------
 */

static kg_status next_nothing(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    do
        KG_TRY(st, cy_plan_pull(found, plan, c));
    while (*found);
    return KG_OK;
}

cy_plan *cy_plan_nothing(cy_planner *p, cy_plan *input) {
    static const cy_plan_ops OPS = {"Run", NULL, next_nothing, NULL};
    return cy_new_plan(p, &OPS, sizeof(cy_plan), input);
}

/* ---- Union ----------------------------------------------------------------------------------- */

typedef struct unite_plan {
    cy_plan base;
    cy_plan **parts;
    size_t n, at;
    const int *const *slots; /* by part: those of the columns; all go to the first part's */
    size_t n_columns;
} unite_plan;

static kg_status open_unite(cy_plan *plan, cy_context *c) {
    unite_plan *u = (unite_plan *)plan;
    u->at = 0;
    return cy_plan_open(u->parts[0], c);
}

static kg_status next_unite(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    unite_plan *u = (unite_plan *)plan;
    for (;;) {
        KG_TRY(st, cy_plan_next(found, u->parts[u->at], c));
        if (*found)
            break;
        if (u->at + 1 == u->n)
            return KG_OK;
        KG_TRY(st, cy_plan_open(u->parts[++u->at], c));
    }
    for (size_t i = 0; u->at > 0 && i < u->n_columns; i++)
        c->row[u->slots[0][i]] = c->row[u->slots[u->at][i]];
    return KG_OK;
}

cy_plan *cy_plan_unite(cy_planner *p, cy_plan **parts, size_t n, const int *const *slots,
                       size_t n_columns) {
    static const cy_plan_ops OPS = {"Union", open_unite, next_unite, NULL};
    unite_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, NULL);
    if (!plan)
        return NULL;
    plan->parts = parts;
    plan->n = n;
    plan->slots = slots;
    plan->n_columns = n_columns;
    return &plan->base;
}
