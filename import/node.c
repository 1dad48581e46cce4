#include "import/node.h"

#include "import/fields.h"
#include "import/iri.h"

void kg_node_reset(kg_node *node) {
    kg_cells_reset(&node->properties);
    for (int i = 0; i < 2; i++) {
        kg_cells_reset(&node->texts[i]);
        node->whole[i] = false;
    }
    node->labelled = false;
    node->types.len = 0;
}

void kg_node_free(kg_node *node) {
    kg_cells_free(&node->properties);
    kg_cells_free(&node->texts[0]);
    kg_cells_free(&node->texts[1]);
    kg_array_free(&node->types);
}

/* ---- Types ----------------------------------------------------------------------------------- */

kg_status kg_node_add_type(kg_node *node, kg_str type) {
    bool there = type.len == 0;
    for (size_t i = 0; i < node->types.len && !there; i++)
        there = kg_str_equal(node->types.data[i], type);
    return there ? KG_OK : kg_array_push(&node->types, type);
}

kg_status kg_node_add_types(kg_node *node, kg_str list, char separator) {
    kg_status st;
    for (bool more = list.len > 0; more;) {
        kg_str name;
        more = kg_fields_next(&name, &list, separator);
        KG_TRY(st, kg_iri_name(&name, &node->properties.arena, name));
        KG_TRY(st, kg_node_add_type(node, name));
    }
    return KG_OK;
}

/* ---- Cells ----------------------------------------------------------------------------------- */

/* Where the value of a column belongs; NULL: nowhere. */
static kg_cells *cells_of(kg_node *node, kg_node_kind kind, const kg_cell_type *type) {
    int i = kind == KG_NODE_ALIASES;
    if (kind == KG_NODE_PROPERTY)
        return &node->properties;
    if (type->term)
        node->texts[i].properties.len = 0;
    else if (node->whole[i])
        return NULL;
    node->whole[i] = type->term;
    if (kind == KG_NODE_ALIASES || type->term || type->tag.len > 0)
        return &node->texts[i];
    bool first = !node->labelled;
    node->labelled = true;
    return first ? &node->texts[i] : &node->properties;
}

kg_status kg_node_take(bool *good, kg_node *node, kg_reader *r, const kg_statement *where,
                       kg_node_kind kind, const kg_property_column *column, kg_str cell,
                       char array_separator, kg_error *err) {
    kg_cells *to = cell.len > 0 ? cells_of(node, kind, &column->type) : NULL;
    *good = true;
    return to ? kg_cells_take(good, to, r, where, column, cell, array_separator, err) : KG_OK;
}

/* Step through texts: those of values, and the items of lists one by one. */
typedef struct text_walk {
    const kg_cells *cells;
    size_t next; /* value */
    kg_str rest; /* of a list */
    char buffer[KG_VALUE_BUFFER];
} text_walk;

/* The next text that is not empty. false: there is none. */
static bool next_text(kg_statement *s, text_walk *w) {
    kg_value item;
    while (w->rest.len > 0 || w->next < w->cells->properties.len) {
        if (w->rest.len == 0 || !kg_value_next(&item, &w->rest)) {
            item = w->cells->properties.data[w->next++].value;
            w->rest = item.kind == KG_VALUE_LIST ? item.text : (kg_str){"", 0};
        }
        if (item.kind == KG_VALUE_LIST)
            continue;
        s->label = kg_value_text(w->buffer, &item);
        s->language = item.kind == KG_VALUE_STRING ? item.tag : (kg_str){"", 0};
        if (s->label.len > 0)
            return true;
    }
    return false;
}

kg_status kg_node_emit(kg_node *node, kg_reader *r, kg_statement *s, kg_error *err) {
    kg_status st;
    text_walk labels = {.cells = &node->texts[0]}, aliases = {.cells = &node->texts[1]};
    next_text(s, &labels);
    s->properties = node->properties.properties.data;
    s->n_properties = node->properties.properties.len;
    KG_TRY(st, kg_reader_emit_types(r, s, node->types.data, node->types.len, err));
    s->head_type.len = s->n_properties = 0;
    while (next_text(s, &labels))
        KG_TRY(st, kg_reader_emit(r, s, err));
    s->kind = KG_STATEMENT_ALIAS;
    while (next_text(s, &aliases))
        KG_TRY(st, kg_reader_emit(r, s, err));
    return KG_OK;
}
