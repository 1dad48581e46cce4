#include "tests/support/empty_store.h"

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
