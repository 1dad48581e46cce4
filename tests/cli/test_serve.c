/* What a server does with requests, asked without sockets: who may ask, what is too much, and
 * queries whose clients are slow or go away. */
#include "cli/serve/routes.h"
#include "kgstore/base/clock.h"
#include "tests/support/fake_http.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[32];
static kg_store *store;
static kg_server server;

/* ---- Addresses ------------------------------------------------------------------------------- */

static const struct {
    const char *target;
    kg_status status;
    const char *path;
    size_t n;
    const char *value; /* of "a" */
} targets[] = {
    {"/", KG_OK, "/", 0, NULL},
    {"/x?a=1", KG_OK, "/x", 1, "1"},
    {"/x?a=1&b=2&a=3", KG_OK, "/x", 3, "1"},
    {"/x?", KG_OK, "/x", 0, NULL},
    {"/x?&&a=&", KG_OK, "/x", 1, ""},
    {"/x?a", KG_OK, "/x", 1, ""},
    {"/x?=a", KG_OK, "/x", 1, NULL},
    {"/x?a==", KG_OK, "/x", 1, "="},
    {"/%7Ex?%61=%20+b", KG_OK, "/~x", 1, "  b"},
    {"/a+b?a=1#c", KG_OK, "/a+b", 1, "1"},
    {"/x#?a=1", KG_OK, "/x", 0, NULL},
    {"/x?a=%E7%B3%96", KG_OK, "/x", 1, "糖"},
    {"", KG_OK, "", 0, NULL},
    {"/x?a=%", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/x?a=%4", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/x?a=%4&b=1", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/x?a=%gg", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/x?a=%00", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/x?a=%ff", KG_ERR_FORMAT, NULL, 0, NULL},
    {"/%c3?a=1", KG_ERR_FORMAT, NULL, 0, NULL},
};

static void test_targets(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        kg_target target;
        kg_error err = KG_ERROR_INIT;
        if (kg_target_parse(&target, targets[i].target, &err) != targets[i].status)
            fail_msg("%s: %s", targets[i].target, err.text);
        if (targets[i].status == KG_OK) {
            const char *value = kg_target_value(&target, "a");
            assert_string_equal(target.path.data, targets[i].path);
            assert_int_equal(target.n, targets[i].n);
            assert_string_equal(value ? value : "-", targets[i].value ? targets[i].value : "-");
        }
        kg_target_free(&target);
    }
}

static void test_too_many_parameters(void **state) {
    char target[512] = "/x?";
    kg_target t;
    kg_error err = KG_ERROR_INIT;
    (void)state;
    for (int i = 0; i <= KG_TARGET_PARAMETERS; i++)
        strcat(target, "a=1&");
    assert_int_equal(kg_target_parse(&t, target, &err), KG_ERR_FORMAT);
    kg_target_free(&t);
}

/* ---- Who may ask ----------------------------------------------------------------------------- */

static const char *const proxies[] = {"kg.example"};

static const struct {
    const char *listens, *host, *origin, *fetch_site;
    bool may;
} sites[] = {
    {"127.0.0.1", "127.0.0.1:7474", NULL, NULL, true},
    {"127.0.0.1", "localhost:7474", NULL, NULL, true},
    {"127.0.0.1", "LOCALHOST", NULL, NULL, true},
    {"127.0.0.1", "[::1]:7474", NULL, NULL, true},
    {"::1", "127.0.0.1", NULL, NULL, true},
    {"127.0.0.1", "kg.example", NULL, NULL, true},
    {"127.0.0.1", "KG.example:80", "https://kg.example", "same-origin", true},
    {"127.0.0.1", "127.0.0.1:7474", "http://localhost:7474", "same-site", true},
    {"10.0.0.7", "10.0.0.7:7474", "http://10.0.0.7:7474", NULL, true},
    {"127.0.0.1", NULL, NULL, NULL, false},
    {"127.0.0.1", "", NULL, NULL, false},
    {"127.0.0.1", ":7474", NULL, NULL, false},
    {"127.0.0.1", "evil.example", NULL, NULL, false},
    {"127.0.0.1", "127.0.0.1.evil.example", NULL, NULL, false},
    {"127.0.0.1", "localhost.evil.example:7474", NULL, NULL, false},
    {"127.0.0.1", "kg.example.evil", NULL, NULL, false},
    {"127.0.0.1", "[::1", NULL, NULL, false},
    {"127.0.0.1", "127.0.0.1@evil.example", NULL, NULL, false},
    {"10.0.0.7", "localhost", NULL, NULL, false},
    {"127.0.0.1", "127.0.0.1", "http://evil.example", NULL, false},
    {"127.0.0.1", "127.0.0.1", "null", NULL, false},
    {"127.0.0.1", "127.0.0.1", "", NULL, false},
    {"127.0.0.1", "127.0.0.1", "file://", NULL, false},
    {"127.0.0.1", "127.0.0.1", "http://127.0.0.1.evil.example", NULL, false},
    {"127.0.0.1", "127.0.0.1", NULL, "cross-site", false},
};

static void test_sites(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sites / sizeof *sites; i++) {
        kg_error err = KG_ERROR_INIT;
        const kg_access access = {.host = sites[i].listens, .names = proxies, .n = 1};
        const kg_http_exchange x = {
            .host = sites[i].host, .origin = sites[i].origin, .fetch_site = sites[i].fetch_site};
        bool may = kg_access_check_site(&access, &x, false, &err) == KG_OK;
        if (may != sites[i].may)
            fail_msg("%s asked as %s from %s: %s", sites[i].listens, x.host, x.origin, err.text);
    }
}

static void write_token(char path[64], const char *text, mode_t mode) {
    snprintf(path, 64, "%s/token", folder);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT, mode);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    fchmod(fd, mode);
    close(fd);
}

static void test_token(void **state) {
    char path[64];
    kg_access access = {.host = "127.0.0.1"};
    kg_error err = KG_ERROR_INIT;
    (void)state;
    assert_true(kg_access_has_token(&access, NULL)); /* none is asked for */
    write_token(path, "0123456789abcdef-token\nmore\n", 0600);
    assert_int_equal(kg_access_read_token(&access, path, &err), KG_OK);
    assert_true(kg_access_has_token(&access, "Bearer 0123456789abcdef-token"));
    assert_true(kg_access_has_token(&access, "bearer  0123456789abcdef-token"));
    static const char *const wrong[] = {"Bearer 0123456789abcdef-tokem",
                                        "Bearer 0123456789abcdef-toke",
                                        "Bearer 0123456789abcdef-token2",
                                        "Bearer 0123456789abcdef-token0123456789abcdef-token",
                                        "Bearer",
                                        "Bearer ",
                                        "Basic 0123456789abcdef-token",
                                        "0123456789abcdef-token",
                                        ""};
    assert_false(kg_access_has_token(&access, NULL));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(kg_access_has_token(&access, wrong[i]));
    kg_access_free(&access);
    write_token(path, "short\n", 0600);
    assert_int_equal(kg_access_read_token(&access, path, &err), KG_ERR_FORMAT);
    write_token(path, "with a blank, but long enough\n", 0600);
    assert_int_equal(kg_access_read_token(&access, path, &err), KG_ERR_FORMAT);
    write_token(path, "0123456789abcdef-token\n", 0644);
    assert_int_equal(kg_access_read_token(&access, path, &err), KG_ERR_ARGUMENT);
    kg_access_free(&access);
}

/* ---- Requests -------------------------------------------------------------------------------- */

static unsigned ask(fake_reply *reply, const char *query, const char *more, size_t patience) {
    char body[512];
    snprintf(body, sizeof body, "{\"query\": \"%s\"%s}", query, more);
    kg_http_exchange x = {.method = "POST",
                          .target = "/cypher",
                          .content_type = "application/json; charset=utf-8",
                          .body = kg_str_from(body)};
    fake_ask(reply, &server, &x, patience);
    return reply->status;
}

static unsigned status_of(const char *query, const char *more) {
    fake_reply reply = {0};
    unsigned status = ask(&reply, query, more, 0);
    fake_reply_free(&reply);
    return status;
}

static void test_limits(void **state) {
    (void)state;
    assert_int_equal(status_of("RETURN 1", ""), 200);
    assert_int_equal(status_of("UNWIND range(1, 9) AS x RETURN x", ", \"rows\": 9"), 200);
    assert_int_equal(status_of("UNWIND range(1, 9) AS x RETURN x", ", \"rows\": 8"), 422);
    assert_int_equal(status_of("UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y "
                               "RETURN count(*)",
                               ", \"timeout\": 0.05"),
                     422);
    assert_int_equal(status_of("UNWIND range(1, 100000000) AS x RETURN collect(x)", ""), 422);
    assert_int_equal(status_of("CREATE (n) RETURN n", ""), 400);
    assert_int_equal(status_of("CREATE (n) RETURN n", ", \"write\": true"), 403);
    assert_int_equal(status_of("LOAD CSV FROM '/etc/passwd' AS l RETURN l", ""), 400);
    assert_int_equal(status_of("RETURN 1", ", \"more\": 1"), 400);
    assert_int_equal(status_of("RETURN 1", ", \"rows\": 0"), 400);
    assert_int_equal(status_of("RETURN $x", ", \"parameters\": {\"x\": [1, {\"a\": null}]}"), 200);
}

static void test_body_too_long(void **state) {
    static char body[10001];
    fake_reply reply = {0};
    (void)state;
    memset(body, ' ', sizeof body - 1);
    kg_http_exchange x = {.method = "POST", .target = "/link", .body = {body, sizeof body - 1}};
    fake_ask(&reply, &server, &x, 0);
    assert_int_equal(reply.status, 200);
    fake_reply_free(&reply);
    x = (kg_http_exchange){.method = "POST", .target = "/link", .announced = 10001};
    fake_ask(&reply, &server, &x, 0);
    assert_int_equal(reply.status, 413);
    fake_reply_free(&reply);
    x = (kg_http_exchange){
        .method = "POST", .target = "/link", .announced = UINT64_MAX, .body = {body, sizeof body}};
    fake_ask(&reply, &server, &x, 0);
    assert_int_equal(reply.status, 413);
    fake_reply_free(&reply);
}

static void test_many_rows(void **state) {
    fake_reply reply = {0};
    size_t lines = 0;
    (void)state;
    assert_int_equal(
        ask(&reply, "UNWIND range(1, 300000) AS x RETURN x, 'some text beside it'", "", 0), 200);
    assert_false(reply.cut);
    for (const char *at = reply.content.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 300002);
    assert_non_null(strstr(reply.content.data,
                           "[300000, \"some text beside it\"]\n{\"end\": {\"rows\": 300000"));
    fake_reply_free(&reply);
}

static void test_error_after_rows(void **state) {
    fake_reply reply = {0};
    (void)state;
    assert_int_equal(ask(&reply, "UNWIND range(-200000, 1) AS x RETURN 1 / x", "", 0), 200);
    const char *last = strstr(reply.content.data, "{\"error\"");
    assert_non_null(last);
    assert_non_null(strstr(last, "division by zero"));
    fake_reply_free(&reply);
}

static void wait_until_no_query(void) {
    double until = kg_clock() + 10;
    while (atomic_load(&server.meters.queries) > 0 && kg_clock() < until)
        usleep(1000);
    assert_int_equal(atomic_load(&server.meters.queries), 0);
}

/* The query is laid aside when its buffer is full, and ends when the client is gone. */
static void test_client_stops_reading(void **state) {
    fake_reply reply = {0};
    (void)state;
    server.limits.rows = 100000000;
    for (int i = 0; i < 8; i++) { /* more than there are workers */
        ask(&reply, "UNWIND range(1, 10000) AS x UNWIND range(1, 10000) AS y RETURN x, y", "",
            50000);
        assert_true(reply.cut);
        fake_reply_free(&reply);
    }
    wait_until_no_query();
}

static void test_client_goes_away(void **state) {
    (void)state;
    double began = kg_clock();
    kg_http_exchange x = {
        .method = "POST",
        .target = "/cypher",
        .content_type = "application/json",
        .body = KG_STR("{\"query\": \"UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS "
                       "y RETURN count(*)\"}")};
    fake_ask_and_leave(&server, &x);
    wait_until_no_query();
    assert_true(kg_clock() - began < 10); /* of minutes that it would take */
}

static void test_writing(void **state) {
    fake_reply reply = {0};
    (void)state;
    server.limits.write = true;
    assert_int_equal(status_of("CREATE (n:made {elementId: 'made'})", ", \"write\": true"), 200);
    server.limits.write = false;
    kg_http_exchange x = {.method = "GET", .target = "/entity?name=made"};
    fake_ask(&reply, &server, &x, 0); /* the newest state, at once */
    assert_int_equal(reply.status, 200);
    fake_reply_free(&reply);
}

static void test_stopping(void **state) {
    (void)state;
    atomic_store(&server.stopping, true);
    assert_int_equal(status_of("UNWIND range(1, 100000) AS x UNWIND range(1, 100000) AS y "
                               "RETURN count(*)",
                               ""),
                     503);
    atomic_store(&server.stopping, false);
}

static void test_metrics(void **state) {
    fake_reply reply = {0};
    (void)state;
    kg_http_exchange x = {.method = "GET", .target = "/metrics"};
    fake_ask(&reply, &server, &x, 0);
    assert_non_null(
        strstr(reply.content.data, "kg_requests_total{path=\"/cypher\",status=\"200\"}"));
    assert_non_null(strstr(reply.content.data, "\nkg_queries_running 0\n"));
    assert_non_null(strstr(reply.content.data, "\nkg_requests_running 1\n"));
    fake_reply_free(&reply);
}

static int begin(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    store = make_served_store(folder);
    server = fake_server();
    return store && kg_server_begin(&server, store, &fake_http, 2, &err) == KG_OK ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    kg_server_end(&server);
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_too_many_parameters),
        cmocka_unit_test(test_sites),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_body_too_long),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_error_after_rows),
        cmocka_unit_test(test_client_stops_reading),
        cmocka_unit_test(test_client_goes_away),
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
