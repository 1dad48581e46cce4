/* Dense tables and blobs. */
#include "kgstore/store/store.h"

#include <string.h>

static const uint64_t BLOCK_BYTES_MAX = UINT64_C(64) << 20;

static size_t dtype_size(kg_dtype dtype) {
    switch (dtype) {
    case KG_F32:
    case KG_U32:
        return 4;
    case KG_F64:
        break;
    }
    return 8;
}

/* ---- Blobs ----------------------------------------------------------------------------------- */

kg_status kg_blob_get(kg_str *content, uint64_t *triples_version, kg_snapshot *s,
                      const char *name) {
    kg_status st;
    kg_str value;
    uint64_t version;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, kg_txn_get(&value, s->txn, KG_DB_BLOB, kg_str_from(name)));
    if (!kg_blob_decode(content, &version, value))
        return KG_ERR_CORRUPT;
    if (triples_version)
        *triples_version = version;
    return KG_OK;
}

typedef struct blob_fill {
    size_t size;
    uint64_t triples_version;
    kg_fill_fn fill;
    void *context;
} blob_fill;

static kg_status fill_blob(void *context, void *to, size_t size) {
    kg_status st;
    blob_fill *b = context;
    unsigned char *bytes = to;
    kg_store_u64(bytes, b->size);
    kg_store_u64(bytes + 8, b->triples_version);
    KG_TRY(st, b->fill(b->context, bytes + KG_BLOB_HEADER, b->size));
    memset(bytes + KG_BLOB_HEADER + b->size, 0, size - KG_BLOB_HEADER - b->size);
    return KG_OK;
}

kg_status kg_blob_put(kg_store *store, const char *name, size_t size, uint64_t triples_version,
                      kg_fill_fn fill, void *context, kg_error *err) {
    kg_status st;
    kg_update update;
    blob_fill b = {size, triples_version, fill, context};
    KG_TRY(st, kg_update_begin(&update, store, err));
    st = kg_update_fill(&update, KG_DB_BLOB, kg_str_from(name),
                        kg_aligned_size(KG_BLOB_HEADER + size), fill_blob, &b, err);
    if (st == KG_OK)
        return kg_update_commit(&update, err);
    kg_update_abort(&update);
    return st;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static kg_status read_shape(kg_shape *shape, const kg_txn *txn, const char *name) {
    kg_status st;
    char buffer[KG_META_KEY_MAX];
    kg_str value, key = kg_shape_key(buffer, name);
    if (key.len == 0)
        return KG_ERR_NOT_FOUND;
    KG_TRY(st, kg_txn_get(&value, txn, KG_DB_META, key));
    bool sound = kg_shape_decode(shape, value) && shape->dtype <= KG_U32 && shape->columns > 0 &&
                 shape->columns <= BLOCK_BYTES_MAX && shape->rows_per_block > 0 &&
                 shape->rows_per_block <= BLOCK_BYTES_MAX;
    return sound ? KG_OK : KG_ERR_CORRUPT;
}

kg_status kg_table_find(kg_table *out, kg_snapshot *s, const char *name, kg_error *err) {
    kg_shape shape;
    kg_status st = s->epoch != kg_env_epoch() ? KG_ERR_STALE : read_shape(&shape, s->txn, name);
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the store has no table %s", name);
    if (st != KG_OK)
        return kg_error_set(err, st, "the table %s cannot be read; run kg check", name);
    *out = (kg_table){.dtype = (kg_dtype)shape.dtype,
                      .rows = shape.rows,
                      .columns = shape.columns,
                      .rows_per_block = shape.rows_per_block,
                      .triples_version = shape.triples_version,
                      .stale = shape.triples_version != s->state.triples_version};
    return KG_OK;
}

static uint64_t rows_in_block(const kg_shape *shape, uint64_t block) {
    uint64_t first = block * shape->rows_per_block, left = shape->rows - first;
    return left < shape->rows_per_block ? left : shape->rows_per_block;
}

kg_status kg_table_block(const void **data, uint64_t *first_row, uint64_t *n_rows, kg_snapshot *s,
                         const char *name, uint64_t row) {
    kg_status st;
    char buffer[KG_META_KEY_MAX];
    kg_shape shape;
    kg_str value;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, read_shape(&shape, s->txn, name));
    if (row >= shape.rows)
        return KG_ERR_NOT_FOUND;
    uint64_t block = row / shape.rows_per_block;
    st = kg_txn_get(&value, s->txn, KG_DB_TABLE, kg_block_key(buffer, name, (uint32_t)block));
    if (st != KG_OK)
        return st == KG_ERR_NOT_FOUND ? KG_ERR_CORRUPT : st; /* the shape calls for it */
    uint64_t rows = rows_in_block(&shape, block);
    if (value.len < rows * shape.columns * dtype_size((kg_dtype)shape.dtype))
        return KG_ERR_CORRUPT;
    *data = value.data;
    *first_row = block * shape.rows_per_block;
    *n_rows = rows;
    return KG_OK;
}

typedef struct block_fill {
    kg_table_fill_fn fill;
    void *context;
    uint64_t first_row, n_rows;
    size_t bytes;
} block_fill;

static kg_status fill_block(void *context, void *to, size_t size) {
    kg_status st;
    block_fill *b = context;
    KG_TRY(st, b->fill(b->context, to, b->first_row, b->n_rows));
    memset((unsigned char *)to + b->bytes, 0, size - b->bytes);
    return KG_OK;
}

static kg_status delete_blocks(kg_update *u, const char *name, const kg_shape *shape,
                               kg_error *err) {
    char buffer[KG_META_KEY_MAX];
    uint64_t blocks = (shape->rows + shape->rows_per_block - 1) / shape->rows_per_block;
    for (uint64_t block = 0; block < blocks; block++) {
        kg_status st =
            kg_update_delete(u, KG_DB_TABLE, kg_block_key(buffer, name, (uint32_t)block), err);
        if (st != KG_OK && st != KG_ERR_NOT_FOUND)
            return st;
    }
    return KG_OK;
}

static kg_status put_blocks(kg_update *u, const char *name, const kg_shape *shape,
                            kg_table_fill_fn fill, void *context, kg_error *err) {
    kg_status st;
    char buffer[KG_META_KEY_MAX];
    unsigned char encoded[KG_SHAPE_BYTES];
    size_t row_bytes = shape->columns * dtype_size((kg_dtype)shape->dtype);
    for (uint64_t row = 0; row < shape->rows; row += shape->rows_per_block) {
        uint64_t block = row / shape->rows_per_block, n_rows = rows_in_block(shape, block);
        block_fill b = {fill, context, row, n_rows, n_rows * row_bytes};
        KG_TRY(st, kg_update_fill(u, KG_DB_TABLE, kg_block_key(buffer, name, (uint32_t)block),
                                  kg_aligned_size(b.bytes), fill_block, &b, err));
    }
    kg_shape_encode(encoded, shape);
    return kg_txn_put(u->txn, KG_DB_META, kg_shape_key(buffer, name),
                      (kg_str){(const char *)encoded, sizeof encoded}, KG_PUT_REPLACE, err);
}

/* Fill in the shape of the blocks. */
static kg_status plan_shape(kg_shape *shape, const char *name, const kg_table *wanted,
                            kg_error *err) {
    char buffer[KG_META_KEY_MAX];
    if (kg_shape_key(buffer, name).len == 0)
        return kg_error_set(
            err, KG_ERR_ARGUMENT,
            "a table's name has 1 to %d letters, digits or _.-:", KG_TABLE_NAME_MAX);
    size_t size = dtype_size(wanted->dtype);
    if (wanted->rows == 0 || wanted->columns == 0 || wanted->columns > BLOCK_BYTES_MAX / size)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "the table %s needs rows, and columns of at most 64 MiB a row", name);
    uint64_t per_block = BLOCK_BYTES_MAX / (wanted->columns * size);
    *shape = (kg_shape){.dtype = (uint32_t)wanted->dtype,
                        .rows = wanted->rows,
                        .columns = wanted->columns,
                        .rows_per_block = per_block,
                        .triples_version = wanted->triples_version};
    return (wanted->rows - 1) / per_block > UINT32_MAX - 1
               ? kg_error_set(err, KG_ERR_ARGUMENT, "the table %s has too many rows", name)
               : KG_OK;
}

kg_status kg_table_put(kg_store *store, const char *name, const kg_table *wanted,
                       kg_table_fill_fn fill, void *context, kg_error *err) {
    kg_status st;
    kg_shape shape, old;
    kg_update update;
    KG_TRY(st, plan_shape(&shape, name, wanted, err));
    KG_TRY(st, kg_update_begin(&update, store, err));
    if (read_shape(&old, update.txn, name) == KG_OK)
        st = delete_blocks(&update, name, &old, err);
    if (st == KG_OK)
        st = put_blocks(&update, name, &shape, fill, context, err);
    if (st == KG_OK)
        return kg_update_commit(&update, err);
    kg_update_abort(&update);
    return st;
}

kg_status kg_table_delete(kg_store *store, const char *name, kg_error *err) {
    kg_status st;
    char buffer[KG_META_KEY_MAX];
    kg_shape shape;
    kg_update update;
    KG_TRY(st, kg_update_begin(&update, store, err));
    st = read_shape(&shape, update.txn, name);
    if (st == KG_ERR_NOT_FOUND)
        kg_error_set(err, st, "the store has no table %s", name);
    if (st == KG_OK)
        st = delete_blocks(&update, name, &shape, err);
    if (st == KG_OK)
        st = kg_txn_delete(update.txn, KG_DB_META, kg_shape_key(buffer, name), err);
    if (st == KG_OK)
        return kg_update_commit(&update, err);
    kg_update_abort(&update);
    return st;
}

kg_status kg_table_each(kg_snapshot *s, kg_name_fn visit, void *context) {
    static const kg_str PREFIX = {"table:", 6};
    kg_status st;
    kg_cursor *cursor;
    kg_str key = PREFIX, value;
    if (s->epoch != kg_env_epoch())
        return KG_ERR_STALE;
    KG_TRY(st, kg_cursor_open(&cursor, s->txn, KG_DB_META));
    st = kg_cursor_move(&key, &value, cursor, KG_MOVE_SEEK);
    while (st == KG_OK && key.len > PREFIX.len && memcmp(key.data, PREFIX.data, PREFIX.len) == 0) {
        st = visit(context, (kg_str){key.data + PREFIX.len, key.len - PREFIX.len}, KG_NO_ID);
        if (st == KG_OK)
            st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    return st == KG_ERR_NOT_FOUND ? KG_OK : st;
}
