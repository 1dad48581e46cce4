#include "cli/serve/server.h"

#include "cli/serve/queryjob.h"
#include "cli/serve/reply.h"
#include "cli/serve/routes.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/utf8.h"

#include <stdio_ext.h>
#include <strings.h>

extern const char kg_serve_cypher_schema[];

/* ---- Answering ------------------------------------------------------------------------------- */

/* Have the route answer from a snapshot, and fill the reply. */
static void answer_from(kg_request *r, kg_snapshot *snapshot) {
    char *content = NULL;
    size_t length = 0;
    kg_error err = KG_ERROR_INIT;
    kg_status st = KG_ERR_MEMORY;
    FILE *to = open_memstream(&content, &length);
    if (to) {
        __fsetlocking(to, FSETLOCKING_BYCALLER);
        const kg_asked asked = {r->server, snapshot, &r->target, r->x->body, to, &err};
        st = r->route->answer(&asked);
        if (st == KG_ERR_CORRUPT)
            kg_snapshot_fault(&err, st, snapshot);
        if (fclose(to) != 0 && st == KG_OK)
            st = KG_ERR_MEMORY;
    }
    if (st == KG_OK) {
        kg_reply_content(r->x, r->route->type, content, length);
        return;
    }
    free(content);
    err.status = st;
    kg_reply_error(r->x, 0, &err, NULL);
}

static void answer_failed(kg_request *r, kg_status st, kg_error *err) {
    err->status = st;
    kg_reply_error(r->x, 0, err, NULL);
}

/* With names to search for, what was meant by one that is not known among them. */
static void answer_searching(kg_request *r) {
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_searcher_take(&snapshot, &r->server->searcher, &err);
    if (st != KG_OK) {
        answer_failed(r, st, &err);
        return;
    }
    answer_from(r, snapshot);
    kg_searcher_put(&r->server->searcher);
}

static void answer_in_worker(kg_work *work) {
    kg_request *r = (kg_request *)work;
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_snapshots_take(&snapshot, &r->server->snapshots, &err);
    if (st != KG_OK) {
        answer_failed(r, st, &err);
    } else if (r->route->kind == KG_ROUTE_NAMES ||
               !kg_route_knows_names(r->route, &r->target, snapshot)) {
        kg_snapshots_put(&r->server->snapshots, snapshot);
        answer_searching(r);
    } else {
        answer_from(r, snapshot);
        kg_snapshots_put(&r->server->snapshots, snapshot);
    }
    r->server->http->resume(r->x);
}

static bool hand_over(kg_request *r) {
    kg_error err = KG_ERROR_INIT;
    r->work.run = answer_in_worker;
    r->server->http->suspend(r->x);
    if (kg_workers_submit(r->server->workers, &r->work, false))
        return false;
    answer_failed(
        r, kg_error_set(&err, KG_ERR_BUSY, "too many requests wait for their turn; try again"),
        &err);
    r->server->http->resume(r->x);
    return false;
}

/* True: answered. */
static bool answer_light(kg_request *r) {
    kg_snapshot *snapshot;
    kg_error err = KG_ERROR_INIT;
    kg_status st = kg_snapshots_take(&snapshot, &r->server->snapshots, &err);
    if (st != KG_OK) {
        answer_failed(r, st, &err);
        return true;
    }
    bool quick = kg_route_is_quick(r->route, &r->target, snapshot);
    if (quick)
        answer_from(r, snapshot);
    kg_snapshots_put(&r->server->snapshots, snapshot);
    return quick;
}

static bool answer(void *context, kg_http_exchange *x) {
    kg_request *r = x->own;
    kg_error err = KG_ERROR_INIT;
    (void)context;
    r->since = kg_clock();
    if (x->too_long) {
        kg_error_set(&err, KG_ERR_LIMIT, "the body has more than %zu bytes",
                     r->server->limits.body);
        kg_reply_error(x, 413, &err, NULL);
        return true;
    }
    switch (r->route->kind) {
    case KG_ROUTE_PAGE:
        kg_reply_page(x, r->route->type, r->route->page);
        return true;
    case KG_ROUTE_LIGHT:
        return answer_light(r) || hand_over(r);
    case KG_ROUTE_HEAVY:
    case KG_ROUTE_NAMES:
        return hand_over(r);
    case KG_ROUTE_QUERY:
        return !kg_query_job_begin(r);
    }
    return true;
}

/* ---- Admitting ------------------------------------------------------------------------------- */

/* Refuse, with a status of HTTP. */
static bool refuse(kg_http_exchange *x, unsigned status, kg_error *err) {
    kg_reply_error(x, status, err, NULL);
    return false;
}

static bool refuse_path(kg_request *r, const char *allowed, kg_error *err) {
    kg_http_exchange *x = r->x;
    const char *nearest = kg_route_nearest(r->target.path.data);
    if (allowed)
        kg_error_set(err, KG_ERR_ARGUMENT, "%s is not asked for by %s, but by %s",
                     kg_quote(r->target.path).text, kg_quote(kg_str_from(x->method)).text, allowed);
    else
        kg_error_set(err, KG_ERR_NOT_FOUND, "there is nothing at %s%s%s%s",
                     kg_quote(r->target.path).text, nearest ? "; did you mean " : "",
                     nearest ? nearest : "", nearest ? "?" : "");
    x->allow = allowed;
    return refuse(x, allowed ? 405 : 404, err);
}

static bool is_json(const char *type) {
    static const char wanted[] = "application/json";
    size_t n = sizeof wanted - 1;
    return type && strncasecmp(type, wanted, n) == 0 && strchr("; \t", type[n]);
}

/* Who asks, and how much is sent. */
static bool admit_sender(kg_request *r, kg_error *err) {
    kg_http_exchange *x = r->x;
    const kg_server *s = r->server;
    bool page = r->route && r->route->kind == KG_ROUTE_PAGE;
    if (kg_access_check_site(&s->access, x, page, err) != KG_OK)
        return refuse(x, 403, err);
    if (!page && !kg_access_has_token(&s->access, x->authorization)) {
        kg_error_set(err, KG_ERR_ARGUMENT,
                     "expected the header Authorization: Bearer, and this server's token");
        return refuse(x, 401, err);
    }
    return true;
}

static bool admit_body(kg_request *r, kg_error *err) {
    kg_http_exchange *x = r->x;
    size_t most = r->server->limits.body;
    if (x->announced != UINT64_MAX && x->announced > most) {
        kg_error_set(err, KG_ERR_LIMIT, "the body has %llu bytes; at most %zu are read",
                     (unsigned long long)x->announced, most);
        return refuse(x, 413, err);
    }
    if (r->route->kind == KG_ROUTE_QUERY && !is_json(x->content_type)) {
        kg_error_set(err, KG_ERR_ARGUMENT,
                     "expected the header Content-Type: application/json, and a query as JSON");
        return refuse(x, 415, err);
    }
    return true;
}

static bool admit(void *context, kg_http_exchange *x) {
    kg_server *s = context;
    kg_error err = KG_ERROR_INIT;
    const char *allowed = NULL;
    kg_request *r = calloc(1, sizeof *r);
    x->own = r;
    if (!r) {
        err.status = KG_ERR_MEMORY;
        return refuse(x, 0, &err);
    }
    r->server = s;
    r->x = x;
    r->since = kg_clock();
    atomic_fetch_add_explicit(&s->meters.running, 1, memory_order_relaxed);
    kg_status st = kg_target_parse(&r->target, x->target, &err);
    if (st == KG_OK)
        r->route = kg_route_find(r->target.path.data, x->method, &allowed);
    if (!admit_sender(r, &err))
        return false;
    if (st != KG_OK)
        return refuse(x, 0, &err);
    if (!r->route)
        return refuse_path(r, allowed, &err);
    if (kg_target_check(&r->target, r->route->parameters, r->route->many, &err) != KG_OK)
        return refuse(x, 0, &err);
    return admit_body(r, &err);
}

/* ---- The end --------------------------------------------------------------------------------- */

static ssize_t more(void *context, kg_http_exchange *x, char *to, size_t room) {
    kg_request *r = x->own;
    (void)context;
    ssize_t n = kg_query_job_more(r->job, to, room);
    if (n > 0)
        r->sent += (uint64_t)n;
    return n;
}

static void done(void *context, kg_http_exchange *x, bool whole) {
    kg_server *s = context;
    kg_request *r = x->own;
    if (!r)
        return;
    unsigned status = whole ? x->status : KG_CLIENT_LEFT;
    size_t path = r->route ? (size_t)(r->route - kg_routes) : kg_n_routes;
    double seconds = kg_clock() - r->since;
    uint64_t sent = x->streamed ? r->sent : whole ? x->length : 0;
    kg_meters_count(&s->meters, path, status, seconds);
    atomic_fetch_add_explicit(&s->meters.sent, sent, memory_order_relaxed);
    if (status == KG_CLIENT_LEFT)
        atomic_fetch_add_explicit(&s->meters.cancelled, 1, memory_order_relaxed);
    kg_request_log_add(&s->log, x, status, sent, seconds);
    if (r->job)
        kg_query_job_leave(r->job);
    kg_target_free(&r->target);
    free(r);
    x->own = NULL;
    atomic_fetch_sub(&s->meters.running, 1);
}

kg_http_service kg_server_service(kg_server *server) {
    return (kg_http_service){server, admit, answer, more, done};
}

kg_status kg_server_begin(kg_server *server, kg_store *store, const kg_http *http, unsigned threads,
                          kg_error *err) {
    enum { QUEUE = 256 };
    kg_status st;
    kg_snapshot *first;
    server->store = store;
    server->http = http;
    KG_TRY(st, kg_snapshots_init(&server->snapshots, store));
    KG_TRY(st, kg_searcher_init(&server->searcher, store));
    server->body_schema = json_loads(kg_serve_cypher_schema, 0, NULL);
    if (!server->body_schema)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting the server");
    KG_TRY(st, kg_snapshots_take(&first, &server->snapshots, err)); /* a bad store is told now */
    kg_snapshots_put(&server->snapshots, first);
    KG_TRY(st, kg_workers_start(&server->workers, threads, QUEUE, err));
    return kg_workers_start(&server->writer, 1, QUEUE, err);
}

void kg_server_end(kg_server *server) {
    kg_workers_stop(server->workers);
    kg_workers_stop(server->writer);
    kg_searcher_end(&server->searcher);
    kg_snapshots_end(&server->snapshots);
    json_decref(server->body_schema);
    kg_access_free(&server->access);
    kg_request_log_close(&server->log);
}
