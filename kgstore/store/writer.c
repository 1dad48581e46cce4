#include "kgstore/store/writer.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>

static const uint64_t DIRTY_MAX = UINT64_C(64) << 20;

/* Of what goes with entities. It is counted as if each neighbour lay on a page of its own: a
 * million of them, whose staged changes fit in 200 MB. LMDB keeps up to 512 MiB of changed pages in
 * memory and writes more of them to free places of the file, where nobody looks until the commit.
 */
static const uint64_t MOVED_MAX = UINT64_C(8) << 30;

kg_status kg_writer_begin(kg_writer **out, kg_store *store, kg_error *err) {
    *out = NULL;
    kg_writer *w = calloc(1, sizeof *w);
    if (!w)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing to %s",
                            kg_store_path(store));
    kg_status st = kg_update_begin(&w->update, store, err);
    if (st != KG_OK) {
        free(w);
        return st;
    }
    if (w->update.state.pagerank_version != 0) {
        kg_str value, content;
        uint64_t version;
        if (kg_update_get(&value, &w->update, KG_DB_BLOB, KG_STR(KG_BLOB_PAGERANK)) != KG_OK ||
            !kg_blob_decode(&content, &version, value) ||
            !kg_weights_are_sound(content, version, &w->update.state)) {
            kg_writer_abort(w);
            return kg_error_set(err, KG_ERR_CORRUPT,
                                "the PageRank weights are damaged; run kg check");
        }
        /* Nothing here writes to the blob, so this stays where it is in the map. */
        w->weights = (const double *)(const void *)content.data;
        w->n_weights = content.len / sizeof *w->weights;
    }
    if (w->update.sums[KG_DB_PROP_INDEX].records > 0 &&
        kg_indexed_keys(&w->indexed, w->update.txn, &w->update.state) != KG_OK) {
        kg_writer_abort(w);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing to %s",
                            kg_store_path(store));
    }
    *out = w;
    return KG_OK;
}

/* Note that `source`, where it is one, means `id` from now on. */
static kg_status note_source_id(kg_writer *w, kg_kind kind, kg_id source, kg_id id, kg_error *err) {
    kg_id_entry *entry;
    if (source == KG_NO_ID)
        return KG_OK;
    kg_status st = kg_id_map_insert(&entry, &w->source_ids, kind, source, 0);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory keeping ids");
    entry->value = id;
    return KG_OK;
}

/* An entity or relation, by the id that its source gave it or by name; a new name is added. */
static kg_status resolve(kg_id *id, kg_writer *w, kg_kind kind, bool by_id, kg_id source,
                         kg_str name, kg_error *err) {
    if (!by_id)
        return kg_writer_name(id, w, kind, name, err);
    const kg_id_entry *entry = kg_id_map_find(&w->source_ids, kind, source, 0);
    if (!entry || entry->value == KG_NO_ID)
        return kg_error_set(err, KG_ERR_FORMAT, "the %s id %u was not declared before",
                            kind == KG_ENTITY ? "entity" : "relation", source);
    *id = entry->value;
    return KG_OK;
}

/* Fail, before anything is written, where a name of the statement could not be. */
static kg_status check_lengths(const kg_statement *s, kg_error *err) {
    const kg_str names[] = {s->head, s->relation, s->tail, s->head_type, s->tail_type, s->label};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].len > KG_IDENTIFIER_MAX)
            return kg_error_set(err, KG_ERR_FORMAT, "a name has at most %d bytes, not %zu",
                                KG_IDENTIFIER_MAX, names[i].len);
    bool is_triple = s->kind == KG_STATEMENT_TRIPLE;
    if (is_triple && !s->by_id && (!s->head.len || !s->relation.len || !s->tail.len))
        return kg_error_set(err, KG_ERR_FORMAT, "a triple needs a head, a relation and a tail");
    return KG_OK;
}

kg_status kg_writer_needs_new_layout(const kg_writer *w, const char *what, kg_error *err) {
    return kg_txn_has(w->update.txn, KG_DB_KEY)
               ? KG_OK
               : kg_error_set(err, KG_ERR_VERSION,
                              "the store was made by kg 0.1 and holds no %s; run kg compact on it "
                              "first",
                              what);
}

/* A store of version 1 has no place for some of it. */
static kg_status check_version(const kg_writer *w, const kg_statement *s, kg_error *err) {
    return s->n_properties || s->language.len
               ? kg_writer_needs_new_layout(w, "properties and no languages", err)
               : KG_OK;
}

kg_status kg_writer_check_size(const kg_writer *w, kg_error *err) {
    return w->dirty <= DIRTY_MAX
               ? KG_OK
               : kg_error_set(err, KG_ERR_LIMIT,
                              "the transaction has grown past 64 MiB of pages; load in bulk "
                              "instead");
}

kg_status kg_writer_settle(kg_writer *w, uint64_t before, kg_error *err) {
    w->moved += w->dirty - before;
    w->dirty = before;
    return w->moved <= MOVED_MAX
               ? KG_OK
               : kg_error_set(err, KG_ERR_LIMIT,
                              "what is deleted and merged in the transaction touches more than 8 "
                              "GiB of pages; do it in several");
}

static kg_status add_type(kg_writer *w, kg_id entity, kg_str type, kg_error *err) {
    return type.len ? kg_writer_type(w, entity, type, err) : KG_OK;
}

static kg_status take_triple(kg_writer *w, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_id head, relation, tail;
    KG_TRY(st, resolve(&head, w, KG_ENTITY, s->by_id, s->head_id, s->head, err));
    KG_TRY(st, resolve(&relation, w, KG_RELATION, s->by_id, s->relation_id, s->relation, err));
    KG_TRY(st, resolve(&tail, w, KG_ENTITY, s->by_id, s->tail_id, s->tail, err));
    KG_TRY(st, add_type(w, head, s->head_type, err));
    KG_TRY(st, add_type(w, tail, s->tail_type, err));
    KG_TRY(st, kg_writer_add_triple(w, head, relation, tail, err));
    return kg_writer_edge_properties(w, (const kg_id[3]){head, relation, tail}, s, err);
}

static kg_status take_entity(kg_writer *w, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, resolve(&id, w, KG_ENTITY, s->by_id, s->head_id, s->head, err));
    KG_TRY(st, note_source_id(w, KG_ENTITY, s->head_id, id, err));
    KG_TRY(st, kg_writer_label(w, id, s->label, s->language, err));
    KG_TRY(st, add_type(w, id, s->head_type, err));
    return kg_writer_entity_properties(w, id, s, err);
}

static kg_status take_relation(kg_writer *w, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, resolve(&id, w, KG_RELATION, s->by_id, s->relation_id, s->relation, err));
    KG_TRY(st, note_source_id(w, KG_RELATION, s->relation_id, id, err));
    w->pieces.len = 0;
    if (s->label.len && kg_tagged_make(&w->pieces, s->label, s->language) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing names");
    return kg_writer_relation_label(w, id, (kg_str){w->pieces.data, w->pieces.len}, err);
}

static kg_status take_alias(kg_writer *w, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_id id;
    KG_TRY(st, resolve(&id, w, KG_ENTITY, s->by_id, s->head_id, s->head, err));
    return kg_writer_alias(w, id, s->label, s->language, err);
}

static kg_status take_statement(kg_writer *w, const kg_statement *s, kg_error *err) {
    kg_id id;
    switch (s->kind) {
    case KG_STATEMENT_TRIPLE:
        return take_triple(w, s, err);
    case KG_STATEMENT_ENTITY:
        return take_entity(w, s, err);
    case KG_STATEMENT_RELATION:
        return take_relation(w, s, err);
    case KG_STATEMENT_TYPE:
        return kg_writer_name(&id, w, KG_TYPE, s->head_type, err);
    case KG_STATEMENT_ALIAS:
        return take_alias(w, s, err);
    case KG_STATEMENT_WEIGHT:
        break;
    }
    return kg_error_set(err, KG_ERR_UNSUPPORTED,
                        "weights can only be given to a bulk load; run kg rank instead");
}

kg_status kg_writer_statement(void *writer, const kg_statement *statement, kg_error *err) {
    kg_status st;
    kg_writer *w = writer;
    KG_TRY(st, kg_statement_check(statement, err));
    KG_TRY(st, kg_statement_check_properties(statement, err));
    KG_TRY(st, check_lengths(statement, err));
    KG_TRY(st, check_version(w, statement, err));
    KG_TRY(st, take_statement(w, statement, err));
    return kg_writer_check_size(w, err);
}

kg_status kg_writer_find(kg_id *id, const kg_writer *w, kg_kind kind, kg_str name, kg_error *err) {
    static const char *const WHAT[] = {"the entity's name", "the relation's name", "the type",
                                       "the property's name"};
    kg_status st = kg_dictionary_find(id, w->update.txn, &w->update.state, kind, name);
    if (st == KG_ERR_NOT_FOUND && !kg_text_is_valid(name))
        return kg_text_check(name, WHAT[kind], err);
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the store has no %s %.*s", kg_writer_word(kind),
                            (int)(name.len < 200 ? name.len : 200), name.data);
    if (st != KG_OK)
        return kg_error_set(err, st, "the names are damaged; run kg check");
    return KG_OK;
}

kg_status kg_writer_delete(kg_writer *w, kg_str head, kg_str relation, kg_str tail, kg_error *err) {
    kg_status st;
    kg_id h, r, t;
    KG_TRY(st, kg_writer_find(&h, w, KG_ENTITY, head, err));
    KG_TRY(st, kg_writer_find(&r, w, KG_RELATION, relation, err));
    KG_TRY(st, kg_writer_find(&t, w, KG_ENTITY, tail, err));
    st = kg_writer_delete_triple(w, h, r, t, err);
    return st == KG_ERR_NOT_FOUND
               ? kg_error_set(err, st, "the store has these names, but not this triple")
               : st;
}

static void free_writer(kg_writer *w) {
    kg_id_map_free(&w->staged);
    kg_id_map_free(&w->touched);
    kg_id_map_free(&w->source_ids);
    kg_array_free(&w->scratch);
    kg_array_free(&w->pieces);
    kg_array_free(&w->record);
    kg_property_merger_free(&w->merger);
    kg_array_free(&w->indexed);
    kg_array_free(&w->entries);
    kg_array_free(&w->packed);
    kg_naming_free(&w->naming);
    free(w);
}

kg_status kg_writer_commit(kg_write_report *report, kg_writer *w, kg_error *err) {
    kg_status st = kg_writer_merge(w, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("writer.merged", err);
    if (report)
        *report = w->report;
    if (st == KG_OK && (w->changed || w->facts_changed)) {
        w->update.state.triples_version += w->changed;
        st = kg_update_commit(&w->update, err);
    } else {
        kg_update_abort(&w->update);
    }
    free_writer(w);
    return st;
}

void kg_writer_abort(kg_writer *w) {
    if (!w)
        return;
    kg_update_abort(&w->update);
    free_writer(w);
}
