/* The steps, found by how they begin. A query's rows are kept as trees until a step asks for them.
 */
#include "tck_run.h"

#include "tck_graph.h"
#include "tck_procedure.h"

#include "kgstore/cypher/querysession.h"

#include <stdio.h>

#define UNKNOWN_STEP "the runner does not know this step"

enum { SECONDS = 20 };

typedef struct run {
    kg_arena *arena;
    cy_session *session;
    const char *graphs;
    TCK_LIST(cy_entry) parameters;
    TCK_LIST(cy_procedure) procedures;
    tck_state before; /* the last query */
    /* What came of it. */
    tck_result result;
    kg_status status;
    bool at_run_time, error_expected;
    cy_fault fault;
    kg_error err;
    unsigned n_queries, n_checks; /* a scenario has both */
    tck_verdict *out;
} run;

static bool fail(run *r, kg_str why) {
    r->out->why = why;
    return false;
}

static bool fail_error(run *r, const char *what) {
    char text[1200];
    kg_error_format(text, sizeof text, &r->err);
    return fail(r, tck_format(r->arena, "%s%s%s%s%s: %s", what, r->fault.kind ? ": " : "",
                              r->fault.kind ? r->fault.kind : "", r->fault.kind ? " " : "",
                              r->fault.detail ? r->fault.detail : "",
                              *r->err.text ? text : kg_strerror(r->status)));
}

/* ---- Queries --------------------------------------------------------------------------------- */

static kg_status take_row(run *r, const cy_value *row) {
    kg_status st;
    tck_value list = {.kind = TCK_ITEMS};
    const cy_graph *graph = cy_session_graph(r->session);
    for (size_t i = 0; i < r->result.columns.len; i++) {
        tck_value cell;
        KG_TRY(st, tck_value_from(&cell, r->arena, graph, &row[i]));
        TCK_PUSH(r->arena, &list.items, cell);
    }
    TCK_PUSH(r->arena, &r->result.rows, list);
    return KG_OK;
}

static kg_status take_rows(run *r, cy_statement *statement) {
    kg_status st;
    bool found;
    const cy_value *row;
    const cy_map parameters = {r->parameters.len, r->parameters.data};
    const cy_limits limits = {.seconds = SECONDS};
    for (size_t i = 0; i < cy_statement_columns(statement); i++)
        TCK_PUSH(r->arena, &r->result.columns,
                 tck_copy(r->arena, cy_statement_column(statement, i)));
    r->at_run_time = true;
    KG_TRY(st, cy_run(statement, &parameters, &limits, &r->fault, &r->err));
    for (;;) {
        KG_TRY(st, cy_step(&found, &row, statement, &r->fault, &r->err));
        if (!found)
            return KG_OK;
        KG_TRY(st, take_row(r, row));
    }
}

/* Its rows, or its error, are kept. */
static void run_query(run *r, kg_str text) {
    cy_statement *statement = NULL;
    r->result = (tck_result){0};
    r->fault = (cy_fault){0};
    r->err = (kg_error)KG_ERROR_INIT;
    r->at_run_time = r->error_expected = false;
    r->status = cy_prepare(&statement, r->session, text, &r->fault, &r->err);
    if (r->status == KG_OK) {
        r->status = take_rows(r, statement);
        cy_statement_free(statement);
    }
}

static bool run_setup(run *r, kg_str text) {
    run_query(r, text);
    return r->status == KG_OK || fail_error(r, "setup");
}

static bool step_query(run *r, const tck_step *step, kg_str rest) {
    (void)rest;
    if (r->status != KG_OK && !r->error_expected)
        return fail_error(r, "an earlier query failed");
    if (tck_state_of(&r->before, r->arena, cy_session_graph(r->session)) != KG_OK)
        return fail(r, KG_STR("the graph cannot be read"));
    run_query(r, step->doc);
    r->n_queries++;
    return true;
}

/* ---- Setup ----------------------------------------------------------------------------------- */

static bool step_nothing(run *r, const tck_step *step, kg_str rest) {
    (void)r, (void)step, (void)rest;
    return true;
}

static bool step_setup(run *r, const tck_step *step, kg_str rest) {
    (void)rest;
    return run_setup(r, step->doc);
}

/* "binary-tree-1 graph": statements of graphs/NAME/NAME.cypher, separated by semicolons. */
static bool step_named_graph(run *r, const tck_step *step, kg_str rest) {
    static const size_t suffix = sizeof " graph" - 1;
    (void)step;
    if (rest.len <= suffix || memcmp(rest.data + rest.len - suffix, " graph", suffix) != 0)
        return fail(r, KG_STR(UNKNOWN_STEP));
    int n = (int)(rest.len - suffix);
    kg_str path =
        tck_format(r->arena, "%s/%.*s/%.*s.cypher", r->graphs, n, rest.data, n, rest.data);
    char *text = tck_new(r->arena, 1 << 16);
    FILE *from = fopen(path.data, "r");
    size_t size = from ? fread(text, 1, (1 << 16) - 1, from) : 0;
    if (from)
        fclose(from);
    if (size == 0)
        return fail(r, tck_format(r->arena, "%s cannot be read", path.data));
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, ";");
        if (strspn(at, " \t\r\n") < len && !run_setup(r, (kg_str){at, len}))
            return false;
        at += len + (at[len] == ';');
    }
    return true;
}

static bool step_parameters(run *r, const tck_step *step, kg_str rest) {
    (void)rest;
    for (size_t i = 0; i < step->table.len; i++) {
        tck_value tree;
        cy_entry entry;
        const tck_row *row = &step->table.data[i];
        if (row->len != 2 || tck_value_parse(&tree, r->arena, row->data[1], &r->err) != KG_OK ||
            tck_value_to(&entry.value, r->arena, &tree) != KG_OK)
            return fail_error(r, "a parameter");
        entry.key = row->data[0];
        TCK_PUSH(r->arena, &r->parameters, entry);
    }
    return true;
}

static bool step_procedure(run *r, const tck_step *step, kg_str rest) {
    cy_procedure procedure;
    if (tck_procedure_make(&procedure, r->arena, rest, &step->table, &r->err) != KG_OK)
        return fail_error(r, "a procedure");
    TCK_PUSH(r->arena, &r->procedures, procedure);
    cy_session_procedures(r->session, r->procedures.data, r->procedures.len);
    return true;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static bool compare(run *r, const tck_step *step, tck_order order) {
    kg_str why;
    tck_result expected;
    if (r->status != KG_OK)
        return fail_error(r, "error");
    if (tck_result_parse(&expected, r->arena, &step->table, &r->err) != KG_OK)
        return fail_error(r, "the expected result");
    return tck_result_equal(&why, r->arena, &expected, &r->result, order) || fail(r, why);
}

static bool step_result(run *r, const tck_step *step, kg_str rest) {
    static const struct {
        const char *text;
        tck_order order;
    } orders[] = {{", in any order:", {true, false}},
                  {", in order:", {false, false}},
                  {" (ignoring element order for lists):", {true, true}},
                  {", in order (ignoring element order for lists):", {false, true}}};
    r->n_checks++;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (kg_str_equal(rest, kg_str_from(orders[i].text)))
            return compare(r, step, orders[i].order);
    if (!kg_str_equal(rest, KG_STR(" empty")))
        return fail(r, KG_STR(UNKNOWN_STEP));
    if (r->status != KG_OK)
        return fail_error(r, "error");
    if (r->result.rows.len)
        return fail(r, tck_format(r->arena, "no rows expected, found %zu", r->result.rows.len));
    return true;
}

/* With a table, or without one: nothing may have changed. */
static bool step_side_effects(run *r, const tck_step *step, kg_str rest) {
    kg_str why;
    tck_state after;
    (void)rest;
    if (tck_state_of(&after, r->arena, cy_session_graph(r->session)) != KG_OK)
        return fail(r, KG_STR("the graph cannot be read"));
    return tck_state_equal(&why, r->arena, &step->table, &r->before, &after) || fail(r, why);
}

static bool ends_with(kg_str text, kg_str end) {
    return text.len >= end.len && memcmp(text.data + text.len - end.len, end.data, end.len) == 0;
}

/* "SyntaxError should be raised at compile time: UndefinedVariable" */
static bool step_error(run *r, const tck_step *step, kg_str rest) {
    static const kg_str middle = {" should be raised at ", sizeof " should be raised at " - 1};
    (void)step;
    const char *at = memmem(rest.data, rest.len, middle.data, middle.len);
    const char *colon = at ? memmem(at, (size_t)(rest.data + rest.len - at), ": ", 2) : NULL;
    if (!colon)
        return fail(r, KG_STR(UNKNOWN_STEP));
    kg_str kind = {rest.data, (size_t)(at - rest.data)};
    kg_str time = {at + middle.len, (size_t)(colon - at) - middle.len};
    kg_str detail = {colon + 2, (size_t)(rest.data + rest.len - colon) - 2};
    r->error_expected = true;
    r->n_checks++;
    if (r->status == KG_OK)
        return fail(r, tck_format(r->arena, "%.*s %.*s expected, found %zu rows", KG_STR_ARG(kind),
                                  KG_STR_ARG(detail), r->result.rows.len));
    bool right_kind = r->fault.kind && kg_str_equal(kind, kg_str_from(r->fault.kind));
    bool right =
        right_kind && ((detail.len == 1 && *detail.data == '*') ||
                       (r->fault.detail && kg_str_equal(detail, kg_str_from(r->fault.detail))));
    r->out->other_detail = right_kind && !right;
    r->out->other_time = !kg_str_equal(time, KG_STR("any time")) &&
                         r->at_run_time != ends_with(time, KG_STR("runtime"));
    kg_str what =
        tck_format(r->arena, "%.*s %.*s expected, found", KG_STR_ARG(kind), KG_STR_ARG(detail));
    return right || fail_error(r, what.data);
}

/* ---- Scenarios ------------------------------------------------------------------------------- */

static const struct {
    const char *begin;
    bool (*take)(run *r, const tck_step *step, kg_str rest);
} known_steps[] = {
    {"an empty graph", step_nothing},
    {"any graph", step_nothing},
    {"having executed:", step_setup},
    {"parameters are:", step_parameters},
    {"there exists a procedure ", step_procedure},
    {"executing query:", step_query},
    {"executing control query:", step_query},
    {"the result should be", step_result},
    {"no side effects", step_side_effects},
    {"the side effects should be:", step_side_effects},
    {"the ", step_named_graph},
    {"an ", step_error},
    {"a ", step_error},
};

static bool take_step(run *r, const tck_step *step) {
    for (size_t i = 0; i < sizeof known_steps / sizeof *known_steps; i++) {
        size_t n = strlen(known_steps[i].begin);
        if (step->text.len >= n && memcmp(step->text.data, known_steps[i].begin, n) == 0)
            return known_steps[i].take(r, step, (kg_str){step->text.data + n, step->text.len - n});
    }
    return fail(r, KG_STR(UNKNOWN_STEP));
}

void tck_run(tck_verdict *out, kg_arena *arena, kg_store *store, const char *graphs,
             const tck_scenario *scenario) {
    run r = {.arena = arena, .graphs = graphs, .out = out, .err = KG_ERROR_INIT};
    *out = (tck_verdict){0};
    r.status = cy_session_begin(&r.session, store, true, &r.err);
    if (r.status != KG_OK) {
        fail_error(&r, "a session");
        return;
    }
    size_t i = 0;
    while (i < scenario->steps.len && take_step(&r, &scenario->steps.data[i]))
        i++;
    out->passed = i == scenario->steps.len;
    if (out->passed && r.status != KG_OK && !r.error_expected)
        out->passed = fail_error(&r, "error");
    if (out->passed && (!r.n_queries || !r.n_checks))
        out->passed = fail(&r, KG_STR("the scenario asks nothing, or expects nothing"));
    if (!out->passed && i < scenario->steps.len)
        out->why =
            tck_format(arena, "line %u: %.*s", scenario->steps.data[i].line, KG_STR_ARG(out->why));
    cy_session_end(r.session);
}
