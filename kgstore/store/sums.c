#include "kgstore/store/sums.h"

kg_status kg_sum_load(kg_sum *sum, const kg_txn *txn, kg_db db, kg_error *err) {
    char buffer[KG_META_KEY_MAX];
    kg_str value;
    *sum = (kg_sum){0, 0};
    if (!kg_txn_has(txn, db))
        return KG_OK;
    if (kg_txn_get(&value, txn, KG_DB_META, kg_sum_key(buffer, db)) != KG_OK ||
        !kg_sum_decode(sum, value))
        return kg_error_set(err, KG_ERR_CORRUPT,
                            "the checksum of %s is missing; restore the store from a backup, or "
                            "see kg-recovery(7)",
                            kg_db_name(db));
    return KG_OK;
}

kg_status kg_sums_load(kg_sum sums[KG_DB_COUNT], const kg_txn *txn, kg_error *err) {
    kg_status st;
    sums[KG_DB_META] = (kg_sum){0, 0};
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
        KG_TRY(st, kg_sum_load(&sums[db], txn, (kg_db)db, err));
    return KG_OK;
}

kg_status kg_sum_compare(const kg_sum *found, const kg_txn *txn, kg_db db, kg_error *err) {
    kg_status st;
    kg_sum recorded;
    KG_TRY(st, kg_sum_load(&recorded, txn, db, err));
    if (found->records == recorded.records && found->sum == recorded.sum)
        return KG_OK;
    return kg_error_set(err, KG_ERR_CORRUPT,
                        "the store is damaged: the checksum of %s does not match its %llu records; "
                        "nothing was changed; run kg check, and see kg-recovery(7)",
                        kg_db_name(db), (unsigned long long)found->records);
}

kg_status kg_sum_verify(const kg_txn *txn, kg_db db, kg_error *err) {
    kg_cursor *cursor;
    kg_sum sum = {0, 0};
    kg_str key = {NULL, 0}, value;
    kg_status st = kg_cursor_open(&cursor, txn, db);
    if (st == KG_OK)
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST);
    while (st == KG_OK) {
        kg_sum_add(&sum, db, key, value);
        st = kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT);
    }
    kg_cursor_close(cursor);
    if (st != KG_ERR_NOT_FOUND)
        return kg_error_set(err, st, "the store is damaged (%s); run kg check", kg_db_name(db));
    return kg_sum_compare(&sum, txn, db, err);
}

kg_status kg_sums_verify(const kg_txn *txn, kg_error *err) {
    kg_status st;
    for (int db = KG_DB_META + 1; db < KG_DB_COUNT; db++)
        KG_TRY(st, kg_sum_verify(txn, (kg_db)db, err));
    return KG_OK;
}
