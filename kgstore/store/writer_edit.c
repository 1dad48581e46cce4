/* Small writes that change what is there: public names to ids, checks before anything is written.
 */
#include "kgstore/store/writer.h"

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
