#include "tests/kgstore/cypher/random_graph.h"

#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

int rg_below(kg_rng *rng, int n) {
    return (int)kg_rng_below(rng, (uint64_t)n);
}

bool rg_once_in(kg_rng *rng, int n) {
    return rg_below(rng, n) == 0;
}

/* ---- Graphs ---------------------------------------------------------------------------------- */

void rg_make(rg_graph *g, kg_rng *rng) {
    *g = (rg_graph){.n_nodes = 2 + rg_below(rng, NODES - 2)};
    for (int i = 0; i < g->n_nodes; i++) {
        rg_node *n = &g->nodes[i];
        *n = (rg_node){.there = true,
                       .types = (unsigned)rg_below(rng, 1 << TYPES),
                       .x = rg_once_in(rng, 3) ? NO_VALUE : rg_below(rng, 4),
                       .y = rg_once_in(rng, 3) ? NO_VALUE : rg_below(rng, 3)};
        snprintf(n->id, sizeof n->id, "n%d", i);
    }
    for (int left = rg_below(rng, EDGES); left > 0; left--) {
        rg_edge e = {rg_below(rng, g->n_nodes), rg_below(rng, RELATIONS), rg_below(rng, g->n_nodes),
                     rg_once_in(rng, 3) ? NO_VALUE : rg_below(rng, 4)};
        if (rg_find_edge(g, e.head, e.relation, e.tail) < 0)
            g->edges[g->n_edges++] = e;
    }
}

int rg_find_edge(const rg_graph *g, int head, int relation, int tail) {
    for (int i = 0; i < g->n_edges; i++) {
        const rg_edge *e = &g->edges[i];
        if (e->head == head && e->relation == relation && e->tail == tail)
            return i;
    }
    return -1;
}

void rg_remove_edge(rg_graph *g, int at) {
    g->edges[at] = g->edges[--g->n_edges];
}

static void must(kg_status st, const kg_error *err) {
    if (st != KG_OK)
        fail_msg("%s: %s", kg_strerror(st), err->text);
}

static void write_node(kg_writer *w, const rg_node *n) {
    static const kg_str TYPE_NAMES[] = {KG_STR("A"), KG_STR("B"), KG_STR("C")};
    kg_error err = KG_ERROR_INIT;
    char text[NAME_SIZE];
    kg_property properties[2];
    size_t count = 0;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = kg_str_from(n->id);
    if (n->x != NO_VALUE)
        properties[count++] = (kg_property){KG_STR("x"), kg_value_integer(n->x)};
    snprintf(text, sizeof text, "y%d", n->y);
    if (n->y != NO_VALUE)
        properties[count++] =
            (kg_property){KG_STR("y"), kg_value_string(kg_str_from(text), (kg_str){NULL, 0})};
    s.properties = properties, s.n_properties = count;
    must(kg_writer_statement(w, &s, &err), &err);
    s.n_properties = 0;
    for (int i = 0; i < TYPES; i++)
        if (n->types >> i & 1) {
            s.head_type = TYPE_NAMES[i];
            must(kg_writer_statement(w, &s, &err), &err);
        }
}

static void write_edge(kg_writer *w, const rg_graph *g, const rg_edge *e) {
    static const kg_str NAMES[] = {KG_STR("R"), KG_STR("S"), KG_STR("T")};
    kg_error err = KG_ERROR_INIT;
    const kg_property weight = {KG_STR("w"), kg_value_integer(e->w)};
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(g->nodes[e->head].id);
    s.relation = NAMES[e->relation];
    s.tail = kg_str_from(g->nodes[e->tail].id);
    if (e->w != NO_VALUE)
        s.properties = &weight, s.n_properties = 1;
    must(kg_writer_statement(w, &s, &err), &err);
}

void rg_store(const rg_graph *g, const char *path) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_writer *w;
    make_empty_store(path);
    must(kg_store_open(&store, path, &err), &err);
    must(kg_writer_begin(&w, store, &err), &err);
    for (int i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].there)
            write_node(w, &g->nodes[i]);
    for (int i = 0; i < g->n_edges; i++)
        write_edge(w, g, &g->edges[i]);
    must(kg_writer_commit(NULL, w, &err), &err);
    kg_store_close(store);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

rg_value rg_number(long number) {
    return (rg_value){number == NO_VALUE ? RG_NULL : RG_NUMBER, number, ""};
}

rg_value rg_text(const char *text) {
    rg_value v = {RG_TEXT, 0, ""};
    snprintf(v.text, sizeof v.text, "%s", text);
    return v;
}

int rg_compare(const rg_value *a, const rg_value *b) {
    if (a->kind == RG_NULL || b->kind == RG_NULL)
        return (a->kind == RG_NULL) - (b->kind == RG_NULL);
    if (a->kind == RG_TEXT)
        return strcmp(a->text, b->text);
    return (a->number > b->number) - (a->number < b->number);
}

size_t rg_count(const rg_rows *rows) {
    return rows->width ? rows->values.len / rows->width : 0;
}

void rg_push(rg_rows *rows, rg_value value) {
    assert_int_equal(kg_array_push(&rows->values, value), KG_OK);
}

void rg_free(rg_rows *rows) {
    kg_array_free(&rows->values);
    *rows = (rg_rows){.width = rows->width};
}

static int compare_rows(const void *a, const void *b, void *width) {
    const rg_value *x = a, *y = b;
    for (size_t i = 0; i < *(size_t *)width; i++) {
        int order = rg_compare(&x[i], &y[i]);
        if (order)
            return order;
    }
    return 0;
}

void rg_sort(rg_rows *rows) {
    if (rows->width && rows->values.len)
        qsort_r(rows->values.data, rg_count(rows), rows->width * sizeof(rg_value), compare_rows,
                &rows->width);
}

void rg_print(const rg_rows *rows) {
    for (size_t i = 0; i < rows->values.len; i++) {
        const rg_value *v = &rows->values.data[i];
        const char *end = (i + 1) % rows->width ? "\t" : "\n";
        if (v->kind == RG_NUMBER)
            fprintf(stderr, "%ld%s", v->number, end);
        else
            fprintf(stderr, "%s%s", v->kind == RG_NULL ? "null" : v->text, end);
    }
}

bool rg_same(const rg_rows *a, const rg_rows *b) {
    if (a->width != b->width || a->values.len != b->values.len)
        return false;
    for (size_t i = 0; i < a->values.len; i++) {
        const rg_value *x = &a->values.data[i], *y = &b->values.data[i];
        if (x->kind != y->kind || rg_compare(x, y) != 0)
            return false;
    }
    return true;
}

static rg_value value_of(const kg_cell *cell) {
    char text[NAME_SIZE];
    switch (cell->kind) {
    case KG_CELL_NONE:
        return rg_number(NO_VALUE);
    case KG_CELL_INTEGER:
        return rg_number((long)cell->as.integer);
    case KG_CELL_BOOL:
        return rg_number(cell->as.yes);
    case KG_CELL_TEXT:
        snprintf(text, sizeof text, "%.*s", KG_STR_ARG(cell->as.text));
        return rg_text(text);
    default:
        fail_msg("a value of kind %d", (int)cell->kind);
        return rg_number(NO_VALUE);
    }
}

kg_status rg_ask(rg_rows *rows, kg_cypher *cypher, const char *text, kg_error *err) {
    kg_status st;
    kg_cypher_query *query;
    bool row = true;
    KG_TRY(st, kg_cypher_prepare(&query, cypher, kg_str_from(text), NULL, err));
    rows->width = kg_cypher_columns(query);
    while ((st = kg_cypher_step(&row, query, err)) == KG_OK && row)
        for (size_t i = 0; i < rows->width; i++) {
            kg_cell cell;
            must(kg_cypher_column(&cell, query, i), err);
            rg_push(rows, value_of(&cell));
        }
    kg_cypher_free(query);
    return st;
}
