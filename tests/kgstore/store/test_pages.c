/* The page verifier on files that LMDB wrote, whole and damaged. */
#include "kgstore/store/pages.h"

#include "kgstore/base/rng.h"
#include "kgstore/store/metapage.h"

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
#include <lmdb.h>

typedef struct fixture {
    char folder[64];
    char file[96];
    MDB_env *env;
} fixture;

static void check_mdb(int code) {
    if (code)
        fail_msg("%s", mdb_strerror(code));
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/kg-pages-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->file, sizeof f->file, "%s/data.mdb", f->folder);
    check_mdb(mdb_env_create(&f->env));
    check_mdb(mdb_env_set_maxdbs(f->env, 8));
    check_mdb(mdb_env_set_mapsize(f->env, 1 << 28));
    check_mdb(mdb_env_open(f->env, f->folder, MDB_NOSYNC, 0600));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    char lock[96];
    mdb_env_close(f->env);
    snprintf(lock, sizeof lock, "%s/lock.mdb", f->folder);
    unlink(f->file);
    unlink(lock);
    rmdir(f->folder);
    free(f);
    return 0;
}

/* One commit of random puts and deletes in two trees, values from nothing to many pages. */
static void commit_some(fixture *f, kg_rng *rng, int operations) {
    static unsigned char big[40000];
    MDB_txn *txn;
    MDB_dbi ids, names;
    check_mdb(mdb_txn_begin(f->env, NULL, 0, &txn));
    check_mdb(mdb_dbi_open(txn, "ids", MDB_CREATE | MDB_INTEGERKEY, &ids));
    check_mdb(mdb_dbi_open(txn, "names", MDB_CREATE, &names));
    for (int i = 0; i < operations; i++) {
        uint32_t id = (uint32_t)kg_rng_below(rng, 3000);
        char name[600];
        int n = snprintf(name, sizeof name, "%0*u", (int)kg_rng_below(rng, 500) + 1, id);
        MDB_val key = {sizeof id, &id}, text = {(size_t)n, name};
        uint64_t draw = kg_rng_below(rng, 10);
        size_t size = kg_rng_below(rng, draw == 0 ? sizeof big : draw < 4 ? 2500 : 60);
        MDB_val value = {size, big};
        if (draw == 9) {
            int code = mdb_del(txn, ids, &key, NULL);
            assert_true(code == 0 || code == MDB_NOTFOUND);
        } else {
            check_mdb(mdb_put(txn, ids, &key, &value, 0));
            check_mdb(mdb_put(txn, names, &text, &key, 0));
        }
    }
    check_mdb(mdb_txn_commit(txn));
}

static void print_problem(void *context, const char *problem) {
    (void)context;
    print_message("%s\n", problem);
}

static kg_status check_file(const char *path, kg_page_report *report, kg_problem_fn tell) {
    kg_problems problems = {tell, NULL, 0};
    kg_page_meta meta;
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    kg_status st = kg_pages_meta(&meta, fd, 0, &problems, NULL);
    if (st == KG_OK)
        st = kg_pages_check(report, fd, &meta, &problems, NULL);
    close(fd);
    assert_int_equal(st != KG_OK, problems.count > 0);
    assert_true(st == KG_OK || st == KG_ERR_CORRUPT || st == KG_ERR_VERSION);
    return st;
}

static void test_whole_at_every_commit(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    kg_page_report report;
    assert_int_equal(check_file(f->file, &report, print_problem), KG_OK);
    for (int i = 0; i < 60; i++) {
        commit_some(f, &rng, i < 30 ? 20 * i : 50);
        assert_int_equal(check_file(f->file, &report, print_problem), KG_OK);
        assert_int_equal(report.unaccounted, 0);
    }
    assert_true(report.branches > 0 && report.leaves > 0 && report.overflows > 0);
    assert_true(report.free > 0);
}

/* Does the problem tell of a page of the tree of ids? */
static void note_page_of_ids(void *context, const char *problem) {
    bool *found = context;
    *found = *found || strncmp(problem, "tree ids: page ", 15) == 0;
}

/* How many ids of all that there can be are refused. */
static unsigned refused_ids(int fd, const kg_page_meta *meta) {
    unsigned refused = 0;
    for (uint32_t id = 0; id < 3000; id++) {
        kg_str key = {(const char *)&id, sizeof id};
        kg_status st = kg_pages_check_path(fd, meta, "ids", key, true, NULL);
        assert_true(st == KG_OK || st == KG_ERR_CORRUPT);
        refused += st != KG_OK;
    }
    return refused;
}

/* The way to a record has the pages that a change of it touches: none is refused on a whole file; a
 * page with wrong offsets refuses some records, and no more than it and its neighbors can hold. */
static void test_paths(void **state) {
    enum { PAGE = 4096 };
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(6, 0, 0, 0);
    kg_page_meta meta;
    kg_page_report report;
    kg_problems quiet = {NULL, NULL, 0};
    unsigned spoilt = 0;
    for (int i = 0; i < 8; i++)
        commit_some(f, &rng, 400);
    int fd = open(f->file, O_RDWR);
    assert_int_equal(kg_pages_meta(&meta, fd, 0, &quiet, NULL), KG_OK);
    assert_int_equal(refused_ids(fd, &meta), 0);
    for (int i = 0; i < 60; i++) {
        off_t at = (off_t)(2 + kg_rng_below(&rng, meta.last_page - 1)) * PAGE + 12;
        uint32_t kept, bad = (uint32_t)kg_rng_next(&rng) | 1;
        if (pread(fd, &kept, sizeof kept, at) != sizeof kept)
            continue;
        assert_int_equal(pwrite(fd, &bad, sizeof bad, at), sizeof bad);
        bool of_ids = false;
        kg_problems problems = {note_page_of_ids, &of_ids, 0};
        kg_pages_check(&report, fd, &meta, &problems, NULL);
        unsigned refused = refused_ids(fd, &meta);
        assert_int_equal(refused > 0, of_ids);
        spoilt += of_ids;
        assert_int_equal(pwrite(fd, &kept, sizeof kept, at), sizeof kept);
    }
    assert_true(spoilt > 5);
    close(fd);
}

static void test_transactions(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(2, 0, 0, 0);
    kg_page_meta meta;
    kg_problems problems = {NULL, NULL, 0};
    for (int i = 0; i < 5; i++)
        commit_some(f, &rng, 10);
    int fd = open(f->file, O_RDONLY);
    assert_int_equal(kg_pages_meta(&meta, fd, 0, &problems, NULL), KG_OK);
    assert_int_equal(meta.transaction, 5);
    assert_int_equal(kg_pages_meta(&meta, fd, 4, &problems, NULL), KG_OK);
    assert_int_equal(meta.transaction, 4);
    assert_int_equal(kg_pages_meta(&meta, fd, 3, &problems, NULL), KG_ERR_NOT_FOUND);
    assert_int_equal(problems.count, 0);
    close(fd);
}

/* What LMDB leaves when the write of a meta fails: the older transaction beside roots and a last
 * page that were to be. Wherever LMDB opens the file so does the store; what LMDB goes by must be
 * sound.
 */
static void test_failed_meta_write(void **state) {
    enum { META = 4096, HEADER = 16, LAST_PAGE = HEADER + 120, MAIN_ROOT = HEADER + 112 };
    static const struct {
        bool newest; /* of the two metas */
        long offset; /* in its page */
        uint64_t value;
        kg_status status;
    } cases[] = {
        {false, MAIN_ROOT, 999999, KG_OK},         {false, LAST_PAGE, 0, KG_OK},
        {true, MAIN_ROOT, 999999, KG_ERR_CORRUPT}, {true, LAST_PAGE, 0, KG_ERR_CORRUPT},
        {false, HEADER, 0, KG_ERR_CORRUPT},        {true, HEADER, 0, KG_ERR_CORRUPT},
    };
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    kg_page_report report;
    for (int i = 0; i < 5; i++)
        commit_some(f, &rng, 30);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t before;
        int fd = open(f->file, O_RDWR);
        /* The fifth transaction is in the odd page. */
        off_t at = (cases[i].newest ? META : 0) + cases[i].offset;
        assert_int_equal(pread(fd, &before, sizeof before, at), sizeof before);
        assert_int_equal(pwrite(fd, &cases[i].value, sizeof before, at), sizeof before);
        assert_int_equal(check_file(f->file, &report, NULL), cases[i].status);
        assert_int_equal(pwrite(fd, &before, sizeof before, at), sizeof before);
        close(fd);
    }
    assert_int_equal(check_file(f->file, &report, print_problem), KG_OK);
}

/* Trees that grow and shrink within one commit leave free pages at the end that were never written:
 * the file is shorter than its meta says, and whole all the same. */
static void test_short_but_whole(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(5, 0, 0, 0);
    kg_page_report report;
    unsigned shorter = 0;
    for (int i = 0; i < 20; i++) {
        static unsigned char big[30000];
        MDB_txn *txn;
        MDB_dbi ids;
        check_mdb(mdb_txn_begin(f->env, NULL, 0, &txn));
        check_mdb(mdb_dbi_open(txn, "ids", MDB_CREATE | MDB_INTEGERKEY, &ids));
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t id = 0; id < 50U * (unsigned)i; id++) {
                MDB_val key = {sizeof id, &id};
                MDB_val value = {kg_rng_below(&rng, id % 7 ? 2000 : sizeof big), big};
                check_mdb(pass ? mdb_del(txn, ids, &key, NULL)
                               : mdb_put(txn, ids, &key, &value, 0));
            }
        check_mdb(mdb_txn_commit(txn));
        struct stat info;
        assert_int_equal(stat(f->file, &info), 0);
        assert_int_equal(check_file(f->file, &report, print_problem), KG_OK);
        shorter += report.pages > (uint64_t)info.st_size / 4096;
        assert_int_equal(kg_metapage_check(&info, f->folder, NULL), KG_OK);
    }
    assert_true(shorter > 0);
}

/* The file at each length of whole and half pages: damaged, or, where only free pages were cut,
 * whole. */
static void test_truncated(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(3, 0, 0, 0);
    kg_page_report report;
    commit_some(f, &rng, 300);
    struct stat info;
    assert_int_equal(stat(f->file, &info), 0);
    unsigned whole = 0;
    for (off_t size = info.st_size - 2048; size >= 0; size -= 2048) {
        assert_int_equal(truncate(f->file, size), 0);
        whole += check_file(f->file, &report, NULL) == KG_OK;
    }
    assert_true(whole <= report.free * 2 + 1);
}

/* Whatever is overwritten: an answer, and the trees of a file that is called whole hold together.
 */
static void test_overwritten(void **state) {
    fixture *f = *state;
    kg_rng rng = kg_rng_stream(4, 0, 0, 0);
    kg_page_report report;
    commit_some(f, &rng, 40);
    int fd = open(f->file, O_RDWR);
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    unsigned found = 0;
    for (int i = 0; i < 20000; i++) {
        /* Fields of headers more often than bytes of values. */
        off_t page = (off_t)kg_rng_below(&rng, (uint64_t)info.st_size / 4096) * 4096;
        off_t at = page + (off_t)kg_rng_below(&rng, i % 2 ? 4096 : 160);
        unsigned char byte, changed;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        changed = (unsigned char)(byte ^ 1U << kg_rng_below(&rng, 8));
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        found += check_file(f->file, &report, NULL) != KG_OK;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_true(found > 2000);
    assert_int_equal(check_file(f->file, &report, print_problem), KG_OK);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_at_every_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transactions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_meta_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_short_but_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overwritten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
