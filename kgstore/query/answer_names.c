/* type, alias, name, describe: what an entity is called and is. */
#include "kgstore/query/query.h"

kg_status kg_answer_type(const kg_inquiry *q) {
    static const char *const columns[] = {"type"};
    kg_types types;
    kg_id entity;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_LIST, columns, 1);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_entity_types(&types, q->snapshot, entity));
    for (uint32_t i = 0; i < types.count; ++i)
        KG_TRY(st, kg_cell_name(q, KG_TYPE, kg_types_at(types, i)));
    return KG_OK;
}

static kg_status alias_row(void *context, kg_str name, kg_id id) {
    (void)id;
    kg_result_text(context, name);
    return KG_OK;
}

kg_status kg_answer_alias(const kg_inquiry *q) {
    static const char *const columns[] = {"alias"};
    kg_id entity;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_LIST, columns, 1);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    return kg_entity_aliases(q->snapshot, entity, alias_row, q->result);
}

static kg_status name_row(const kg_inquiry *q, kg_id entity) {
    kg_status st;
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, entity));
    KG_TRY(st, kg_cell_label(q, entity));
    kg_result_real(q->result, kg_inquiry_weight(q, entity));
    return kg_cell_types(q, entity);
}

kg_status kg_answer_name(const kg_inquiry *q) {
    static const char *const columns[] = {"entity", "label", "weight", "types"};
    kg_str text = q->question->args[0];
    kg_ids entities = {NULL, 0};
    kg_id named;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_ROWS, columns, 4);
    st = kg_name_find(&named, q->snapshot, KG_ENTITY, text);
    if (st == KG_OK)
        st = name_row(q, named);
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    st = kg_alias_find(&entities, q->snapshot, text);
    if (st == KG_ERR_NOT_FOUND && kg_result_rows(q->result) == 0)
        return kg_entity_resolve(&named, q->snapshot, text, q->err); /* says what is near */
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    for (uint32_t i = 0; i < entities.count; ++i)
        if (kg_ids_at(entities, i) != named)
            KG_TRY(st, name_row(q, kg_ids_at(entities, i)));
    return KG_OK;
}

static kg_status count_alias(void *context, kg_str name, kg_id id) {
    (void)name, (void)id;
    ++*(size_t *)context;
    return KG_OK;
}

/* Aliases on their way into a list cell. */
typedef struct alias_list {
    kg_result *result;
    kg_str *items;
    size_t n, room;
} alias_list;

static kg_status take_alias(void *context, kg_str name, kg_id id) {
    alias_list *list = context;
    (void)id;
    if (list->items && list->n < list->room)
        list->items[list->n++] = kg_result_copy(list->result, name);
    return KG_OK;
}

static kg_status alias_cell(const kg_inquiry *q, kg_id entity) {
    alias_list list = {.result = q->result};
    kg_status st;
    KG_TRY(st, kg_entity_aliases(q->snapshot, entity, count_alias, &list.room));
    kg_result_texts(&list.items, q->result, list.room);
    return kg_entity_aliases(q->snapshot, entity, take_alias, &list);
}

/* The entities of the best edges, or their labels. */
static kg_status best_cell(const kg_inquiry *q, kg_id entity, bool labels) {
    kg_neighbour best[5];
    uint32_t count;
    kg_str name, *items;
    kg_status st;
    KG_TRY(st, kg_neighbours_top(best, &count, q->snapshot, entity, KG_WEIGHT_PAGERANK, 5));
    kg_result_texts(&items, q->result, count);
    for (uint32_t i = 0; items && i < count; ++i) {
        KG_TRY(st, (labels ? kg_label_get : kg_name_get)(&name, q->snapshot, KG_ENTITY,
                                                         best[i].entity));
        items[i] = kg_result_copy(q->result, name);
    }
    return KG_OK;
}

static kg_status property_cell(const kg_inquiry *q, kg_id entity) {
    kg_properties properties;
    kg_status st;
    KG_TRY(st, kg_entity_properties(&properties, q->snapshot, entity));
    return kg_cell_properties(q, properties);
}

kg_status kg_answer_describe(const kg_inquiry *q) {
    static const char *const columns[] = {
        "entity", "id", "label",      "types",      "aliases",         "weight",
        "out",    "in", "neighbours", "properties", "neighbour_labels"};
    static const unsigned char shown[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 9},
                               unlabelled[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    kg_edges out, in;
    kg_id entity;
    kg_status st;
    kg_result_columns(q->result, KG_SHAPE_RECORD, columns, 11);
    if (kg_inquiry_has_labels(q))
        kg_result_show(q->result, shown, 11);
    else
        kg_result_show(q->result, unlabelled, 10);
    KG_TRY(st, kg_inquiry_entity(&entity, q, 0));
    KG_TRY(st, kg_cell_name(q, KG_ENTITY, entity));
    kg_result_integer(q->result, entity);
    KG_TRY(st, kg_cell_label(q, entity));
    KG_TRY(st, kg_cell_types(q, entity));
    KG_TRY(st, alias_cell(q, entity));
    kg_result_real(q->result, kg_inquiry_weight(q, entity));
    KG_TRY(st, kg_entity_edges(&out, &in, q->snapshot, entity));
    kg_result_integer(q->result, out.count);
    kg_result_integer(q->result, in.count);
    KG_TRY(st, best_cell(q, entity, false));
    KG_TRY(st, property_cell(q, entity));
    return best_cell(q, entity, true);
}
