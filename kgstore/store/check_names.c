#include "kgstore/store/check.h"

#include "kgstore/base/utf8.h"

/* One dictionary being walked. */
typedef struct walk {
    kg_kind kind;
    kg_db names, index;
    uint64_t end;    /* ids recorded in the state */
    uint64_t next;   /* the id that comes next */
    uint64_t labels; /* records with one */
    uint64_t listed; /* ids in the index */
    uint64_t deleted;
} walk;

static bool is_text(kg_str s) {
    return s.len > 0 && kg_text_is_valid(s);
}

bool kg_tagged_is_sound(kg_str tagged) {
    return is_text(kg_tagged_text(tagged)) && kg_text_is_valid(kg_tagged_tag(tagged));
}

static kg_status check_name(kg_check *c, void *context, kg_str key, kg_str value) {
    walk *w = context;
    const char *db = kg_db_name(w->names);
    kg_str identifier, label;
    kg_id found, id = key.len == 4 ? kg_load_u32(key.data) : KG_NO_ID;
    if (id >= w->end) {
        kg_problems_add(c->problems, "%s: a record of no id of the store", db);
        return KG_OK;
    }
    if (id != w->next)
        kg_problems_add(c->problems, "%s: id %u where %llu comes next", db, id,
                        (unsigned long long)w->next);
    w->next = (uint64_t)id + 1;
    if (w->kind == KG_ENTITY && kg_str_equal(value, KG_NAME_DELETED)) {
        w->deleted++;
        return KG_OK;
    }
    if (!kg_name_decode_tagged(&identifier, &label, value) || !is_text(identifier) ||
        (label.len && (!kg_tagged_is_sound(label) || kg_str_equal(label, identifier)))) {
        kg_problems_add(c->problems, "%s: the record of id %u is malformed", db, id);
        return KG_OK;
    }
    w->labels += label.len > 0;
    kg_status st = kg_dictionary_find(&found, c->txn, &c->state, w->kind, identifier);
    if (st != KG_OK || found != id)
        kg_problems_add(c->problems, "%s: the name of id %u leads to %s", db, id,
                        st == KG_OK ? "another id" : "no id");
    return KG_OK;
}

static kg_status check_index(kg_check *c, void *context, kg_str key, kg_str value) {
    walk *w = context;
    bool whole = key.len <= KG_INDEX_PREFIX || (unsigned char)key.data[KG_INDEX_PREFIX] != 0xFF;
    if (value.len == 0 || value.len % 4 != 0 || (whole && value.len != 4))
        kg_problems_add(c->problems, "%s: a record of %zu bytes", kg_db_name(w->index), value.len);
    w->listed += value.len / 4;
    return KG_OK;
}

/* Every name leads to its id, and there are as many ids in the index as names: one to one. */
static kg_status check_dictionary(kg_check *c, kg_kind kind, const char *what, uint64_t end,
                                  uint64_t *labels) {
    kg_dictionary d = kg_dictionary_of(kind);
    walk w = {.kind = kind, .names = d.names, .index = d.index, .end = end};
    kg_status st;
    KG_TRY(st, kg_check_each(c, d.names, check_name, &w));
    KG_TRY(st, kg_check_each(c, d.index, check_index, &w));
    kg_check_count(c, what, end, c->sums[d.names].records);
    if (kind == KG_ENTITY)
        kg_check_count(c, "deleted entities", c->state.deleted, w.deleted);
    uint64_t named = c->sums[d.names].records - w.deleted;
    if (w.listed != named)
        kg_problems_add(c->problems, "%s: %llu ids for %llu names", kg_db_name(d.index),
                        (unsigned long long)w.listed, (unsigned long long)named);
    *labels = w.labels;
    return KG_OK;
}

static kg_status check_types(kg_check *c, void *context, kg_str key, kg_str value) {
    uint64_t *multi_typed = context;
    kg_id entity = kg_check_key(c, KG_DB_ENT_TYPE, key);
    if (entity == KG_NO_ID)
        return KG_OK;
    kg_types types;
    bool sound = kg_types_decode(&types, value, c->state.types);
    for (uint32_t i = 0; sound && i < types.count; i++)
        for (uint32_t j = 0; sound && j < i; j++)
            sound = kg_types_at(types, j) != kg_types_at(types, i);
    if (!sound)
        kg_problems_add(c->problems, "ent_type: the types of entity %u are malformed", entity);
    *multi_typed += types.count > 1;
    return KG_OK;
}

kg_status kg_check_names(kg_check *c) {
    kg_status st;
    uint64_t labels, ignored, multi_typed = 0;
    KG_TRY(st, check_dictionary(c, KG_ENTITY, "entities", c->state.entities, &labels));
    kg_check_count(c, "labels", c->state.labels, labels);
    KG_TRY(st, check_dictionary(c, KG_RELATION, "relations", c->state.relations, &ignored));
    KG_TRY(st, check_dictionary(c, KG_TYPE, "types", c->state.types, &ignored));
    KG_TRY(st, check_dictionary(c, KG_KEY, "keys", c->state.keys, &ignored));
    KG_TRY(st, kg_check_each(c, KG_DB_ENT_TYPE, check_types, &multi_typed));
    kg_check_count(c, "entities of several types", c->state.multi_typed, multi_typed);
    return KG_OK;
}
