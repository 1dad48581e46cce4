/* Deleting an entity: what names it goes from every database, and a mark stays in its place, so
 * that nobody gets its id. */
#include "kgstore/store/writer.h"

static kg_status forget_record(kg_writer *w, kg_db db, kg_id entity, kg_error *err) {
    kg_status st = kg_update_delete(&w->update, db, kg_id_key(&entity), err);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* Statements of this transaction that give it by its source's id shall not find it. */
static void forget_source_ids(kg_writer *w, kg_id entity) {
    size_t at = 0;
    kg_id_entry *entry;
    while ((entry = kg_id_map_next(&w->source_ids, &at)))
        if (entry->key[0] == KG_ENTITY && entry->value == entity)
            entry->value = KG_NO_ID;
}

kg_status kg_writer_forget_entity(kg_writer *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    n->label = (kg_str){NULL, 0};
    n->list.len = 0;
    KG_TRY(st, kg_naming_store(w, n, err));
    KG_TRY(st, kg_writer_unindex(w, KG_ENTITY, n->identifier, entity, err));
    KG_TRY(st, kg_writer_clear_types(w, entity, err));
    KG_TRY(st, kg_writer_forget_properties(w, entity, err));
    KG_TRY(st, forget_record(w, KG_DB_PEPR, entity, err));
    KG_TRY(st, kg_update_put(&w->update, KG_DB_ENT, kg_id_key(&entity), KG_NAME_DELETED, err));
    forget_source_ids(w, entity);
    w->changed = true;
    w->dirty += 4096;
    w->update.state.deleted++;
    w->report.deleted_entities++;
    return KG_OK;
}

static kg_status detach_all(kg_writer *w, const kg_triple_list *edges, kg_error *err) {
    kg_status st;
    uint64_t before = w->dirty;
    for (size_t i = 0; i < edges->len; i++) {
        const kg_triple *t = &edges->data[i];
        KG_TRY(st, kg_writer_delete_triple(w, t->head, t->relation, t->tail, err));
        KG_TRY(st, kg_writer_settle(w, before, err));
    }
    return KG_OK;
}

kg_status kg_writer_delete_entity(kg_writer *w, kg_str entity, bool detach, kg_error *err) {
    kg_status st;
    kg_id id;
    kg_triple_list edges = KG_ARRAY_INIT;
    KG_TRY(st, kg_writer_needs_new_layout(w, "place for deleted entities", err));
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    st = kg_writer_list_triples(&edges, w, id, err);
    if (st == KG_OK && edges.len && !detach)
        st = kg_error_set(err, KG_ERR_EXISTS,
                          "%.*s has %zu edge%s; delete %s first, or detach it from them",
                          (int)(entity.len < 200 ? entity.len : 200), entity.data, edges.len,
                          edges.len == 1 ? "" : "s", edges.len == 1 ? "it" : "them");
    if (st == KG_OK)
        st = detach_all(w, &edges, err);
    if (st == KG_OK)
        st = kg_writer_forget_entity(w, id, err);
    kg_array_free(&edges);
    return st == KG_OK ? kg_writer_check_size(w, err) : st;
}
