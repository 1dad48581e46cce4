/* Data sets of texts: what each form means, and what is refused, with its line. */
#include "plugins/smedbert/tasks/texts/text_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static kg_status read_options(kg_texts *t, const char *content, const kg_texts_options *options,
                              kg_error *err) {
    kg_lines *lines;
    assert_int_equal(kg_lines_from_memory(&lines, kg_str_from(content), "data", 0), KG_OK);
    kg_status st = kg_texts_read_lines(t, lines, options, err);
    kg_lines_close(lines);
    return st;
}

static kg_status read(kg_texts *t, const char *content, kg_text_kind kind, kg_error *err) {
    const kg_texts_options options = {.kind = kind, .negatives = -1};
    return read_options(t, content, &options, err);
}

static void assert_text(const kg_texts *t, uint32_t i, const char *expected) {
    kg_str text = kg_texts_text(t, i);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static const char *label_of(const kg_texts *t, size_t i) {
    return t->labels.types.data[t->gold.data[i]];
}

/* Classes are sorted, whatever their order in the file; line ends and blanks around do not count.
 */
static void test_classes_of_texts(void **state) {
    (void)state;
    static const char *const forms[] = {
        "b\t one\r\na\ttwo \r\n\r\nc\tthree\r\nb\tfour\n",
        "{\"text\": \"one\", \"label\": \"b\"}\n{\"text\": \"two\", \"label\": \"a\"}\n"
        "{\"text\": \"three\", \"label\": \"c\"}\n{\"text\": \"four\", \"label\": \"b\"}"};
    for (int f = 0; f < 2; f++) {
        kg_texts t;
        assert_int_equal(read(&t, forms[f], KG_TEXT, NULL), KG_OK);
        assert_int_equal(t.items.len, 4);
        assert_int_equal(t.example_ends.len, 4);
        assert_int_equal(t.labels.types.len, 3);
        assert_string_equal(label_of(&t, 0), "b");
        assert_string_equal(label_of(&t, 1), "a");
        assert_string_equal(label_of(&t, 2), "c");
        assert_string_equal(label_of(&t, 3), "b");
        assert_text(&t, t.items.data[0].a, "one");
        assert_text(&t, t.items.data[1].a, "two");
        assert_int_equal(t.items.data[3].line, f == 0 ? 5 : 4);
        kg_texts_free(&t);
    }
}

static void test_pairs(void **state) {
    (void)state;
    static const char *const forms[] = {
        "1\tx\ty\n0\tz\tx\n", "{\"text_a\": \"x\", \"text_b\": \"y\", \"label\": 1}\n"
                              "{\"sentence1\": \"z\", \"sentence2\": \"x\", \"label\": \"0\"}\n"};
    for (int f = 0; f < 2; f++) {
        kg_texts t;
        assert_int_equal(read(&t, forms[f], KG_TEXT_PAIR, NULL), KG_OK);
        assert_int_equal(t.items.len, 2);
        assert_string_equal(label_of(&t, 0), "1");
        assert_string_equal(label_of(&t, 1), "0");
        assert_text(&t, t.items.data[0].a, "x");
        assert_text(&t, t.items.data[0].b, "y");
        kg_texts_free(&t);
    }
}

/* Offsets count characters, of text as it stands. */
static void test_spans(void **state) {
    (void)state;
    static const char *const forms[] = {
        "r\t1\t3\t4\t5\t \u809d\u708e\uff0c\u836f\n",
        "{\"text\": \" \u809d\u708e\uff0c\u836f\", \"head\": {\"start\": 1, \"end\": 3}, "
        "\"tail\": {\"start\": 4, \"end\": 5}, \"label\": \"r\"}\n"};
    for (int f = 0; f < 2; f++) {
        kg_texts t;
        assert_int_equal(read(&t, forms[f], KG_TEXT_RELATION, NULL), KG_OK);
        const kg_text_item *item = t.items.data;
        assert_int_equal(item->spans[0].start, 1);
        assert_int_equal(item->spans[0].end, 7);
        assert_int_equal(item->spans[1].start, 10);
        assert_int_equal(item->spans[1].end, 13);
        kg_texts_free(&t);
    }
}

/* Three entities and two triples, one pair twice: 3 x 2 - 2 pairs are of no relation. */
static void test_triples(void **state) {
    (void)state;
    static const char triples[] =
        "{\"text\": \"ab cd ef\", \"spo_list\": ["
        "{\"subject\": \"ab\", \"predicate\": \"p\", \"object\": {\"@value\": \"cd\"}},"
        "{\"subject\": \"ab\", \"predicate\": \"q\", \"object\": {\"@value\": \"cd\"}},"
        "{\"subject\": \"ef\", \"predicate\": \"p\", \"object\": \"ab\"}]}\n";
    kg_texts t;
    assert_int_equal(read(&t, triples, KG_TEXT_RELATION, NULL), KG_OK);
    assert_int_equal(t.items.len, 3 + 4);
    assert_int_equal(t.labels.types.len, 3);
    assert_string_equal(label_of(&t, 0), "p");
    assert_string_equal(label_of(&t, 1), "q");
    assert_string_equal(label_of(&t, 6), KG_NO_RELATION);
    assert_int_equal(t.items.data[2].spans[0].start, 6);
    assert_int_equal(t.items.data[2].spans[1].start, 0);
    kg_texts_free(&t);
    const kg_texts_options none = {.kind = KG_TEXT_RELATION, .negatives = 0};
    assert_int_equal(read_options(&t, triples, &none, NULL), KG_OK);
    assert_int_equal(t.items.len, 3);
    kg_texts_free(&t);
}

/* Lines of one query are put together, and a candidate counts once. */
static void test_queries(void **state) {
    (void)state;
    kg_texts t;
    assert_int_equal(read(&t, "q\tyes\tno\nr\tup\tdown\nq\tyes\tnever\n", KG_TEXT_RANK, NULL),
                     KG_OK);
    assert_int_equal(t.example_ends.len, 2);
    assert_int_equal(t.example_ends.data[0], 3);
    assert_int_equal(t.example_ends.data[1], 5);
    assert_text(&t, t.items.data[2].b, "never");
    assert_true(t.gold.data[0] == 1 && t.gold.data[1] == 0 && t.gold.data[2] == 0);
    kg_texts_free(&t);
    assert_int_equal(read(&t,
                          "{\"query\": \"q\", \"positive\": [\"yes\"], \"negative\": [\"no\"]}\n"
                          "{\"query\": \"r\", \"candidates\": [{\"text\": \"up\", \"label\": 0, "
                          "\"id\": \"d7\"}, {\"text\": \"down\", \"label\": 1}]}\n",
                          KG_TEXT_RANK, NULL),
                     KG_OK);
    assert_int_equal(t.items.len, 4);
    assert_true(t.gold.data[0] == 1 && t.gold.data[1] == 0 && t.gold.data[3] == 1);
    assert_text(&t, t.items.data[2].id, "d7");
    assert_text(&t, t.items.data[3].id, "down");
    kg_texts_free(&t);
}

static void test_unlabeled(void **state) {
    (void)state;
    static const struct {
        kg_text_kind kind;
        const char *content;
        size_t items;
    } cases[] = {{KG_TEXT, "one\ntwo\n", 2},
                 {KG_TEXT_PAIR, "one\ttwo\n", 1},
                 {KG_TEXT_RELATION, "0\t1\t1\t2\tab\n", 1},
                 {KG_TEXT_RANK, "q\ta\nq\tb\n", 2},
                 {KG_TEXT, "{\"text\": \"one\"}\n", 1},
                 {KG_TEXT_RANK, "{\"query\": \"q\", \"candidates\": [\"a\", \"b\"]}\n", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_texts t;
        const kg_texts_options options = {.kind = cases[i].kind, .unlabeled = true};
        assert_int_equal(read_options(&t, cases[i].content, &options, NULL), KG_OK);
        assert_int_equal(t.items.len, cases[i].items);
        kg_texts_free(&t);
    }
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        kg_text_kind kind;
        const char *content;
        uint64_t line;
        const char *says;
    } bad[] = {
        {KG_TEXT, "", 0, "holds nothing"},
        {KG_TEXT, "a\tx\nb\n", 2, "found 1 column; expected 2"},
        {KG_TEXT, "a\tx\ty\n", 1, "3 columns"},
        {KG_TEXT, "\tx\n", 1, "column 1 is empty"},
        {KG_TEXT, "a\t\xff\n", 1, "UTF-8"},
        {KG_TEXT, "{\"text\": \"x\"}\n", 1, "label"},
        {KG_TEXT, "{\"text\": \"x\", \"label\": 1.5}\n", 1, "label"},
        {KG_TEXT, "{\"text\": \"x\", \"label\": \"\"}\n", 1, "label"},
        {KG_TEXT, "{\"label\": \"x\"}\n", 1, "text"},
        {KG_TEXT, "{\"text\"\n", 1, "JSON"},
        {KG_TEXT_PAIR, "{\"text_a\": \"x\", \"label\": 1}\n", 1, "text_b"},
        {KG_TEXT_RELATION, "r\t0\t9\t1\t2\tab\n", 1, "the head spans 0 to 9"},
        {KG_TEXT_RELATION, "r\t0\t1\t2\t2\tab\n", 1, "the tail"},
        {KG_TEXT_RELATION, "r\t0\t1\t-1\t2\tab\n", 1, "the tail"},
        {KG_TEXT_RELATION,
         "{\"text\": \"a\", \"spo_list\": [{\"subject\": \"b\", "
         "\"predicate\": \"p\", \"object\": \"a\"}]}\n",
         1, "does not hold \"b\""},
        {KG_TEXT_RELATION, "{\"text\": \"a\", \"spo_list\": [{\"subject\": \"a\"}]}\n", 1,
         "predicate"},
        {KG_TEXT_RANK, "{\"query\": \"q\"}\n", 1, "candidates"},
        {KG_TEXT_RANK, "{\"query\": \"q\", \"candidates\": [{\"text\": \"a\", \"label\": 2}]}\n", 1,
         "label"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kg_texts t;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(read(&t, bad[i].content, bad[i].kind, &err), KG_ERR_FORMAT);
        assert_int_equal(err.line, bad[i].line);
        if (!strstr(err.text, bad[i].says))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.text, bad[i].says);
        kg_texts_free(&t);
    }
}

/* Classes are numbered as training's, and one that it lacks is told with its line. */
static void test_alignment(void **state) {
    (void)state;
    kg_texts train, dev;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(read(&train, "a\tx\nb\tx\nc\tx\n", KG_TEXT, NULL), KG_OK);
    assert_int_equal(read(&dev, "c\tx\nb\tx\n", KG_TEXT, NULL), KG_OK);
    assert_int_equal(kg_texts_align(&dev, &train.labels, "dev", &err), KG_OK);
    assert_true(dev.gold.data[0] == 2 && dev.gold.data[1] == 1);
    kg_texts_free(&dev);
    assert_int_equal(read(&dev, "c\tx\nd\tx\n", KG_TEXT, NULL), KG_OK);
    assert_int_equal(kg_texts_align(&dev, &train.labels, "dev", &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 2);
    kg_texts_free(&dev);
    kg_texts_free(&train);
}

/* What is behind reads as it did alone. */
static void test_append(void **state) {
    (void)state;
    static const char content[] =
        "{\"query\": \"q\", \"positive\": [\"a\"], \"negative\": [\"b\"]}\n"
        "{\"query\": \"r\", \"positive\": [\"c\"], \"negative\": [\"\"]}\n";
    kg_texts t, more;
    assert_int_equal(read(&t, content, KG_TEXT_RANK, NULL), KG_OK);
    assert_int_equal(read(&more, content, KG_TEXT_RANK, NULL), KG_OK);
    size_t items = more.items.len, examples = more.example_ends.len;
    assert_int_equal(kg_texts_append(&t, &more), KG_OK);
    assert_int_equal(t.items.len, 2 * items);
    assert_int_equal(t.example_ends.len, 2 * examples);
    for (size_t i = 0; i < items; i++) {
        const kg_text_item *x = &more.items.data[i], *y = &t.items.data[items + i];
        kg_str a = kg_texts_text(&more, x->a), b = kg_texts_text(&more, x->b);
        assert_true(kg_str_equal(kg_texts_text(&t, y->a), a));
        assert_true(kg_str_equal(kg_texts_text(&t, y->b), b));
        assert_true(kg_str_equal(kg_texts_text(&t, y->id), kg_texts_text(&more, x->id)));
        assert_int_equal(t.gold.data[items + i], more.gold.data[i]);
    }
    for (size_t i = 0; i < examples; i++)
        assert_int_equal(t.example_ends.data[examples + i], items + more.example_ends.data[i]);
    kg_texts_free(&t);
    kg_texts_free(&more);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_of_texts),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_triples),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_unlabeled),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
