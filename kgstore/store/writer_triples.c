#include "kgstore/store/writer.h"

#include <stdlib.h>

/* ---- Staging --------------------------------------------------------------------------------- */

/* The block of an entity; an empty one where it has no edges. */
static kg_status find_block(kg_block *block, const kg_writer *w, kg_id entity, kg_error *err) {
    kg_str value;
    *block = (kg_block){NULL, NULL, 0, 0};
    kg_status st = kg_update_get(&value, &w->update, KG_DB_NBR, kg_id_key(&entity));
    if (st == KG_ERR_NOT_FOUND)
        return KG_OK;
    if (st != KG_OK || !kg_block_decode(block, value))
        return kg_error_set(err, KG_ERR_CORRUPT, "the edges of entity %u are damaged; run kg check",
                            entity);
    return KG_OK;
}

/* What the triple is as staged, and whether the store has it with that. */
static kg_status look_up(kg_id_entry **entry, bool *present, kg_writer *w, kg_id head,
                         kg_id relation, kg_id tail, kg_error *err) {
    kg_status st;
    kg_block block;
    *entry = kg_id_map_find(&w->staged, head, relation, tail);
    if (*entry && (*entry)->value != KG_STAGED_NOTHING) {
        *present = (*entry)->value == KG_STAGED_ADD;
        return KG_OK;
    }
    KG_TRY(st, find_block(&block, w, head, err));
    *present = kg_edges_find(NULL, (kg_edges){block.out, block.n_out}, w->weights, w->n_weights,
                             tail, relation);
    return KG_OK;
}

/* Count the block of an entity, once, among what will be rewritten. */
static kg_status touch(kg_writer *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_id_entry *entry;
    kg_block block;
    KG_TRY(st, find_block(&block, w, entity, err));
    st = kg_id_map_insert(&entry, &w->touched, entity, 0, 0);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory staging triples");
    if (entry->value == 0)
        w->dirty += kg_block_size(block.n_out, block.n_in) + 4096;
    entry->value = 1;
    w->dirty += KG_EDGE_BYTES;
    return KG_OK;
}

/* Stage a change; one that undoes what is staged leaves nothing. */
static kg_status stage(kg_writer *w, kg_id_entry *entry, kg_staging change, const kg_id triple[3],
                       kg_error *err) {
    kg_status st;
    w->changed = true;
    if (entry) {
        entry->value = entry->value == KG_STAGED_NOTHING ? change : KG_STAGED_NOTHING;
        return KG_OK;
    }
    KG_TRY(st, touch(w, triple[0], err));
    KG_TRY(st, touch(w, triple[2], err));
    st = kg_id_map_insert(&entry, &w->staged, triple[0], triple[1], triple[2]);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory staging triples");
    entry->value = change;
    return KG_OK;
}

kg_status kg_writer_add_triple(kg_writer *w, kg_id head, kg_id relation, kg_id tail,
                               kg_error *err) {
    kg_status st;
    kg_id_entry *entry;
    bool present;
    KG_TRY(st, look_up(&entry, &present, w, head, relation, tail, err));
    if (present) {
        w->report.duplicates++;
        return KG_OK;
    }
    KG_TRY(st, stage(w, entry, KG_STAGED_ADD, (const kg_id[3]){head, relation, tail}, err));
    w->report.added++;
    w->report.self_loops += head == tail;
    w->update.state.triples++;
    return KG_OK;
}

kg_status kg_writer_delete_triple(kg_writer *w, kg_id head, kg_id relation, kg_id tail,
                                  kg_error *err) {
    kg_status st;
    kg_id_entry *entry;
    bool present;
    KG_TRY(st, look_up(&entry, &present, w, head, relation, tail, err));
    if (!present)
        return KG_ERR_NOT_FOUND;
    const kg_id edge[3] = {head, relation, tail};
    KG_TRY(st, stage(w, entry, KG_STAGED_DELETE, edge, err));
    KG_TRY(st, kg_writer_forget_edge(w, edge, err));
    w->report.deleted++;
    w->update.state.triples--;
    return KG_OK;
}

/* Append what a section of its block holds and no staged change takes away. */
static kg_status list_section(kg_triple_list *to, kg_writer *w, const unsigned char *edges,
                              uint32_t n, kg_id entity, bool incoming) {
    kg_status st;
    for (uint32_t i = 0; i < n; i++, edges += KG_EDGE_BYTES) {
        kg_id other = kg_load_u32(edges), relation = kg_load_u32(edges + 4);
        kg_triple t =
            incoming ? (kg_triple){other, relation, entity} : (kg_triple){entity, relation, other};
        const kg_id_entry *staged = kg_id_map_find(&w->staged, t.head, t.relation, t.tail);
        bool gone = staged && staged->value == KG_STAGED_DELETE;
        if (!gone && !(incoming && other == entity))
            KG_TRY(st, kg_array_push(to, t));
    }
    return KG_OK;
}

kg_status kg_writer_list_triples(kg_triple_list *to, kg_writer *w, kg_id entity, kg_error *err) {
    kg_status st;
    kg_block block;
    size_t at = 0;
    const kg_id_entry *entry;
    KG_TRY(st, find_block(&block, w, entity, err));
    st = list_section(to, w, block.out, block.n_out, entity, false);
    if (st == KG_OK)
        st = list_section(to, w, block.in, block.n_in, entity, true);
    bool touched = kg_id_map_find(&w->touched, entity, 0, 0) != NULL;
    while (st == KG_OK && touched && (entry = kg_id_map_next(&w->staged, &at)))
        if (entry->value == KG_STAGED_ADD && (entry->key[0] == entity || entry->key[2] == entity))
            st = kg_array_push(to, ((kg_triple){entry->key[0], entry->key[1], entry->key[2]}));
    return st == KG_OK ? KG_OK : kg_error_set(err, st, "out of memory staging triples");
}

kg_status kg_writer_has_triple(bool *has, kg_writer *w, const kg_id triple[3], kg_error *err) {
    kg_id_entry *entry;
    return look_up(&entry, has, w, triple[0], triple[1], triple[2], err);
}

/* ---- Merging --------------------------------------------------------------------------------- */

/* One change to a section of a block. */
typedef struct change {
    kg_id entity, other, relation;
    bool incoming, add;
} change;

typedef KG_ARRAY(change) changes;

static int compare_changes(const void *a, const void *b, void *context) {
    const change *x = a, *y = b;
    const kg_writer *w = context;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->incoming != y->incoming)
        return x->incoming ? 1 : -1;
    if (x->other == y->other && x->relation == y->relation)
        return 0;
    return kg_edge_before(w->weights, w->n_weights, x->other, x->relation, y->other, y->relation)
               ? -1
               : 1;
}

/* Every staged triple as a change to two blocks, in the order of blocks and edges. */
static kg_status list_changes(changes *list, kg_writer *w, kg_error *err) {
    size_t at = 0, most = w->staged.len * 2;
    const kg_id_entry *entry;
    if (most == 0)
        return KG_OK;
    if (kg_array_reserve(list, most) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory merging triples");
    while ((entry = kg_id_map_next(&w->staged, &at))) {
        if (entry->value == KG_STAGED_NOTHING)
            continue;
        bool add = entry->value == KG_STAGED_ADD;
        kg_id head = entry->key[0], relation = entry->key[1], tail = entry->key[2];
        list->data[list->len++] = (change){head, tail, relation, false, add};
        list->data[list->len++] = (change){tail, head, relation, true, add};
    }
    if (list->len > 0)
        qsort_r(list->data, list->len, sizeof *list->data, compare_changes, w);
    return KG_OK;
}

static void append_edge(kg_bytes *to, kg_id entity, kg_id relation) {
    kg_store_u32(to->data + to->len, entity);
    kg_store_u32(to->data + to->len + 4, relation);
    to->len += KG_EDGE_BYTES;
}

/* Merge n changes of a section with its edges onto the end of to, which has room. False where an
 * edge to be deleted is not there, or one to be added is. */
static bool merge_section(kg_bytes *to, const kg_writer *w, const unsigned char *edges,
                          uint32_t n_edges, const change *c, size_t n) {
    uint32_t i = 0;
    for (const change *end = c + n; c < end; c++) {
        kg_id entity = KG_NO_ID, relation = KG_NO_ID;
        for (; i < n_edges; i++) {
            entity = kg_load_u32(edges + (size_t)i * KG_EDGE_BYTES);
            relation = kg_load_u32(edges + (size_t)i * KG_EDGE_BYTES + 4);
            if (!kg_edge_before(w->weights, w->n_weights, entity, relation, c->other, c->relation))
                break;
            append_edge(to, entity, relation);
        }
        bool there = i < n_edges && entity == c->other && relation == c->relation;
        if (there == c->add)
            return false;
        if (c->add)
            append_edge(to, c->other, c->relation);
        else
            i++;
    }
    for (; i < n_edges; i++)
        append_edge(to, kg_load_u32(edges + (size_t)i * KG_EDGE_BYTES),
                    kg_load_u32(edges + (size_t)i * KG_EDGE_BYTES + 4));
    return true;
}

/* Rewrite the block of one entity with its n changes. */
static kg_status merge_block(kg_writer *w, const change *c, size_t n, kg_error *err) {
    kg_status st;
    kg_block block;
    kg_id entity = c->entity;
    size_t n_out = 0;
    while (n_out < n && !c[n_out].incoming)
        n_out++;
    KG_TRY(st, find_block(&block, w, entity, err));
    kg_bytes *to = &w->scratch;
    to->len = 0;
    if (kg_array_reserve(to, kg_block_size(block.n_out, block.n_in) + n * KG_EDGE_BYTES) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory merging triples");
    to->len = KG_BLOCK_HEADER;
    bool sound = merge_section(to, w, block.out, block.n_out, c, n_out);
    size_t after_out = to->len;
    sound = sound && merge_section(to, w, block.in, block.n_in, c + n_out, n - n_out);
    if (!sound)
        return kg_error_set(err, KG_ERR_CORRUPT, "the edges of entity %u are damaged; run kg check",
                            entity);
    kg_store_u32(to->data, (uint32_t)((after_out - KG_BLOCK_HEADER) / KG_EDGE_BYTES));
    kg_store_u32(to->data + 4, (uint32_t)((to->len - after_out) / KG_EDGE_BYTES));
    if (to->len == KG_BLOCK_HEADER)
        return kg_update_delete(&w->update, KG_DB_NBR, kg_id_key(&entity), err);
    return kg_update_put(&w->update, KG_DB_NBR, kg_id_key(&entity), (kg_str){to->data, to->len},
                         err);
}

kg_status kg_writer_merge(kg_writer *w, kg_error *err) {
    changes list = KG_ARRAY_INIT;
    kg_status st = list_changes(&list, w, err);
    for (size_t i = 0, end; st == KG_OK && i < list.len; i = end) {
        for (end = i + 1; end < list.len && list.data[end].entity == list.data[i].entity;)
            end++;
        st = merge_block(w, list.data + i, end - i, err);
    }
    kg_array_free(&list);
    return st;
}
