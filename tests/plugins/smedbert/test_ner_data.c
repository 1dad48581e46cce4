#include "plugins/smedbert/tasks/ner/ner_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/kg-ner-XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static kg_status read_format(kg_ner_data *data, const char *content, const kg_ner_format *format,
                             kg_error *err) {
    FILE *f = fopen(path, "w");
    fputs(content, f);
    fclose(f);
    return kg_ner_data_read(data, path, format, err);
}

static kg_status read_text(kg_ner_data *data, const char *content, bool predictions,
                           kg_error *err) {
    return read_format(data, content, &(kg_ner_format){.predictions = predictions}, err);
}

/* "token/tag " for every token, '|' after each sequence. */
static void describe(char *text, const kg_ner_data *data) {
    size_t sequence = 0;
    text[0] = '\0';
    for (size_t i = 0; i < data->tags.len; i++) {
        char tag[32];
        kg_str token = kg_ner_token(data, i);
        sprintf(text + strlen(text), "%.*s/%s ", KG_STR_ARG(token),
                kg_tag_format(tag, sizeof tag, &data->set, data->tags.data[i]));
        if (i + 1 == data->sequence_ends.data[sequence]) {
            strcat(text, "|");
            sequence++;
        }
    }
}

static void test_what_is_read(void **state) {
    (void)state;
    static const struct {
        const char *content, *expected;
    } cases[] = {
        {"a O\nb B-x\n\nc I-x\n", "a/O b/B-x |c/I-x |"},
        {"a\tB_z\r\nb\tI_z\r\n\r\n\r\nc\tB_a\r\n", "a/B-z b/I-z |c/B-a |"},
        {"\xE3\x80\x80 O\n  O\nx y B-q\n", "\xE3\x80\x80/O  /O x y/B-q |"},
        {"{\"text\": \"\xE6\x9C\x89 flu A\xE5\x9E\x8B.\", \"entities\": "
         "[{\"start\": 2, \"end\": 7, \"type\": \"d\"}]}\n",
         "\xE6\x9C\x89/O flu/B-d A/I-d \xE5\x9E\x8B/O ./O |"},
        {"{ O\n", "{/O |"},
        /* Blanks at the end of a line and in the one between sequences; remarks. */
        {"# sent 1\na B-x \nb O\t\n \t \n# O\n# B-x\n", "a/B-x b/O |#/O #/B-x |"},
        {"-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nsaid VB  B-VP O\n", "EU/B-ORG said/O |"},
        {"1\tin\t_\tO\n2\tParis\t_\tB-L\n\n1\tx\t_\tO\n", "in/O Paris/B-L |x/O |"},
        {"New York\t_\tB-L\n", "New York/B-L |"},
        /* Schemes. */
        {"a I-x\nb I-x\nc B-x\nd I-y\n\ne I-y\nf O\n", "a/B-x b/I-x c/B-x d/B-y |e/B-y f/O |"},
        {"a I-x\nb I-x\nc O\n", "a/B-x b/I-x c/O |"},
        {"a B-x\nb E-x\nc S-x\nd B-y\ne I-y\nf E-y\n", "a/B-x b/I-x c/B-x d/B-y e/I-y f/I-y |"},
        {"a B-x\nb L-x\nc U-x\n", "a/B-x b/I-x c/B-x |"},
        {"a B-x\nb M-x\nc E-x\nd O\n", "a/B-x b/I-x c/I-x d/O |"},
        {"a x\nb x\nc O\nd y\n\ne y\n", "a/B-x b/I-x c/O d/B-y |e/B-y |"},
        /* JSON of others. */
        {"{ \"text\": \"a b\", \"label\": [[2, 3, \"x\"]]}\n", "a/O b/B-x |"},
        {"{\"text\": \"a b\", \"labels\": [[0, 3, \"x\"]]}\n", "a/B-x b/I-x |"},
        {"{\"text\": \"a b\", \"entities\": [[0, 1, \"x\"]]}\n", "a/B-x b/O |"},
        {"{\"text\": \"a b\", \"spans\": [{\"start\": 0, \"end\": 1, \"label\": \"x\"}]}\n",
         "a/B-x b/O |"},
        {"{\"tokens\": [\"a\", \"b\"], \"ner_tags\": [\"S-x\", \"O\"]}\n", "a/B-x b/O |"},
        /* Entities that begin and end within words, and two that touch. */
        {"{\"text\": \"10mg ab\", \"entities\": [{\"start\": 0, \"end\": 2, \"type\": \"n\"}, "
         "{\"start\": 2, \"end\": 4, \"type\": \"u\"}, {\"start\": 6, \"end\": 7, \"type\": "
         "\"u\"}]}\n",
         "10/B-n mg/B-u a/O b/B-u |"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_ner_data data;
        char text[256];
        assert_int_equal(read_text(&data, cases[i].content, false, NULL), KG_OK);
        describe(text, &data);
        assert_string_equal(text, cases[i].expected);
        kg_ner_data_free(&data);
    }
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *content;
        uint64_t line;
        const char *text;
    } cases[] = {
        {"", 0, "holds no token; expected lines of a token and its tag"},
        {"\n\n", 0, "holds no token; expected lines of a token and its tag"},
        {"a B-x\nb S-x\nc U-x\n", 3,
         "the letter U stands beside letters of another scheme; expected all tags in one of IOB2, "
         "IOB1, BIOES, BILOU and BMES"},
        {"a B-x\nb y\n", 2,
         "a tag is a word without O, B- or I- before it; expected IOB2, IOB1, BIOES, BILOU or "
         "BMES, "
         "or types alone with O elsewhere"},
        {"some text\nof words\n", 1,
         "a tag is a word without O, B- or I- before it; expected IOB2, IOB1, BIOES, BILOU or "
         "BMES, "
         "or types alone with O elsewhere"},
        {"a _ O\nb O\n", 2, "2 columns, separated by spaces; expected 3 as in the first line"},
        {"1 a O\n3 b O\n", 2,
         "the first column is \"3\"; expected 2, since it numbers the tokens of a sequence in the "
         "first line"},
        {"{\"tokens\": [\"a\"], \"ner_tags\": [3]}\n", 1,
         "tag 1 is the number 3, whose name is not in the file; write the names, as "
         "dataset.features[\"ner_tags\"].feature.int2str gives them"},
        {"{\"tokens\": [\"a\"], \"ner_tags\": []}\n", 1,
         "1 tokens with 0 tags; expected two lists of the same length"},
        {"a O\nb\n", 2,
         "found \"b\"; expected a token, a space or tab, and its tag; only an empty line ends a "
         "sequence"},
        {"a O\n\xFF O\n", 2, "byte 1 of the line is not UTF-8; convert the file"},
        {"{\"text\": \"ab\", \"entities\": [{\"start\": 0, \"end\": 9, \"type\": \"d\"}]}\n", 1,
         "an entity spans 0 to 9, counted in characters; the text has 2"},
        {"{\"text\": \"ab\", \"entities\": [{\"start\": 0, \"end\": 2, \"type\": \"\"}]}\n", 1,
         "entity 1 has an empty type"},
        {"{\"text\": \"ab\"}\n", 1,
         "expected an object with \"text\" (a string) and \"entities\" (a list), or with "
         "\"tokens\" and "
         "\"ner_tags\" (lists of strings)"},
        {"{\"text\": \"a b\", \"entities\": [{\"start\": 0, \"end\": 3, \"type\": \"d\"}, "
         "{\"start\": 2, \"end\": 3, \"type\": \"d\"}]}\n",
         1,
         "the entities at 0 to 3 and at 2 to 3 overlap, and a token has one tag; choose "
         "with --nested outermost or innermost"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_ner_data data;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(read_text(&data, cases[i].content, false, &err), KG_ERR_FORMAT);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.line, cases[i].line);
        kg_ner_data_free(&data);
    }
}

static void test_what_is_told(void **state) {
    (void)state;
    static const struct {
        const char *content, *told;
    } cases[] = {
        {"a O\nb B-x\n", ""},
        {"a B-x\nb S-x\n", "the tags are BIOES and are read as IOB2"},
        {"a _ I-x\nb _ O\n", "3 columns, of which number 1 is the token and number 3 its tag; the "
                             "tags are IO and are read as IOB2"},
        {"1 a O\n2 b B-x\n", "3 columns, of which number 2 is the token and number 3 its tag"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_ner_data data;
        assert_int_equal(read_text(&data, cases[i].content, false, NULL), KG_OK);
        assert_string_equal(data.told, cases[i].told);
        kg_ner_data_free(&data);
    }
}

/* Spans in whatever form and whatever they count, tokens in whatever column. */
static const kg_ner_format plain = {0}, outermost = {.nested = KG_NER_OUTERMOST},
                           innermost = {.nested = KG_NER_INNERMOST},
                           columns = {.token_column = 2, .tag_column = 3},
                           bytes = {.offsets = KG_NER_BYTES};
static const struct {
    const kg_ner_format *format;
    const char *content, *expected, *told;
} others[] = {
    /* Label Studio: UTF-16 units, as its texts tell; a cancelled annotation, a choice. */
    {&plain,
     "[\n {\"data\": {\"text\": \"\xF0\x9F\x98\x80 IL-2 up\"}, \"annotations\": [\n"
     "  {\"was_cancelled\": true, \"result\": []},\n"
     "  {\"result\": [{\"value\": {\"choices\": [\"x\"]}}, {\"value\": {\"start\": 3, \"end\": "
     "7,\n   \"text\": \"IL-2\", \"labels\": [\"a gene\"]}}]}]},\n"
     " {\"data\": {\"text\": \"no\"}, \"annotations\": []}\n]\n",
     "\xF0\x9F\x98\x80/O IL/B-a_gene -/I-a_gene 2/I-a_gene up/O |no/O |",
     "results that label no text passed over: 1; offsets count UTF-16 units; blanks in types "
     "became _"},
    /* Its short form, and two labels of one span. */
    {&outermost,
     "[{\"text\": \"a b\", \"label\": [{\"start\": 0, \"end\": 1, \"text\": \"a\", \"labels\": "
     "[\"y\", \"x\"]}]}]",
     "a/B-x b/O |", "nested or overlapping entities left out: 1"},
    /* CMeEE: the end is the last character, or the one behind it. */
    {&innermost,
     "[{\"text\": \"\xE5\xA4\xB4\xE7\x97\x9B x\", \"entities\": [{\"start_idx\": 0, "
     "\"end_idx\": "
     "1, \"type\": \"s\", \"entity\": \"\xE5\xA4\xB4\xE7\x97\x9B\"}, {\"start_idx\": 0, "
     "\"end_idx\": "
     "0, \"type\": \"b\", \"entity\": \"\xE5\xA4\xB4\"}]}]",
     "\xE5\xA4\xB4/B-b \xE7\x97\x9B/O x/O |",
     "an entity's end is its last character; nested or overlapping entities left out: 1"},
    {&plain,
     "{\"text\": \"ab c\", \"entities\": [{\"start_idx\": 0, \"end_idx\": 2, \"type\": \"s\", "
     "\"entity\": \"ab\"}]}",
     "ab/B-s c/O |", ""},
    /* SMedBERT's data, with digits as a string. */
    {&plain,
     "{\"text\": \"an ache\", \"mention_data\": [{\"mention\": \"ache\", \"offset\": \"3\", "
     "\"type\": \"s\"}]}",
     "an/O ache/B-s |", ""},
    /* Bytes, told from the text, and as they are asked for. */
    {&plain,
     "{\"text\": \"\xC3\xA9 b\", \"entities\": [{\"start\": 3, \"end\": 4, \"type\": \"x\", "
     "\"text\": \"b\"}]}",
     "\xC3\xA9/O b/B-x |", "offsets count bytes"},
    {&bytes, "{\"text\": \"\xC3\xA9 b\", \"entities\": [[3, 4, \"x\"]]}", "\xC3\xA9/O b/B-x |",
     "offsets count bytes"},
    /* Nested, and the same entity twice. */
    {&outermost,
     "{\"text\": \"a b c d\", \"entities\": [[0, 1, \"x\"], [0, 3, \"y\"], [2, 5, \"z\"], [6, "
     "7, "
     "\"w\"], [6, 7, \"w\"]]}",
     "a/B-y b/I-y c/O d/B-w |", "nested or overlapping entities left out: 2"},
    {&innermost,
     "{\"text\": \"a b c d\", \"entities\": [[0, 1, \"x\"], [0, 3, \"y\"], [2, 5, \"z\"], [6, "
     "7, "
     "\"w\"]]}",
     "a/B-x b/B-z c/I-z d/B-w |", "nested or overlapping entities left out: 1"},
    /* PubTator. */
    {&plain,
     "7|t|Flu now\n7|a|In rats\n7\t0\t3\tFlu\tD\tD1\n7\t11\t15\trats\tS\t-\n7\tCID\tD1\tD2\n\n"
     "8|t|ache\n8|a|\n8\t0\t4\tache\tD\n",
     "Flu/B-D now/O In/O rats/B-S |ache/B-D |", "relations passed over: 1"},
    /* Columns by number. */
    {&columns, "1 a B-x N\n2 b O N\n", "a/B-x b/O |",
     "4 columns, of which number 2 is the token and number 3 its tag"},
};

static void test_formats_of_others(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        kg_ner_data data;
        char text[256];
        assert_int_equal(read_format(&data, others[i].content, others[i].format, NULL), KG_OK);
        describe(text, &data);
        assert_string_equal(text, others[i].expected);
        assert_string_equal(data.told, others[i].told);
        kg_ner_data_free(&data);
    }
}

static void test_what_is_refused_of_others(void **state) {
    (void)state;
    static const kg_ner_format characters = {.offsets = KG_NER_CHARACTERS},
                               column = {.tag_column = 4}, same = {.token_column = 2};
    static const struct {
        const kg_ner_format *format;
        const char *content;
        uint64_t line;
        const char *text;
    } cases[] = {
        {&plain,
         "\n{\"text\": \"a b\", \"entities\": [{\"start\": 0, \"end\": 1, \"type\": \"x\", "
         "\"text\": \"b\"}]}",
         2,
         "the entity at 0 to 1 is \"b\" by the file, but the text there, counted in characters, is "
         "\"a\"; offsets begin at 0 and count characters, UTF-16 units or bytes, the same in the "
         "whole file"},
        {&characters,
         "{\"text\": \"\xC3\xA9 b\", \"entities\": [{\"start\": 3, \"end\": 4, \"type\": \"x\", "
         "\"text\": \"b\"}]}",
         1,
         "the entity at 3 to 4 is \"b\" by the file, but the text there, counted in characters, is "
         "\"\"; offsets begin at 0 and count characters, UTF-16 units or bytes, the same in the "
         "whole file"},
        {&plain, "[\n{\"text\": \"a\",\n\"entities\": [}]\n", 3,
         "not JSON: unexpected token near '}'"},
        {&plain, "[{\"text\": \"a\", \"entities\": []}]\nx\n", 2,
         "found \"x\" where an object begins; expected \"{\""},
        {&plain,
         "{\"text\": \"a\", \"entities\": [{\"start_idx\": 0, \"end_idx\": 0, \"type\": \"x\"}]}",
         1,
         "entity 1 lacks one of \"start_idx\", \"end_idx\" and \"entity\", whose text tells "
         "whether the last character counts"},
        {&plain, "{\"data\": {\"a\": \"x\", \"b\": \"y\"}, \"annotations\": []}", 1,
         "the task's \"data\" has no \"text\"; expected Label Studio's export of labeled text"},
        {&plain, "7|t|Flu\n7\t0\t2\tFlu\tD\n", 1,
         "the entity at 0 to 2 is \"Flu\" by the file, but the text there, counted in characters, "
         "is \"Fl\"; offsets begin at 0 and count characters, UTF-16 units or bytes, the same in "
         "the whole file"},
        {&plain, "7|t|Flu\n8\t0\t2\tFlu\tD\n", 2,
         "an annotation of \"8\", whose title does not stand before it"},
        {&column, "a b c\n", 1, "column 4 is asked for; the line has 3, separated by spaces"},
        {&same, "a b\n", 1, "column 2 would be both the token and its tag; name two"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_ner_data data;
        kg_error err = KG_ERROR_INIT;
        assert_int_equal(read_format(&data, cases[i].content, cases[i].format, &err),
                         KG_ERR_FORMAT);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.line, cases[i].line);
        kg_ner_data_free(&data);
    }
}

static void test_predictions_have_two_tags(void **state) {
    (void)state;
    kg_ner_data data;
    assert_int_equal(read_text(&data, "a B-x B-y\nb O I-x\n", true, NULL), KG_OK);
    assert_int_equal(data.tags.data[0], 1);
    assert_int_equal(data.predicted.data[0], 3);
    assert_int_equal(data.tags.data[1], 0);
    assert_int_equal(data.predicted.data[1], 2);
    kg_ner_data_free(&data);
}

static void test_alignment_to_another_set(void **state) {
    (void)state;
    kg_ner_data data;
    kg_tagset set = KG_TAGSET_INIT;
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(read_text(&data, "a O\nb B-x\nc I-x\n", false, NULL), KG_OK);
    kg_tagset_add(&set, KG_STR("other"), NULL);
    assert_int_equal(kg_ner_data_align(&data, &set, "dev.txt", &err), KG_ERR_FORMAT);
    assert_int_equal(err.line, 2);
    assert_string_equal(err.file, "dev.txt");
    kg_tagset_add(&set, KG_STR("x"), NULL);
    assert_int_equal(kg_ner_data_align(&data, &set, "dev.txt", &err), KG_OK);
    assert_int_equal(data.tags.data[1], 3);
    assert_int_equal(data.tags.data[2], 4);
    kg_tagset_free(&set);
    kg_ner_data_free(&data);
}

static void test_running_text(void **state) {
    (void)state;
    kg_ner_data data;
    kg_bytes text = KG_ARRAY_INIT;
    uint32_t starts[6];
    assert_int_equal(read_text(&data,
                               "x O\n\n\xE8\x82\xBA O\n\xE7\x82\x8E O\nCT O\nscan O\n"
                               "\xE3\x80\x82 O\n\xE5\xA5\xBD O\n",
                               false, NULL),
                     KG_OK);
    assert_int_equal(kg_ner_sequence_text(&text, starts, &data, 1), KG_OK);
    static const char expected[] = "\xE8\x82\xBA\xE7\x82\x8E CT scan \xE3\x80\x82\xE5\xA5\xBD";
    assert_int_equal(text.len, sizeof expected - 1);
    assert_memory_equal(text.data, expected, text.len);
    assert_int_equal(starts[2], 7);
    assert_int_equal(starts[4], 15);
    assert_int_equal(starts[5], 18);
    kg_ner_data_free(&data);
    assert_int_equal(read_text(&data, "C O\nT O\n\xE7\x89\x87 O\n", false, NULL), KG_OK);
    assert_int_equal(kg_ner_sequence_text(&text, starts, &data, 0), KG_OK);
    assert_int_equal(text.len, 5);
    assert_memory_equal(text.data, "CT\xE7\x89\x87", 5);
    kg_array_free(&text);
    kg_ner_data_free(&data);
}

/* Sequences of another file behind those of one; texts are cut into characters where asked for. */
static void test_append(void **state) {
    (void)state;
    static const char json[] = "{\"text\": \"ab c\", \"entities\": [{\"start\": 1, \"end\": 4, "
                               "\"type\": \"x\"}]}\n";
    char text[256];
    kg_ner_data data, more;
    assert_int_equal(read_text(&data, "a O\nb B-x\n\nc O\n", false, NULL), KG_OK);
    assert_int_equal(read_format(&more, json, &(kg_ner_format){.characters = true}, NULL), KG_OK);
    assert_int_equal(kg_ner_data_align(&more, &data.set, "more", NULL), KG_OK);
    assert_int_equal(kg_ner_data_append(&data, &more), KG_OK);
    kg_ner_data_free(&more);
    describe(text, &data);
    assert_string_equal(text, "a/O b/B-x |c/O |a/O b/B-x c/I-x |");
    assert_true(data.characters);
    assert_int_equal(read_text(&more, "ab O\n", false, NULL), KG_OK);
    assert_int_equal(kg_ner_data_append(&data, &more), KG_OK);
    assert_false(data.characters);
    kg_ner_data_free(&more);
    kg_ner_data_free(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_formats_of_others),
        cmocka_unit_test(test_what_is_refused_of_others),
        cmocka_unit_test(test_predictions_have_two_tags),
        cmocka_unit_test(test_alignment_to_another_set),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_running_text),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
