/* Names as IRIs and back: what is written is valid by RFC 3987, and comes back as it was. */
#include "import/iri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *name, *iri;
} names[] = {
    {"http://x/a#b", "http://x/a#b"},
    {"http://x/%E4?q=1", "http://x/%E4?q=1"},
    {"http://user@x:80/", "http://user@x:80/"},
    {"http://[2001:db8::1]:80/a", "http://[2001:db8::1]:80/a"},
    {"http://x/\xE7\x99\xBD", "http://x/\xE7\x99\xBD"},
    {"Gene::2625", "Gene::2625"},
    {"plain", "urn:kg:plain"},
    {"", "urn:kg:"},
    {"urn:kg:x", "urn:kg:urn:kg:x"},
    {"50% <of> it", "urn:kg:50%25%20%3Cof%3E%20it"},
    {"http://x/a[1]", "urn:kg:http://x/a%5B1%5D"},
    {"http://x/a#b#c", "urn:kg:http://x/a%23b%23c"},
    {"http://x/100%", "urn:kg:http://x/100%25"},
    {"http://x:port/", "urn:kg:http://x:port/"},
    {"http://a@b@c/", "urn:kg:http://a@b@c/"},
    {"http://[x/", "urn:kg:http://%5Bx/"},
    {"http://x/\xEE\x80\x80", "urn:kg:http://x/%EE%80%80"},
    {"http://x/\xC2\x85", "urn:kg:http://x/%C2%85"},
    {"http://x/\xEF\xBF\xBE", "urn:kg:http://x/%EF%BF%BE"},
    {"http://x/\xF3\xA0\x80\x81", "urn:kg:http://x/%F3%A0%80%81"},
    {"a\nb", "urn:kg:a%0Ab"},
    {"1a:b", "urn:kg:1a:b"},
};

static void assert_text(const kg_bytes *text, const char *expected) {
    assert_int_equal(text->len, strlen(expected));
    assert_memory_equal(text->data ? text->data : "", expected, text->len);
}

static void test_both_ways(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        kg_bytes iri = KG_ARRAY_INIT, back = KG_ARRAY_INIT;
        assert_int_equal(kg_iri_encode(&iri, kg_str_from(names[i].name)), KG_OK);
        assert_text(&iri, names[i].iri);
        assert_int_equal(kg_iri_decode(&back, (kg_str){iri.data, iri.len}), KG_OK);
        assert_text(&back, names[i].name);
        kg_array_free(&iri);
        kg_array_free(&back);
    }
}

static void test_own_form_of_an_iri(void **state) {
    (void)state;
    kg_bytes iri = KG_ARRAY_INIT, back = KG_ARRAY_INIT;
    assert_int_equal(kg_iri_encode_own(&iri, kg_str_from("http://x/a#b"), ":"), KG_OK);
    assert_text(&iri, "urn:kg:http%3A//x/a%23b");
    assert_int_equal(kg_iri_decode(&back, (kg_str){iri.data, iri.len}), KG_OK);
    assert_text(&back, "http://x/a#b");
    kg_array_free(&iri);
    kg_array_free(&back);
}

/* %XX that no writer of ours gives stay what they are. */
static void test_names_of_no_text(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"urn:kg:a%20b", "a b"},
                                           {"urn:kg:%fd", "urn:kg:%fd"},
                                           {"urn:kg:a%00", "urn:kg:a%00"},
                                           {"urn:kg:%C3%A9", "\xC3\xA9"},
                                           {"urn:kg:%C3", "urn:kg:%C3"}};
    kg_arena arena = KG_ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kg_str name;
        assert_int_equal(kg_iri_name(&name, &arena, kg_str_from(cases[i][0])), KG_OK);
        assert_true(kg_str_equal(name, kg_str_from(cases[i][1])));
    }
    kg_arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_own_form_of_an_iri),
        cmocka_unit_test(test_names_of_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
