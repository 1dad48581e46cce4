#include "cli/serve/reply.h"

#include "cli/output.h"

#include <stdlib.h>

#define ALWAYS                                                                                     \
    "X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer",                         \
        "Cross-Origin-Resource-Policy", "same-origin"

/* Data are of the moment, and for who asked. */
static const char *const data_headers[] = {ALWAYS, "Cache-Control", "no-store", NULL};

static const char *const busy_headers[] = {ALWAYS, "Cache-Control", "no-store", "Retry-After", "1",
                                           NULL};

static const char *const token_headers[] = {
    ALWAYS, "Cache-Control", "no-store", "WWW-Authenticate", "Bearer realm=\"kg\"", NULL};

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

static const char *const page_headers[] = {ALWAYS,        "Cache-Control",
                                           "no-cache",    "X-Frame-Options",
                                           "DENY",        "Cross-Origin-Opener-Policy",
                                           "same-origin", "Content-Security-Policy",
                                           policy,        NULL};

typedef struct telling {
    unsigned http;
    const char *name;
} telling;

static telling tell(kg_status status) {
    switch (status) {
    case KG_OK:
        return (telling){200, "KG_OK"};
    case KG_ERR_MEMORY:
        return (telling){500, "KG_ERR_MEMORY"};
    case KG_ERR_ARGUMENT:
        return (telling){400, "KG_ERR_ARGUMENT"};
    case KG_ERR_NOT_FOUND:
        return (telling){404, "KG_ERR_NOT_FOUND"};
    case KG_ERR_EXISTS:
        return (telling){409, "KG_ERR_EXISTS"};
    case KG_ERR_IO:
        return (telling){500, "KG_ERR_IO"};
    case KG_ERR_FULL:
        return (telling){507, "KG_ERR_FULL"};
    case KG_ERR_FORMAT:
        return (telling){400, "KG_ERR_FORMAT"};
    case KG_ERR_CORRUPT:
        return (telling){500, "KG_ERR_CORRUPT"};
    case KG_ERR_VERSION:
        return (telling){500, "KG_ERR_VERSION"};
    case KG_ERR_BUSY:
        return (telling){503, "KG_ERR_BUSY"};
    case KG_ERR_STALE:
        return (telling){500, "KG_ERR_STALE"};
    case KG_ERR_LIMIT:
        return (telling){422, "KG_ERR_LIMIT"};
    case KG_ERR_NUMERIC:
        return (telling){422, "KG_ERR_NUMERIC"};
    case KG_ERR_CANCELLED:
        return (telling){503, "KG_ERR_CANCELLED"};
    case KG_ERR_UNSUPPORTED:
        return (telling){501, "KG_ERR_UNSUPPORTED"};
    case KG_ERR_PLUGIN:
        return (telling){500, "KG_ERR_PLUGIN"};
    }
    return (telling){500, "KG_ERR_PLUGIN"};
}

static void fill(kg_http_exchange *x, const char *type, char *content, size_t length, bool fixed) {
    x->status = 200;
    x->type = type;
    x->headers = data_headers;
    x->content = content;
    x->length = length;
    x->fixed = fixed;
}

void kg_reply_content(kg_http_exchange *x, const char *type, char *content, size_t length) {
    fill(x, type, content, length, false);
}

void kg_reply_fixed(kg_http_exchange *x, const char *type, const char *text) {
    fill(x, type, (char *)(uintptr_t)text, strlen(text), true);
}

void kg_reply_stream(kg_http_exchange *x, const char *type) {
    fill(x, type, NULL, 0, true);
    x->streamed = true;
}

void kg_reply_page(kg_http_exchange *x, const char *type, const char *text) {
    kg_reply_fixed(x, type, text);
    x->headers = page_headers;
}

void kg_reply_print_error(FILE *to, const kg_error *err, const kg_cypher_fault *fault) {
    char text[1200];
    fprintf(to, "{\"error\": {\"status\": \"%s\", \"message\": ", tell(err->status).name);
    kg_output_json_text(to, kg_str_from(kg_error_format(text, sizeof text, err)));
    if (fault && fault->kind)
        fprintf(to, ", \"kind\": \"%s\"", fault->kind);
    if (fault && fault->detail)
        fprintf(to, ", \"detail\": \"%s\"", fault->detail);
    if (fault && fault->line)
        fprintf(to, ", \"line\": %zu, \"column\": %zu", fault->line, fault->column);
    fputs("}}\n", to);
}

void kg_reply_error(kg_http_exchange *x, unsigned status, const kg_error *err,
                    const kg_cypher_fault *fault) {
    static const char memory[] = "{\"error\": {\"status\": \"KG_ERR_MEMORY\", \"message\": "
                                 "\"out of memory\"}}\n";
    char *content = NULL;
    size_t length;
    FILE *to = open_memstream(&content, &length);
    if (to)
        kg_reply_print_error(to, err, fault);
    if (to && fclose(to) == 0 && content)
        kg_reply_content(x, "application/json", content, length);
    else
        kg_reply_fixed(x, "application/json", memory);
    x->status = status ? status : tell(err->status).http;
    if (x->status == 401)
        x->headers = token_headers;
    else if (x->status == 503)
        x->headers = busy_headers;
}
