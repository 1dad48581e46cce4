/* The public interface: sessions and statements behind it, values as cells. */
#include "kgstore/cypher.h"

#include "kgstore/cypher/graph.h"
#include "kgstore/cypher/querysession.h"
#include "kgstore/cypher/temporal.h"

#include <stdio.h>
#include <stdlib.h>

struct kg_cypher {
    cy_session *session;
    kg_cypher_options options;
};

struct kg_cypher_query {
    kg_cypher *cypher;
    cy_statement *statement;
    kg_arena kept; /* names of columns, parameters */
    KG_ARRAY(cy_entry) parameters;
    cy_map map;
    kg_arena cells; /* of the row at hand */
    const char **names;
    const cy_value *row;
    bool running;
};

/* ---- Sessions -------------------------------------------------------------------------------- */

kg_status kg_cypher_begin(kg_cypher **out, kg_store *store, const kg_cypher_options *options,
                          kg_error *err) {
    *out = NULL;
    kg_cypher *c = calloc(1, sizeof *c);
    if (!c)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the store");
    if (options)
        c->options = *options;
    kg_status st = cy_session_begin(&c->session, store, c->options.write, err);
    if (st != KG_OK) {
        free(c);
        return st;
    }
    cy_session_files(c->session, !c->options.no_files);
    if (c->options.memory)
        cy_session_memory(c->session, c->options.memory);
    cy_session_threads(c->session, c->options.threads);
    *out = c;
    return KG_OK;
}

kg_status kg_cypher_commit(kg_cypher *c, kg_error *err) {
    return cy_session_commit(c->session, err);
}

void kg_cypher_end(kg_cypher *c) {
    if (!c)
        return;
    cy_session_end(c->session);
    free(c);
}

/* ---- Queries --------------------------------------------------------------------------------- */

static kg_status keep_names(kg_cypher_query *q) {
    size_t n = cy_statement_columns(q->statement);
    q->names = kg_arena_alloc(&q->kept, (n + 1) * sizeof *q->names);
    if (!q->names)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        q->names[i] = kg_arena_copy(&q->kept, cy_statement_column(q->statement, i));
        if (!q->names[i])
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}

/* The place that the message begins with. */
static void note_place(kg_cypher_fault *fault, const cy_fault *found, const kg_error *err) {
    if (!fault)
        return;
    *fault = (kg_cypher_fault){found->kind, found->detail, 0, 0};
    if (!err || sscanf(err->text, "line %zu, column %zu", &fault->line, &fault->column) != 2)
        fault->line = fault->column = 0;
}

kg_status kg_cypher_prepare(kg_cypher_query **out, kg_cypher *cypher, kg_str text,
                            kg_cypher_fault *fault, kg_error *err) {
    cy_fault found = {NULL, NULL};
    *out = NULL;
    kg_cypher_query *q = calloc(1, sizeof *q);
    if (!q)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the query");
    q->cypher = cypher;
    kg_status st = cy_prepare(&q->statement, cypher->session, text, &found, err);
    if (st == KG_OK && keep_names(q) != KG_OK)
        st = kg_error_set(err, KG_ERR_MEMORY, "out of memory reading the query");
    note_place(fault, &found, st == KG_OK ? NULL : err);
    if (st != KG_OK) {
        kg_cypher_free(q);
        return st;
    }
    *out = q;
    return KG_OK;
}

void kg_cypher_free(kg_cypher_query *q) {
    if (!q)
        return;
    cy_statement_free(q->statement);
    kg_array_free(&q->parameters);
    kg_arena_free(&q->kept);
    kg_arena_free(&q->cells);
    free(q);
}

size_t kg_cypher_columns(const kg_cypher_query *q) {
    return cy_statement_columns(q->statement);
}

const char *kg_cypher_name(const kg_cypher_query *q, size_t column) {
    return q->names[column];
}

void kg_cypher_note(char *text, size_t room, const kg_cypher_query *q) {
    cy_statement_note(text, room, q->statement);
}

kg_cypher_show kg_cypher_wants(const kg_cypher_query *q) {
    switch (cy_statement_explain(q->statement)) {
    case CY_EXPLAIN:
        return KG_CYPHER_EXPLAIN;
    case CY_PROFILE:
        return KG_CYPHER_PROFILE;
    case CY_RUN:
        break;
    }
    return KG_CYPHER_ROWS;
}

char *kg_cypher_plan(const kg_cypher_query *q, bool rows) {
    return cy_statement_plan(q->statement, rows);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static kg_status from_cell(cy_value *out, kg_arena *arena, const kg_cell *cell);

static kg_status from_cells(cy_value *out, kg_arena *arena, const kg_cell *items, size_t n) {
    kg_status st;
    cy_value *to = cy_new_items(arena, n);
    if (!to)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, from_cell(&to[i], arena, &items[i]));
    *out = cy_list(to, n);
    return KG_OK;
}

static kg_status from_map(cy_value *out, kg_arena *arena, const kg_cell *cell) {
    kg_status st;
    cy_entry *entries;
    *out = cy_new_map(&entries, arena, cell->as.map.count);
    if (cy_is_null(out))
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < cell->as.map.count; i++) {
        kg_str key = cell->as.map.keys[i];
        entries[i].key = (kg_str){kg_arena_copy(arena, key), key.len};
        if (!entries[i].key.data)
            return KG_ERR_MEMORY;
        KG_TRY(st, from_cell(&entries[i].value, arena, &cell->as.map.items[i]));
    }
    return KG_OK;
}

static kg_status from_text(cy_value *out, kg_arena *arena, kg_str text) {
    const cy_value borrowed = cy_string(text);
    return cy_copy(out, arena, &borrowed);
}

static kg_status from_texts(cy_value *out, kg_arena *arena, const kg_cell *cell) {
    kg_status st;
    cy_value *to = cy_new_items(arena, cell->as.texts.count);
    if (!to)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < cell->as.texts.count; i++)
        KG_TRY(st, from_text(&to[i], arena, cell->as.texts.items[i]));
    *out = cy_list(to, cell->as.texts.count);
    return KG_OK;
}

static kg_status from_cell(cy_value *out, kg_arena *arena, const kg_cell *cell) {
    *out = CY_NULL_VALUE;
    switch (cell->kind) {
    case KG_CELL_NONE:
        return KG_OK;
    case KG_CELL_TEXT:
        return from_text(out, arena, cell->as.text);
    case KG_CELL_INTEGER:
    case KG_CELL_ARROW:
        *out = cy_integer(cell->as.integer);
        return KG_OK;
    case KG_CELL_REAL:
        *out = cy_float(cell->as.real);
        return KG_OK;
    case KG_CELL_BOOL:
        *out = cy_boolean(cell->as.yes);
        return KG_OK;
    case KG_CELL_TEXTS:
        return from_texts(out, arena, cell);
    case KG_CELL_LIST:
        return from_cells(out, arena, cell->as.list.items, cell->as.list.count);
    case KG_CELL_MAP:
        return from_map(out, arena, cell);
    case KG_CELL_ITEM:
        return from_cell(out, arena, cell->as.item.whole);
    }
    return KG_OK;
}

kg_status kg_cypher_bind(kg_cypher_query *q, kg_str name, const kg_cell *cell, kg_error *err) {
    cy_entry entry = {{kg_arena_copy(&q->kept, name), name.len}, CY_NULL_VALUE};
    kg_status st = entry.key.data ? from_cell(&entry.value, &q->kept, cell) : KG_ERR_MEMORY;
    for (size_t i = 0; st == KG_OK && i < q->parameters.len; i++)
        if (kg_str_equal(q->parameters.data[i].key, name)) {
            q->parameters.data[i] = entry;
            return KG_OK;
        }
    if (st == KG_OK)
        st = kg_array_push(&q->parameters, entry);
    return st == KG_OK ? st : kg_error_set(err, st, "out of memory setting a parameter");
}

/* ---- Rows ------------------------------------------------------------------------------------ */

void kg_cypher_reset(kg_cypher_query *q) {
    q->running = false;
    q->row = NULL;
}

kg_status kg_cypher_step(bool *row, kg_cypher_query *q, kg_error *err) {
    kg_status st;
    const kg_cypher_options *o = &q->cypher->options;
    *row = false;
    kg_arena_reset(&q->cells);
    if (!q->running) {
        const cy_limits limits = {o->seconds, o->rows, o->cancelled, o->context};
        q->map = (cy_map){q->parameters.len, q->parameters.data};
        KG_TRY(st, cy_run(q->statement, &q->map, &limits, NULL, err));
        q->running = true;
    }
    return cy_step(row, &q->row, q->statement, NULL, err);
}

/* ---- Cells ----------------------------------------------------------------------------------- */

typedef struct celling {
    kg_arena *arena;
    const cy_graph *g;
} celling;

static kg_status to_cell(kg_cell *out, const celling *c, const cy_value *v);

static kg_status text_cell(kg_cell *out, kg_str text) {
    *out = (kg_cell){KG_CELL_TEXT, {.text = text}};
    return KG_OK;
}

static kg_status list_cell(kg_cell *out, const celling *c, const cy_value *items, size_t n) {
    kg_status st;
    kg_cell *to = kg_arena_alloc(c->arena, (n + 1) * sizeof *to);
    if (!to)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        KG_TRY(st, to_cell(&to[i], c, &items[i]));
    *out = (kg_cell){KG_CELL_LIST, {.list = {to, n}}};
    return KG_OK;
}

/* A map whose first entries are `extra` of them, filled by the caller. */
static kg_status map_cell(kg_cell *out, kg_str **keys, kg_cell **items, const celling *c,
                          const cy_map *map, size_t extra) {
    kg_status st;
    size_t n = extra;
    *keys = kg_arena_alloc(c->arena, (map->count + extra + 1) * sizeof **keys);
    *items = kg_arena_alloc(c->arena, (map->count + extra + 1) * sizeof **items);
    if (!*keys || !*items)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < map->count; i++) {
        kg_str key = map->entries[i].key;
        bool given =
            extra && (kg_str_equal(key, KG_STR("name")) || kg_str_equal(key, KG_STR("id")));
        if (given)
            continue;
        (*keys)[n] = key;
        KG_TRY(st, to_cell(&(*items)[n++], c, &map->entries[i].value));
    }
    *out = (kg_cell){KG_CELL_MAP, {.map = {*keys, *items, n}}};
    return KG_OK;
}

static kg_status item_cell(kg_cell *out, const celling *c, kg_str shown, kg_cell whole) {
    kg_cell *kept = kg_arena_alloc(c->arena, sizeof *kept);
    if (!kept)
        return KG_ERR_MEMORY;
    *kept = whole;
    *out = (kg_cell){KG_CELL_ITEM, {.item = {shown, kept}}};
    return KG_OK;
}

static kg_status labels_cell(kg_cell *out, const celling *c, kg_id node) {
    kg_status st;
    cy_labels labels;
    KG_TRY(st, cy_node_labels(&labels, c->g, node));
    kg_str *texts = kg_arena_alloc(c->arena, (labels.count + (size_t)1) * sizeof *texts);
    if (!texts)
        return KG_ERR_MEMORY;
    for (uint32_t i = 0; i < labels.count; i++)
        KG_TRY(st, cy_graph_name(&texts[i], c->g, KG_TYPE, cy_labels_at(&labels, i)));
    *out = (kg_cell){KG_CELL_TEXTS, {.texts = {texts, labels.count}}};
    return KG_OK;
}

/* What a person calls a node. */
static kg_status shown_name(kg_str *out, const celling *c, kg_id node) {
    kg_status st;
    cy_value name;
    KG_TRY(st, cy_node_identifier(out, c->g, node));
    if (cy_node_is_deleted(c->g, node))
        return KG_OK;
    KG_TRY(st, cy_node_property(&name, c->g, c->arena, node, KG_STR("name")));
    if (name.kind == CY_STRING)
        *out = name.as.text;
    return KG_OK;
}

static kg_status node_cell(kg_cell *out, const celling *c, kg_id node) {
    kg_status st;
    cy_value map, value;
    kg_cell whole;
    kg_str *keys, shown, identifier;
    kg_cell *items;
    KG_TRY(st, cy_node_identifier(&identifier, c->g, node));
    KG_TRY(st, shown_name(&shown, c, node));
    KG_TRY(st, cy_node_properties(&map, c->g, c->arena, node));
    KG_TRY(st, map_cell(&whole, &keys, &items, c, map.as.map, 3));
    keys[0] = KG_STR("id"), keys[1] = KG_STR("name"), keys[2] = KG_STR("labels");
    text_cell(&items[0], identifier);
    KG_TRY(st, cy_node_property(&value, c->g, c->arena, node, KG_STR("name")));
    KG_TRY(st, to_cell(&items[1], c, &value));
    KG_TRY(st, labels_cell(&items[2], c, node));
    return item_cell(out, c, shown, whole);
}

static kg_status join(kg_str *out, kg_arena *arena, const kg_str *parts, size_t n) {
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        length += parts[i].len;
    char *to = kg_arena_alloc(arena, length + 1);
    if (!to)
        return KG_ERR_MEMORY;
    *out = (kg_str){to, length};
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len)
            memcpy(to, parts[i].data, parts[i].len);
        to += parts[i].len;
    }
    return KG_OK;
}

static kg_status edge_cell(kg_cell *out, const celling *c, const cy_edge *edge) {
    kg_status st;
    cy_value map;
    kg_cell whole;
    kg_str *keys, shown, names[3], head, tail;
    kg_cell *items;
    KG_TRY(st, cy_node_identifier(&names[0], c->g, edge->head));
    KG_TRY(st, cy_graph_name(&names[1], c->g, KG_RELATION, edge->relation));
    KG_TRY(st, cy_node_identifier(&names[2], c->g, edge->tail));
    KG_TRY(st, shown_name(&head, c, edge->head));
    KG_TRY(st, shown_name(&tail, c, edge->tail));
    const kg_str parts[] = {head, KG_STR(" -["), names[1], KG_STR("]-> "), tail};
    KG_TRY(st, join(&shown, c->arena, parts, 5));
    KG_TRY(st, cy_edge_properties(&map, c->g, c->arena, edge));
    KG_TRY(st, map_cell(&whole, &keys, &items, c, map.as.map, 3));
    keys[0] = KG_STR("head"), keys[1] = KG_STR("type"), keys[2] = KG_STR("tail");
    for (int i = 0; i < 3; i++)
        text_cell(&items[i], names[i]);
    return item_cell(out, c, shown, whole);
}

/* a -[r]-> b <-[s]- c */
static kg_status shown_path(kg_str *out, const celling *c, const cy_path *path) {
    kg_status st;
    kg_str *parts = kg_arena_alloc(c->arena, (path->length * 4 + 1) * sizeof *parts);
    size_t n = 0;
    if (!parts)
        return KG_ERR_MEMORY;
    KG_TRY(st, shown_name(&parts[n++], c, path->nodes[0]));
    for (size_t i = 0; i < path->length; i++) {
        bool forwards = path->edges[i].head == path->nodes[i];
        parts[n++] = forwards ? KG_STR(" -[") : KG_STR(" <-[");
        KG_TRY(st, cy_graph_name(&parts[n++], c->g, KG_RELATION, path->edges[i].relation));
        parts[n++] = forwards ? KG_STR("]-> ") : KG_STR("]- ");
        KG_TRY(st, shown_name(&parts[n++], c, path->nodes[i + 1]));
    }
    return join(out, c->arena, parts, n);
}

static kg_status path_cell(kg_cell *out, const celling *c, const cy_path *path) {
    kg_status st;
    kg_str shown, *keys = kg_arena_alloc(c->arena, 2 * sizeof *keys);
    kg_cell *items = kg_arena_alloc(c->arena, 2 * sizeof *items);
    cy_value *values = cy_new_items(c->arena, path->length + 1);
    if (!keys || !items || !values)
        return KG_ERR_MEMORY;
    keys[0] = KG_STR("nodes"), keys[1] = KG_STR("relationships");
    for (size_t i = 0; i <= path->length; i++)
        values[i] = cy_node(path->nodes[i]);
    KG_TRY(st, list_cell(&items[0], c, values, path->length + 1));
    for (size_t i = 0; i < path->length; i++)
        values[i] = (cy_value){.kind = CY_EDGE, .as.edge = path->edges[i]};
    KG_TRY(st, list_cell(&items[1], c, values, path->length));
    KG_TRY(st, shown_path(&shown, c, path));
    return item_cell(out, c, shown, (kg_cell){KG_CELL_MAP, {.map = {keys, items, 2}}});
}

static kg_status to_cell(kg_cell *out, const celling *c, const cy_value *v) {
    kg_status st;
    kg_str text, *keys;
    kg_cell *items;
    *out = (kg_cell){KG_CELL_NONE, {.integer = 0}};
    switch (v->kind) {
    case CY_NULL:
        return KG_OK;
    case CY_BOOLEAN:
        *out = (kg_cell){KG_CELL_BOOL, {.yes = v->as.yes}};
        return KG_OK;
    case CY_INTEGER:
        *out = (kg_cell){KG_CELL_INTEGER, {.integer = v->as.integer}};
        return KG_OK;
    case CY_FLOAT:
        *out = (kg_cell){KG_CELL_REAL, {.real = v->as.real}};
        return KG_OK;
    case CY_STRING:
        return text_cell(out, v->as.text);
    case CY_LIST:
        return list_cell(out, c, v->as.items, v->count);
    case CY_MAP:
        return map_cell(out, &keys, &items, c, v->as.map, 0);
    case CY_NODE:
        return node_cell(out, c, v->as.node);
    case CY_EDGE:
        return edge_cell(out, c, &v->as.edge);
    case CY_PATH:
        return path_cell(out, c, v->as.path);
    case CY_DATE:
    case CY_LOCAL_TIME:
    case CY_TIME:
    case CY_LOCAL_DATETIME:
    case CY_DATETIME:
    case CY_DURATION:
        break;
    }
    KG_TRY(st, cy_temporal_text(&text, c->arena, v));
    return text_cell(out, text);
}

kg_status kg_cypher_column(kg_cell *out, kg_cypher_query *q, size_t column) {
    const celling c = {&q->cells, cy_session_graph(q->cypher->session)};
    return to_cell(out, &c, &q->row[column]);
}
