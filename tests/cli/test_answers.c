/* What the program prints as JSON is what schemas/ says. */
#include "kgstore/kgstore.h"
#include "plugins/host/schema.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32];

/* `command` in the folder of the store, its standard output read as JSON; the caller's. */
static json_t *output_of(const char *command) {
    char line[512];
    json_error_t at;
    snprintf(line, sizeof line, "cd %s && " KG_PROGRAM " %s", folder, command);
    FILE *from = popen(line, "r");
    assert_non_null(from);
    json_t *value = json_loadf(from, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &at);
    if (pclose(from) != 0 || !value)
        fail_msg("kg %s: %s", command, at.text);
    return value;
}

static json_t *load_schema(const char *name) {
    char path[512];
    json_error_t at;
    snprintf(path, sizeof path, KG_SOURCE_DIR "/schemas/%s.schema.json", name);
    json_t *schema = json_load_file(path, 0, &at);
    if (!schema)
        fail_msg("%s: %s", path, at.text);
    return schema;
}

static const struct {
    const char *command, *schema;
    bool empty; /* is a right answer here */
} cases[] = {
    {"stats store --json", "stats", false},
    {"query store top e0 --json", "query.edges", false},
    {"query store out e0 --json", "query.edges", false},
    {"query store in e0 --json", "query.edges", false},
    {"query store top e0 --weights pepr --json", "query.edges", false},
    {"query store top e0 --by-entity --json", "query.by-entity", false},
    {"query store type e0 --json", "query.names", false},
    {"query store alias e0 --json", "query.names", true},
    {"query store name e0 --json", "query.name", false},
    {"query store search e --json", "query.search", false},
    {"query store count e0 --json", "query.count", false},
    {"query store count --json", "query.count", false},
    {"query store count --by type --json", "query.types", false},
    {"query store count e0 --by type --json", "query.types", false},
    {"query store path e0 e1 --json", "query.path", false},
    {"query store path e0 e1 -k 3 --json", "query.path", false},
    {"query store describe e0 --json", "query.describe", false},
    {"query store similar e0 --json", "query.similar", false},
    {"cypher store 'MATCH p = (a {id: \"e0\"})-[r]->(b) RETURN a, r, p, 1.5 AS x, [null] AS y' "
     "--json",
     "cypher", false},
    {"cypher store 'MATCH (n:nothing) RETURN n' --json", "cypher", true},
    {"shell store -c '.mode json' -c 'explain top e0'", "shell.explain", false},
    {"edit store /dev/null --json", "edit", false},
    {"index store --json", "index", true},
    {"rank store --export -", "rank.export", false},
};

static void test_json_is_as_described(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        kg_error err = KG_ERROR_INIT;
        json_t *value = output_of(cases[i].command), *schema = load_schema(cases[i].schema);
        json_t *outer = json_pack("{s:{s:O}}", "properties", "it", schema);
        json_t *holder = json_pack("{s:O}", "it", value);
        if (kg_schema_apply(holder, outer, cases[i].command, &err) != KG_OK)
            fail_msg("%s", err.text);
        if (!cases[i].empty && !json_object_size(value) && !json_array_size(value))
            fail_msg("kg %s answered nothing", cases[i].command);
        json_decref(holder);
        json_decref(outer);
        json_decref(schema);
        json_decref(value);
    }
}

static kg_status fill_ones(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    float *row = to;
    (void)context;
    for (uint64_t i = 0; i < n_rows; ++i) {
        row[2 * i] = 1;
        row[2 * i + 1] = (float)(first_row + i);
    }
    return KG_OK;
}

static void put_vectors(void) {
    char path[64];
    kg_error err = KG_ERROR_INIT;
    kg_store *store;
    kg_snapshot *snapshot;
    kg_stats stats;
    snprintf(path, sizeof path, "%s/store", folder);
    assert_int_equal(kg_store_open(&store, path, &err), KG_OK);
    assert_int_equal(kg_snapshot_begin(&snapshot, store, &err), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, &err), KG_OK);
    kg_snapshot_end(snapshot);
    const kg_table shape = {KG_F32, stats.entities, 2, 0, stats.triples_version, false};
    assert_int_equal(kg_table_put(store, "ent_emb", &shape, fill_ones, NULL, &err), KG_OK);
    kg_store_close(store);
}

static int make_store(void **state) {
    (void)state;
    char command[512];
    make_test_folder(folder);
    snprintf(command, sizeof command,
             "cd %s && awk 'BEGIN { for (i = 0; i < 60; ++i) printf "
             "\"e%%d\\tdisease\\tr%%d\\te%%d\\tdrug\\n\", i %% 7, "
             "i %% 3, i * 5 %% 11 }' >graph.tsv && " KG_PROGRAM
             " import store --format tsv --header no --columns "
             "head,head_type,relation,tail,tail_type graph.tsv >log && " KG_PROGRAM
             " rank store --personalized >>log",
             folder);
    if (system(command) != 0)
        return -1;
    put_vectors();
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_is_as_described),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
