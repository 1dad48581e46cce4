#include "plugins/host/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char *content_of(const char *path) {
    static char text[200000];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

/* Every tag closes, in order. */
static void check_tags(const char *text) {
    static const char *const alone[] = {"!DOCTYPE", "meta", "path", "rect", "circle"};
    char stack[32][16];
    size_t depth = 0;
    for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
        char name[16] = "";
        size_t n = strcspn(at + 1 + (at[1] == '/'), " >/");
        assert_true(n > 0 && n < sizeof name);
        memcpy(name, at + 1 + (at[1] == '/'), n);
        const char *end = strchr(at, '>');
        assert_non_null(end);
        bool single = end[-1] == '/';
        for (size_t i = 0; i < sizeof alone / sizeof *alone; ++i)
            single |= strcmp(name, alone[i]) == 0;
        if (single)
            continue;
        if (at[1] == '/') {
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], name);
        } else {
            assert_true(depth < 32);
            strcpy(stack[depth++], name);
        }
    }
    assert_int_equal(depth, 0);
}

static void test_everything(void **state) {
    (void)state;
    char path[] = "/tmp/kg-report-XXXXXX";
    kg_error err = KG_ERROR_INIT;
    kg_report *report;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    double x[2000], y[2000];
    for (int i = 0; i < 2000; ++i) {
        x[i] = i;
        y[i] = i % 100 == 50 ? NAN : exp(-i / 300.0);
    }
    const double flat[] = {3, 3}, one[] = {7}, nothing[] = {NAN, INFINITY};
    const kg_series two[] = {{"training", x, y, 2000}, {"<evaluation>", x, flat, 2}};
    const kg_series single[] = {{"one", x, one, 1}}, empty[] = {{"none", x, nothing, 2}};
    const char *const header[] = {"name", "figure"};
    const kg_str cells[] = {KG_STR("a<b"), KG_STR("1.5"), KG_STR("c&d"), KG_STR("\"x\"")};
    assert_int_equal(kg_report_open(&report, path, "A <title>", &err), KG_OK);
    kg_report_heading(report, "1 < 2");
    kg_report_paragraph(report, KG_STR("text & more"));
    kg_report_table(report, header, 2, cells, 2);
    kg_report_curves(report, "two", two, 2);
    kg_report_curves(report, "single", single, 1);
    kg_report_curves(report, "empty", empty, 1);
    assert_int_equal(kg_report_commit(report, &err), KG_OK);

    const char *text = content_of(path);
    check_tags(text);
    assert_non_null(strstr(text, "<title>A &lt;title&gt;</title>"));
    assert_non_null(strstr(text, "<td>a&lt;b</td><td class=\"n\">1.5</td>"));
    assert_non_null(strstr(text, "<td>&quot;x&quot;</td>"));
    assert_non_null(strstr(text, "&lt;evaluation&gt;"));
    assert_null(strstr(text, "<figcaption>empty")); /* nothing to draw */
    assert_non_null(strstr(text, "prefers-color-scheme:dark"));
    assert_non_null(strstr(text, "<circle")); /* one point is seen too */
    assert_null(strstr(text, "http"));        /* nothing is fetched */
    for (const char *d = strstr(text, " d=\""); d; d = strstr(d + 1, " d=\"")) {
        const char *end = strchr(d + 4, '"');
        assert_true(strcspn(d + 4, "ni") >= (size_t)(end - d - 4)); /* no nan, no inf */
    }
    unlink(path);
}

static void test_a_folder_that_is_not_there(void **state) {
    (void)state;
    kg_error err = KG_ERROR_INIT;
    kg_report *report;
    assert_int_equal(kg_report_open(&report, "/none/such/report.html", "t", &err), KG_ERR_IO);
    assert_null(report);
    kg_report_discard(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
