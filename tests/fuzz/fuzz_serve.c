/* Input: a request: its method, target and headers a line each ("POST", "/cypher?x=1",
 * "content-type: application/json"), an empty line, its body. It is asked of a server over a small
 * store; one client in five goes away early. Whatever is asked gets a reply, which is JSON where it
 * says so. */
#include "tests/fuzz/fuzz.h"

#include "tests/support/fake_http.h"
#include "tests/support/sample_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static char folder[32];
static kg_store *store;
static kg_server server;

static void end(void) {
    kg_server_end(&server);
    kg_store_close(store);
    remove_tree(folder);
}

static void begin(void) {
    kg_error err = KG_ERROR_INIT;
    store = make_served_store(folder);
    server = fake_server();
    server.limits.seconds = 0.2;
    server.limits.rows = 2000;
    server.limits.body = 4000;
    if (!store || kg_server_begin(&server, store, &fake_http, 1, &err) != KG_OK)
        abort();
    atexit(end);
}

/* The next line of the text, terminated; NULL: there is none, or it is empty. */
static char *next_line(char **at) {
    char *line = *at, *end = strchr(line, '\n');
    if (!end || end == line) {
        *at = end ? end + 1 : line + strlen(line);
        return NULL;
    }
    *end = '\0';
    *at = end + 1;
    return line;
}

static void take_header(kg_http_exchange *x, char *line) {
    const struct {
        const char *name;
        const char **to;
    } headers[] = {{"host", &x->host},
                   {"origin", &x->origin},
                   {"sec-fetch-site", &x->fetch_site},
                   {"authorization", &x->authorization},
                   {"content-type", &x->content_type}};
    char *colon = strchr(line, ':');
    if (!colon)
        return;
    *colon = '\0';
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (strcasecmp(line, headers[i].name) == 0) {
            x->headers_twice |= *headers[i].to != NULL && i != 2 && i != 4;
            *headers[i].to = colon + 1 + strspn(colon + 1, " ");
        }
}

static void check(const fake_reply *reply, const kg_http_exchange *x) {
    json_error_t at;
    if (reply->status < 200 || reply->status > 599 || !x->type)
        abort();
    if (strcmp(x->type, "application/json") != 0)
        return;
    json_t *value =
        json_loadb(reply->content.data, reply->content.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &at);
    if (!value) {
        fprintf(stderr, "%s in %s\n", at.text, reply->content.data);
        abort();
    }
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!store)
        begin();
    char *text = malloc(size + 1), *at = text, *line;
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    char *method = next_line(&at), *target = method ? next_line(&at) : NULL;
    if (target) {
        kg_http_exchange x = {.method = method, .target = target};
        fake_reply reply = {0};
        while ((line = next_line(&at)))
            take_header(&x, line);
        x.body = (kg_str){at, (size_t)(text + size - at)};
        fake_ask(&reply, &server, &x, size % 5 == 0 ? 200 : 0);
        check(&reply, &x);
        fake_reply_free(&reply);
    }
    free(text);
    return 0;
}
