/* Sessions and statements: from a text to rows. */
#include "kgstore/cypher/querysession.h"

#include "kgstore/cypher/bind.h"
#include "kgstore/cypher/changes.h"
#include "kgstore/cypher/commit.h"
#include "kgstore/cypher/plan.h"
#include "kgstore/cypher/unknown.h"

#include "kgstore/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct cy_session {
    kg_snapshot *snapshot;
    kg_writer *writer; /* NULL: nothing may change */
    cy_graph graph;
    cy_changes changes;
    cy_procedures procedures;
    bool no_files;
    unsigned threads; /* 0: as many as there are processors */
    kg_arena_budget budget;
    size_t most_memory; /* bytes; 0: no limit */
};

struct cy_statement {
    cy_session *session;
    kg_arena arena; /* text, tree and plan */
    kg_str text;
    cy_query *query;
    cy_explain explain;
    cy_plan *plan, *last_made;
    int n_slots;
    cy_value *row;   /* the registers */
    cy_value *cells; /* of the row that is given */
    int *slots;      /* of the columns */
    cy_context context;
    cy_limits limits;
    double began;
    uint64_t given;
};

/* ---- Sessions -------------------------------------------------------------------------------- */

static kg_status open_session(cy_session *s, kg_store *store, bool write, kg_error *err) {
    kg_status st;
    /* The writer first: nothing changes then between what is seen and what is written. */
    if (write)
        KG_TRY(st, kg_writer_begin(&s->writer, store, err));
    KG_TRY(st, kg_snapshot_begin(&s->snapshot, store, err));
    KG_TRY(st, cy_graph_open(&s->graph, s->snapshot, err));
    if (write) {
        cy_changes_init(&s->changes, (kg_id)s->graph.stats.entities);
        s->graph.changes = &s->changes;
    }
    return KG_OK;
}

kg_status cy_session_begin(cy_session **out, kg_store *store, bool write, kg_error *err) {
    *out = NULL;
    cy_session *s = calloc(1, sizeof *s);
    if (!s)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the store");
    s->procedures = cy_builtin_procedures;
    kg_status st = open_session(s, store, write, err);
    if (st != KG_OK) {
        cy_session_end(s);
        return st;
    }
    *out = s;
    return KG_OK;
}

void cy_session_procedures(cy_session *s, const cy_procedure *procedures, size_t count) {
    s->procedures = (cy_procedures){procedures, count};
}

void cy_session_memory(cy_session *s, size_t bytes) {
    s->most_memory = bytes;
    s->budget = (kg_arena_budget){.left = bytes};
    s->changes.arena.budget = &s->budget;
}

void cy_session_files(cy_session *s, bool allowed) {
    s->no_files = !allowed;
}

void cy_session_threads(cy_session *s, unsigned threads) {
    s->threads = threads;
}

kg_status cy_session_commit(cy_session *s, kg_error *err) {
    kg_status st;
    if (!s->writer)
        return KG_OK;
    st = cy_commit(s->writer, &s->graph, err);
    if (st == KG_OK)
        st = kg_writer_commit(NULL, s->writer, err);
    else
        kg_writer_abort(s->writer);
    s->writer = NULL;
    return st;
}

void cy_session_end(cy_session *s) {
    if (!s)
        return;
    kg_writer_abort(s->writer);
    cy_graph_close(&s->graph);
    kg_snapshot_end(s->snapshot);
    cy_changes_free(&s->changes);
    free(s);
}

struct cy_graph *cy_session_graph(cy_session *s) {
    return &s->graph;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

/* The registers that the columns are in. */
static kg_status find_columns(cy_statement *s) {
    const cy_query *q = s->query;
    const cy_part *part = &q->parts[0];
    const cy_clause *last = &part->clauses[part->n_clauses - 1];
    s->slots = kg_arena_alloc(&s->arena, (q->n_columns + 1) * sizeof *s->slots);
    s->cells = cy_new_items(&s->arena, q->n_columns);
    s->row = cy_new_items(&s->arena, (size_t)s->n_slots);
    if (!s->slots || !s->cells || !s->row)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < q->n_columns; i++)
        s->slots[i] =
            last->kind == CY_C_RETURN ? last->projection->items[i].slot : last->call->slots[i];
    for (int i = 0; i < s->n_slots; i++)
        s->row[i] = CY_NULL_VALUE;
    return KG_OK;
}

static kg_status plan(cy_statement *s, kg_error *err) {
    kg_status st;
    cy_planner p = {.arena = &s->arena,
                    .budget = s->session->most_memory ? &s->session->budget : NULL,
                    .graph = &s->session->graph,
                    .procedures = &s->session->procedures,
                    .text = s->text,
                    .err = err,
                    .n_slots = s->n_slots,
                    .known = kg_arena_alloc(&s->arena, (size_t)s->n_slots + 1)};
    cy_plan *once = cy_plan_once(&p);
    if (!p.known || !once)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory planning the query");
    memset(p.known, 0, (size_t)s->n_slots);
    st = cy_plan_query(&s->plan, &p, s->query, once);
    s->last_made = p.last_made; /* also of a plan that was not finished */
    if (st != KG_OK)
        return st;
    return find_columns(s) == KG_OK
               ? KG_OK
               : kg_error_set(err, KG_ERR_MEMORY, "out of memory planning the query");
}

static kg_status may_run(const cy_statement *s, kg_error *err) {
    if (!s->query->writes || s->session->writer)
        return KG_OK;
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "the query changes the graph, which has to be allowed: --write");
}

static kg_status prepare(cy_statement *s, kg_str text, cy_fault *fault, kg_error *err) {
    kg_status st;
    char *copy = kg_arena_copy(&s->arena, text);
    if (!copy)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the query");
    s->text = (kg_str){copy, text.len};
    KG_TRY(st, cy_parse(&s->query, &s->explain, &s->arena, s->text, fault, err));
    KG_TRY(st,
           cy_bind(&s->n_slots, s->query, &s->session->procedures, &s->arena, s->text, fault, err));
    if (s->explain != CY_EXPLAIN) /* which only makes a plan */
        KG_TRY(st, may_run(s, err));
    return plan(s, err);
}

kg_status cy_prepare(cy_statement **out, cy_session *session, kg_str text, cy_fault *fault,
                     kg_error *err) {
    cy_fault ignored = {NULL, NULL};
    *out = NULL;
    cy_statement *s = calloc(1, sizeof *s);
    if (!s)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the query");
    s->session = session;
    kg_status st = prepare(s, text, fault ? fault : &ignored, err);
    if (st != KG_OK) {
        cy_statement_free(s);
        return st;
    }
    *out = s;
    return KG_OK;
}

size_t cy_statement_columns(const cy_statement *s) {
    return s->query->n_columns;
}

kg_str cy_statement_column(const cy_statement *s, size_t i) {
    return s->query->columns[i];
}

/* ---- Running --------------------------------------------------------------------------------- */

enum { CHECK_EVERY = 1024 };

static kg_status check(cy_context *c) {
    const cy_statement *s = c->run;
    c->countdown = CHECK_EVERY;
    if (s->limits.cancelled && s->limits.cancelled(s->limits.context))
        return kg_error_set(c->err, KG_ERR_CANCELLED, "the query was stopped");
    if (s->limits.seconds > 0 && kg_clock() - s->began > s->limits.seconds)
        return kg_error_set(c->err, KG_ERR_LIMIT, "the query took more than %g s",
                            s->limits.seconds);
    return KG_OK;
}

static void note_time(cy_context *c) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    c->now_seconds = now.tv_sec;
    c->now_nanoseconds = now.tv_nsec;
    c->random = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30;
}

/* Memory that ran out by the limit is told as that. */
static kg_status within_memory(const cy_statement *s, kg_status st) {
    if (st != KG_ERR_MEMORY || !s->session->budget.spent)
        return st;
    s->session->budget.spent = false;
    return kg_error_set(s->context.err, KG_ERR_LIMIT,
                        "the query needs more than %g MiB of memory, its limit",
                        (double)s->session->most_memory / (1 << 20));
}

kg_status cy_run(cy_statement *s, const cy_map *parameters, const cy_limits *limits,
                 cy_fault *fault, kg_error *err) {
    kg_status st;
    KG_TRY(st, may_run(s, err));
    s->limits = limits ? *limits : (cy_limits){0};
    s->began = kg_clock();
    s->given = 0;
    s->context = (cy_context){.graph = &s->session->graph,
                              .row = s->row,
                              .parameters = parameters,
                              .text = s->text,
                              .fault = fault,
                              .err = err,
                              .check = check,
                              .countdown = CHECK_EVERY,
                              .no_files = s->session->no_files,
                              .threads = s->session->threads,
                              .run = s};
    note_time(&s->context);
    return within_memory(s, cy_plan_open(s->plan, &s->context));
}

kg_status cy_step(bool *found, const cy_value **row, cy_statement *s, cy_fault *fault,
                  kg_error *err) {
    kg_status st;
    s->context.fault = fault;
    s->context.err = err;
    *row = s->cells;
    KG_TRY(st, within_memory(s, cy_plan_next(found, s->plan, &s->context)));
    if (*found && s->limits.rows && s->given >= s->limits.rows)
        return kg_error_set(err, KG_ERR_LIMIT, "the query has more than %llu rows",
                            (unsigned long long)s->limits.rows);
    s->given += *found;
    for (size_t i = 0; *found && i < s->query->n_columns; i++)
        s->cells[i] = s->row[s->slots[i]];
    return KG_OK;
}

void cy_statement_note(char *text, size_t room, const cy_statement *s) {
    cy_note_unknown(text, room, &s->session->graph, s->query);
}

cy_explain cy_statement_explain(const cy_statement *s) {
    return s->explain;
}

/* Operators from the top, those of inner plans further in. */
static void print_plan(FILE *to, const cy_plan *plan, int depth, bool rows) {
    for (; plan; plan = plan->input) {
        fprintf(to, "%*s%s", depth * 2, "", plan->ops->name);
        if (plan->what)
            fprintf(to, " %s", plan->what);
        if (rows)
            fprintf(to, "  rows %llu", (unsigned long long)plan->rows);
        putc('\n', to);
        if (plan->inner)
            print_plan(to, plan->inner, depth + 1, rows);
    }
}

char *cy_statement_plan(const cy_statement *s, bool rows) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    print_plan(to, s->plan, 0, rows);
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

void cy_statement_free(cy_statement *s) {
    if (!s)
        return;
    cy_plans_free(s->last_made);
    kg_arena_free(&s->arena);
    free(s);
}
