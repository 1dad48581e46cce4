/* Merging one entity into another, step by step; at the end nothing of it is left. */
#include "kgstore/store/writer.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static kg_status add_alias(kg_naming *to, kg_str tagged, kg_error *err) {
    kg_status st;
    kg_str alias;
    KG_TRY(st,
           kg_naming_tag(&alias, to, kg_tagged_text(tagged), "", kg_naming_language(tagged), err));
    return kg_naming_add(to, alias, err);
}

/* All names of `from` that `to` has not become its aliases. */
static kg_status merge_names(kg_writer *w, kg_id from, kg_id to, kg_error *err) {
    kg_naming source = {0}, *n = &w->naming;
    kg_status st = kg_naming_load(&source, w, from, err);
    if (st == KG_OK)
        st = kg_naming_load(n, w, to, err);
    if (st == KG_OK)
        st = add_alias(n, source.identifier, err);
    if (st == KG_OK && source.label.len)
        st = add_alias(n, source.label, err);
    for (size_t i = 0; st == KG_OK && i < source.list.len; i++)
        st = add_alias(n, source.list.data[i], err);
    if (st == KG_OK)
        st = kg_naming_store(w, n, err);
    kg_naming_free(&source);
    return st;
}

/* ---- Edges ----------------------------------------------------------------------------------- */

static kg_status move_edge(kg_writer *w, const kg_triple *t, kg_id from, kg_id to, kg_error *err) {
    kg_status st;
    bool there;
    const kg_id old[3] = {t->head, t->relation, t->tail};
    const kg_id new[3] = {t->head == from ? to : t->head, t->relation,
                          t->tail == from ? to : t->tail};
    KG_TRY(st, kg_writer_has_triple(&there, w, new, err));
    if (!there)
        KG_TRY(st, kg_writer_add_triple(w, new[0], new[1], new[2], err));
    KG_TRY(st, kg_writer_move_edge_properties(w, old, new, err));
    return kg_writer_delete_triple(w, old[0], old[1], old[2], err);
}

static kg_status move_edges(kg_writer *w, kg_id from, kg_id to, kg_error *err) {
    kg_triple_list edges = KG_ARRAY_INIT;
    kg_status st = kg_writer_list_triples(&edges, w, from, err);
    uint64_t before = w->dirty;
    for (size_t i = 0; st == KG_OK && i < edges.len; i++) {
        st = move_edge(w, &edges.data[i], from, to, err);
        if (st == KG_OK)
            st = kg_writer_settle(w, before, err);
    }
    kg_array_free(&edges);
    return st;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* What was merged is told as one entity less, not as edges that come and go. */
static kg_status merge(kg_writer *w, kg_id from, kg_id to, kg_error *err) {
    kg_status st;
    const kg_write_report before = w->report;
    KG_TRY(st, move_edges(w, from, to, err));
    KG_TRY(st, kg_writer_move_types(w, from, to, err));
    KG_TRY(st, kg_writer_move_properties(w, from, to, err));
    KG_TRY(st, merge_names(w, from, to, err));
    KG_TRY(st, kg_writer_forget_entity(w, from, err));
    w->report = before;
    w->report.deleted_entities++;
    return KG_OK;
}

kg_status kg_writer_merge_entity(kg_writer *w, kg_str from, kg_str into, kg_error *err) {
    kg_status st;
    kg_id source, to;
    KG_TRY(st, kg_writer_needs_new_layout(w, "place for deleted entities", err));
    KG_TRY(st, kg_writer_find(&source, w, KG_ENTITY, from, err));
    KG_TRY(st, kg_writer_find(&to, w, KG_ENTITY, into, err));
    if (source == to)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%.*s cannot be merged into itself",
                            (int)(from.len < 200 ? from.len : 200), from.data);
    KG_TRY(st, merge(w, source, to, err));
    return kg_writer_check_size(w, err);
}
