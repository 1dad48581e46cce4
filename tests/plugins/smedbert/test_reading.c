/* One reading: pretraining, --show, what reads texts to encode and trace them, and the windows of
 * named-entity recognition give a mention the same neighbors, whatever became of the store since it
 * was embedded. */
#include "plugins/smedbert/pretrain/example.h"
#include "plugins/smedbert/pretrain/show.h"
#include "plugins/smedbert/reading/text_reader.h"
#include "plugins/smedbert/tasks/ner/ner_windows.h"
#include "tests/plugins/smedbert/fake_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { K = 5 };

static char path[] = "/tmp/kg-reading-XXXXXX";
static kg_host *host;
static kg_tokenizer *tokenizer;
static kg_graph_view view;
static kg_reading reading;

/* Mentions of several entities, one at the end; "b" after the first brace is no edge of a token. */
static const char text[] = "a{ab}a{abb}b{bab}aa{ba}";

static int set_up(void **state) {
    (void)state;
    static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n##a\n{\n}\n";
    kg_lines *lines;
    int fd = mkstemp(path);
    host = fake_host(false);
    if (fd < 0 || !host || dprintf(fd, "%s\n", text) < 0 || close(fd) != 0 ||
        kg_lines_from_memory(&lines, kg_str_from(vocabulary), "vocabulary", 0) != KG_OK)
        return -1;
    kg_status st = kg_tokenizer_read(&tokenizer, lines, false, NULL);
    kg_lines_close(lines);
    return st == KG_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    kg_tokenizer_free(tokenizer);
    kg_host_free(host);
    return 0;
}

/* What each way of reading gives must be the first K with rows, and of their types. */
static void check(const kg_token_batch *b, uint64_t entity_rows, uint64_t relation_rows) {
    size_t x = 0;
    assert_true(b->mention_entities.len == 4);
    for (size_t m = 0; m < b->mention_entities.len; m++) {
        kgp_neighbour all[16];
        uint32_t n = fake_neighbor(all, b->mention_entities.data[m], 16), kept = 0;
        for (uint32_t i = 0; i < n && kept < K; i++) {
            if (all[i].entity >= entity_rows || all[i].relation >= relation_rows)
                continue;
            uint32_t type = fake_type(all[i].entity);
            assert_int_equal(b->neighbor_entities.data[x], all[i].entity);
            assert_int_equal(b->neighbor_relations.data[x], all[i].relation);
            assert_int_equal(b->neighbor_directions.data[x], all[i].direction);
            assert_int_equal(b->neighbor_types.data[x], type == KGP_NO_ID ? FAKE_TYPES : type);
            kept++;
            x++;
        }
        assert_int_equal(b->neighbor_counts.data[m], kept);
    }
    assert_int_equal(b->neighbor_entities.len, x);
}

static void read_text(kg_token_batch *b) {
    kg_text_reader reader;
    const kg_linked_text given = {.text = kg_str_from(text)};
    kg_token_batch_clear(b);
    assert_int_equal(kg_text_reader_init(&reader, &reading, 100, NULL), KG_OK);
    assert_int_equal(kg_text_reader_add(b, &reader, &given, NULL), KG_OK);
    kg_text_reader_free(&reader);
}

static void build_example(kg_token_batch *b, const kg_negatives *negatives) {
    kg_example_options options = KG_EXAMPLE_OPTIONS_INIT;
    kg_example_builder *builder;
    kg_example_note note;
    const kg_example_text given = {.text = {.text = kg_str_from(text)}};
    options.min_chars = 1;
    kg_token_batch_clear(b);
    assert_int_equal(kg_example_builder_new(&builder, &reading, negatives, &options), KG_OK);
    /* One whose sentences are not swapped, so that mentions are in the order of the text. */
    for (uint64_t epoch = 0; epoch == 0 || b->sop_labels.data[0] == 1; epoch++) {
        const kg_example_key key = {1, epoch, 0};
        assert_int_equal(kg_example_read(&note, builder, &key, &given, NULL), KG_OK);
        assert_int_equal(note.chunks, 1);
        assert_int_equal(kg_example_build(b, &note, builder, &key, 0, NULL), KG_OK);
    }
    kg_example_builder_free(builder);
}

static void cut_window(kg_token_batch *b) {
    char file[] = "/tmp/kg-reading-ner-XXXXXX";
    kg_ner_data data;
    kg_tune_packs windows;
    const kg_ner_window_options options = {.max_len = 100};
    FILE *f = fdopen(mkstemp(file), "w");
    for (const char *c = text; *c; c++)
        fprintf(f, "%c %s\n", *c, c == text ? "B-x" : "O");
    fclose(f);
    assert_int_equal(kg_ner_data_read(&data, file, NULL, NULL), KG_OK);
    unlink(file);
    assert_int_equal(kg_ner_windows_make(&windows, &data, &reading, &options, NULL), KG_OK);
    assert_int_equal(windows.packs.len, 1);
    kg_token_batch_clear(b);
    assert_int_equal(kg_token_batch_append(b, &windows.packs.data[0].batch), KG_OK);
    kg_tune_packs_free(&windows);
    kg_ner_data_free(&data);
}

static kgp_status keep(const kgp_output *output, const void *data, size_t n) {
    return (kgp_status)kg_array_append((kg_bytes *)output->self, data, n);
}

/* The weights that --show prints are those of the neighbors that the reader gives. */
static void show(const kg_token_batch *expected) {
    static const char *const paths[] = {path};
    kg_examples_options options = KG_EXAMPLES_OPTIONS_INIT;
    kg_bytes shown = KG_ARRAY_INIT;
    size_t lines = 0, unknown = 0;
    options.paths = paths;
    options.n_paths = 1;
    options.epochs = 1;
    options.example.min_chars = 1;
    const kgp_output output = {sizeof output, &shown, keep};
    kg_session session = {
        .host = kg_host_abi(host), .tokenizer = tokenizer, .graph = view, .reading = reading};
    assert_int_equal(kg_show_examples(&output, 1, &session, &options, NULL), KG_OK);
    reading = session.reading;
    assert_int_equal(kg_array_push(&shown, '\0'), KG_OK);
    for (const char *at = shown.data; (at = strstr(at, "\n      ")) != NULL; at++) {
        lines++;
        unknown += strncmp(at, "\n      0.000000", 15) == 0;
    }
    assert_int_equal(lines, expected->neighbor_entities.len);
    assert_int_equal(unknown, 0);
    kg_array_free(&shown);
}

static void check_store(uint64_t entity_rows, uint64_t relation_rows, uint32_t appended,
                        bool keeps_types) {
    const kg_graph_options options = {.neighbors = K, .keeps_types = keeps_types};
    uint64_t entities = entity_rows ? entity_rows : FAKE_ENTITIES;
    uint64_t relations = relation_rows ? relation_rows : FAKE_RELATIONS;
    kg_token_batch batch = KG_TOKEN_BATCH_INIT;
    kg_negatives *negatives = NULL;
    fake_tables(entity_rows, relation_rows);
    fake_append(appended);
    assert_int_equal(kg_graph_view_begin(&view, kg_host_abi(host), &options, NULL), KG_OK);
    assert_int_equal(kg_reading_open(&reading, tokenizer, &view, NULL), KG_OK);
    read_text(&batch);
    check(&batch, entities, relations);
    cut_window(&batch);
    check(&batch, entities, relations);
    if (keeps_types) {
        assert_int_equal(kg_negatives_new(&negatives, view.primary_types, NULL, view.entities),
                         KG_OK);
        build_example(&batch, negatives);
        check(&batch, entities, relations);
        show(&batch);
        kg_negatives_free(negatives);
    }
    kg_token_batch_free(&batch);
    kg_reading_close(&reading);
    kg_graph_view_end(&view);
}

static void test_one_reading(void **state) {
    (void)state;
    for (int keeps_types = 0; keeps_types < 2; keeps_types++) {
        check_store(0, 0, 0, keeps_types);
        check_store(FAKE_ENTITIES, FAKE_RELATIONS, 0, keeps_types);
        check_store(FAKE_ENTITIES, FAKE_RELATIONS, 40, keeps_types);
        check_store(FAKE_ENTITIES, FAKE_RELATIONS, 3000, keeps_types);
        check_store(FAKE_ENTITIES, 2, 40, keeps_types);
        check_store(200, 2, 40, keeps_types);
    }
}

/* Beyond a bound no more are asked for: then there are none, and no failure. */
static void test_a_list_without_end(void **state) {
    const kg_graph_options options = {.neighbors = K};
    (void)state;
    fake_tables(FAKE_ENTITIES, FAKE_RELATIONS);
    fake_append(2 * KG_MOST_ASKED);
    assert_int_equal(kg_graph_view_begin(&view, kg_host_abi(host), &options, NULL), KG_OK);
    assert_int_equal(kg_reading_open(&reading, tokenizer, &view, NULL), KG_OK);
    assert_int_equal(kg_reading_neighbors(&reading, 12, NULL), KG_OK);
    assert_int_equal(reading.found.len, 0);
    kg_reading_close(&reading);
    kg_graph_view_end(&view);
}

/* An edge inside a token is none; a word may go on behind a mention. */
static void test_edges(void **state) {
    (void)state;
    static const kg_span spans[] = {{0, 2}, {2, 4}, {5, 6}};
    const struct {
        uint32_t start, end;
        bool covered;
    } cases[] = {{0, 2, true},  {0, 4, true},  {0, 3, false}, {1, 4, false}, {2, 4, true},
                 {2, 5, false}, {5, 6, true},  {4, 6, false}, {2, 6, true},  {5, 7, false},
                 {6, 8, false}, {3, 3, false}, {2, 2, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t first = 0, end;
        const kgp_mention mention = {.byte_start = cases[i].start, .byte_end = cases[i].end};
        assert_int_equal(kg_reading_cover(&first, &end, spans, 3, &mention), cases[i].covered);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_reading),
        cmocka_unit_test(test_a_list_without_end),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
