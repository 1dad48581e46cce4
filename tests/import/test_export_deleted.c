/* Exports of a store that holds deleted entities: what is written is what is written after they are
 * compacted away, to the byte. */
#include "import/embeddings.h"
#include "import/export.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ENTITIES = 60, DELETED = 4, LIVE = ENTITIES - DELETED, COLUMNS = 3 };

static char folder[32], path[64], before[64], after[64];

static kg_snapshot *open_store(kg_store **store) {
    kg_snapshot *snapshot;
    assert_int_equal(kg_store_open(store, path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, *store, NULL), KG_OK);
    return snapshot;
}

static void close_store(kg_store *store, kg_snapshot *snapshot) {
    kg_snapshot_end(snapshot);
    kg_store_close(store);
}

/* The first id, the last, and two that follow each other. */
static void delete_some(void) {
    static const kg_id ids[DELETED] = {0, 7, 8, ENTITIES - 1};
    kg_store *store;
    kg_writer *w;
    kg_error err = KG_ERROR_INIT;
    kg_snapshot *snapshot = open_store(&store);
    assert_int_equal(kg_writer_begin(&w, store, &err), KG_OK);
    for (int i = 0; i < DELETED; i++) {
        kg_str name;
        assert_int_equal(kg_name_get(&name, snapshot, KG_ENTITY, ids[i]), KG_OK);
        assert_int_equal(kg_writer_delete_entity(w, name, true, &err), KG_OK);
    }
    assert_int_equal(kg_writer_commit(NULL, w, &err), KG_OK);
    close_store(store, snapshot);
}

static void compact(void) {
    kg_store *store;
    uint64_t bytes, now;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    assert_int_equal(kg_store_compact(store, &bytes, &now, NULL), KG_OK);
    kg_store_close(store);
}

static void export_all(const char *to) {
    kg_store *store;
    kg_snapshot *snapshot = open_store(&store);
    for (size_t i = 0; kg_exporters[i]; i++) {
        for (unsigned parts = 1; parts <= (kg_exporters[i]->in_parts ? 3U : 1U); parts += 2) {
            char out[128];
            kg_export_report report;
            kg_error err = KG_ERROR_INIT;
            const kg_export_options o = {.format = kg_exporters[i]->name, .parts = parts};
            snprintf(out, sizeof out, "%s/%s-%u", to, o.format, parts);
            if (kg_export(&report, snapshot, &o, out, &err) != KG_OK)
                fail_msg("%s: %s", o.format, err.text);
            assert_int_equal(report.entities, LIVE);
        }
    }
    close_store(store, snapshot);
}

static void assert_same_files(void) {
    char command[200];
    snprintf(command, sizeof command, "diff -r %s %s", before, after);
    assert_int_equal(system(command), 0);
}

static void make_folders(void) {
    char command[200];
    snprintf(command, sizeof command, "mkdir %s %s", before, after);
    assert_int_equal(system(command), 0);
}

static void remove_all(void) {
    remove_tree(path);
    remove_tree(before);
    remove_tree(after);
}

static void test_every_writer(void **state) {
    (void)state;
    make_sample_store(path, ENTITIES, 300, 5);
    make_folders();
    delete_some();
    export_all(before);
    compact();
    export_all(after);
    assert_same_files();
    remove_all();
}

static void export_embeddings(const char *to) {
    kg_store *store;
    kg_snapshot *snapshot = open_store(&store);
    char file[128];
    snprintf(file, sizeof file, "%s/all.json", to);
    assert_int_equal(kg_embeddings_write_openke(snapshot, file, NULL), KG_OK);
    assert_int_equal(kg_embeddings_write_dglke(snapshot, to, "x", NULL), KG_OK);
    close_store(store, snapshot);
}

/* A row for each entity that there is: in, with their ids; out, and without those deleted since. */
static void test_embeddings(void **state) {
    (void)state;
    kg_store *store;
    kg_stats stats;
    kg_embeddings back;
    float entities[ENTITIES * COLUMNS], relations[64] = {0};
    for (int i = 0; i < ENTITIES * COLUMNS; i++)
        entities[i] = (float)i;
    make_sample_store(path, ENTITIES, 300, 5);
    make_folders();
    delete_some();
    kg_snapshot *snapshot = open_store(&store);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    kg_snapshot_end(snapshot);
    assert_int_equal(stats.entities, ENTITIES);
    kg_embeddings e = {{ENTITIES, COLUMNS, entities}, {stats.relations, 1, relations}, {0}};
    assert_int_equal(kg_embeddings_store(store, &e, NULL), KG_ERR_FORMAT);
    e.entities.rows = LIVE;
    assert_int_equal(kg_embeddings_store(store, &e, NULL), KG_OK);
    kg_store_close(store);
    export_embeddings(before);
    compact();
    export_embeddings(after);
    assert_same_files();
    assert_int_equal(kg_embeddings_read(&back, after, NULL), KG_OK);
    assert_int_equal(back.entities.rows, LIVE);
    assert_memory_equal(back.entities.data, entities, sizeof *entities * LIVE * COLUMNS);
    kg_embeddings_free(&back);
    remove_all();
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    snprintf(before, sizeof before, "%s/before", folder);
    snprintf(after, sizeof after, "%s/after", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_writer),
        cmocka_unit_test(test_embeddings),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
