/* Labels and aliases, written one at a time. */
#include "kgstore/store/writer.h"

static bool is_label(kg_str tagged) {
    kg_str tag = kg_tagged_tag(tagged);
    return tag.len && tag.data[0] == '=';
}

kg_status kg_writer_label(kg_writer *w, kg_id entity, kg_str label, kg_str language,
                          kg_error *err) {
    kg_status st;
    kg_str tagged;
    kg_naming *n = &w->naming;
    if (label.len == 0)
        return KG_OK;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    if (language.len == 0 && kg_str_equal(label, n->identifier))
        return KG_OK;
    if (n->label.len && kg_str_equal(kg_tagged_text(n->label), label) &&
        kg_str_equal(kg_naming_language(n->label), language))
        return KG_OK;
    bool first = n->label.len == 0;
    KG_TRY(st, kg_naming_tag(&tagged, n, label, !first && language.len ? "=" : "", language, err));
    if (first)
        n->label = tagged;
    else if (!kg_naming_has(n, tagged))
        KG_TRY(st, kg_naming_add(n, tagged, err));
    return kg_naming_store(w, n, err);
}

kg_status kg_writer_alias(kg_writer *w, kg_id entity, kg_str alias, kg_str language,
                          kg_error *err) {
    kg_status st;
    kg_str tagged;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    KG_TRY(st, kg_naming_tag(&tagged, n, alias, "", language, err));
    if (kg_naming_has(n, tagged))
        return KG_OK;
    KG_TRY(st, kg_naming_add(n, tagged, err));
    w->report.new_aliases++;
    return kg_naming_store(w, n, err);
}

kg_status kg_writer_prefer(kg_writer *w, kg_id entity, kg_str label, kg_str language,
                           kg_error *err) {
    kg_status st;
    kg_str tagged, other, before;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    before = n->label;
    KG_TRY(st, kg_naming_tag(&tagged, n, label, "", language, err));
    KG_TRY(st, kg_naming_tag(&other, n, label, language.len ? "=" : "", language, err));
    for (size_t i = n->list.len; i-- > 0;)
        if (kg_str_equal(n->list.data[i], other))
            kg_naming_remove(n, i);
    n->label = tagged;
    if (before.len && !kg_str_equal(kg_naming_language(before), language)) {
        kg_str spoken = kg_naming_language(before);
        KG_TRY(st, kg_naming_tag(&other, n, kg_tagged_text(before), spoken.len ? "=" : "", spoken,
                                 err));
        KG_TRY(st, kg_naming_add(n, other, err));
    }
    return kg_naming_store(w, n, err);
}

/* The first label of the list becomes the preferred one, where there is one. */
static kg_status promote(kg_naming *n, kg_error *err) {
    n->label = (kg_str){NULL, 0};
    for (size_t i = 0; i < n->list.len; i++) {
        kg_str label = n->list.data[i];
        if (!is_label(label))
            continue;
        kg_naming_remove(n, i);
        return kg_naming_tag(&n->label, n, kg_tagged_text(label), "", kg_naming_language(label),
                             err);
    }
    return KG_OK;
}

kg_status kg_writer_drop_label(kg_writer *w, kg_id entity, kg_str language, kg_error *err) {
    kg_status st;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    size_t before = n->list.len;
    for (size_t i = n->list.len; i-- > 0;)
        if (is_label(n->list.data[i]) &&
            kg_str_equal(kg_naming_language(n->list.data[i]), language))
            kg_naming_remove(n, i);
    bool preferred = n->label.len && kg_str_equal(kg_naming_language(n->label), language);
    if (!preferred && before == n->list.len)
        return KG_ERR_NOT_FOUND;
    if (preferred)
        KG_TRY(st, promote(n, err));
    return kg_naming_store(w, n, err);
}

kg_status kg_writer_drop_alias(kg_writer *w, kg_id entity, kg_str alias, kg_error *err) {
    kg_status st;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, entity, err));
    size_t before = n->list.len;
    for (size_t i = n->list.len; i-- > 0;)
        if (!is_label(n->list.data[i]) && kg_str_equal(kg_tagged_text(n->list.data[i]), alias))
            kg_naming_remove(n, i);
    return before == n->list.len ? KG_ERR_NOT_FOUND : kg_naming_store(w, n, err);
}
