/* The names of an entity in a transaction, taken and put as a whole: whatever changes some of them
 * loads them, changes the list in memory and stores it; the index and the counters follow here. */
#include "kgstore/store/writer.h"

static kg_status out_of_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing aliases");
}

static kg_status damaged(kg_error *err) {
    return kg_error_set(err, KG_ERR_CORRUPT, "the aliases are damaged; run kg check");
}

/* The value under a key, empty where there is none. */
static kg_status get_or_empty(kg_str *value, kg_writer *w, kg_db db, kg_str key, kg_error *err) {
    *value = (kg_str){NULL, 0};
    kg_status st = kg_update_get(value, &w->update, db, key);
    return st == KG_OK || st == KG_ERR_NOT_FOUND ? KG_OK : damaged(err);
}

/* Whether a comes before b under an alias: best weight first, then smallest id. */
static bool entity_before(const kg_writer *w, kg_id a, kg_id b) {
    return kg_edge_before(w->weights, w->n_weights, a, 0, b, 0);
}

/* ---- The index: normalised alias -> entities ------------------------------------------------ */

/* Rewrite the entities under a key with one more (add) or one less; what is so already stays. */
static kg_status change_index(kg_writer *w, kg_str key, kg_id entity, bool add, kg_error *err) {
    kg_status st;
    kg_str old;
    KG_TRY(st, get_or_empty(&old, w, KG_DB_ALIAS, key, err));
    if (old.len && !kg_ids_are_sound(old, w->update.state.entities))
        return damaged(err);
    kg_bytes *to = &w->scratch;
    to->len = 0;
    if (kg_array_reserve(to, old.len + 4) != KG_OK)
        return out_of_memory(err);
    bool there = false, placed = !add;
    for (size_t at = 0; at < old.len; at += 4) {
        kg_id other = kg_load_u32(old.data + at);
        there = there || other == entity;
        if (!placed && entity_before(w, entity, other)) {
            kg_store_u32(to->data + to->len, entity);
            to->len += 4;
            placed = true;
        }
        if (other != entity) {
            kg_store_u32(to->data + to->len, other);
            to->len += 4;
        }
    }
    if (there == add)
        return KG_OK;
    if (!placed) {
        kg_store_u32(to->data + to->len, entity);
        to->len += 4;
    }
    w->update.state.aliases += add ? 1 : UINT64_MAX;
    w->dirty += 4096 + to->len;
    w->changed = true;
    return to->len ? kg_update_put(&w->update, KG_DB_ALIAS, key, (kg_str){to->data, to->len}, err)
                   : kg_update_delete(&w->update, KG_DB_ALIAS, key, err);
}

/* ---- Loading -------------------------------------------------------------------------------- */

static kg_status keep(kg_str *kept, kg_naming *n, kg_str text, kg_error *err) {
    const char *copy = kg_arena_copy(&n->arena, text);
    *kept = (kg_str){copy, text.len};
    return copy ? KG_OK : out_of_memory(err);
}

static kg_status load_list(kg_naming *n, kg_writer *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_str rest, alias;
    KG_TRY(st, get_or_empty(&rest, w, KG_DB_ENT_ALIAS, kg_id_key(&entity), err));
    KG_TRY(st, keep(&rest, n, rest, err));
    n->list.len = 0;
    while (kg_alias_list_next_tagged(&alias, &rest))
        if (kg_array_push(&n->list, alias) != KG_OK)
            return out_of_memory(err);
    return rest.len ? damaged(err) : KG_OK;
}

/* The keys under which the index has the entity: hashes, of the label and the list. */
static kg_status list_keys(kg_key_hashes *to, const kg_naming *n, kg_error *err) {
    char buffer[KG_INDEX_KEY_MAX];
    to->len = 0;
    if (kg_array_reserve(to, n->list.len + 1) != KG_OK)
        return out_of_memory(err);
    for (size_t i = 0; i <= n->list.len; i++) {
        kg_str name = kg_tagged_text(i < n->list.len ? n->list.data[i] : n->label);
        kg_str key = name.len ? kg_alias_key(buffer, name) : (kg_str){NULL, 0};
        to->data[to->len++] = key.len ? kg_hash_bytes(key.data, key.len, 0) : 0;
    }
    return KG_OK;
}

kg_status kg_naming_load(kg_naming *n, kg_writer *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_str value;
    kg_arena_reset(&n->arena);
    st = kg_update_get(&value, &w->update, KG_DB_ENT, kg_id_key(&entity));
    if (st != KG_OK)
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is missing; run kg check");
    KG_TRY(st, keep(&value, n, value, err));
    if (!kg_name_decode_tagged(&n->identifier, &n->label, value))
        return kg_error_set(err, KG_ERR_CORRUPT, "a name is damaged; run kg check");
    KG_TRY(st, load_list(n, w, entity, err));
    n->entity = entity;
    n->had_identifier = n->identifier;
    n->had_label = n->label;
    if (kg_array_reserve(&n->had_list, n->list.len) != KG_OK)
        return out_of_memory(err);
    n->had_list.len = n->list.len;
    if (n->list.len)
        memcpy(n->had_list.data, n->list.data, n->list.len * sizeof *n->list.data);
    return list_keys(&n->had_keys, n, err);
}

kg_status kg_naming_tag(kg_str *tagged, kg_naming *n, kg_str text, const char *mark,
                        kg_str language, kg_error *err) {
    size_t marks = strlen(mark), size = text.len + 1 + marks + language.len;
    if (text.len == 0 || (marks + language.len ? size : text.len) > KG_LABEL_MAX)
        return kg_error_set(err, KG_ERR_FORMAT, "a label or alias has 1 to %d bytes, not %zu",
                            KG_LABEL_MAX, text.len + language.len);
    char *to = kg_arena_alloc(&n->arena, size);
    if (!to)
        return out_of_memory(err);
    *tagged = (kg_str){to, marks + language.len ? size : text.len};
    memcpy(to, text.data, text.len);
    to[text.len] = '\0';
    memcpy(to + text.len + 1, mark, marks);
    if (language.len)
        memcpy(to + text.len + 1 + marks, language.data, language.len);
    return KG_OK;
}

kg_str kg_naming_language(kg_str tagged) {
    kg_str tag = kg_tagged_tag(tagged);
    return tag.len && tag.data[0] == '=' ? (kg_str){tag.data + 1, tag.len - 1} : tag;
}

bool kg_naming_has(const kg_naming *n, kg_str alias) {
    if (kg_str_equal(n->label, alias) || kg_str_equal(kg_tagged_text(n->label), alias) ||
        kg_str_equal(n->identifier, alias))
        return true;
    for (size_t i = 0; i < n->list.len; i++)
        if (kg_str_equal(n->list.data[i], alias))
            return true;
    return false;
}

kg_status kg_naming_add(kg_naming *n, kg_str alias, kg_error *err) {
    if (kg_naming_has(n, alias))
        return KG_OK;
    return kg_array_push(&n->list, alias) == KG_OK ? KG_OK : out_of_memory(err);
}

void kg_naming_remove(kg_naming *n, size_t i) {
    n->list.len--;
    memmove(n->list.data + i, n->list.data + i + 1, (n->list.len - i) * sizeof *n->list.data);
}

void kg_naming_free(kg_naming *n) {
    kg_arena_free(&n->arena);
    kg_array_free(&n->list);
    kg_array_free(&n->had_list);
    kg_array_free(&n->keys);
    kg_array_free(&n->had_keys);
}

/* ---- Storing -------------------------------------------------------------------------------- */

/* A label that is the identifier is none; the list has nothing that identifier or label say. */
static void tidy(kg_naming *n) {
    if (kg_str_equal(n->label, n->identifier))
        n->label = (kg_str){NULL, 0};
    kg_str text = kg_tagged_text(n->label);
    for (size_t i = n->list.len; i-- > 0;) {
        kg_str alias = n->list.data[i];
        if (kg_str_equal(alias, n->label) || kg_str_equal(alias, text) ||
            kg_str_equal(alias, n->identifier))
            kg_naming_remove(n, i);
    }
}

static bool lists_equal(const kg_naming *n) {
    bool equal = n->list.len == n->had_list.len;
    for (size_t i = 0; equal && i < n->list.len; i++)
        equal = kg_str_equal(n->list.data[i], n->had_list.data[i]);
    return equal;
}

static kg_status put_list(kg_writer *w, const kg_naming *n, kg_error *err) {
    kg_bytes *to = &w->scratch;
    kg_str key = kg_id_key(&n->entity);
    if (n->list.len == 0)
        return kg_update_delete(&w->update, KG_DB_ENT_ALIAS, key, err);
    to->len = 0;
    for (size_t i = 0; i < n->list.len; i++) {
        uint16_t length = (uint16_t)n->list.data[i].len;
        if (kg_array_append(to, (const char *)&length, 2) != KG_OK ||
            kg_array_append(to, n->list.data[i].data, n->list.data[i].len) != KG_OK)
            return out_of_memory(err);
    }
    w->dirty += 4096 + to->len;
    return kg_update_put(&w->update, KG_DB_ENT_ALIAS, key, (kg_str){to->data, to->len}, err);
}

static bool holds(const kg_key_hashes *keys, uint64_t hash) {
    for (size_t i = 0; i < keys->len; i++)
        if (keys->data[i] == hash)
            return true;
    return false;
}

/* Bring the index from `before` to `after`: what only one of them has, in this direction. */
static kg_status change_keys(kg_writer *w, const kg_naming *n, const kg_names_list *list,
                             kg_str label, const kg_key_hashes *mine, const kg_key_hashes *other,
                             bool add, kg_error *err) {
    kg_status st;
    char buffer[KG_INDEX_KEY_MAX];
    for (size_t i = 0; i < mine->len; i++) {
        if (mine->data[i] == 0 || holds(other, mine->data[i]))
            continue;
        kg_str key = kg_alias_key(buffer, kg_tagged_text(i < list->len ? list->data[i] : label));
        KG_TRY(st, change_index(w, key, n->entity, add, err));
    }
    return KG_OK;
}

kg_status kg_naming_store(kg_writer *w, kg_naming *n, kg_error *err) {
    kg_status st;
    tidy(n);
    bool same_record =
        kg_str_equal(n->identifier, n->had_identifier) && kg_str_equal(n->label, n->had_label);
    KG_TRY(st, list_keys(&n->keys, n, err));
    if (!same_record) {
        KG_TRY(st, kg_writer_put_name(w, KG_ENTITY, n->entity, n->identifier, n->label, err));
        w->update.state.labels += (uint64_t)(n->label.len > 0) - (n->had_label.len > 0);
    }
    if (!lists_equal(n)) {
        w->changed = true;
        KG_TRY(st, put_list(w, n, err));
    }
    KG_TRY(st, change_keys(w, n, &n->had_list, n->had_label, &n->had_keys, &n->keys, false, err));
    return change_keys(w, n, &n->list, n->label, &n->keys, &n->had_keys, true, err);
}
