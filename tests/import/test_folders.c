/* Formats that are folders of several files: what is read, and what is said of a fault. */
#include "tests/import/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

typedef struct folder_case {
    const char *what, *format;
    memory_file files[6];
    kg_status status;
    const char *says; /* the statements, or a part of the message */
    uint64_t dropped;
} folder_case;

#define NAME(cui, lat, ts, str, suppress)                                                          \
    cui "|" lat "|" ts "||PF||Y||||||||" str "||" suppress "||\n"

static const folder_case cases[] = {
    {"rotate",
     "rotate",
     {{"dir/entities.dict", "0\ta\n1\tb b\n", 0},
      {"dir/relations.dict.zst", "0\tr\n", 0},
      {"dir/train.txt", "a\tr\tb b\nb b\tr\ta\t7\n", 0}},
     KG_OK,
     "e [0] a\ne [1] b b\nr [0] r\nt a r b b\nt b b r a\n",
     1},
    {"rotate, a triple of two",
     "rotate",
     {{"dir/entities.dict", "0\ta\n", 0},
      {"dir/relations.dict", "0\tr\n", 0},
      {"dir/train.txt", "a\tr\n", 0}},
     KG_ERR_FORMAT,
     "dir/train.txt:1: found 2 fields, expected 3 separated by tabs",
     0},
    {"rotate, no triples",
     "rotate",
     {{"dir/entities.dict", "0\ta\n", 0}, {"dir/relations.dict", "0\tr\n", 0}},
     KG_ERR_NOT_FOUND,
     "dir: has no train.txt",
     0},
    {"openke with runs of blanks",
     "openke",
     {{"dir/entity2id.txt", "2\na b   0\nc\t\t1\n", 0},
      {"dir/relation2id.txt", "1\nr 0\n", 0},
      {"dir/train2id.txt", "1\n0   1 \t 0\n", 0}},
     KG_OK,
     "e [0] a b\ne [1] c\nr [0] r\nt #0 #0 #1\n",
     0},
    {"wikidata5m",
     "wikidata5m",
     {{"dir/wikidata5m_entity.txt", "Q1\tOne\tUno\t\tEin\nQ2\n", 0},
      {"dir/wikidata5m_relation.txt", "P1\tis\tare\n", 0},
      {"dir/wikidata5m_transductive_train.txt", "Q1\tP1\tQ2\n", 0}},
     KG_OK,
     "e Q1 =One\na Q1 =Uno\na Q1 =Ein\ne Q2\nr P1 =is\nt Q1 P1 Q2\n",
     1},
    {"umls, the preferred English name is the label",
     "umls",
     {{"dir/MRCONSO.RRF",
       NAME("C1", "GER", "P", "Eins", "N") NAME("C1", "ENG", "S", "Uno", "N")
           NAME("C1", "ENG", "P", "One", "N") NAME("C1", "ENG", "P", "Old", "O")
               NAME("C2", "GER", "P", "Zwei", "N"),
       0},
      {"dir/MRREL.RRF",
       "C1|||RN|C2|||isa|||||||N||\nC2|||RO|C1||||||||||N||\nC1|||RN|C2||||||||||E||\n", 0},
      {"dir/MRSTY.RRF", "C1|T047|B2.2|Disease|AT1||\n", 0}},
     KG_OK,
     "e C1 =One\na C1 =Eins\na C1 =Uno\ne C2 =Zwei\ne C1 (Disease)\nt C2 isa C1\nt C1 RO C2\n",
     2},
    {"umls, a row cut short",
     "umls",
     {{"dir/MRCONSO.RRF", "C1|ENG|P\n", 0}},
     KG_ERR_FORMAT,
     "dir/MRCONSO.RRF:1: found 3 fields, expected 17",
     0},
    {"smedbert, weights of which one is below 0",
     "smedbert",
     {{"dir/ent2outRel.json", "{\"a\": [[\"r\", \"b\"]]}", 0},
      {"dir/global_PageRank.json", "{\"a\": -1}", 0}},
     KG_ERR_FORMAT,
     "the weight of \"a\" is no number from 0",
     0},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const folder_case *c = &cases[i];
        const kg_import_options options = {.format = c->format};
        recorder r = {0};
        kg_import_counts counts;
        kg_error err = KG_ERROR_INIT;
        kg_status st = record(&r, &counts, c->files, 0, &options, &err);
        assert_reading(c->what, &(expected_reading){c->status, c->says, c->dropped}, &r, st,
                       &counts, &err);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
