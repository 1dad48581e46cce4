/* Properties and labels, read. */
#include "kgstore/store/properties.h"
#include "kgstore/store/store.h"

/* A record that is not sound is never handed out: who steps through it need not look. */
static kg_status get_record(kg_properties *out, const kg_snapshot *s, kg_db db, kg_str key) {
    kg_str value;
    kg_status st = kg_txn_get(&value, s->txn, db, key);
    if (st == KG_OK && !kg_properties_are_sound(value, s->state.keys))
        st = KG_ERR_CORRUPT;
    if (st == KG_OK)
        out->packed = value;
    return st;
}

kg_status kg_entity_properties(kg_properties *out, kg_snapshot *s, kg_id entity) {
    *out = (kg_properties){{NULL, 0}};
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    if (entity >= s->state.entities)
        return KG_ERR_NOT_FOUND;
    kg_status st = KG_ERR_NOT_FOUND;
    if (s->state.entity_values)
        st = get_record(out, s, KG_DB_ENT_PROP, kg_id_key(&entity));
    return st == KG_ERR_NOT_FOUND ? kg_entity_there(s->txn, &s->state, entity) : st;
}

kg_status kg_edge_properties(kg_properties *out, kg_snapshot *s, kg_id head, kg_id relation,
                             kg_id tail) {
    unsigned char key[KG_EDGE_KEY_BYTES];
    *out = (kg_properties){{NULL, 0}};
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    if (s->state.edge_values == 0)
        return KG_OK;
    kg_edge_key_encode(key, (const uint32_t[3]){head, relation, tail});
    kg_status st = get_record(out, s, KG_DB_EDGE_PROP, (kg_str){(const char *)key, sizeof key});
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

bool kg_properties_next(kg_id *key, kg_value *value, kg_properties *properties) {
    return kg_property_next(key, value, &properties->packed);
}

bool kg_properties_find(kg_value *value, kg_properties properties, kg_id key) {
    kg_id next;
    while (kg_properties_next(&next, value, &properties))
        if (next >= key)
            return next == key;
    return false;
}

/* ---- Labels ---------------------------------------------------------------------------------- */

static kg_label label_of(kg_str tagged, bool preferred) {
    kg_str tag = kg_tagged_tag(tagged);
    bool marked = tag.len && tag.data[0] == '=';
    return (kg_label){.text = kg_tagged_text(tagged),
                      .language = marked ? (kg_str){tag.data + 1, tag.len - 1} : tag,
                      .is_label = preferred || marked,
                      .preferred = preferred};
}

/* The labels of an alias list, or its aliases. */
static kg_status visit_list(kg_str list, bool labels, kg_label_fn visit, void *context) {
    kg_status st;
    kg_str tagged;
    while (kg_alias_list_next_tagged(&tagged, &list)) {
        const kg_label label = label_of(tagged, false);
        if (label.is_label == labels)
            KG_TRY(st, visit(context, &label));
    }
    return list.len ? KG_ERR_CORRUPT : KG_OK;
}

kg_status kg_entity_labels(kg_snapshot *s, kg_id entity, kg_label_fn visit, void *context) {
    kg_status st;
    kg_str value, identifier, tagged;
    kg_label label;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, kg_entity_there(s->txn, &s->state, entity));
    st = kg_txn_get_id(&value, s->txn, KG_DB_ENT, entity);
    if (st == KG_ERR_NOT_FOUND ||
        (st == KG_OK && !kg_name_decode_tagged(&identifier, &tagged, value)))
        return KG_ERR_CORRUPT;
    if (st != KG_OK)
        return st;
    if (tagged.len) {
        label = label_of(tagged, true);
        KG_TRY(st, visit(context, &label));
    }
    st = kg_txn_get_id(&value, s->txn, KG_DB_ENT_ALIAS, entity);
    if (st != KG_OK)
        return st == KG_ERR_NOT_FOUND ? KG_OK : st;
    KG_TRY(st, visit_list(value, true, visit, context));
    return visit_list(value, false, visit, context);
}
