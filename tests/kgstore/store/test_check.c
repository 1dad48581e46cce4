/* kg_store_check: records that contradict each other on sound pages, then damaged files. */
#include "tests/support/sample_store.h"

#include "kgstore/base/array.h"
#include "kgstore/base/rng.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/pageformat.h"
#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    char folder[32], path[64], file[96];
    unsigned char *whole; /* the data file */
    size_t size;
    uint64_t digest; /* of all records */
} fixture;

static void read_whole(fixture *f) {
    struct stat info;
    int fd = open(f->file, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    f->size = (size_t)info.st_size;
    f->whole = malloc(f->size);
    assert_int_equal(pread(fd, f->whole, f->size, 0), f->size);
    close(fd);
}

static void write_whole(const fixture *f) {
    int fd = open(f->file, O_WRONLY | O_TRUNC);
    assert_int_equal(pwrite(fd, f->whole, f->size, 0), f->size);
    close(fd);
}

/* All records of all databases; 0 where they cannot be read. */
static uint64_t digest_of(const fixture *f) {
    char folder[PATH_MAX];
    kg_env *env;
    kg_txn *txn;
    uint64_t digest = 1;
    assert_int_equal(kg_generation_folder(folder, f->path, 1, NULL), KG_OK);
    if (kg_env_open(&env, folder, NULL) != KG_OK)
        return 0;
    assert_int_equal(kg_txn_begin(&txn, env, false, NULL), KG_OK);
    for (int db = 0; db < KG_DB_COUNT; db++) {
        kg_cursor *cursor;
        kg_str key = {NULL, 0}, value;
        assert_int_equal(kg_cursor_open(&cursor, txn, (kg_db)db), KG_OK);
        while (kg_cursor_move(&key, &value, cursor, KG_MOVE_NEXT) == KG_OK)
            digest = kg_hash_u64(digest ^ kg_record_hash((kg_db)db, key, value));
        kg_cursor_close(cursor);
    }
    kg_txn_abort(txn);
    kg_env_release(env);
    return digest;
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    make_test_folder(f->folder);
    snprintf(f->path, sizeof f->path, "%s/store", f->folder);
    snprintf(f->file, sizeof f->file, "%s/gen-1/data.mdb", f->path);
    make_sample_store(f->path, 60, 300, 1);
    read_whole(f);
    f->digest = digest_of(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    remove_tree(f->folder);
    free(f->whole);
    free(f);
    return 0;
}

static void keep_first(void *context, const char *problem) {
    char *first = context;
    if (!*first)
        snprintf(first, 512, "%s", problem);
}

static void test_whole(void **state) {
    fixture *f = *state;
    char first[512] = "";
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_store_check(f->path, keep_first, first, &err);
    if (st != KG_OK)
        fail_msg("%s: %s", err.text, first);
    assert_string_equal(first, "");
}

/* ---- Records that contradict each other ------------------------------------------------------ */

typedef struct fault_case {
    kg_db db;
    const char *key; /* text; NULL: the first record's */
    void (*change)(kg_bytes *value);
    bool keep_sum; /* leave the checksum as it was */
    const char *problem;
} fault_case;

static void drop(kg_bytes *value) {
    value->len = 0;
}

static void cut(kg_bytes *value) {
    value->len--;
}

static void flip_last(kg_bytes *value) {
    value->data[value->len - 1] ^= 1;
}

static void flip_first(kg_bytes *value) {
    value->data[0] ^= 1;
}

/* Entity ids of the first edge out of and into the block become ones that no store has. */
static void foreign_edge(kg_bytes *value) {
    kg_store_u32(value->data + KG_BLOCK_HEADER, 0x7FFFFFFF);
}

static void swap_edges(kg_bytes *value) {
    char edge[KG_EDGE_BYTES];
    assert_true(kg_load_u32(value->data) >= 2);
    memcpy(edge, value->data + KG_BLOCK_HEADER, sizeof edge);
    memmove(value->data + KG_BLOCK_HEADER, value->data + KG_BLOCK_HEADER + 8, sizeof edge);
    memcpy(value->data + KG_BLOCK_HEADER + 8, edge, sizeof edge);
}

/* The last edge out goes, with no trace left at its other end. */
static void forget_edge(kg_bytes *value) {
    uint32_t n_out = kg_load_u32(value->data);
    size_t at = KG_BLOCK_HEADER + (size_t)(n_out - 1) * KG_EDGE_BYTES;
    memmove(value->data + at, value->data + at + 8, value->len - at - 8);
    kg_store_u32(value->data, n_out - 1);
    value->len -= 8;
}

static void repeat_id(kg_bytes *value) {
    char copy[4];
    memcpy(copy, value->data, 4);
    assert_int_equal(kg_array_append(value, copy, 4), KG_OK);
}

static void type_out_of_range(kg_bytes *value) {
    kg_store_u16(value->data, 60000);
}

static void more_rows(kg_bytes *value) {
    kg_store_u64(value->data + 8, kg_load_u64(value->data + 8) + 1000);
}

static void bad_weight(kg_bytes *value) {
    double nan = -1;
    memcpy(value->data + KG_BLOB_HEADER + 8, &nan, 8);
}

static const fault_case FAULTS[] = {
    {KG_DB_ENT, NULL, drop, false, "ent: id 1 where 0 comes next"},
    {KG_DB_ENT, NULL, flip_last, false, "alias: the index and the entities' own lists differ"},
    {KG_DB_ENT, NULL, flip_first, false, "ent: the record of id 0 is malformed"},
    {KG_DB_ENT_ID, NULL, drop, false, "ent: the name of id"},
    {KG_DB_ENT_ID, NULL, repeat_id, false, "ent_id: 61 ids for 60 names"},
    {KG_DB_REL, NULL, drop, false, "rel: id 1 where 0 comes next"},
    {KG_DB_REL_ID, NULL, flip_first, false, "rel: the name of id"},
    {KG_DB_TYPE, NULL, cut, false, "type: the name of id 0 leads to no id"},
    {KG_DB_TYPE_ID, NULL, drop, false, "type: the name of id"},
    {KG_DB_ENT_TYPE, NULL, type_out_of_range, false, "ent_type: the types of entity 0"},
    {KG_DB_ENT_TYPE, NULL, drop, false, "entities of several types recorded"},
    {KG_DB_ALIAS, NULL, drop, false, "aliases recorded"},
    {KG_DB_ALIAS, NULL, repeat_id, false, "alias: the record of"},
    {KG_DB_ENT_ALIAS, NULL, cut, false, "ent_alias: the list of entity"},
    {KG_DB_ENT_ALIAS, NULL, drop, false, "alias: the index and the entities' own lists differ"},
    {KG_DB_NBR, NULL, drop, false, "triples recorded"},
    {KG_DB_NBR, NULL, swap_edges, false, "nbr: the edges of entity 0 are out of order"},
    {KG_DB_NBR, NULL, foreign_edge, false, "nbr: the edges of entity 0 are out of order"},
    {KG_DB_NBR, NULL, cut, false, "nbr: the block of entity 0 is malformed"},
    {KG_DB_NBR, NULL, forget_edge, false, "triples recorded"},
    {KG_DB_PEPR, NULL, cut, false, "pepr: the edges of entity 0 are malformed"},
    {KG_DB_PEPR, NULL, flip_last, true, "pepr: "},
    {KG_DB_BLOB, KG_BLOB_PAGERANK, bad_weight, false, "blob: the PageRank of entity 1"},
    {KG_DB_BLOB, KG_BLOB_PAGERANK, drop, false, "blob: the weights of PageRank are missing"},
    {KG_DB_BLOB, KG_BLOB_PAGERANK, flip_last, true, "blob: its checksum does not match"},
    {KG_DB_TABLE, NULL, drop, false, "table: ent_emb is not as its shape says"},
    {KG_DB_TABLE, NULL, flip_first, true, "table: its checksum does not match"},
    {KG_DB_META, "table:ent_emb", more_rows, true, "meta: the shape of table ent_emb"},
    {KG_DB_META, "table:ent_emb", drop, true, "blocks of tables recorded"},
    {KG_DB_META, "state", flip_first, true, "counters are damaged"},
    {KG_DB_META, "sum:nbr", flip_first, true, "nbr: its checksum does not match"},
    {KG_DB_META, "sum:ent", drop, true, "meta: the checksum of ent is missing"},
};

/* Change one record, keeping checksums in step unless the fault says otherwise. */
static void inject(const fixture *f, const fault_case *fault) {
    char folder[PATH_MAX], sum_key[KG_META_KEY_MAX];
    unsigned char encoded[KG_SUM_BYTES];
    kg_env *env;
    kg_txn *txn;
    kg_cursor *cursor;
    kg_str key = {NULL, 0}, value;
    kg_bytes key_copy = KG_ARRAY_INIT, bytes = KG_ARRAY_INIT;
    kg_sum sum;
    assert_int_equal(kg_generation_folder(folder, f->path, 1, NULL), KG_OK);
    assert_int_equal(kg_env_open(&env, folder, NULL), KG_OK);
    assert_int_equal(kg_txn_begin(&txn, env, true, NULL), KG_OK);
    assert_int_equal(kg_cursor_open(&cursor, txn, fault->db), KG_OK);
    if (fault->key)
        key = kg_str_from(fault->key);
    assert_int_equal(
        kg_cursor_move(&key, &value, cursor, fault->key ? KG_MOVE_SEEK : KG_MOVE_FIRST), KG_OK);
    kg_cursor_close(cursor);
    kg_array_append(&key_copy, key.data, key.len);
    kg_array_append(&bytes, value.data, value.len);
    key.data = key_copy.data;
    value = (kg_str){bytes.data, bytes.len};
    if (!fault->keep_sum) {
        kg_str recorded;
        assert_int_equal(kg_txn_get(&recorded, txn, KG_DB_META, kg_sum_key(sum_key, fault->db)),
                         KG_OK);
        assert_true(kg_sum_decode(&sum, recorded));
        kg_sum_take(&sum, fault->db, key, value);
    }
    fault->change(&bytes);
    value = (kg_str){bytes.data, bytes.len};
    if (value.len)
        assert_int_equal(kg_txn_put(txn, fault->db, key, value, KG_PUT_REPLACE, NULL), KG_OK);
    else
        assert_int_equal(kg_txn_delete(txn, fault->db, key, NULL), KG_OK);
    if (!fault->keep_sum) {
        if (value.len)
            kg_sum_add(&sum, fault->db, key, value);
        kg_sum_encode(encoded, &sum);
        assert_int_equal(kg_txn_put(txn, KG_DB_META, kg_sum_key(sum_key, fault->db),
                                    (kg_str){(const char *)encoded, sizeof encoded}, KG_PUT_REPLACE,
                                    NULL),
                         KG_OK);
    }
    assert_int_equal(kg_txn_commit(txn, NULL), KG_OK);
    kg_env_release(env);
    kg_array_free(&key_copy);
    kg_array_free(&bytes);
}

static void test_contradictions(void **state) {
    fixture *f = *state;
    unsigned missed = 0;
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        char first[512] = "";
        kg_error err = KG_ERROR_INIT;
        write_whole(f);
        inject(f, &FAULTS[i]);
        kg_status st = kg_store_check(f->path, keep_first, first, &err);
        if (st == KG_ERR_CORRUPT && strstr(first, FAULTS[i].problem))
            continue;
        print_message("fault %zu in %s: wanted \"%s\", got \"%s\" (%s)\n", i,
                      kg_db_name(FAULTS[i].db), FAULTS[i].problem, first, kg_strerror(st));
        missed++;
    }
    assert_int_equal(missed, 0);
}

/* ---- Damaged files --------------------------------------------------------------------------- */

/* An error, or nothing that can be read has changed. */
static bool is_found(const fixture *f) {
    kg_status st = kg_store_check(f->path, NULL, NULL, NULL);
    if (st != KG_OK)
        return true;
    assert_true(digest_of(f) == f->digest);
    return false;
}

static void test_every_page_in_turn(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(7, 0, 0, 0);
    unsigned char page[4096];
    unsigned found = 0, tried = 0;
    int fd = open(f->file, O_RDWR);
    for (size_t at = 0; at < f->size; at += sizeof page)
        for (int how = 0; how < 3; how++) {
            memcpy(page, f->whole + at, sizeof page);
            if (how == 0)
                memset(page, 0, sizeof page);
            for (size_t i = 0; how == 1 && i < sizeof page; i++)
                page[i] = (unsigned char)kg_rng_next(&rng);
            /* The page of another place. */
            if (how == 2)
                memcpy(page, f->whole + (at + 3 * sizeof page) % f->size, sizeof page);
            assert_int_equal(pwrite(fd, page, sizeof page, (off_t)at), sizeof page);
            found += is_found(f);
            tried++;
            assert_int_equal(pwrite(fd, f->whole + at, sizeof page, (off_t)at), sizeof page);
        }
    close(fd);
    print_message("%u of %u damaged pages found, the others are free ones\n", found, tried);
    assert_true(found > tried / 2);
}

static void test_random_flips(void **state) {
    fixture *f = *state;
    const char *count = getenv("KG_TEST_FLIPS");
    long flips = count ? atol(count) : 10000;
    kg_rng rng = kg_rng_stream(8, 0, 0, 0);
    int fd = open(f->file, O_RDWR);
    long found = 0;
    for (long i = 0; i < flips; i++) {
        size_t at = kg_rng_below(&rng, f->size);
        unsigned char byte = (unsigned char)(f->whole[at] ^ 1U << kg_rng_below(&rng, 8));
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        found += is_found(f);
        assert_int_equal(pwrite(fd, f->whole + at, 1, (off_t)at), 1);
    }
    close(fd);
    print_message("%ld of %ld flips found, the others change nothing\n", found, flips);
    assert_true(found > flips / 10);
}

/* LMDB goes by what the header of a value's pages tells when the value goes. */
static void lengthen_run(unsigned char *page) {
    kg_store_u32(page + 12, 0x7FFFFFFF);
}

static void shorten_run(unsigned char *page) {
    kg_store_u32(page + 12, 0);
}

static void make_leaf(unsigned char *page) {
    page[10] = PAGE_LEAF;
}

static void test_values_of_foreign_pages(void **state) {
    static void (*const damages[])(unsigned char *page) = {lengthen_run, shorten_run, make_leaf};
    fixture *f = *state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        fixture damaged = *f;
        kg_store *store;
        kg_snapshot *snapshot;
        kg_error err = KG_ERROR_INIT;
        damaged.whole = malloc(f->size);
        memcpy(damaged.whole, f->whole, f->size);
        for (size_t at = 0; at < f->size; at += 4096)
            if (page_number(f->whole + at) == at / 4096 &&
                page_flags(f->whole + at) == PAGE_OVERFLOW)
                damages[i](damaged.whole + at);
        write_whole(&damaged);
        free(damaged.whole);
        assert_int_equal(kg_store_open(&store, f->path, &err), KG_OK);
        assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_ERR_CORRUPT);
        assert_int_equal(kg_table_delete(store, "ent_emb", &err), KG_ERR_CORRUPT);
        assert_non_null(strstr(err.text, "run kg check"));
        kg_store_close(store);
    }
}

static void test_truncated(void **state) {
    fixture *f = *state;
    for (size_t size = 0; size < f->size; size += 2048 + size % 3) {
        kg_store *store;
        assert_int_equal(truncate(f->file, (off_t)size), 0);
        if (is_found(f) && kg_store_open(&store, f->path, NULL) == KG_OK) {
            kg_store_close(store);
            fail_msg("cut to %zu bytes, the store can be opened", size);
        }
        write_whole(f);
    }
}

static void test_no_store(void **state) {
    fixture *f = *state;
    char path[128];
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(kg_store_check("/nonexistent", NULL, NULL, &err), KG_ERR_NOT_FOUND);
    assert_int_equal(kg_store_check(f->file, NULL, NULL, &err), KG_ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/CURRENT", f->path);
    FILE *current = fopen(path, "w");
    fputs("gen-7\n", current);
    fclose(current);
    char first[512] = "";
    assert_int_equal(kg_store_check(f->path, keep_first, first, &err), KG_ERR_CORRUPT);
    assert_string_equal(first, "CURRENT names gen-7, which is not there");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contradictions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_page_in_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_flips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values_of_foreign_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_store, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
