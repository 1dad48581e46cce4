/* Ids given anew: a generation in which the entities that are left follow one another, in the order
 * that they had. Since that order stays, so does every order by id, and each database is copied
 * record by record with its ids replaced. */
#include "kgstore/store/renumber.h"

#include "kgstore/store/fresh.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/prop_index.h"
#include "kgstore/store/properties.h"
#include "kgstore/store/sums.h"

#include <stdlib.h>

enum { COMMIT_BYTES = 64 << 20 };

typedef struct renumbering {
    kg_env *env;
    kg_txn *from;
    kg_state state;
    uint64_t version; /* of the triples: what has it is as new as they are */
    kg_id *new_of;    /* E; KG_NO_ID: deleted */
    kg_fresh fresh;
    kg_bytes value;
} renumbering;

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory giving ids anew");
}

/* One record with new ids, appended, or left out. *damaged: it holds what no record can. */
typedef kg_status (*renumber_fn)(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                                 kg_error *err);

static kg_status each_record(renumbering *r, kg_db db, renumber_fn take, kg_error *err) {
    kg_cursor *cursor;
    kg_sum sum = {0, 0};
    bool damaged = false;
    kg_str key = {NULL, 0}, value;
    kg_status st = kg_cursor_open(&cursor, r->from, db);
    if (st == KG_OK)
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK && !damaged) {
        kg_sum_add(&sum, db, key, value);
        st = take(&damaged, r, db, key, value, err);
        if (st != KG_OK)
            break;
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
        if (st != KG_OK && st != KG_ERR_NOT_FOUND)
            damaged = true;
    }
    kg_cursor_close(cursor);
    if (damaged)
        return kg_error_set(err, KG_ERR_CORRUPT, "the store is damaged (%s); run kg check",
                            kg_db_name(db));
    return st == KG_ERR_NOT_FOUND ? kg_sum_compare(&sum, r->from, db, err) : st;
}

static kg_id new_id(const renumbering *r, kg_id id) {
    return id < r->state.entities ? r->new_of[id] : KG_NO_ID;
}

/* ---- Records that are keyed by entity -------------------------------------------------------- */

/* The new key of a record; false where it has none. */
static bool new_key(kg_id *to, const renumbering *r, kg_str key) {
    *to = key.len == 4 ? new_id(r, kg_load_u32(key.data)) : KG_NO_ID;
    return *to != KG_NO_ID;
}

static kg_status take_name(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                           kg_error *err) {
    kg_id id;
    (void)damaged;
    return new_key(&id, r, key) ? kg_fresh_append(&r->fresh, db, kg_id_key(&id), value, err)
                                : KG_OK;
}

static kg_status take_keyed(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                            kg_error *err) {
    kg_id id;
    *damaged = !new_key(&id, r, key);
    return *damaged ? KG_OK : kg_fresh_append(&r->fresh, db, kg_id_key(&id), value, err);
}

/* Copy value with the ids that stand `apart` bytes from each other from `at` on replaced; whole
 * entries of deleted entities are left out where `may_drop`. */
static kg_status replace_ids(bool *damaged, renumbering *r, kg_str value, size_t at, size_t apart,
                             bool may_drop) {
    kg_status st;
    r->value.len = 0;
    KG_TRY(st, kg_array_append(&r->value, value.data, at));
    *damaged = (value.len - at) % apart != 0;
    for (; !*damaged && at < value.len; at += apart) {
        kg_id id = new_id(r, kg_load_u32(value.data + at));
        if (id == KG_NO_ID && may_drop)
            continue;
        *damaged = id == KG_NO_ID;
        KG_TRY(st, kg_array_append(&r->value, value.data + at, apart));
        kg_store_u32(r->value.data + r->value.len - apart, id);
    }
    return KG_OK;
}

static kg_status append_value(renumbering *r, kg_db db, kg_str key, kg_error *err) {
    return r->value.len
               ? kg_fresh_append(&r->fresh, db, key, (kg_str){r->value.data, r->value.len}, err)
               : KG_OK;
}

static kg_status take_block(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                            kg_error *err) {
    kg_id id;
    kg_block block;
    *damaged = !new_key(&id, r, key) || !kg_block_decode(&block, value);
    if (!*damaged && replace_ids(damaged, r, value, KG_BLOCK_HEADER, KG_EDGE_BYTES, false) != KG_OK)
        return no_memory(err);
    return *damaged ? KG_OK : append_value(r, db, kg_id_key(&id), err);
}

static kg_status take_pepr(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                           kg_error *err) {
    kg_id id;
    *damaged = !new_key(&id, r, key);
    if (!*damaged && replace_ids(damaged, r, value, 0, KG_PEPR_EDGE_BYTES, true) != KG_OK)
        return no_memory(err);
    return *damaged ? KG_OK : append_value(r, db, kg_id_key(&id), err);
}

/* ---- Others ---------------------------------------------------------------------------------- */

/* Ids under a text. */
static kg_status take_index(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                            kg_error *err) {
    if (replace_ids(damaged, r, value, 0, 4, false) != KG_OK)
        return no_memory(err);
    return *damaged ? KG_OK : append_value(r, db, key, err);
}

static kg_status take_edge(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                           kg_error *err) {
    uint32_t edge[3];
    unsigned char buffer[KG_EDGE_KEY_BYTES];
    *damaged = !kg_edge_key_decode(edge, key);
    if (*damaged)
        return KG_OK;
    edge[0] = new_id(r, edge[0]);
    edge[2] = new_id(r, edge[2]);
    *damaged = edge[0] == KG_NO_ID || edge[2] == KG_NO_ID;
    kg_edge_key_encode(buffer, edge);
    return *damaged ? KG_OK
                    : kg_fresh_append(&r->fresh, db, (kg_str){(const char *)buffer, sizeof buffer},
                                      value, err);
}

/* Which keys are indexed, and of which entities. */
static kg_status take_entry(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                            kg_error *err) {
    uint32_t entry[3];
    unsigned char buffer[KG_EDGE_KEY_BYTES];
    if (key.len == KG_INDEXED_KEY_BYTES)
        return kg_fresh_append(&r->fresh, db, key, value, err);
    *damaged = !kg_edge_key_decode(entry, key) || new_id(r, entry[2]) == KG_NO_ID;
    if (*damaged)
        return KG_OK;
    entry[2] = new_id(r, entry[2]);
    kg_edge_key_encode(buffer, entry);
    return kg_fresh_append(&r->fresh, db, (kg_str){(const char *)buffer, sizeof buffer}, value,
                           err);
}

/* What was made from the triples as they are is not stale for their new ids. */
static uint64_t new_version(const renumbering *r, uint64_t version) {
    return version == r->version ? version + 1 : version;
}

static kg_status write_weights(renumbering *r, kg_error *err) {
    kg_status st;
    kg_str value, content;
    uint64_t version;
    if (r->state.pagerank_version == 0)
        return KG_OK;
    KG_TRY(st, kg_sum_verify(r->from, KG_DB_BLOB, err));
    if (kg_txn_get(&value, r->from, KG_DB_BLOB, KG_STR(KG_BLOB_PAGERANK)) != KG_OK ||
        !kg_blob_decode(&content, &version, value) ||
        !kg_weights_are_sound(content, version, &r->state))
        return kg_error_set(err, KG_ERR_CORRUPT, "the PageRank weights are damaged; run kg check");
    uint64_t n = content.len / sizeof(double), kept = 0;
    double *weights = malloc((n + 1) * sizeof *weights);
    if (!weights)
        return no_memory(err);
    for (uint64_t i = 0; i < n; i++)
        if (r->new_of[i] != KG_NO_ID)
            weights[kept++] = kg_load_f64(content.data + i * sizeof(double));
    st = kg_fresh_put_pagerank(&r->fresh, weights, kept, new_version(r, version), err);
    free(weights);
    return st;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

typedef struct table {
    char name[KG_TABLE_NAME_MAX + 1];
    kg_shape shape; /* as it was */
    size_t row_bytes;
    bool of_entities;
} table;

static bool begins_with(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* The shape after: rows of deleted entities are gone. */
static kg_shape new_shape(const renumbering *r, const table *t) {
    kg_shape shape = t->shape;
    shape.triples_version = new_version(r, shape.triples_version);
    for (uint64_t row = 0; t->of_entities && row < t->shape.rows; row++)
        shape.rows -= row < r->state.entities && r->new_of[row] == KG_NO_ID;
    return shape;
}

/* A row as it is stored. */
static const char *row_at(const renumbering *r, const table *t, uint64_t row) {
    char buffer[KG_META_KEY_MAX];
    kg_str value;
    uint64_t block = row / t->shape.rows_per_block, first = block * t->shape.rows_per_block;
    size_t at = (size_t)(row - first) * t->row_bytes;
    if (kg_txn_get(&value, r->from, KG_DB_TABLE, kg_block_key(buffer, t->name, (uint32_t)block)) !=
            KG_OK ||
        value.len < at + t->row_bytes)
        return NULL;
    return value.data + at;
}

/* Fill n rows into `to`; *row: the next of the old ones. */
static bool fill_rows(char *to, uint64_t n, uint64_t *row, const renumbering *r, const table *t) {
    for (; n > 0; ++*row) {
        bool gone = t->of_entities && *row < r->state.entities && r->new_of[*row] == KG_NO_ID;
        if (gone)
            continue;
        const char *from = row_at(r, t, *row);
        if (!from)
            return false;
        memcpy(to, from, t->row_bytes);
        to += t->row_bytes;
        n--;
    }
    return true;
}

static kg_status write_blocks(renumbering *r, const table *t, const kg_shape *shape,
                              kg_error *err) {
    kg_status st;
    char buffer[KG_META_KEY_MAX];
    uint64_t row = 0;
    for (uint64_t first = 0; first < shape->rows; first += shape->rows_per_block) {
        uint64_t left = shape->rows - first;
        uint64_t n = left < shape->rows_per_block ? left : shape->rows_per_block;
        size_t bytes = (size_t)n * t->row_bytes, size = kg_aligned_size(bytes);
        void *to;
        kg_str key = kg_block_key(buffer, t->name, (uint32_t)(first / shape->rows_per_block));
        KG_TRY(st, kg_fresh_reserve(&to, &r->fresh, KG_DB_TABLE, key, size, err));
        if (!fill_rows(to, n, &row, r, t))
            return kg_error_set(err, KG_ERR_CORRUPT, "the table %s is damaged; run kg check",
                                t->name);
        memset((char *)to + bytes, 0, size - bytes);
        kg_fresh_filled(&r->fresh, KG_DB_TABLE, key, to, size);
    }
    return KG_OK;
}

/* A record of meta: the shape of a table, or another. */
static kg_status take_shape(bool *damaged, renumbering *r, kg_db db, kg_str key, kg_str value,
                            kg_error *err) {
    static const kg_str PREFIX = {"table:", 6};
    kg_status st;
    table t;
    unsigned char encoded[KG_SHAPE_BYTES];
    if (key.len < PREFIX.len || memcmp(key.data, PREFIX.data, PREFIX.len) != 0)
        return KG_OK;
    *damaged = key.len - PREFIX.len >= sizeof t.name || !kg_shape_decode(&t.shape, value) ||
               t.shape.dtype > KG_U32 || t.shape.columns > UINT32_MAX;
    if (*damaged)
        return KG_OK;
    memcpy(t.name, key.data + PREFIX.len, key.len - PREFIX.len);
    t.name[key.len - PREFIX.len] = '\0';
    t.row_bytes = t.shape.columns * (t.shape.dtype == KG_F64 ? 8 : 4);
    t.of_entities = begins_with(t.name, "ent_") || begins_with(t.name, "mention_");
    const kg_shape shape = new_shape(r, &t);
    if (shape.rows == 0)
        return KG_OK;
    kg_shape_encode(encoded, &shape);
    KG_TRY(st, kg_fresh_append(&r->fresh, db, key, (kg_str){(const char *)encoded, sizeof encoded},
                               err));
    return write_blocks(r, &t, &shape, err);
}

/* Meta has no checksum; its shapes have. */
static kg_status write_tables(renumbering *r, kg_error *err) {
    kg_status st;
    kg_cursor *cursor;
    bool damaged = false;
    kg_str key = {NULL, 0}, value;
    KG_TRY(st, kg_sum_verify(r->from, KG_DB_TABLE, err));
    st = kg_cursor_open(&cursor, r->from, KG_DB_META);
    while (st == KG_OK && !damaged) {
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
        if (st == KG_ERR_NOT_FOUND)
            break;
        damaged = st != KG_OK;
        if (!damaged)
            st = take_shape(&damaged, r, KG_DB_META, key, value, err);
    }
    kg_cursor_close(cursor);
    if (damaged)
        return kg_error_set(err, KG_ERR_CORRUPT, "the store is damaged (meta); run kg check");
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* The new id of every entity, from the marks of the deleted. */
static kg_status number(renumbering *r, kg_error *err) {
    kg_status st;
    kg_id next = 0;
    r->new_of = malloc((r->state.entities + 1) * sizeof *r->new_of);
    if (!r->new_of)
        return no_memory(err);
    KG_TRY(st, kg_sum_verify(r->from, KG_DB_ENT, err));
    for (kg_id id = 0; id < r->state.entities; id++) {
        st = kg_entity_there(r->from, &r->state, id);
        if (st != KG_OK && st != KG_ERR_NOT_FOUND)
            return kg_error_set(err, st, "the names are damaged; run kg check");
        r->new_of[id] = st == KG_OK ? next++ : KG_NO_ID;
    }
    return r->state.entities - next == r->state.deleted
               ? KG_OK
               : kg_error_set(err, KG_ERR_CORRUPT, "the names are damaged; run kg check");
}

static kg_status write_all(renumbering *r, kg_error *err) {
    static const struct {
        kg_db db;
        renumber_fn take; /* NULL: it holds no entity */
    } DATABASES[] = {
        {KG_DB_ENT, take_name},
        {KG_DB_ENT_ID, take_index},
        {KG_DB_REL, NULL},
        {KG_DB_REL_ID, NULL},
        {KG_DB_TYPE, NULL},
        {KG_DB_TYPE_ID, NULL},
        {KG_DB_KEY, NULL},
        {KG_DB_KEY_ID, NULL},
        {KG_DB_ALIAS, take_index},
        {KG_DB_ENT_ALIAS, take_keyed},
        {KG_DB_ENT_TYPE, take_keyed},
        {KG_DB_NBR, take_block},
        {KG_DB_PEPR, take_pepr},
        {KG_DB_ENT_PROP, take_keyed},
        {KG_DB_EDGE_PROP, take_edge},
        {KG_DB_PROP_INDEX, take_entry},
    };
    kg_status st;
    for (size_t i = 0; i < sizeof DATABASES / sizeof *DATABASES; i++)
        KG_TRY(st, DATABASES[i].take ? each_record(r, DATABASES[i].db, DATABASES[i].take, err)
                                     : kg_fresh_copy(&r->fresh, r->from, DATABASES[i].db, err));
    KG_TRY(st, write_weights(r, err));
    return write_tables(r, err);
}

static kg_status renumber(renumbering *r, const char *path, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_txn_begin(&r->from, r->env, false, err));
    KG_TRY(st, kg_state_load(&r->state, r->from, err));
    r->version = r->state.triples_version;
    KG_TRY(st, number(r, err));
    KG_TRY(st, kg_fresh_begin(&r->fresh, path, COMMIT_BYTES, err));
    KG_TRY(st, write_all(r, err));
    r->state.entities -= r->state.deleted;
    r->state.deleted = 0;
    r->state.pagerank_version = new_version(r, r->state.pagerank_version);
    r->state.pepr_version = new_version(r, r->state.pepr_version);
    r->state.triples_version = r->version + 1;
    return KG_OK;
}

kg_status kg_renumber(kg_env *env, uint64_t generation, const char *path, kg_error *err) {
    renumbering r = {.env = env};
    kg_status st = renumber(&r, path, err);
    kg_txn_abort(r.from);
    if (st == KG_OK)
        st = kg_fresh_finish(&r.fresh, &r.state, generation, err);
    else if (r.fresh.path)
        kg_fresh_abort(&r.fresh);
    free(r.new_of);
    kg_array_free(&r.value);
    return st;
}
