#include "kgstore/store/check.h"

#include <math.h>

/* ---- Weights --------------------------------------------------------------------------------- */

kg_status kg_check_weights(kg_check *c) {
    kg_str value, content;
    uint64_t version = 0;
    const kg_state *s = &c->state;
    if (s->pagerank_version > s->triples_version || s->pepr_version > s->triples_version)
        kg_problems_add(c->problems, "state: weights of triples still to come");
    if (s->pagerank_version == 0)
        return KG_OK;
    kg_status st = kg_txn_get(&value, c->txn, KG_DB_BLOB, KG_STR(KG_BLOB_PAGERANK));
    if (st != KG_OK || !kg_blob_decode(&content, &version, value) ||
        !kg_weights_are_sound(content, version, s)) {
        kg_problems_add(c->problems, "blob: the weights of PageRank are missing or malformed");
        return KG_OK;
    }
    c->weights = (const double *)(const void *)content.data;
    c->n_weights = content.len / 8;
    for (uint64_t i = 0; i < c->n_weights; i++)
        if (!isfinite(c->weights[i]) || c->weights[i] < 0) {
            kg_problems_add(c->problems, "blob: the PageRank of entity %llu is no weight",
                            (unsigned long long)i);
            break;
        }
    return KG_OK;
}

static kg_status check_pepr(kg_check *c, void *context, kg_str key, kg_str value) {
    (void)context;
    kg_id entity = kg_check_key(c, KG_DB_PEPR, key);
    if (entity != KG_NO_ID && !kg_pepr_is_sound(value, &c->state, KG_PEPR_MAX))
        kg_problems_add(c->problems, "pepr: the edges of entity %u are malformed", entity);
    return KG_OK;
}

/* ---- Blobs and tables ------------------------------------------------------------------------ */

static kg_status check_blob(kg_check *c, void *context, kg_str key, kg_str value) {
    (void)context;
    kg_str content;
    uint64_t version = 0;
    if (!kg_blob_decode(&content, &version, value) || version > c->state.triples_version ||
        value.len != kg_aligned_size(KG_BLOB_HEADER + content.len))
        kg_problems_add(c->problems, "blob: %.*s is malformed",
                        (int)(key.len < 100 ? key.len : 100), key.data);
    return KG_OK;
}

static kg_status count_block(kg_check *c, void *context, kg_str key, kg_str value) {
    (void)c;
    (void)context;
    (void)key;
    (void)value;
    return KG_OK;
}

/* Every block that the shape calls for is there and has its size. */
static void check_table(kg_check *c, const char *name, const kg_shape *shape, uint64_t *blocks) {
    size_t element = shape->dtype == KG_F64 ? 8 : 4;
    char buffer[KG_META_KEY_MAX];
    bool sound = shape->dtype <= KG_U32 && shape->rows > 0 && shape->columns > 0 &&
                 shape->rows_per_block > 0 && shape->triples_version <= c->state.triples_version &&
                 shape->columns <= UINT32_MAX && shape->rows_per_block <= UINT32_MAX &&
                 (shape->rows - 1) / shape->rows_per_block < UINT32_MAX;
    for (uint64_t row = 0; sound && row < shape->rows; row += shape->rows_per_block) {
        uint64_t left = shape->rows - row;
        uint64_t rows = left < shape->rows_per_block ? left : shape->rows_per_block;
        uint32_t block = (uint32_t)(row / shape->rows_per_block);
        kg_str value;
        sound =
            kg_txn_get(&value, c->txn, KG_DB_TABLE, kg_block_key(buffer, name, block)) == KG_OK &&
            value.len == kg_aligned_size(rows * shape->columns * element);
        ++*blocks;
    }
    if (!sound)
        kg_problems_add(c->problems, "table: %s is not as its shape says", name);
}

/* Records of meta: the shapes of tables, and nothing that is not known. */
static kg_status check_meta(kg_check *c, void *context, kg_str key, kg_str value) {
    static const kg_str PREFIX = {"table:", 6};
    uint64_t *blocks = context;
    char name[KG_TABLE_NAME_MAX + 1], buffer[KG_META_KEY_MAX];
    kg_shape shape;
    if (kg_str_equal(key, KG_STR("format")) || kg_str_equal(key, KG_STR("state")))
        return KG_OK;
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
        if (kg_str_equal(key, kg_sum_key(buffer, (kg_db)db)))
            return KG_OK;
    bool is_table = key.len > PREFIX.len && key.len - PREFIX.len < sizeof name &&
                    memcmp(key.data, PREFIX.data, PREFIX.len) == 0;
    if (!is_table) {
        kg_problems_add(c->problems, "meta: a record %.*s", (int)(key.len < 100 ? key.len : 100),
                        key.data);
        return KG_OK;
    }
    memcpy(name, key.data + PREFIX.len, key.len - PREFIX.len);
    name[key.len - PREFIX.len] = '\0';
    if (kg_shape_key(buffer, name).len != key.len || !kg_shape_decode(&shape, value))
        kg_problems_add(c->problems, "meta: the shape of table %s is malformed", name);
    else
        check_table(c, name, &shape, blocks);
    return KG_OK;
}

kg_status kg_check_derived(kg_check *c) {
    kg_status st;
    uint64_t blocks = 0;
    KG_TRY(st, kg_check_each(c, KG_DB_PEPR, check_pepr, NULL));
    if (c->state.pepr_version == 0 && c->sums[KG_DB_PEPR].records > 0)
        kg_problems_add(c->problems, "pepr: personalized edges of no version");
    KG_TRY(st, kg_check_each(c, KG_DB_BLOB, check_blob, NULL));
    KG_TRY(st, kg_check_each(c, KG_DB_TABLE, count_block, NULL));
    KG_TRY(st, kg_check_each(c, KG_DB_META, check_meta, &blocks));
    kg_check_count(c, "blocks of tables", blocks, c->sums[KG_DB_TABLE].records);
    return KG_OK;
}
