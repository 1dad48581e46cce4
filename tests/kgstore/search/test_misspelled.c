/* Whether a misspelled name is found: one letter of a name is changed, left out, put in, or swapped
 * with the next, and the entity must be among the first three answers 95 times in 100. */
#include "kgstore/base/lines.h"
#include "kgstore/base/nameset.h"
#include "kgstore/base/rng.h"
#include "kgstore/base/utf8.h"
#include "kgstore/search/nametable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { NAMES = 30000, MISSPELLINGS = 1000, AMONG = 3, LONGEST = 40 };

/* A name as code points. */
typedef struct word {
    uint32_t at[LONGEST + 1];
    size_t n;
} word;

static bool is_han(uint32_t c) {
    return c >= 0x4E00 && c < 0xA000;
}

/* A letter of the same script. */
static uint32_t other_letter(kg_rng *rng, uint32_t like) {
    return is_han(like) ? 0x4E00 + (uint32_t)kg_rng_below(rng, 3000)
                        : 'a' + (uint32_t)kg_rng_below(rng, 26);
}

/* Long enough to be told from others: 4 letters, or 3 of Han. */
static bool decode(word *w, kg_str name) {
    bool han = false, valid;
    w->n = 0;
    for (size_t at = 0; at < name.len; w->n++) {
        if (w->n == LONGEST)
            return false;
        at += kg_utf8_decode(&w->at[w->n], &valid, name.data + at, name.len - at);
        han = han || is_han(w->at[w->n]);
    }
    return w->n >= (han ? 3 : 4);
}

static void misspell(word *w, kg_rng *rng) {
    uint64_t how = kg_rng_below(rng, 4);
    size_t i = kg_rng_below(rng, w->n - (how == 3));
    uint32_t *at = &w->at[i], here = at[0];
    size_t rest = w->n - i;
    if (how == 0)
        at[0] = other_letter(rng, here);
    if (how == 1) {
        memmove(at + 1, at, rest * sizeof *at);
        at[0] = other_letter(rng, here);
        w->n++;
    }
    if (how == 2) {
        memmove(at, at + 1, (rest - 1) * sizeof *at);
        w->n--;
    }
    if (how == 3) {
        at[0] = at[1];
        at[1] = here;
    }
}

static kg_str encode(char *to, const word *w) {
    size_t len = 0;
    for (size_t i = 0; i < w->n; i++)
        len += kg_utf8_encode(to + len, w->at[i]);
    return (kg_str){to, len};
}

static bool is_found(const kg_name_table *table, kg_str text, kg_id entity, const double *weights,
                     size_t n) {
    kg_hits hits = KG_ARRAY_INIT;
    bool found = false;
    assert_int_equal(kg_name_table_search(&hits, table, text, weights, n, AMONG), KG_OK);
    for (size_t i = 0; i < hits.len; i++)
        found = found || hits.data[i].entity == entity;
    kg_array_free(&hits);
    return found;
}

/* How many of MISSPELLINGS of the n names, which are those of entities 0..n-1, are found. */
static unsigned count_found(const char *what, const kg_str *names, const double *weights,
                            size_t n) {
    kg_name_table table = {0};
    kg_rng rng = kg_rng_stream(7, 0, 0, 1);
    unsigned found = 0, tried = 0;
    if (!names)
        abort();
    for (size_t i = 0; i < n; i++)
        assert_int_equal(kg_name_table_add(&table, names[i], (kg_id)i), KG_OK);
    while (tried < MISSPELLINGS) {
        char text[4 * (LONGEST + 1)];
        word w;
        size_t i = kg_rng_below(&rng, n);
        if (!decode(&w, names[i]))
            continue;
        misspell(&w, &rng);
        tried++;
        found += is_found(&table, encode(text, &w), (kg_id)i, weights, n);
    }
    print_message("%s: %u of %d misspelled names among the first %d\n", what, found, MISSPELLINGS,
                  AMONG);
    kg_name_table_free(&table);
    return found;
}

/* ---- A made graph ---------------------------------------------------------------------------- */

/* A name of syllables, or of 3 to 9 characters of Han, few of them frequent. */
static kg_str make_name(char *to, kg_rng *rng) {
    static const char *const syllables[] = {"ba",  "de",  "ri",  "to",  "mu",  "lan", "ker",
                                            "sti", "no",  "phe", "gly", "oxi", "cor", "ven",
                                            "tra", "hyp", "er",  "al",  "ine", "ate"};
    bool han = kg_rng_below(rng, 2);
    size_t n = han ? 3 + kg_rng_below(rng, 7) : 2 + kg_rng_below(rng, 8), len = 0;
    for (size_t i = 0; i < n; i++) {
        double rare = kg_rng_uniform(rng);
        const char *syllable = syllables[kg_rng_below(rng, 20)];
        if (han) {
            len += kg_utf8_encode(to + len, 0x4E00 + (uint32_t)(rare * rare * 3000));
        } else {
            memcpy(to + len, syllable, strlen(syllable));
            len += strlen(syllable);
        }
    }
    return (kg_str){to, len};
}

static void test_made_names(void **state) {
    (void)state;
    static char texts[NAMES][4 * LONGEST];
    static kg_str names[NAMES];
    static double weights[NAMES];
    kg_rng rng = kg_rng_stream(7, 0, 0, 0);
    for (size_t i = 0; i < NAMES; i++) {
        names[i] = make_name(texts[i], &rng);
        weights[i] = kg_rng_uniform(&rng);
    }
    assert_true(count_found("made names", names, weights, NAMES) >= MISSPELLINGS * 95 / 100);
}

/* ---- The medical graph that lies beside the project, where it does --------------------------- */

typedef KG_ARRAY(double) degrees;

static void take_name(kg_nameset *set, degrees *edges, kg_str line, unsigned column) {
    uint32_t number;
    while (column-- > 0) {
        const char *tab = memchr(line.data, '\t', line.len);
        assert_non_null(tab);
        line.len -= (size_t)(tab + 1 - line.data);
        line.data = tab + 1;
    }
    const char *end = memchr(line.data, '\t', line.len);
    line.len = end ? (size_t)(end - line.data) : line.len;
    assert_int_equal(kg_nameset_add(&number, set, line), KG_OK);
    if (number == edges->len)
        assert_int_equal(kg_array_push(edges, 0.0), KG_OK);
    if (!edges->data)
        abort();
    edges->data[number]++;
}

/* An entity's edges stand for its rank. */
static void test_medical_names(void **state) {
    (void)state;
    static const char TRIPLES[] = KG_SHARED_DIR "/data/kg/medical_zh/triples.tsv.gz";
    enum { HEAD = 0, TAIL = 3 };
    kg_lines *lines;
    kg_nameset set = {0};
    degrees edges = KG_ARRAY_INIT;
    kg_str line;
    bool end = false;
    if (access(TRIPLES, R_OK) != 0) {
        print_message("%s is not there: skipped\n", TRIPLES);
        skip();
    }
    assert_int_equal(kg_lines_open(&lines, TRIPLES, 0, NULL), KG_OK);
    while (kg_lines_next(&line, &end, lines, NULL) == KG_OK && !end) {
        take_name(&set, &edges, line, HEAD);
        take_name(&set, &edges, line, TAIL);
    }
    kg_lines_close(lines);
    assert_true(count_found("medical_zh", set.names.data, edges.data, edges.len) >=
                MISSPELLINGS * 95 / 100);
    kg_nameset_free(&set);
    kg_array_free(&edges);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_names),
        cmocka_unit_test(test_medical_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
