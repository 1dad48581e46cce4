/* Every allocation of building and packing examples made to fail in turn. */
#include "tests/support/alloc_fail.h"

#include "plugins/smedbert/pretrain/dealer.h"
#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/reading/graph_facts.h"
#include "tests/plugins/smedbert/fake_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static kg_tokenizer *tokenizer;
static kg_host *host;
static kg_graph_facts *facts;
static const kg_example_options options = KG_EXAMPLE_OPTIONS_INIT;

static int set_up(void **state) {
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n病\n毒\n人\nab\n##ab\n,\n{\n}\n";
    kg_lines *lines;
    (void)state;
    host = fake_host(true);
    if (!host || kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    if (st == KG_OK)
        st = kg_graph_facts_open(&facts, kg_host_abi(host), &options, NULL);
    return st == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    kg_graph_facts_free(facts);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

static kg_status read_facts(void *context) {
    kg_graph_facts *read;
    (void)context;
    kg_status st = kg_graph_facts_open(&read, kg_host_abi(host), &options, NULL);
    kg_graph_facts_free(read);
    return st;
}

static kg_status deal(kg_dealer *dealer, kg_example_builder *builder, bool linked) {
    static const kgp_mention given[] = {{0, 5, 0, 0, 7}, {38, 43, 0, 0, 9}};
    kg_linked_text text = {KG_STR("{病}毒ab, http://a.b/{人}人abab {毒毒} "
                                  "{病}毒ab人人病毒病毒病毒ab,ab,ab,ab,人人人人病毒,"
                                  "病毒病毒病毒病毒病毒病毒"),
                           linked, given, 2};
    kg_batch example = KG_BATCH_INIT;
    kg_example_note note;
    kg_status st = KG_OK;
    for (uint64_t d = 0; d < 3 && st == KG_OK; d++) {
        kg_example_key key = {1, 0, d};
        st = kg_example_build(&example, &note, builder, &key, &text, NULL);
        if (st == KG_OK) {
            assert_true(note.mentions > 0);
            st = kg_dealer_deal(dealer, &example);
        }
    }
    kg_batch_free(&example);
    return st;
}

static kg_status build(void *context) {
    kg_example_builder *builder = NULL;
    kg_graph_reader reader;
    kg_example_sources sources = {.tokenizer = tokenizer};
    kg_dealer dealer;
    kg_dealer_init(&dealer, 4096, 64, 0, 1);
    kg_status st = kg_graph_reader_open(&reader, kg_host_abi(host), facts, NULL);
    if (st == KG_OK) {
        kg_graph_reader_lend(&sources, &reader);
        st = kg_example_builder_new(&builder, &sources, &options);
    }
    if (st == KG_OK)
        st = deal(&dealer, builder, *(const bool *)context);
    kg_example_builder_free(builder);
    kg_graph_reader_close(&reader);
    kg_dealer_free(&dealer);
    return st;
}

static void test_reading_the_graph(void **state) {
    (void)state;
    alloc_fail_each(read_facts, NULL, false, 100);
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
