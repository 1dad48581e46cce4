#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/rng.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"
#include "kgstore/link/search.h"
#include "model/tokenizer/tokenizer.h"
#include "tests/kgstore/link/naive_linker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define TRIPLES KG_SHARED_DIR "/data/kg/medical_zh/triples.tsv.gz"
#define ALIASES KG_SHARED_DIR "/data/kg/medical_zh/aliases.tsv"
#define VOCAB KG_SHARED_DIR "/data/vocab/bert-base-chinese.txt"
#define CORPUS KG_SHARED_DIR "/data/corpus/medical_zh.dev.txt.gz"

/* An automaton and the naive linker, given the same names. */
typedef struct pair {
    kg_automaton_builder *builder;
    naive_linker *naive;
    void *bytes;
    size_t size;
    kg_automaton automaton;
} pair;

static void pair_new(pair *p) {
    assert_int_equal(kg_automaton_builder_new(&p->builder), KG_OK);
    p->naive = naive_new();
}

static void pair_add(pair *p, kg_str text, bool is_alias, double weight, kg_id entity) {
    assert_int_equal(kg_automaton_add(p->builder, text, is_alias, weight, entity), KG_OK);
    naive_add(p->naive, text, is_alias, weight, entity);
}

static void pair_compile(pair *p) {
    kg_automaton_stamp stamp = {1, 2, 3};
    assert_int_equal(kg_automaton_finish(&p->bytes, &p->size, p->builder, &stamp), KG_OK);
    kg_automaton_builder_free(p->builder);
    assert_int_equal(kg_automaton_view(&p->automaton, (kg_str){p->bytes, p->size}), KG_OK);
    assert_int_equal(p->automaton.stamp.names, 2);
}

static void pair_free(pair *p) {
    naive_free(p->naive);
    free(p->bytes);
}

/* Both find the same; returns how many mentions. */
static size_t compare(const pair *p, kg_str text, bool all) {
    kg_mentions got = {NULL, 0, 0}, want = {NULL, 0, 0};
    assert_int_equal(kg_search(&got, &p->automaton, NULL, text, all), KG_OK);
    naive_find(&want, p->naive, text, all);
    assert_int_equal(got.len, want.len);
    if (got.len)
        assert_memory_equal(got.data, want.data, got.len * sizeof *got.data);
    size_t n = got.len;
    free(got.data);
    free(want.data);
    return n;
}

static void test_rules(void **state) {
    (void)state;
    static const char *const names[] = {"cat", "B1",    "维生素B1", "糖尿病", "2型糖尿病", "12",
                                        "病",  "β细胞", "ÉCOLE",    "a-b",    "糖尿",      "c病"};
    static const struct {
        const char *text, *want; /* mentions, each in brackets */
    } cases[] = {
        {"cat category CAT", "[cat][CAT]"},
        {"B1 B12 维生素B1型", "[B1][维生素B1]"},
        {"2型糖尿病与糖尿病", "[2型糖尿病][糖尿病]"},
        {"12型糖尿病", "[糖尿病]"},
        {"12 病", ""},
        {"β细胞 αβ细胞", "[β细胞]"},
        {"école", "[école]"},
        {"xa-b a-b a-bx", "[a-b]"},
        {"cat_ (cat)猫cat猫", "[cat][cat][cat]"},
        {"糖尿糖尿病", "[糖尿][糖尿病]"},
        {"cat\xFF"
         "cat",
         "[cat][cat]"},
        {"", ""},
        {"c病c病", "[c病][c病]"},
    };
    pair p;
    pair_new(&p);
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        pair_add(&p, kg_str_from(names[i]), false, 0, i);
    pair_compile(&p);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_mentions found = {NULL, 0, 0};
        kg_str text = kg_str_from(cases[i].text);
        char got[256] = "";
        assert_int_equal(kg_search(&found, &p.automaton, NULL, text, false), KG_OK);
        for (size_t k = 0; k < found.len; k++) {
            strcat(got, "[");
            strncat(got, text.data + found.data[k].byte_start,
                    found.data[k].byte_end - found.data[k].byte_start);
            strcat(got, "]");
        }
        assert_string_equal(got, cases[i].want);
        free(found.data);
        compare(&p, text, false);
        compare(&p, text, true);
    }
    pair_free(&p);
}

/* Accents written either way, case folding of one letter to several and back, marks that belong to
 * the last character. Names and texts alike stand in either form. */
static void test_normal_forms(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"caf\u00E9", "un cafe\u0301 noir", "[cafe\u0301]"},
        {"cafe\u0301", "un caf\u00E9 noir", "[caf\u00E9]"},
        {"cafe", "un cafe\u0301 noir", ""},
        {"cafe", "cafe\u0301 cafe", "[cafe]"},
        {"ecole", "e\u0301cole ecole", "[ecole]"},
        {"col", "co\u0301l c\u00F3l col", "[col]"},
        {"bx\u030C", "ab bx\u030C bx", "[bx\u030C]"},
        {"aa", "aa\u030Cb aa\u030C aa", "[aa]"},
        {"b1", "x\u030Cb1 b1", "[b1]"}, /* within a word: the mark is part of it */
        {"ΟΔΥΣΣΕΥΣ", "ο Οδυσσευς, οδυσσευσ ΟΔΥΣΣΕΥΣ", "[Οδυσσευς][οδυσσευσ][ΟΔΥΣΣΕΥΣ]"},
        {"οδός", "ΟΔΌΣ ΟΔΟ\u0301Σ", "[ΟΔΌΣ][ΟΔΟ\u0301Σ]"},
        {"straße", "STRASSE straße Strasse STRAẞE", "[STRASSE][straße][Strasse][STRAẞE]"},
        {"gros", "groß gros", "[gros]"},
        {"ß-x", "ss-x ß-X", "[ss-x][ß-X]"},
        {"\uFB01n", "FIN \uFB01n fin", "[FIN][\uFB01n][fin]"},
        {"\u212Bb", "\u00E5b A\u030AB a\u030Ab", "[\u00E5b][A\u030AB][a\u030Ab]"},
        {"\uAC01\uAC00", "\u1100\u1161\u11A8\u1100\u1161", "[\u1100\u1161\u11A8\u1100\u1161]"},
        {"\uAC00\uAC00", "\uAC00\u1100\u1161\u11A8", ""},
        {"が行", "か\u3099行", "[か\u3099行]"},
        {"मां", "मां मा", "[मां]"},
        {"हिन्द", "हिन्दी हिन्द", "[हिन्द]"},
        {"病变", "病变\U000E0100 病变", "[病变]"},
        {"糖尿病", "cafe\u0301 糖尿病é糖尿病", "[糖尿病][糖尿病]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair p;
        kg_mentions found = {NULL, 0, 0};
        kg_str text = kg_str_from(cases[i].text);
        char got[256] = "";
        pair_new(&p);
        pair_add(&p, kg_str_from(cases[i].name), false, 0, 0);
        pair_compile(&p);
        assert_int_equal(kg_search(&found, &p.automaton, NULL, text, false), KG_OK);
        for (size_t k = 0; k < found.len; k++) {
            const kg_mention *m = &found.data[k];
            strcat(got, "[");
            strncat(got, text.data + m->byte_start, m->byte_end - m->byte_start);
            strcat(got, "]");
            assert_int_equal(m->start, kg_utf8_length(text.data, m->byte_start));
            assert_int_equal(m->end, kg_utf8_length(text.data, m->byte_end));
        }
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s in %s: %s", cases[i].name, cases[i].text, got);
        free(found.data);
        compare(&p, text, false);
        compare(&p, text, true);
        pair_free(&p);
    }
}

static void test_ambiguity(void **state) {
    (void)state;
    pair p;
    pair_new(&p);
    pair_add(&p, KG_STR("alias"), true, 9.0, 1);
    pair_add(&p, KG_STR("Alias"), false, 0.1, 2);
    pair_add(&p, KG_STR("heavy"), true, 0.1, 3);
    pair_add(&p, KG_STR("heavy"), true, 0.2, 5);
    pair_add(&p, KG_STR("heavy"), true, 0.2, 4);
    pair_compile(&p);
    kg_mentions found = {NULL, 0, 0};
    assert_int_equal(kg_search(&found, &p.automaton, NULL, KG_STR("ALIAS heavy"), false), KG_OK);
    assert_int_equal(found.len, 2);
    assert_int_equal(found.data[0].entity, 2);
    assert_int_equal(found.data[1].entity, 4);
    free(found.data);
    compare(&p, KG_STR("ALIAS heavy"), true);
    pair_free(&p);
}

/* Text of few characters, so that names overlap, nest and touch word edges in every way; among
 * them a capital, a letter that changes length when lower-cased (U+2C62) and an invalid byte, and
 * with `marks` what is folded to several characters and what belongs to the one before. */
static size_t random_text(char *to, kg_rng *rng, size_t n, bool is_name, bool marks) {
    static const char *const parts[] = {
        "a",    "B", "1",      "病",     "毒", "-", "β",      "\xE2\xB1\xA2", " ",
        "\xFF", "s", "\u00DF", "\u0301", "é",  "e", "\u0323", "\u1100",       "\u1161"};
    enum { TEXT_ONLY = 8, N_TEXT_ONLY = 2, COMMON = 10, ALL = sizeof parts / sizeof *parts };
    size_t length = 0, choice = marks ? ALL : COMMON;
    for (size_t i = 0; i < n; i++) {
        size_t at = kg_rng_below(rng, is_name ? choice - N_TEXT_ONLY : choice);
        const char *part = parts[is_name && at >= TEXT_ONLY ? at + N_TEXT_ONLY : at];
        memcpy(to + length, part, strlen(part));
        length += strlen(part);
    }
    return length;
}

static void test_random_names_and_texts(void **state) {
    (void)state;
    size_t mentions = 0;
    for (uint64_t round = 0; round < 60; round++) {
        kg_rng rng = kg_rng_stream(7, 0, round, 0);
        pair p;
        char text[4096];
        pair_new(&p);
        for (uint32_t i = 0; i < 200; i++) {
            size_t n = random_text(text, &rng, 1 + kg_rng_below(&rng, 7), true, round % 2);
            pair_add(&p, (kg_str){text, n}, kg_rng_below(&rng, 2), (double)kg_rng_below(&rng, 3),
                     i);
        }
        pair_compile(&p);
        for (int i = 0; i < 50; i++) {
            size_t n = random_text(text, &rng, kg_rng_below(&rng, 60), false, round % 2);
            mentions += compare(&p, (kg_str){text, n}, false);
            mentions += compare(&p, (kg_str){text, n}, true);
        }
        pair_free(&p);
    }
    assert_true(mentions > 10000);
}

static void add_names(pair *p, const char *path, size_t first, size_t step, bool is_alias) {
    kg_lines *lines;
    kg_str line;
    bool end;
    kg_id id = 0;
    assert_int_equal(kg_lines_open(&lines, path, 0, NULL), KG_OK);
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end) {
        size_t column = 0;
        while (line.len > 0) {
            const char *tab = memchr(line.data, '\t', line.len);
            size_t n = tab ? (size_t)(tab - line.data) : line.len;
            if (column >= first && (column - first) % step == 0)
                pair_add(p, (kg_str){line.data, n}, is_alias, 0, id++);
            column++;
            n += tab ? 1 : 0;
            line = (kg_str){line.data + n, line.len - n};
        }
    }
    kg_lines_close(lines);
}

/* Of the mentions in text, how many begin or end inside a token. */
static size_t cut_tokens(const pair *p, const kg_tokenizer *tokenizer, kg_str text) {
    kg_mentions mentions = {NULL, 0, 0};
    kg_tokens tokens = KG_TOKENS_INIT;
    size_t cut = 0;
    assert_int_equal(kg_search(&mentions, &p->automaton, NULL, text, false), KG_OK);
    assert_int_equal(kg_tokenizer_encode(&tokens, tokenizer, text), KG_OK);
    for (size_t m = 0, t = 0; m < mentions.len; m++) {
        const kg_mention *mention = &mentions.data[m];
        while (t < tokens.spans.len && tokens.spans.data[t].end <= mention->byte_start)
            t++;
        size_t first = t;
        while (t < tokens.spans.len && tokens.spans.data[t].end <= mention->byte_end)
            t++;
        bool at_start =
            first < tokens.spans.len && tokens.spans.data[first].start >= mention->byte_start;
        bool at_end = t == tokens.spans.len || tokens.spans.data[t].start >= mention->byte_end;
        cut += !(t > first && at_start && at_end);
    }
    kg_array_free(&mentions);
    kg_tokens_free(&tokens);
    return cut;
}

static void test_corpus(void **state) {
    (void)state;
    if (access(CORPUS, R_OK) != 0 || access(TRIPLES, R_OK) != 0 || access(VOCAB, R_OK) != 0) {
        print_message("skipped: no %s\n", CORPUS);
        skip();
    }
    pair p;
    pair_new(&p);
    add_names(&p, TRIPLES, 0, 3, false);
    add_names(&p, ALIASES, 1, 2, true);
    pair_compile(&p);
    kg_lines *lines;
    kg_str line;
    bool end;
    size_t mentions = 0;
    kg_tokenizer *tokenizer;
    assert_int_equal(kg_tokenizer_open(&tokenizer, VOCAB, false, NULL), KG_OK);
    assert_int_equal(kg_lines_open(&lines, CORPUS, 0, NULL), KG_OK);
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end) {
        mentions += compare(&p, line, kg_lines_number(lines) % 10 == 0);
        assert_int_equal(cut_tokens(&p, tokenizer, line), 0);
    }
    assert_true(mentions > 10000);
    kg_tokenizer_free(tokenizer);
    kg_lines_close(lines);
    pair_free(&p);
}

/* Every character is folded and told part of a word as unicode.h has it, by its name with a second
 * character. */
static void test_every_character(void **state) {
    (void)state;
    pair p;
    char name[8];
    kg_folded folded;
    pair_new(&p);
    for (uint32_t c = 0x20; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        size_t n = kg_utf8_encode(name, c);
        memcpy(name + n, "-", 1);
        assert_int_equal(kg_automaton_add(p.builder, (kg_str){name, n + 1}, false, 0, (kg_id)c),
                         KG_OK);
    }
    pair_compile(&p);
    const kg_automaton *a = &p.automaton;
    for (uint32_t c = 0x20; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        uint32_t known = kg_automaton_char(a, c);
        kg_text_fold_next(&folded, (kg_str){name, kg_utf8_encode(name, c)});
        bool complex = folded.n > 1 || kg_char_continues(c);
        assert_int_equal(!!(known & KG_LINK_COMPLEX), complex);
        if (folded.n == 1) {
            uint32_t to = kg_automaton_char(a, (uint32_t)folded.points[0]);
            assert_int_equal(known & KG_LINK_CODE, to & KG_LINK_CODE);
            assert_int_not_equal(known & KG_LINK_CODE, 0);
        }
        assert_int_equal(known >> 31, kg_char_is_word(c));
    }
    pair_free(&p);
}

static void test_damage_is_found(void **state) {
    (void)state;
    pair p;
    pair_new(&p);
    pair_add(&p, KG_STR("name"), false, 0, 0);
    pair_compile(&p);
    kg_automaton a;
    assert_int_equal(kg_automaton_view(&a, (kg_str){p.bytes, p.size - 1}), KG_ERR_CORRUPT);
    assert_int_equal(kg_automaton_view(&a, (kg_str){p.bytes, 20}), KG_ERR_CORRUPT);
    ((char *)p.bytes)[6]--; /* the layout before */
    assert_int_equal(kg_automaton_view(&a, (kg_str){p.bytes, p.size}), KG_ERR_VERSION);
    ((char *)p.bytes)[0]++;
    assert_int_equal(kg_automaton_view(&a, (kg_str){p.bytes, p.size}), KG_ERR_CORRUPT);
    pair_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),           cmocka_unit_test(test_normal_forms),
        cmocka_unit_test(test_ambiguity),       cmocka_unit_test(test_random_names_and_texts),
        cmocka_unit_test(test_corpus),          cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
