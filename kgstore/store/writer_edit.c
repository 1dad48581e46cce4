/* Small writes that change what is there: public names to ids, checks before anything is written.
 */
#include "kgstore/store/writer.h"

bool kg_writer_knows(const kg_writer *w, kg_kind kind, kg_str name) {
    kg_id id;
    return kg_dictionary_find(&id, w->update.txn, &w->update.state, kind, name) == KG_OK;
}

static kg_status check_property(const kg_writer *w, kg_str key, const kg_value *value,
                                kg_error *err) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    const kg_property property = {key, value ? *value : kg_value_boolean(true)};
    s.properties = &property;
    s.n_properties = 1;
    KG_TRY(st, kg_writer_needs_new_layout(w, "properties", err));
    return kg_statement_check_properties(&s, err);
}

kg_status kg_writer_set_property(kg_writer *w, kg_str entity, kg_str key, const kg_value *value,
                                 kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, check_property(w, key, value, err));
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    KG_TRY(st, kg_writer_put_entity_property(w, id, key, value, err));
    return kg_writer_check_size(w, err);
}

kg_status kg_writer_set_edge_property(kg_writer *w, kg_str head, kg_str relation, kg_str tail,
                                      kg_str key, const kg_value *value, kg_error *err) {
    kg_status st;
    kg_id edge[3];
    bool there;
    KG_TRY(st, check_property(w, key, value, err));
    KG_TRY(st, kg_writer_find(&edge[0], w, KG_ENTITY, head, err));
    KG_TRY(st, kg_writer_find(&edge[1], w, KG_RELATION, relation, err));
    KG_TRY(st, kg_writer_find(&edge[2], w, KG_ENTITY, tail, err));
    KG_TRY(st, kg_writer_has_triple(&there, w, edge, err));
    if (!there)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "the store has these names, but not this triple");
    KG_TRY(st, kg_writer_put_edge_property(w, edge, key, value, err));
    return kg_writer_check_size(w, err);
}

/* ---- Names of an entity ---------------------------------------------------------------------- */

static kg_status check_text(kg_str text, kg_str language, bool is_alias, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(is_alias ? KG_STATEMENT_ALIAS : KG_STATEMENT_ENTITY);
    s.label = text;
    s.language = language;
    return kg_statement_check(&s, err);
}

static kg_status missing(kg_status st, kg_str entity, const char *what, kg_str text,
                         kg_error *err) {
    if (st != KG_ERR_NOT_FOUND)
        return st;
    return kg_error_set(err, st, "%.*s has %s %.*s", (int)(entity.len < 200 ? entity.len : 200),
                        entity.data, what, (int)(text.len < 200 ? text.len : 200), text.data);
}

kg_status kg_writer_set_label(kg_writer *w, kg_str entity, kg_str label, kg_str language,
                              kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, check_text(label, language, false, err));
    if (language.len)
        KG_TRY(st, kg_writer_needs_new_layout(w, "languages", err));
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    KG_TRY(st, kg_writer_prefer(w, id, label, language, err));
    return kg_writer_check_size(w, err);
}

kg_status kg_writer_remove_label(kg_writer *w, kg_str entity, kg_str language, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, check_text((kg_str){NULL, 0}, language, false, err));
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    st = kg_writer_drop_label(w, id, language, err);
    KG_TRY(st, missing(st, entity,
                       language.len ? "no label in the language" : "no label without a language",
                       language, err));
    return kg_writer_check_size(w, err);
}

kg_status kg_writer_remove_alias(kg_writer *w, kg_str entity, kg_str alias, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, check_text(alias, (kg_str){NULL, 0}, true, err));
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    st = kg_writer_drop_alias(w, id, alias, err);
    KG_TRY(st, missing(st, entity, "no alias", alias, err));
    return kg_writer_check_size(w, err);
}

kg_status kg_writer_remove_type(kg_writer *w, kg_str entity, kg_str type, kg_error *err) {
    kg_status st;
    kg_id id, type_id;
    KG_TRY(st, kg_writer_find(&id, w, KG_ENTITY, entity, err));
    KG_TRY(st, kg_writer_find(&type_id, w, KG_TYPE, type, err));
    st = kg_writer_put_type(w, id, type_id, false, err);
    KG_TRY(st, missing(st, entity, "not the type", type, err));
    return kg_writer_check_size(w, err);
}
