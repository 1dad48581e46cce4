/* Renaming what has a name. */
#include "kgstore/store/writer.h"

#include "kgstore/base/utf8.h"

static kg_status check_new_name(kg_writer *w, kg_kind kind, kg_id id, kg_str to, kg_error *err) {
    kg_status st;
    kg_id holder;
    KG_TRY(st, kg_text_check(to, "the new name", err));
    if (to.len == 0 || to.len > KG_IDENTIFIER_MAX)
        return kg_error_set(err, KG_ERR_FORMAT, "a name has 1 to %d bytes, not %zu",
                            KG_IDENTIFIER_MAX, to.len);
    st = kg_dictionary_find(&holder, w->update.txn, &w->update.state, kind, to);
    if (st == KG_ERR_NOT_FOUND || (st == KG_OK && holder == id))
        return KG_OK;
    return st == KG_OK
               ? kg_error_set(err, KG_ERR_EXISTS, "there is another %s %.*s", kg_writer_word(kind),
                              (int)(to.len < 200 ? to.len : 200), to.data)
               : kg_error_set(err, st, "the names are damaged; run kg check");
}

static kg_status rename_entity(kg_writer *w, kg_id id, kg_str to, kg_error *err) {
    kg_status st;
    kg_naming *n = &w->naming;
    KG_TRY(st, kg_naming_load(n, w, id, err));
    n->identifier = to;
    return kg_naming_store(w, n, err);
}

/* Relations may have a label; one that is the new name goes. */
static kg_status rename_other(kg_writer *w, kg_kind kind, kg_id id, kg_str to, kg_error *err) {
    kg_str value, identifier, label;
    kg_status st = kg_update_get(&value, &w->update, kg_dictionary_of(kind).names, kg_id_key(&id));
    if (st != KG_OK || !kg_name_decode_tagged(&identifier, &label, value))
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is damaged; run kg check");
    w->pieces.len = 0;
    if (!kg_str_equal(label, to) && kg_array_append(&w->pieces, label.data, label.len) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing names");
    return kg_writer_put_name(w, kind, id, to, (kg_str){w->pieces.data, w->pieces.len}, err);
}

kg_status kg_writer_rename(kg_writer *w, kg_kind kind, kg_str from, kg_str to, kg_error *err) {
    kg_status st;
    kg_id id;
    if (kind == KG_KEY)
        KG_TRY(st, kg_writer_needs_new_layout(w, "properties", err));
    KG_TRY(st, kg_writer_find(&id, w, kind, from, err));
    KG_TRY(st, check_new_name(w, kind, id, to, err));
    if (kg_str_equal(from, to))
        return KG_OK;
    KG_TRY(st, kg_writer_unindex(w, kind, from, id, err));
    KG_TRY(st, kg_writer_index(w, kind, to, id, err));
    KG_TRY(st,
           kind == KG_ENTITY ? rename_entity(w, id, to, err) : rename_other(w, kind, id, to, err));
    return kg_writer_check_size(w, err);
}
