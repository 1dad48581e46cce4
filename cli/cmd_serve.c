/* serve: a store over HTTP. The threads of the listener and the workers do the work; this one waits
 * for signals, and once a second sees to what is to be done at times. */
#include "cli/command.h"
#include "cli/serve/server.h"
#include "cli/waiting.h"
#include "kgstore/base/clock.h"
#include "kgstore/base/module.h"

#include <signal.h>
#include <unistd.h>

typedef struct serve_settings {
    uint64_t port, threads, workers, connections, max_rows, headers, request_time;
    uint64_t body, memory;
    const char *host, *token, *log;
    kg_texts names;
    double timeout;
    bool write;
} serve_settings;

static const serve_settings defaults = {.port = 7474,
                                        .connections = 1000,
                                        .max_rows = 100000,
                                        .headers = 16 << 10,
                                        .request_time = 20,
                                        .body = 1 << 20,
                                        .memory = 256 << 20,
                                        .host = "127.0.0.1",
                                        .log = "-",
                                        .timeout = 30};

static const kg_option options[] = {
    {"port", 0, KG_OPTION_COUNT, offsetof(serve_settings, port), "N",
     "listen at this port; 0: at one that is free; default: 7474"},
    {"host", 0, KG_OPTION_TEXT, offsetof(serve_settings, host), "ADDRESS",
     "listen at this address; default: 127.0.0.1, which no other machine reaches"},
    {"name", 0, KG_OPTION_LIST, offsetof(serve_settings, names), "NAME",
     "a name by which clients call the server, as of a proxy; can be repeated"},
    {"token", 0, KG_OPTION_TEXT, offsetof(serve_settings, token), "FILE",
     "ask each client for the token in FILE"},
    {"write", 'w', KG_OPTION_FLAG, offsetof(serve_settings, write), NULL,
     "let queries that ask for it change the store"},
    {"timeout", 0, KG_OPTION_REAL, offsetof(serve_settings, timeout), "S",
     "stop a query that takes more than S seconds; default: 30"},
    {"max-rows", 0, KG_OPTION_COUNT, offsetof(serve_settings, max_rows), "N",
     "stop a query that returns more than N rows; default: 100000"},
    {"memory", 0, KG_OPTION_SIZE, offsetof(serve_settings, memory), "SIZE",
     "stop a query that needs more memory; default: 256M"},
    {"max-body", 0, KG_OPTION_SIZE, offsetof(serve_settings, body), "SIZE",
     "refuse a request with a longer body; default: 1M"},
    {"max-header", 0, KG_OPTION_SIZE, offsetof(serve_settings, headers), "SIZE",
     "refuse a request with a longer head; default: 16K"},
    {"connections", 0, KG_OPTION_COUNT, offsetof(serve_settings, connections), "N",
     "have at most N connections at a time; default: 1000"},
    {"request-time", 0, KG_OPTION_COUNT, offsetof(serve_settings, request_time), "S",
     "close a connection that sends no whole request in S seconds; default: 20"},
    {"threads", 0, KG_OPTION_COUNT, offsetof(serve_settings, threads), "N",
     "read requests and answer short ones by N threads; default: one a processor"},
    {"workers", 0, KG_OPTION_COUNT, offsetof(serve_settings, workers), "N",
     "answer what takes longer by N threads; default: one a processor"},
    {"log", 0, KG_OPTION_TEXT, offsetof(serve_settings, log), "FILE",
     "write a line for each request to FILE; -: to standard error, the default; none: nowhere"},
    {0}};

static kg_status check_range(const char *name, uint64_t n, uint64_t least, uint64_t most,
                             kg_error *err) {
    if (n >= least && n <= most)
        return KG_OK;
    return kg_error_set(err, KG_ERR_ARGUMENT, "found --%s %llu; expected %llu to %llu", name,
                        (unsigned long long)n, (unsigned long long)least, (unsigned long long)most);
}

static kg_status check(serve_settings *s, kg_error *err) {
    kg_status st;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t usual = processors > 1 ? (uint64_t)processors : 2;
    s->threads = s->threads ? s->threads : usual;
    s->workers = s->workers ? s->workers : usual;
    KG_TRY(st, check_range("port", s->port, 0, UINT16_MAX, err));
    KG_TRY(st, check_range("threads", s->threads, 1, 256, err));
    KG_TRY(st, check_range("workers", s->workers, 1, 256, err));
    KG_TRY(st, check_range("connections", s->connections, s->threads, 1000000, err));
    KG_TRY(st, check_range("max-rows", s->max_rows, 1, UINT64_MAX, err));
    KG_TRY(st, check_range("max-header", s->headers, 2 << 10, 1 << 20, err));
    KG_TRY(st, check_range("max-body", s->body, 1 << 10, 1 << 30, err));
    KG_TRY(st, check_range("request-time", s->request_time, 1, 3600, err));
    if (!(s->timeout > 0 && s->timeout <= 86400))
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --timeout %g; expected seconds, more than 0 and at most 86400",
                            s->timeout);
    if (!kg_access_is_loopback(s->host) && !s->token)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "other machines may reach %s: give --token FILE, or listen at "
                            "127.0.0.1",
                            s->host);
    return KG_OK;
}

static kg_http_settings http_settings(const serve_settings *s) {
    enum { GRACE = 30 }; /* seconds, for a reply to be taken */
    return (kg_http_settings){.host = s->host,
                              .port = (uint16_t)s->port,
                              .threads = (unsigned)s->threads,
                              .connections = (unsigned)s->connections,
                              .headers = s->headers,
                              .body = s->body,
                              .request = (unsigned)s->request_time,
                              .reply = (unsigned)s->timeout + GRACE};
}

static void say_ready(const serve_settings *s, unsigned port) {
    const char *host = s->host;
    bool six = strchr(host, ':') != NULL;
    printf("http://%s%s%s:%u/\n", six ? "[" : "", host, six ? "]" : "", port);
    fflush(stdout);
}

/* Which signals this thread waits for; none of the others gets them. */
static void block_signals(sigset_t *waited) {
    sigemptyset(waited);
    sigaddset(waited, SIGINT);
    sigaddset(waited, SIGTERM);
    sigaddset(waited, SIGHUP);
    pthread_sigmask(SIG_BLOCK, waited, NULL);
}

/* A signal that comes within the seconds; 0: none. */
static int wait_for_signal(const sigset_t *waited, double seconds) {
    struct timespec most = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    int number = sigtimedwait(waited, NULL, &most);
    return number > 0 ? number : 0;
}

static void see_to_things(kg_server *server) {
    server->http->sweep(server->listener);
    kg_searcher_tidy(&server->searcher);
    kg_request_log_flush(&server->log);
}

/* Wait until no request is on its way, or for so many seconds, or for a second signal. */
static void drain(kg_server *server, const sigset_t *waited, double seconds) {
    const double STEP = 0.02;
    double until = kg_clock() + seconds;
    while (atomic_load(&server->meters.running) > 0 && kg_clock() < until)
        if (wait_for_signal(waited, STEP))
            return;
}

static void serve_until_signal(kg_server *server, const sigset_t *waited, double timeout) {
    int number;
    do {
        number = wait_for_signal(waited, 1);
        if (number == SIGHUP)
            kg_request_log_reopen(&server->log);
        see_to_things(server);
    } while (number == 0 || number == SIGHUP);
    server->http->quiesce(server->listener);
    drain(server, waited, timeout);
    atomic_store(&server->stopping, true);
    drain(server, waited, timeout);
}

/* With a server that is set up: listen, until a signal comes. */
static kg_status be_open(kg_server *server, const serve_settings *s, const sigset_t *waited,
                         kg_error *err) {
    kg_http_settings settings = http_settings(s);
    const kg_http_service service = kg_server_service(server);
    kg_status st;
    KG_TRY(st, server->http->start(&server->listener, &settings, &service, err));
    say_ready(s, settings.port);
    serve_until_signal(server, waited, s->timeout < 10 ? s->timeout : 10);
    kg_workers_stop(server->workers);
    kg_workers_stop(server->writer);
    server->workers = server->writer = NULL;
    server->http->stop(server->listener);
    return KG_OK;
}

static kg_status serve(kg_store *store, const kg_http *http, const serve_settings *s,
                       kg_error *err) {
    sigset_t waited;
    kg_server server = {.limits = {.seconds = s->timeout,
                                   .rows = s->max_rows,
                                   .memory = s->memory,
                                   .body = s->body,
                                   .write = s->write},
                        .access = {.host = s->host, .names = s->names.data, .n = s->names.len}};
    block_signals(&waited);
    kg_status st = kg_request_log_open(&server.log, s->log, err);
    if (st == KG_OK && s->token)
        st = kg_access_read_token(&server.access, s->token, err);
    if (st == KG_OK)
        st = kg_server_begin(&server, store, http, (unsigned)s->workers, err);
    if (st == KG_OK)
        st = be_open(&server, s, &waited, err);
    kg_server_end(&server);
    return st;
}

static kg_status open_http(kg_module **module, const kg_http **http, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_module_open(module, "kg_http_microhttpd.so", err));
    st = kg_module_symbol(http, *module, "kg_http_of_microhttpd", err);
    if (st == KG_OK && (*http)->abi != KG_HTTP_ABI)
        st = kg_error_set(err, KG_ERR_VERSION, "%s is of another version of kg",
                          kg_module_path(*module));
    if (st != KG_OK)
        kg_module_close(*module);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    serve_settings *s = call->settings;
    const kg_http *http = NULL;
    kg_module *module;
    kg_store *store;
    kg_status st;
    KG_TRY(st, check(s, err));
    KG_TRY(st, open_http(&module, &http, err));
    st = kg_store_open_to_write(&store, call->args[0], s->timeout, err);
    if (st == KG_OK) {
        st = serve(store, http, s, err);
        kg_store_close(store);
    }
    kg_module_close(module);
    return st;
}

const kg_command cmd_serve = {.name = "serve",
                              .summary = "Answer questions about a store over HTTP, and show it "
                                         "in a browser",
                              .arguments = "STORE",
                              .min_args = 1,
                              .max_args = 1,
                              .options = options,
                              .settings_size = sizeof(serve_settings),
                              .defaults = &defaults,
                              .run = run};
