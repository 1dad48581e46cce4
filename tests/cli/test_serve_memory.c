/* Every allocation of a request made to fail in turn: it gets a reply that says so, and the next
 * request an answer. */
#include "tests/support/alloc_fail.h"
#include "tests/support/fake_http.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char folder[32];
static kg_store *store;
static kg_server server;
static fake_reply reply; /* with memory for all that is answered */

static kg_status ask(void *context) {
    const kg_http_exchange *request = context;
    kg_http_exchange x = *request;
    fake_ask(&reply, &server, &x, 0);
    bool short_of = strstr(reply.content.data, "KG_ERR_MEMORY") != NULL;
    if (short_of || reply.cut)
        return KG_ERR_MEMORY;
    return reply.status == 200 || reply.status == 404 ? KG_OK : KG_ERR_FORMAT;
}

static void test_requests(void **state) {
    static const char *const targets[] = {
        "/",
        "/entity?name=e0",
        "/entity?name=ee0",
        "/neighbours?name=e0&k=3&relation=r1&by-entity=true",
        "/relations?name=e1",
        "/complete?prefix=e",
        "/search?text=e1",
        "/similar?name=e0",
        "/path?from=e0&to=e5&k=2",
        "/link?text=e0+and+e1",
        "/schema",
        "/stats",
        "/metrics",
        "/nothing",
    };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        kg_http_exchange x = {.method = "GET", .target = targets[i]};
        alloc_fail_each(ask, &x, true, 3000);
    }
}

static void test_queries(void **state) {
    static const char *const bodies[] = {
        "{\"query\": \"MATCH (n)-[r]->(m) RETURN n, r, m.name, $p LIMIT 3\", \"parameters\": "
        "{\"p\": [1, {\"a\": \"b\"}]}}",
        "{\"query\": \"EXPLAIN MATCH (n) RETURN n\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        kg_http_exchange x = {.method = "POST",
                              .target = "/cypher",
                              .content_type = "application/json",
                              .body = kg_str_from(bodies[i])};
        alloc_fail_each(ask, &x, true, 5000);
    }
}

static int begin(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    store = make_served_store(folder);
    server = fake_server();
    return store && kg_server_begin(&server, store, &fake_http, 1, &err) == KG_OK &&
                   kg_array_reserve(&reply.content, 4 << 20) == KG_OK
               ? 0
               : -1;
}

static int end(void **state) {
    (void)state;
    fake_reply_free(&reply);
    kg_server_end(&server);
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_queries),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
