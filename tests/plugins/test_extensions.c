/* What a plugin sees of a store through the host's extensions. */
#include "plugins/host/host.h"

#include "kgstore/kgstore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct place {
    char folder[64], store[96];
    kg_store *kg;
    kg_host *host;
    const kgp_host *abi;
} place;

static void triple(kg_bulk *bulk, const char *head, const char *relation, const char *tail) {
    kg_error err = KG_ERROR_INIT;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(head);
    s.relation = kg_str_from(relation);
    s.tail = kg_str_from(tail);
    s.head_type = KG_STR("thing");
    assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
}

static void alias(kg_bulk *bulk, const char *of, const char *name) {
    kg_error err = KG_ERROR_INIT;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.head = kg_str_from(of);
    s.label = kg_str_from(name);
    assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
}

static int make(void **state) {
    place *p = calloc(1, sizeof *p);
    kg_error err = KG_ERROR_INIT;
    kg_bulk *bulk;
    const kg_bulk_options options = {.threads = 1};
    kg_bulk_report report;
    const kg_messages silent = {0};
    strcpy(p->folder, "/tmp/kg-extensions-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->store, sizeof p->store, "%s/store", p->folder);
    assert_int_equal(kg_bulk_begin(&bulk, p->store, &options, &err), KG_OK);
    triple(bulk, "aspirin", "treats", "headache");
    triple(bulk, "aspirin", "treats", "fever");
    triple(bulk, "fever", "symptom of", "influenza");
    alias(bulk, "fever", "high fever");
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
    assert_int_equal(kg_store_open(&p->kg, p->store, &err), KG_OK);
    assert_int_equal(kg_host_new(&p->host, &silent, &err), KG_OK);
    p->abi = kg_host_abi(p->host);
    assert_null(p->abi->get_extension(p->abi, KGP_EXT_GRAPH_READ));
    assert_int_equal(kg_host_attach(p->host, p->kg), KG_OK);
    *state = p;
    return 0;
}

static int unmake(void **state) {
    place *p = *state;
    char command[128];
    kg_host_free(p->host);
    kg_store_close(p->kg);
    snprintf(command, sizeof command, "rm -r %s", p->folder);
    int removed = system(command);
    free(p);
    return removed;
}

static uint32_t id_of(const kgp_graph_read *read, kgp_snapshot *s, const char *name) {
    uint32_t id;
    assert_int_equal(read->find(&id, s, KGP_ENTITY, (kgp_text){name, strlen(name)}), KGP_OK);
    return id;
}

static kgp_status count_triples(void *context, const kgp_triple *triples, size_t n) {
    size_t *total = context;
    assert_true(triples[0].head != KGP_NO_ID);
    *total += n;
    return KGP_OK;
}

static kgp_status stop_at_once(void *context, const kgp_triple *triples, size_t n) {
    (void)context;
    return triples && n > 0 ? KGP_ERR_LIMIT : KGP_OK;
}

static void test_reading(void **state) {
    const place *p = *state;
    const kgp_graph_read *read = p->abi->get_extension(p->abi, KGP_EXT_GRAPH_READ);
    kgp_error err = {""};
    kgp_snapshot *s;
    kgp_graph_stats stats;
    assert_int_equal(read->begin(&s, p->abi, &err), KGP_OK);
    assert_int_equal(read->stats(&stats, s, &err), KGP_OK);
    assert_int_equal(stats.entities, 4);
    assert_int_equal(stats.relations, 2);
    assert_int_equal(stats.triples, 3);
    assert_false(stats.ranked);
    uint32_t fever = id_of(read, s, "fever"), aspirin = id_of(read, s, "aspirin"), n, types[4];
    kgp_text text;
    assert_int_equal(read->name(&text, s, KGP_ENTITY, fever), KGP_OK);
    assert_int_equal(text.len, 5);
    assert_memory_equal(text.data, "fever", 5);
    assert_int_equal(read->label(&text, s, KGP_RELATION, 0), KGP_OK);
    assert_int_equal(read->name(&text, s, KGP_ENTITY, 99), KGP_ERR_NOT_FOUND);
    assert_int_equal(read->types(types, &n, s, fever, 4), KGP_OK);
    assert_int_equal(n, 1);
    uint32_t primary[4];
    assert_int_equal(read->primary_types(primary, s, 0, 4), KGP_OK);
    assert_int_equal(primary[aspirin], types[0]);
    assert_int_equal(primary[id_of(read, s, "influenza")], KGP_NO_ID);
    kgp_neighbour near[5];
    assert_int_equal(read->neighbours(near, &n, s, fever, KGP_PAGERANK, 5), KGP_OK);
    assert_int_equal(n, 2);
    for (uint32_t i = 0; i < n; ++i)
        assert_int_equal(near[i].direction, near[i].entity == aspirin ? -1 : 1);
    assert_int_equal(read->neighbours(near, &n, s, fever, KGP_PEPR, 5), KGP_ERR_NOT_FOUND);
    size_t total = 0;
    assert_int_equal(read->triples(s, count_triples, &total, &err), KGP_OK);
    assert_int_equal(total, 3);
    assert_int_equal(read->triples(s, stop_at_once, NULL, &err), KGP_ERR_LIMIT);
    read->end(s);
    read->end(NULL);
}

static kgp_status fill(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    float *rows = to;
    const float *scale = context;
    for (uint64_t i = 0; i < n_rows * 3; ++i)
        rows[i] = *scale * (float)(first_row * 3 + i);
    return KGP_OK;
}

static void test_tables(void **state) {
    const place *p = *state;
    const kgp_graph_read *read = p->abi->get_extension(p->abi, KGP_EXT_GRAPH_READ);
    const kgp_table_write *write = p->abi->get_extension(p->abi, KGP_EXT_TABLE_WRITE);
    kgp_error err = {""};
    kgp_snapshot *s;
    float scale = 0.5F;
    const kgp_table shape = {.dtype = KGP_F32, .rows = 4, .columns = 3};
    kgp_table found;
    int32_t changed = 0;
    assert_int_equal(read->begin(&s, p->abi, &err), KGP_OK);
    assert_int_equal(read->table(&found, s, "ent_emb", &err), KGP_ERR_NOT_FOUND);
    assert_true(err.text[0] != '\0');
    assert_int_equal(write->put(p->abi, "ent_emb", &shape, s, fill, &scale, &err), KGP_OK);
    assert_int_equal(read->renew(&changed, s, &err), KGP_OK);
    assert_true(changed);
    assert_int_equal(read->table(&found, s, "ent_emb", &err), KGP_OK);
    assert_int_equal(found.rows, 4);
    assert_int_equal(found.columns, 3);
    assert_false(found.stale);
    const void *data;
    uint64_t first, n;
    assert_int_equal(read->table_block(&data, &first, &n, s, "ent_emb", 2), KGP_OK);
    assert_true(first <= 2 && first + n > 2);
    assert_true(((const float *)data)[(2 - first) * 3 + 1] == 3.5F);
    assert_int_equal((uintptr_t)data % 16, 0);
    read->end(s);
}

static void test_linking(void **state) {
    const place *p = *state;
    const kgp_link *link = p->abi->get_extension(p->abi, KGP_EXT_LINK);
    const kgp_graph_read *read = p->abi->get_extension(p->abi, KGP_EXT_GRAPH_READ);
    kgp_error err = {""};
    kgp_linker *one, *two;
    kgp_snapshot *s;
    const kgp_mention *mentions;
    size_t n;
    static const char text[] = "Does Aspirin help against high fever?";
    assert_int_equal(read->begin(&s, p->abi, &err), KGP_OK);
    assert_int_equal(link->open(&one, p->abi, &err), KGP_OK);
    assert_int_equal(link->open(&two, p->abi, &err), KGP_OK);
    assert_int_equal(link->link(&mentions, &n, one, (kgp_text){text, sizeof text - 1}, &err),
                     KGP_OK);
    assert_int_equal(n, 2);
    assert_int_equal(mentions[0].entity, id_of(read, s, "aspirin"));
    assert_int_equal(mentions[0].byte_start, 5);
    assert_int_equal(mentions[1].byte_end, sizeof text - 2);
    assert_int_equal(link->link_all(&mentions, &n, one, (kgp_text){text, sizeof text - 1}, &err),
                     KGP_OK);
    assert_int_equal(n, 3);
    assert_int_equal(mentions[1].byte_end, sizeof text - 2);
    assert_int_equal(mentions[2].byte_end, sizeof text - 2);
    assert_int_equal(mentions[1].byte_start + mentions[2].byte_start, 26 + 31);
    link->close(one);
    link->close(two);
    link->close(NULL);
    read->end(s);
}

/* Names of a stop list are not found, in any case; once a linker is open it is too late for one. */
static void test_stopping(void **state) {
    const place *p = *state;
    const kg_messages silent = {0};
    kg_host *host;
    assert_int_equal(kg_host_new(&host, &silent, NULL), KG_OK);
    assert_int_equal(kg_host_attach(host, p->kg), KG_OK);
    const kgp_host *abi = kg_host_abi(host);
    const kgp_link *link = abi->get_extension(abi, KGP_EXT_LINK);
    kgp_error err = {""};
    kgp_linker *linker;
    const kgp_mention *mentions;
    size_t n;
    static const char text[] = "Does Aspirin help against high fever?";
    static const char names[] = "ASPIRIN\nnothing that is there\n";
    assert_int_equal(link->stop(abi, (kgp_text){names, sizeof names - 1}, &err), KGP_OK);
    assert_int_equal(link->open(&linker, abi, &err), KGP_OK);
    assert_int_equal(link->link(&mentions, &n, linker, (kgp_text){text, sizeof text - 1}, &err),
                     KGP_OK);
    assert_int_equal(n, 1);
    assert_int_equal(mentions[0].byte_end, sizeof text - 2);
    assert_int_equal(link->stop(abi, (kgp_text){names, sizeof names - 1}, &err), KGP_ERR_ARGUMENT);
    link->close(linker);
    kg_host_free(host);
}

static void test_one_rank(void **state) {
    const place *p = *state;
    const kgp_collective *c = p->abi->get_extension(p->abi, KGP_EXT_COLLECTIVE);
    double x = 3;
    kgp_reduction *reduction;
    assert_int_equal(c->rank(p->abi), 0);
    assert_int_equal(c->size(p->abi), 1);
    assert_int_equal(c->allreduce(p->abi, &x, 1, KGP_NUMBER_F64), KGP_OK);
    assert_int_equal(c->allreduce_begin(&reduction, p->abi, &x, 1, KGP_NUMBER_F64), KGP_OK);
    assert_int_equal(c->allreduce_wait(reduction), KGP_OK);
    assert_int_equal(c->broadcast(p->abi, &x, sizeof x, 0), KGP_OK);
    assert_int_equal(c->barrier(p->abi), KGP_OK);
    assert_true(x == 3);
    assert_null(p->abi->get_extension(p->abi, "kg.sing/1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),  cmocka_unit_test(test_tables),
        cmocka_unit_test(test_linking),  cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_one_rank),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
