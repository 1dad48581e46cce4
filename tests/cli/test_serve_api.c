/* schemas/openapi.json says what the server does: its paths and parameters are those of the table,
 * and the examples are answered as described. */
#include "cli/serve/routes.h"
#include "plugins/host/schema.h"
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

#define SCHEMAS KG_SOURCE_DIR "/schemas/"

static char folder[32];
static kg_store *store;
static kg_server server;
static json_t *description, *paths;

static json_t *load(const char *name) {
    char path[512];
    json_error_t at;
    snprintf(path, sizeof path, SCHEMAS "%s", name);
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, &at);
    if (!value)
        fail_msg("%s:%d: %s", path, at.line, at.text);
    return value;
}

static bool is_part_of_page(const kg_route *r) {
    return strncmp(r->path, "/explorer/", 10) == 0;
}

static json_t *operation_of(const kg_route *r) {
    const char *method = strcmp(r->method, "GET") == 0 ? "get" : "post";
    return json_object_get(json_object_get(paths, r->path), method);
}

static void test_paths_are_the_table(void **state) {
    size_t described = 0, there = 0;
    const char *path;
    json_t *methods;
    (void)state;
    for (size_t i = 0; i < kg_n_routes; i++)
        if (!is_part_of_page(&kg_routes[i])) {
            if (!operation_of(&kg_routes[i]))
                fail_msg("%s %s is not described", kg_routes[i].method, kg_routes[i].path);
            there++;
        }
    json_object_foreach(paths, path, methods) described += json_object_size(methods);
    assert_int_equal(described, there);
}

static void test_parameters_are_the_tables(void **state) {
    (void)state;
    for (size_t i = 0; i < kg_n_routes; i++) {
        const kg_route *r = &kg_routes[i];
        if (is_part_of_page(r))
            continue;
        json_t *parameters = json_object_get(operation_of(r), "parameters"), *one;
        size_t n = 0, j;
        for (; r->parameters[n]; n++) {
            const char *name =
                json_string_value(json_object_get(json_array_get(parameters, n), "name"));
            if (!name || strcmp(name, r->parameters[n]) != 0)
                fail_msg("%s: %s is not described in its place", r->path, r->parameters[n]);
        }
        assert_int_equal(json_array_size(parameters), n);
        json_array_foreach(parameters, j, one) {
            bool many = json_object_get(json_object_get(one, "schema"), "items") != NULL;
            assert_int_equal(many, r->many && strcmp(r->many, r->parameters[j]) == 0);
        }
    }
}

/* A value against a schema, or one that it refers to. */
static void check(json_t *value, json_t *schema, const char *what) {
    kg_error err = KG_ERROR_INIT;
    const char *other = json_string_value(json_object_get(schema, "$ref"));
    json_t *real = other ? load(other) : json_incref(schema);
    json_t *outer = json_pack("{s:{s:o}}", "properties", "it", real);
    json_t *holder = json_pack("{s:O}", "it", value);
    if (kg_schema_apply(holder, outer, what, &err) != KG_OK)
        fail_msg("%s: %s", what, err.text);
    json_decref(holder);
    json_decref(outer);
}

/* Each line of a text that is one JSON, or several lines of it. */
static void check_content(const char *type, kg_bytes content, json_t *schema, const char *what) {
    json_error_t at;
    if (strncmp(type, "text/", 5) == 0) {
        assert_true(content.len > 0);
        return;
    }
    size_t done = 0, values = 0;
    while (done < content.len) {
        json_t *value = json_loadb(content.data + done, content.len - done,
                                   JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &at);
        if (!value)
            fail_msg("%s: %s in %s", what, at.text, content.data + done);
        check(value, schema, what);
        json_decref(value);
        done += (size_t)at.position;
        done += strspn(content.data + done, " \n");
        values++;
    }
    assert_true(values > (strcmp(type, "application/x-ndjson") == 0 ? 2 : 0));
}

/* The request of the examples. */
static void compose(char target[512], const kg_route *r, const json_t *operation) {
    json_t *parameter;
    size_t i;
    int n = snprintf(target, 512, "%s?", r->path);
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter) {
        json_t *example = json_object_get(parameter, "example");
        const char *name = json_string_value(json_object_get(parameter, "name"));
        if (json_is_string(example))
            n += snprintf(target + n, 512 - (size_t)n, "%s=%s&", name, json_string_value(example));
        else if (example)
            n += snprintf(target + n, 512 - (size_t)n, "%s=%d&", name,
                          (int)json_integer_value(example));
        else if (json_is_true(json_object_get(parameter, "required")))
            fail_msg("%s: %s has no example", r->path, name);
    }
}

static void ask_example(const kg_route *r) {
    char target[512];
    json_t *operation = operation_of(r), *schema, *media;
    json_t *contents = json_object_get(json_object_get(operation, "requestBody"), "content");
    const char *type = json_object_iter_key(json_object_iter(contents));
    json_t *body = json_object_get(json_object_get(contents, type ? type : ""), "example");
    char *text = json_is_object(body) ? json_dumps(body, 0) : NULL;
    kg_http_exchange x = {.method = r->method, .target = target, .content_type = type};
    fake_reply reply = {0};
    compose(target, r, operation);
    if (text || json_is_string(body))
        x.body = kg_str_from(text ? text : json_string_value(body));
    fake_ask(&reply, &server, &x, 0);
    if (reply.status != 200)
        fail_msg("%s: %u %s", target, reply.status, reply.content.data);
    media = json_object_get(
        json_object_get(json_object_get(json_object_get(operation, "responses"), "200"), "content"),
        x.type);
    schema = json_object_get(media, "schema");
    if (!schema)
        fail_msg("%s: the type %s is not described", target, x.type);
    check_content(x.type, reply.content, schema, target);
    fake_reply_free(&reply);
    free(text);
}

static void test_examples_are_answered(void **state) {
    (void)state;
    for (size_t i = 0; i < kg_n_routes; i++)
        if (!is_part_of_page(&kg_routes[i]))
            ask_example(&kg_routes[i]);
}

static void test_errors_are_as_described(void **state) {
    static const char *const targets[] = {"/entity?name=nobody",     "/entity", "/nothing",
                                          "/neighbours?name=e0&k=x", "/%",      "/cypher"};
    (void)state;
    json_t *schema = load("serve.error.schema.json");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        kg_http_exchange x = {.method = "GET", .target = targets[i]};
        fake_reply reply = {0};
        fake_ask(&reply, &server, &x, 0);
        assert_true(reply.status >= 400 && reply.status < 500);
        check_content("application/json", reply.content, schema, targets[i]);
        fake_reply_free(&reply);
    }
    json_decref(schema);
}

static int begin(void **state) {
    kg_error err = KG_ERROR_INIT;
    (void)state;
    store = make_served_store(folder);
    server = fake_server();
    description = load("openapi.json");
    paths = json_object_get(description, "paths");
    return store && kg_server_begin(&server, store, &fake_http, 2, &err) == KG_OK ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    json_decref(description);
    kg_server_end(&server);
    kg_store_close(store);
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_the_table),
        cmocka_unit_test(test_parameters_are_the_tables),
        cmocka_unit_test(test_examples_are_answered),
        cmocka_unit_test(test_errors_are_as_described),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
