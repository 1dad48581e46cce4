/* Every allocation of building and packing examples made to fail in turn. */
#include "tests/support/alloc_fail.h"

#include "plugins/smedbert/pretrain/dealer.h"
#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/pretrain/mention_counts.h"
#include "tests/plugins/smedbert/fake_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static kg_tokenizer *tokenizer;
static kg_host *host;
static kg_graph_view view;
static uint32_t *counts;
static kg_negatives *negatives;
static kg_example_options options = KG_EXAMPLE_OPTIONS_INIT;
static const kg_graph_options graph = {.neighbors = 10, .needs_tables = true, .keeps_types = true};

static int set_up(void **state) {
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n病\n毒\n人\nab\n##ab\n,\n{\n}\n";
    kg_lines *lines;
    (void)state;
    options.max_len = 40;
    host = fake_host(true);
    fake_tables(FAKE_ENTITIES, FAKE_RELATIONS);
    if (!host || kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    if (st == KG_OK)
        st = kg_graph_view_begin(&view, kg_host_abi(host), &graph, NULL);
    if (st == KG_OK)
        st = kg_mention_counts_read(&counts, &view, NULL);
    if (st == KG_OK)
        st = kg_negatives_new(&negatives, view.primary_types, counts, view.entities);
    return st == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_negatives_free(negatives);
    free(counts);
    kg_graph_view_end(&view);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

static kg_status read_graph(void *context) {
    kg_graph_view read;
    uint32_t *mentions = NULL;
    (void)context;
    kg_status st = kg_graph_view_begin(&read, kg_host_abi(host), &graph, NULL);
    if (st == KG_OK)
        st = kg_mention_counts_read(&mentions, &read, NULL);
    free(mentions);
    /* Tables that are others by now are copied. */
    fake_tables(FAKE_ENTITIES - 1, FAKE_RELATIONS);
    if (st == KG_OK)
        st = kg_graph_view_renew(&read, NULL);
    if (st == KG_OK) {
        assert_non_null(read.kept);
        assert_int_equal(read.tables.entities.rows, FAKE_ENTITIES);
        assert_true(kg_row(&read.tables.entities, 3) ==
                    read.kept + 3 * read.tables.entities.columns);
        st = kg_graph_view_renew(&read, NULL);
    }
    fake_tables(FAKE_ENTITIES, FAKE_RELATIONS);
    kg_graph_view_end(&read);
    return st;
}

static kg_status deal(kg_dealer *dealer, kg_example_builder *builder, bool linked) {
    static const kgp_mention given[] = {{0, 5, 0, 0, 7}, {38, 43, 0, 0, 9}};
    const kg_example_text document = {{KG_STR("{病}毒ab, http://a.b/{人}人abab {毒毒} "
                                              "{病}毒ab人人病毒病毒病毒ab,ab,ab,ab,人人人人病毒,"
                                              "病毒病毒病毒病毒病毒病毒"),
                                       linked, given, 2},
                                      0};
    kg_token_batch example = KG_TOKEN_BATCH_INIT;
    kg_example_note note;
    kg_status st = KG_OK;
    for (uint64_t d = 0; d < 3 && st == KG_OK; d++) {
        kg_example_key key = {1, 0, d};
        st = kg_example_read(&note, builder, &key, &document, NULL);
        assert_true(st != KG_OK || (note.mentions > 0 && note.chunks > 1));
        for (uint32_t i = 0; st == KG_OK && i < note.chunks; i++) {
            st = kg_example_build(&example, &note, builder, &key, i, NULL);
            if (st == KG_OK)
                st = kg_dealer_deal(dealer, &example);
        }
    }
    kg_token_batch_free(&example);
    return st;
}

static kg_status build(void *context) {
    kg_example_builder *builder = NULL;
    kg_reading reading;
    kg_dealer dealer;
    kg_dealer_init(&dealer, 4096, 64, 0, 1);
    kg_status st = kg_reading_open(&reading, tokenizer, &view, NULL);
    if (st == KG_OK)
        st = kg_example_builder_new(&builder, &reading, negatives, &options);
    if (st == KG_OK)
        st = deal(&dealer, builder, *(const bool *)context);
    kg_example_builder_free(builder);
    kg_reading_close(&reading);
    kg_dealer_free(&dealer);
    return st;
}

static void test_reading_the_graph(void **state) {
    (void)state;
    alloc_fail_each(read_graph, NULL, false, 100);
}

static void test_building(void **state) {
    (void)state;
    bool linked = false;
    alloc_fail_each(build, &linked, false, 1000);
    linked = true;
    alloc_fail_each(build, &linked, false, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading_the_graph),
        cmocka_unit_test(test_building),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
