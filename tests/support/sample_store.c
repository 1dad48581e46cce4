#include "tests/support/sample_store.h"

#include "kgstore/base/rng.h"
#include "kgstore/store/generation.h"
#include "kgstore/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

void make_empty_store(const char *path) {
    kg_error err = KG_ERROR_INIT;
    uint64_t generation;
    char folder[PATH_MAX];
    kg_env *env;
    kg_txn *txn;
    kg_state state = {.generation = 1, .triples_version = 1};
    kg_sum sums[KG_DB_COUNT] = {{0, 0}};
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(kg_generation_make(&generation, path, &err), KG_OK);
    assert_int_equal(kg_generation_folder(folder, path, generation, &err), KG_OK);
    assert_int_equal(kg_env_create(&env, folder, &err), KG_OK);
    assert_int_equal(kg_txn_begin(&txn, env, true, &err), KG_OK);
    assert_int_equal(kg_state_save(txn, &state, sums, &err), KG_OK);
    assert_int_equal(kg_txn_commit(txn, &err), KG_OK);
    assert_int_equal(kg_env_sync(env, &err), KG_OK);
    kg_env_release(env);
    assert_int_equal(kg_current_write(path, generation, &err), KG_OK);
}

static void must(kg_status st, const kg_error *err) {
    if (st != KG_OK)
        fail_msg("%s: %s", kg_strerror(st), err->text);
}

/* A name of its own for each n, now and then a long one, but not the first. */
static kg_str name_of(char *to, size_t size, const char *kind, unsigned n) {
    n++;
    int width = n % 17 == 0 ? 600 : n % 5 == 0 ? 60 : 1;
    int length = snprintf(to, size, "%s\xE8\x8D\xAF%0*u", kind, width, n);
    return (kg_str){to, (size_t)length};
}

enum { NAME_MAX_BYTES = 700 };

static void add_entity(kg_writer *w, unsigned n, kg_rng *rng, kg_error *err) {
    char name[NAME_MAX_BYTES], label[NAME_MAX_BYTES], type[NAME_MAX_BYTES];
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = name_of(name, sizeof name, "e", n);
    s.head_type = name_of(type, sizeof type, "t", 1 + n % 7);
    if (n % 3 == 0)
        s.label = name_of(label, sizeof label, "Label", n / 6);
    must(kg_writer_statement(w, &s, err), err);
    if (n % 4 == 0) {
        s.head_type = name_of(type, sizeof type, "t", 8);
        must(kg_writer_statement(w, &s, err), err);
    }
    s.kind = KG_STATEMENT_ALIAS;
    for (uint64_t left = kg_rng_below(rng, 4); left > 0; left--) {
        s.label = name_of(label, sizeof label, "aLiAs", (unsigned)kg_rng_below(rng, n + 1));
        must(kg_writer_statement(w, &s, err), err);
    }
}

static void add_triples(kg_writer *w, unsigned entities, unsigned triples, kg_rng *rng,
                        kg_error *err) {
    char head[NAME_MAX_BYTES], relation[NAME_MAX_BYTES], tail[NAME_MAX_BYTES];
    for (unsigned i = 0; i < triples; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        /* The square of a uniform number: a few entities have most of the edges. */
        double u = kg_rng_uniform(rng);
        s.head = name_of(head, sizeof head, "e", (unsigned)(u * u * entities));
        s.tail = name_of(tail, sizeof tail, "e", (unsigned)kg_rng_below(rng, entities));
        s.relation = name_of(relation, sizeof relation, "r", (unsigned)kg_rng_below(rng, 9));
        must(kg_writer_statement(w, &s, err), err);
    }
}

static kg_status fill_doubles(void *context, void *to, size_t size) {
    for (size_t i = 0; i < size / 8; i++)
        ((double *)to)[i] = (double)kg_rng_below(context, 50) / 64;
    return KG_OK;
}

static kg_status fill_rows(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    (void)context;
    for (uint64_t i = 0; i < n_rows * 8; i++)
        ((float *)to)[i] = (float)(first_row * 8 + i);
    return KG_OK;
}

/* Weights and what comes with them. There are no edges or aliases yet that they would put in
 * another order. */
static void add_ranks(kg_store *store, unsigned entities, kg_rng *rng, kg_error *err) {
    kg_update u;
    must(kg_update_begin(&u, store, err), err);
    uint64_t version = u.state.triples_version;
    kg_update_abort(&u);
    must(
        kg_blob_put(store, KG_BLOB_PAGERANK, (size_t)entities * 8, version, fill_doubles, rng, err),
        err);
    must(kg_update_begin(&u, store, err), err);
    for (uint32_t id = 0; id < entities; id += 3) {
        unsigned char edge[KG_PEPR_EDGE_BYTES] = {0};
        kg_store_u32(edge, id / 2);
        kg_store_u32(edge + 8, id % 2 ? 1 : UINT32_MAX);
        must(kg_update_put(&u, KG_DB_PEPR, kg_id_key(&id),
                           (kg_str){(const char *)edge, sizeof edge}, err),
             err);
    }
    u.state.pagerank_version = u.state.pepr_version = version;
    must(kg_update_commit(&u, err), err);
    kg_table shape = {.dtype = KG_F32, .rows = entities, .columns = 8, .triples_version = version};
    must(kg_table_put(store, "ent_emb", &shape, fill_rows, NULL, err), err);
}

static void add_names(kg_store *store, unsigned entities, bool whole, kg_rng *rng, kg_error *err) {
    char name[NAME_MAX_BYTES];
    kg_writer *w;
    must(kg_writer_begin(&w, store, err), err);
    for (unsigned n = 0; n < entities; n++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        s.head = name_of(name, sizeof name, "e", n);
        if (whole)
            add_entity(w, n, rng, err);
        else
            must(kg_writer_statement(w, &s, err), err);
    }
    for (unsigned n = 0; !whole && n < 9; n++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_RELATION);
        s.relation = name_of(name, sizeof name, "r", n);
        must(kg_writer_statement(w, &s, err), err);
    }
    must(kg_writer_commit(NULL, w, err), err);
}

void make_sample_store(const char *path, unsigned entities, unsigned triples, unsigned seed) {
    kg_error err = KG_ERROR_INIT;
    kg_rng rng = kg_rng_stream(seed, 0, 0, 0);
    kg_store *store;
    kg_writer *w;
    make_empty_store(path);
    must(kg_store_open(&store, path, &err), &err);
    add_names(store, entities, false, &rng, &err);
    add_ranks(store, entities, &rng, &err);
    add_names(store, entities, true, &rng, &err);
    must(kg_writer_begin(&w, store, &err), &err);
    add_triples(w, entities, triples, &rng, &err);
    must(kg_writer_commit(NULL, w, &err), &err);
    kg_store_close(store);
}

void grow_sample_store(const char *path, unsigned triples, unsigned seed) {
    kg_error err = KG_ERROR_INIT;
    kg_rng rng = kg_rng_stream(seed, 1, 0, 0);
    kg_store *store;
    kg_writer *w;
    kg_stats stats;
    kg_snapshot *snapshot;
    must(kg_store_open(&store, path, &err), &err);
    must(kg_snapshot_begin(&snapshot, store, &err), &err);
    must(kg_snapshot_stats(&stats, snapshot, &err), &err);
    kg_snapshot_end(snapshot);
    must(kg_writer_begin(&w, store, &err), &err);
    add_triples(w, (unsigned)stats.entities + 3, triples, &rng, &err);
    must(kg_writer_commit(NULL, w, &err), &err);
    kg_store_close(store);
}

bool change_first_record(const char *path, kg_db db, void (*change)(kg_bytes *value)) {
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_env *env;
    kg_txn *txn;
    kg_cursor *cursor;
    uint64_t generation;
    kg_str key = {NULL, 0}, value;
    kg_bytes name = KG_ARRAY_INIT, bytes = KG_ARRAY_INIT;
    must(kg_store_open(&store, path, &err), &err);
    must(kg_store_current(&env, &generation, store, &err), &err);
    must(kg_txn_begin(&txn, env, true, &err), &err);
    must(kg_cursor_open(&cursor, txn, db), &err);
    bool found = kg_cursor_move(&key, &value, cursor, KG_MOVE_FIRST) == KG_OK;
    if (found) {
        must(kg_array_append(&name, key.data, key.len), &err);
        must(kg_array_append(&bytes, value.data, value.len), &err);
    }
    kg_cursor_close(cursor);
    if (found) {
        change(&bytes);
        key = (kg_str){name.data, name.len};
        value = (kg_str){bytes.data, bytes.len};
        must(value.len ? kg_txn_put(txn, db, key, value, KG_PUT_REPLACE, &err)
                       : kg_txn_delete(txn, db, key, &err),
             &err);
    }
    must(kg_txn_commit(txn, &err), &err);
    kg_array_free(&name);
    kg_array_free(&bytes);
    kg_env_release(env);
    kg_store_close(store);
    return found;
}

void make_test_folder(char *path) {
    snprintf(path, 32, "/tmp/kg-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

void remove_tree(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
