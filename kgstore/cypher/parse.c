/* Queries: clauses in their order, projections, and what the parser's files share. */
#include "kgstore/cypher/parse.h"

#include <stdio.h>

/* ---- Tokens ---------------------------------------------------------------------------------- */

kg_status cy_no_memory(cy_parser *p) {
    return kg_error_set(p->err, KG_ERR_MEMORY, "out of memory reading a query");
}

void *cy_new(cy_parser *p, size_t size) {
    void *out = kg_arena_alloc(p->arena, size);
    return out ? memset(out, 0, size) : NULL;
}

kg_status cy_grow(cy_parser *p, void *array, size_t n, size_t size) {
    void *old;
    if (n & (n - 1))
        return KG_OK;
    void *grown = cy_new(p, (n ? n * 2 : 1) * size);
    if (!grown)
        return cy_no_memory(p);
    memcpy(&old, array, sizeof old);
    if (n)
        memcpy(grown, old, n * size);
    memcpy(array, &grown, sizeof grown);
    return KG_OK;
}

uint32_t cy_end_before(const cy_parser *p) {
    if (p->at == 0)
        return 0;
    const cy_token *t = &p->tokens[p->at - 1];
    return (uint32_t)(t->text.data + t->text.len - p->text.data);
}

bool cy_accept_word(cy_parser *p, const char *word) {
    bool found = cy_sees_word(p, word);
    p->at += found;
    return found;
}

bool cy_accept(cy_parser *p, const char *symbol) {
    bool found = cy_sees(p, symbol);
    p->at += found;
    return found;
}

kg_status cy_unexpected(cy_parser *p, const char *expected) {
    const cy_token *t = cy_peek(p, 0);
    if (t->kind == CY_T_END)
        return cy_fail_at(p->err, p->fault, p->text, cy_at(p), "SyntaxError", "UnexpectedSyntax",
                          "the query ends here; expected %s", expected);
    return cy_fail_at(p->err, p->fault, p->text, cy_at(p), "SyntaxError", "UnexpectedSyntax",
                      "found %.*s; expected %s", (int)(t->text.len < 60 ? t->text.len : 60),
                      t->text.data, expected);
}

kg_status cy_expect_word(cy_parser *p, const char *word) {
    return cy_accept_word(p, word) ? KG_OK : cy_unexpected(p, word);
}

kg_status cy_expect(cy_parser *p, const char *symbol) {
    return cy_accept(p, symbol) ? KG_OK : cy_unexpected(p, symbol);
}

kg_status cy_take_name(kg_str *name, cy_parser *p, const char *what) {
    const cy_token *t = cy_peek(p, 0);
    if (t->kind != CY_T_NAME && t->kind != CY_T_QUOTED)
        return cy_unexpected(p, what);
    *name = t->content;
    p->at++;
    return KG_OK;
}

/* ---- Projections ----------------------------------------------------------------------------- */

static kg_status parse_item(cy_item *item, cy_parser *p) {
    kg_status st;
    *item = (cy_item){.at = cy_at(p), .slot = CY_NO_SLOT};
    KG_TRY(st, cy_parse_expr(&item->expr, p));
    item->end = cy_end_before(p);
    item->named = cy_accept_word(p, "AS");
    if (item->named)
        return cy_take_name(&item->name, p, "the name of a column");
    /* A variable's column has its name; any other the text as it stands in the query. */
    item->name = item->expr->kind == CY_E_VARIABLE
                     ? item->expr->name
                     : (kg_str){p->text.data + item->at, item->end - item->at};
    return KG_OK;
}

static kg_status parse_order(cy_projection *out, cy_parser *p) {
    kg_status st;
    do {
        size_t n = out->n_order;
        KG_TRY(st, cy_grow(p, &out->order, n, sizeof *out->order));
        KG_TRY(st, cy_parse_expr(&out->order[n].expr, p));
        out->order[n].descending = cy_accept_word(p, "DESC") || cy_accept_word(p, "DESCENDING");
        if (!out->order[n].descending && !cy_accept_word(p, "ASC"))
            cy_accept_word(p, "ASCENDING");
        out->n_order++;
    } while (cy_accept(p, ","));
    return KG_OK;
}

kg_status cy_parse_projection(cy_projection **out, cy_parser *p, bool is_with) {
    kg_status st;
    cy_projection *j = cy_new(p, sizeof *j);
    *out = j;
    if (!j)
        return cy_no_memory(p);
    j->distinct = cy_accept_word(p, "DISTINCT");
    j->all = cy_accept(p, "*");
    while (j->all ? cy_accept(p, ",") : j->n_items == 0 || cy_accept(p, ",")) {
        KG_TRY(st, cy_grow(p, &j->items, j->n_items, sizeof *j->items));
        KG_TRY(st, parse_item(&j->items[j->n_items], p));
        j->n_items++;
    }
    if (cy_sees_word(p, "ORDER") && cy_is_word(cy_peek(p, 1), "BY")) {
        p->at += 2;
        KG_TRY(st, parse_order(j, p));
    }
    if (cy_accept_word(p, "SKIP") || cy_accept_word(p, "OFFSET"))
        KG_TRY(st, cy_parse_expr(&j->skip, p));
    if (cy_accept_word(p, "LIMIT"))
        KG_TRY(st, cy_parse_expr(&j->limit, p));
    if (is_with && cy_accept_word(p, "WHERE"))
        KG_TRY(st, cy_parse_expr(&j->where, p));
    return KG_OK;
}

/* ---- Clauses that change --------------------------------------------------------------------- */

static kg_status parse_plain_labels(cy_change *c, cy_parser *p) {
    kg_status st;
    while (cy_accept(p, ":")) {
        KG_TRY(st, cy_grow(p, &c->labels, c->n_labels, sizeof *c->labels));
        KG_TRY(st, cy_take_name(&c->labels[c->n_labels], p, "a label"));
        c->n_labels++;
    }
    return KG_OK;
}

/* A target up to its last property or label: (expression).key, variable, variable:Label. */
static kg_status parse_target(cy_change *c, cy_parser *p) {
    kg_status st;
    bool variable = cy_peek(p, 0)->kind != CY_T_SYMBOL && !cy_is_symbol(cy_peek(p, 1), ".");
    if (variable && (cy_is_symbol(cy_peek(p, 1), ":") || cy_is_symbol(cy_peek(p, 1), "=") ||
                     cy_is_symbol(cy_peek(p, 1), "+="))) {
        KG_TRY(st, cy_new_expr(&c->target, p, CY_E_VARIABLE, cy_at(p), 0));
        return cy_take_name(&c->target->name, p, "a variable");
    }
    KG_TRY(st, cy_parse_atom(&c->target, p));
    while (cy_accept(p, ".")) {
        cy_expr *e;
        if (c->key.len) {
            KG_TRY(st, cy_new_expr(&e, p, CY_E_PROPERTY, c->target->at, 1));
            e->items[0] = c->target;
            e->name = c->key;
            c->target = e;
        }
        KG_TRY(st, cy_take_name(&c->key, p, "the name of a property"));
    }
    return KG_OK;
}

static kg_status parse_set_item(cy_change *c, cy_parser *p) {
    kg_status st;
    *c = (cy_change){.at = cy_at(p)};
    KG_TRY(st, parse_target(c, p));
    if (!c->key.len && cy_sees(p, ":")) {
        c->kind = CY_SET_LABELS;
        return parse_plain_labels(c, p);
    }
    c->kind = c->key.len ? CY_SET_PROPERTY : cy_sees(p, "+=") ? CY_SET_MORE : CY_SET_ALL;
    KG_TRY(st, cy_expect(p, c->kind == CY_SET_MORE ? "+=" : "="));
    return cy_parse_expr(&c->value, p);
}

static kg_status parse_set(cy_clause *c, cy_parser *p) {
    kg_status st;
    do {
        KG_TRY(st, cy_grow(p, &c->changes, c->n_changes, sizeof *c->changes));
        KG_TRY(st, parse_set_item(&c->changes[c->n_changes], p));
        c->n_changes++;
    } while (cy_accept(p, ","));
    return KG_OK;
}

static kg_status parse_remove(cy_clause *c, cy_parser *p) {
    kg_status st;
    do {
        KG_TRY(st, cy_grow(p, &c->changes, c->n_changes, sizeof *c->changes));
        cy_change *change = &c->changes[c->n_changes++];
        *change = (cy_change){.at = cy_at(p), .kind = CY_REMOVE_PROPERTY};
        KG_TRY(st, parse_target(change, p));
        if (change->key.len)
            continue;
        change->kind = CY_REMOVE_LABELS;
        KG_TRY(st, parse_plain_labels(change, p));
        if (change->n_labels == 0)
            return cy_unexpected(p, "a property or a label to remove");
    } while (cy_accept(p, ","));
    return KG_OK;
}

static kg_status parse_merge(cy_clause *c, cy_parser *p) {
    kg_status st;
    cy_clause create = {0}, match = {0};
    c->pattern = cy_new(p, sizeof *c->pattern);
    cy_path_pattern *path = c->pattern ? cy_new(p, sizeof *path) : NULL;
    if (!path)
        return cy_no_memory(p);
    *c->pattern = (cy_pattern){path, 1};
    KG_TRY(st, cy_parse_path(path, p));
    while (cy_sees_word(p, "ON")) {
        p->at++;
        bool on_create = cy_accept_word(p, "CREATE");
        if (!on_create)
            KG_TRY(st, cy_expect_word(p, "MATCH"));
        KG_TRY(st, cy_expect_word(p, "SET"));
        KG_TRY(st, parse_set(on_create ? &create : &match, p));
    }
    c->n_on_create = create.n_changes;
    c->n_changes = create.n_changes + match.n_changes;
    c->changes = cy_new(p, (c->n_changes + 1) * sizeof *c->changes);
    if (!c->changes)
        return cy_no_memory(p);
    if (create.n_changes)
        memcpy(c->changes, create.changes, create.n_changes * sizeof *c->changes);
    if (match.n_changes)
        memcpy(c->changes + create.n_changes, match.changes, match.n_changes * sizeof *c->changes);
    return KG_OK;
}

static kg_status parse_delete(cy_clause *c, cy_parser *p) {
    kg_status st;
    do {
        KG_TRY(st, cy_grow(p, &c->exprs, c->n_exprs, sizeof *c->exprs));
        KG_TRY(st, cy_parse_expr(&c->exprs[c->n_exprs], p));
        c->n_exprs++;
    } while (cy_accept(p, ","));
    return KG_OK;
}

/* ---- CALL ------------------------------------------------------------------------------------ */

static kg_status parse_yields(cy_call *call, cy_parser *p) {
    kg_status st;
    if (cy_accept(p, "*")) {
        call->yields_all = true;
        return KG_OK;
    }
    if (cy_accept(p, "-"))
        return KG_OK;
    do {
        size_t n = call->n_yields;
        KG_TRY(st, cy_grow(p, &call->fields, n, sizeof *call->fields));
        KG_TRY(st, cy_grow(p, &call->names, n, sizeof *call->names));
        KG_TRY(st, cy_take_name(&call->fields[n], p, "a field of the procedure"));
        call->names[n] = call->fields[n];
        if (cy_accept_word(p, "AS"))
            KG_TRY(st, cy_take_name(&call->names[n], p, "a variable"));
        call->n_yields++;
    } while (cy_accept(p, ","));
    return cy_accept_word(p, "WHERE") ? cy_parse_expr(&call->where, p) : KG_OK;
}

static kg_status parse_call(cy_clause *c, cy_parser *p) {
    kg_status st;
    if (cy_sees(p, "{") || (cy_sees(p, "(") && cy_is_symbol(cy_peek(p, 1), ")"))) {
        c->kind = CY_C_SUBQUERY;
        return cy_parse_braced_query(&c->query, p);
    }
    cy_call *call = c->call = cy_new(p, sizeof *call);
    if (!call)
        return cy_no_memory(p);
    kg_str part;
    const char *from = cy_peek(p, 0)->text.data;
    do
        KG_TRY(st, cy_take_name(&part, p, "the name of a procedure"));
    while (cy_accept(p, "."));
    call->name = (kg_str){from, cy_end_before(p) - (size_t)(from - p->text.data)};
    call->has_args = cy_accept(p, "(");
    while (call->has_args && !cy_accept(p, ")")) {
        if (call->n_args)
            KG_TRY(st, cy_expect(p, ","));
        KG_TRY(st, cy_grow(p, &call->args, call->n_args, sizeof *call->args));
        KG_TRY(st, cy_parse_expr(&call->args[call->n_args], p));
        call->n_args++;
    }
    return cy_accept_word(p, "YIELD") ? parse_yields(call, p) : KG_OK;
}

/* ---- Clauses --------------------------------------------------------------------------------- */

static kg_status parse_clause(cy_clause *c, bool *found, cy_parser *p);

static kg_status parse_match(cy_clause *c, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_parse_pattern(&c->pattern, p));
    return cy_accept_word(p, "WHERE") ? cy_parse_expr(&c->where, p) : KG_OK;
}

static kg_status parse_unwind(cy_clause *c, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_parse_expr(&c->expr, p));
    KG_TRY(st, cy_expect_word(p, "AS"));
    return cy_take_name(&c->name, p, "a variable");
}

static kg_status parse_load(cy_clause *c, cy_parser *p) {
    kg_status st;
    KG_TRY(st, cy_expect_word(p, "CSV"));
    if (cy_accept_word(p, "WITH")) {
        KG_TRY(st, cy_expect_word(p, "HEADERS"));
        c->headers = true;
    }
    KG_TRY(st, cy_expect_word(p, "FROM"));
    KG_TRY(st, parse_unwind(c, p));
    return cy_accept_word(p, "FIELDTERMINATOR") ? cy_parse_expr(&c->separator, p) : KG_OK;
}

static kg_status parse_foreach(cy_clause *c, cy_parser *p) {
    kg_status st;
    bool found = true;
    KG_TRY(st, cy_expect(p, "("));
    KG_TRY(st, cy_take_name(&c->name, p, "a variable"));
    KG_TRY(st, cy_expect_word(p, "IN"));
    KG_TRY(st, cy_parse_expr(&c->expr, p));
    KG_TRY(st, cy_expect(p, "|"));
    while (!cy_accept(p, ")")) {
        KG_TRY(st, cy_grow(p, &c->clauses, c->n_clauses, sizeof *c->clauses));
        KG_TRY(st, parse_clause(&c->clauses[c->n_clauses], &found, p));
        if (!found)
            return cy_unexpected(p, "a clause that changes the graph, or )");
        c->n_clauses++;
    }
    return KG_OK;
}

static const struct {
    const char *words[2]; /* the second may be NULL */
    cy_clause_kind kind;
} CLAUSES[] = {{{"OPTIONAL", "MATCH"}, CY_C_MATCH}, {{"MATCH", NULL}, CY_C_MATCH},
               {{"UNWIND", NULL}, CY_C_UNWIND},     {{"WITH", NULL}, CY_C_WITH},
               {{"RETURN", NULL}, CY_C_RETURN},     {{"CREATE", NULL}, CY_C_CREATE},
               {{"MERGE", NULL}, CY_C_MERGE},       {{"SET", NULL}, CY_C_SET},
               {{"REMOVE", NULL}, CY_C_REMOVE},     {{"DETACH", "DELETE"}, CY_C_DELETE},
               {{"DELETE", NULL}, CY_C_DELETE},     {{"CALL", NULL}, CY_C_CALL},
               {{"LOAD", NULL}, CY_C_LOAD_CSV},     {{"FOREACH", NULL}, CY_C_FOREACH}};

static kg_status parse_body(cy_clause *c, cy_parser *p) {
    switch (c->kind) {
    case CY_C_MATCH:
        return parse_match(c, p);
    case CY_C_UNWIND:
        return parse_unwind(c, p);
    case CY_C_WITH:
    case CY_C_RETURN:
        return cy_parse_projection(&c->projection, p, c->kind == CY_C_WITH);
    case CY_C_CREATE:
        return cy_parse_pattern(&c->pattern, p);
    case CY_C_MERGE:
        return parse_merge(c, p);
    case CY_C_SET:
        return parse_set(c, p);
    case CY_C_REMOVE:
        return parse_remove(c, p);
    case CY_C_DELETE:
        return parse_delete(c, p);
    case CY_C_CALL:
        return parse_call(c, p);
    case CY_C_LOAD_CSV:
        return parse_load(c, p);
    case CY_C_FOREACH:
        return parse_foreach(c, p);
    case CY_C_SUBQUERY:
        break;
    }
    return KG_OK;
}

static kg_status parse_clause(cy_clause *c, bool *found, cy_parser *p) {
    *found = false;
    for (size_t i = 0; i < sizeof CLAUSES / sizeof *CLAUSES; i++) {
        const char *second = CLAUSES[i].words[1];
        if (!cy_sees_word(p, CLAUSES[i].words[0]) || (second && !cy_is_word(cy_peek(p, 1), second)))
            continue;
        *found = true;
        *c = (cy_clause){.kind = CLAUSES[i].kind, .at = cy_at(p), .slot = CY_NO_SLOT};
        c->optional = second && c->kind == CY_C_MATCH;
        c->detach = second && c->kind == CY_C_DELETE;
        p->at += second ? 2 : 1;
        return parse_body(c, p);
    }
    return KG_OK;
}

/* ---- Queries --------------------------------------------------------------------------------- */

static kg_status parse_part(cy_part *part, cy_parser *p) {
    kg_status st;
    for (;;) {
        bool found;
        KG_TRY(st, cy_grow(p, &part->clauses, part->n_clauses, sizeof *part->clauses));
        KG_TRY(st, parse_clause(&part->clauses[part->n_clauses], &found, p));
        if (!found)
            break;
        part->n_clauses++;
    }
    return part->n_clauses ? KG_OK : cy_unexpected(p, "a clause, such as MATCH, CREATE or RETURN");
}

static kg_status parse_query(cy_query **out, cy_parser *p) {
    kg_status st;
    bool all = false;
    cy_query *q = cy_new(p, sizeof *q);
    *out = q;
    if (!q)
        return cy_no_memory(p);
    q->at = cy_at(p);
    do {
        KG_TRY(st, cy_grow(p, &q->parts, q->n_parts, sizeof *q->parts));
        cy_part *part = &q->parts[q->n_parts++];
        *part = (cy_part){.all = all};
        KG_TRY(st, parse_part(part, p));
        if (!cy_accept_word(p, "UNION"))
            break;
        all = cy_accept_word(p, "ALL");
        if (!all)
            cy_accept_word(p, "DISTINCT");
    } while (true);
    return KG_OK;
}

kg_status cy_parse_braced_query(cy_query **out, cy_parser *p) {
    kg_status st;
    if (cy_accept(p, "("))
        KG_TRY(st, cy_expect(p, ")"));
    KG_TRY(st, cy_expect(p, "{"));
    if (!cy_sees(p, "(") && !cy_is_symbol(cy_peek(p, 1), "=")) {
        KG_TRY(st, parse_query(out, p));
        return cy_expect(p, "}");
    }
    /* A pattern alone is a MATCH. */
    cy_query *q = cy_new(p, sizeof *q);
    cy_part *part = q ? cy_new(p, sizeof *part) : NULL;
    cy_clause *clause = part ? cy_new(p, sizeof *clause) : NULL;
    if (!clause)
        return cy_no_memory(p);
    *clause = (cy_clause){.kind = CY_C_MATCH, .at = cy_at(p), .slot = CY_NO_SLOT};
    *part = (cy_part){clause, 1, false};
    *q = (cy_query){.at = cy_at(p), .parts = part, .n_parts = 1};
    *out = q;
    KG_TRY(st, parse_match(clause, p));
    return cy_expect(p, "}");
}

static kg_status read_tokens(cy_parser *p) {
    kg_status st;
    cy_lexer lexer = {p->text, 0, p->arena, p->fault, p->err};
    do {
        KG_TRY(st, cy_grow(p, &p->tokens, p->n_tokens, sizeof *p->tokens));
        KG_TRY(st, cy_lexer_next(&p->tokens[p->n_tokens], &lexer));
        p->n_tokens++;
    } while (p->tokens[p->n_tokens - 1].kind != CY_T_END);
    return KG_OK;
}

kg_status cy_parse(cy_query **out, cy_explain *explain, kg_arena *arena, kg_str text,
                   cy_fault *fault, kg_error *err) {
    kg_status st;
    cy_parser p = {.arena = arena, .text = text, .fault = fault, .err = err};
    if (text.len >= UINT32_MAX)
        return kg_error_set(err, KG_ERR_LIMIT, "a query has less than 4 GiB");
    KG_TRY(st, read_tokens(&p));
    *explain = CY_RUN;
    if (cy_accept_word(&p, "EXPLAIN"))
        *explain = CY_EXPLAIN;
    else if (cy_accept_word(&p, "PROFILE"))
        *explain = CY_PROFILE;
    KG_TRY(st, parse_query(out, &p));
    cy_accept(&p, ";");
    return cy_peek(&p, 0)->kind == CY_T_END ? KG_OK : cy_unexpected(&p, "a clause or the end");
}
