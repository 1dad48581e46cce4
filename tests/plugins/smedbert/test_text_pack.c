/* What the model reads of texts: sparse scores with their bias, features of matches, the order of a
 * pair and the candidates of a query as each epoch has them. Without a graph. */
#include "plugins/smedbert/tasks/texts/text_task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct packing {
    kg_tune_session session;
    kg_texts_setup own;
    kg_texts_part data;
    kg_tune_part part;
    kg_tokenizer *tokenizer;
} packing;

static packing *begin(kg_text_kind kind, const char *content) {
    static const char vocabulary[] = "[UNK]\n[CLS]\n[SEP]\na\nb\nc\nd\ne\n";
    packing *p = calloc(1, sizeof *p);
    kg_lines *lines;
    const kg_texts_options options = {.kind = kind};
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(vocabulary), "v", 0), KG_OK);
    assert_int_equal(kg_tokenizer_read(&p->tokenizer, lines, false, NULL), KG_OK);
    kg_lines_close(lines);
    assert_int_equal(kg_reading_open(&p->session.base.reading, p->tokenizer, NULL, NULL), KG_OK);
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(content), "data", 0), KG_OK);
    assert_int_equal(kg_texts_read_lines(&p->data.texts, lines, &options, NULL), KG_OK);
    kg_lines_close(lines);
    p->session.setup.task = kg_text_tasks[kind];
    p->session.setup.own = &p->own;
    p->session.setup.max_len = 32;
    p->part.data = &p->data;
    p->part.examples = p->data.texts.example_ends.len;
    p->part.items = p->data.texts.items.len;
    return p;
}

static void end(packing *p) {
    kg_reading_close(&p->session.base.reading);
    kg_tokenizer_free(p->tokenizer);
    kg_texts_free(&p->data.texts);
    kg_tune_packs_free(&p->data.single);
    kg_tune_packs_free(&p->part.packs);
    free(p);
}

static void pack(packing *p, const uint8_t *trained) {
    assert_int_equal(kg_texts_pack(&p->part, &p->session, trained, NULL), KG_OK);
}

/* A text that has no feature is scored by the bias of the classes alone. */
static void test_sparse_scores_have_their_bias(void **state) {
    (void)state;
    float transitions[] = {9, 9, 9, 9, 1, 2, 0.5F, -1}; /* between; first; last */
    packing *p = begin(KG_TEXT, "x\ta\ny\tb\n");
    p->session.setup.sparse = true;
    p->session.sparse = (kg_sparse_crf){.tags = 2, .transitions = transitions};
    pack(p, NULL);
    assert_int_equal(p->part.packs.packs.len, 2);
    for (size_t i = 0; i < 2; i++) {
        const kg_tune_pack *one = &p->part.packs.packs.data[i];
        assert_int_equal(one->sparse.len, 2);
        assert_true(one->sparse.data[0] == 1.5F && one->sparse.data[1] == 1);
        assert_int_equal(one->rows.data[0], 0);
        assert_int_equal(one->gold.data[0], i);
    }
    end(p);
}

/* "a b c" against "b c d": a is not there, b has c beside it, c has b. */
static void test_matches(void **state) {
    (void)state;
    static const uint32_t expected[][2] = {{1, 0}, {2, 2}, {3, 2}, {5, 2}, {6, 2}, {7, 0}};
    packing *p = begin(KG_TEXT_PAIR, "1\ta b c\tb c d\n");
    p->own.match_features = true;
    pack(p, NULL);
    const kg_tune_pack *one = p->part.packs.packs.data;
    assert_int_equal(one->features.len, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(one->features.data[i].row, expected[i][0]);
        assert_int_equal(one->features.data[i].feature, expected[i][1]);
    }
    end(p);
}

/* Both orders of what is read; of what is trained on one, which changes from epoch to epoch. */
static void test_orders(void **state) {
    (void)state;
    static const uint8_t trained[] = {1, 0, 1, 1};
    packing *p = begin(KG_TEXT_PAIR, "1\ta\tb\n0\tb\tc\n1\tc\td\n0\td\te\n");
    size_t turned[4] = {0, 0, 0, 0}, rounds = 40;
    p->own.both_orders = true;
    pack(p, trained);
    assert_int_equal(p->part.packs.packs.len, 5);
    for (uint64_t epoch = 0; epoch < rounds; epoch++) {
        assert_int_equal(kg_texts_deal(&p->part, &p->session, 3, epoch, NULL), KG_OK);
        for (size_t i = 0; i < 5; i++) {
            const kg_tune_pack *one = &p->part.packs.packs.data[i];
            uint32_t example = p->part.packs.examples.data[i];
            assert_int_equal(one->items.data[0], example);
            turned[example] += one->batch.documents.data[0] % 2;
        }
    }
    assert_int_equal(turned[1], rounds);
    for (size_t e = 0; e < 4; e++)
        assert_true(e == 1 || (turned[e] > rounds / 4 && turned[e] < rounds * 3 / 4));
    end(p);
}

/* A group for each right candidate, with so many wrong ones, drawn anew; queries that are not
 * trained on whole. */
static void test_candidates(void **state) {
    (void)state;
    static const uint8_t trained[] = {1, 0};
    uint64_t drawn = 0;
    packing *p = begin(KG_TEXT_RANK,
                       "{\"query\": \"a\", \"positive\": [\"b\", \"c\"], \"negative\": [\"d\", "
                       "\"e\", \"d e\", \"e d\"]}\n"
                       "{\"query\": \"b\", \"positive\": [\"c\"], \"negative\": [\"d\", \"e\"]}\n");
    p->own.negatives = 2;
    pack(p, trained);
    for (uint64_t epoch = 0; epoch < 20; epoch++) {
        assert_int_equal(kg_texts_deal(&p->part, &p->session, 3, epoch, NULL), KG_OK);
        assert_int_equal(p->part.packs.packs.len, 3);
        for (size_t g = 0; g < 3; g++) {
            const kg_tune_pack *one = &p->part.packs.packs.data[g];
            assert_int_equal(one->items.len, 3);
            assert_int_equal(one->ends.data[0], 3);
            assert_int_equal(one->gold.data[0], 1);
            assert_true(one->gold.data[1] == 0 && one->gold.data[2] == 0);
            assert_int_equal(one->items.data[0], g == 2 ? 6 : g);
            for (size_t i = 1; g < 2 && i < 3; i++)
                drawn |= UINT64_C(1) << one->items.data[i];
        }
    }
    assert_int_equal(drawn, 0x3c); /* each of the four wrong ones of the first query */
    end(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_scores_have_their_bias),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
