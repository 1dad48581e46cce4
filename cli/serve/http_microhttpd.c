/* HTTP by GNU libmicrohttpd: the one file that includes microhttpd.h, built as a module.
 *
 * A few threads wait by epoll and do all reading and sending; a connection that is suspended costs
 * none of them. libmicrohttpd ends connections that fall silent, but one that sends a byte now and
 * then would stay: each connection knows since when it has been waiting for a request, or sending a
 * reply, and the sweep ends those that take too long. */
#include "cli/serve/http.h"

#include "kgstore/base/array.h"
#include "kgstore/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection, in a list of all. */
typedef struct wire {
    struct wire *next, *previous;
    int fd;
    _Atomic double since; /* the request began to be waited for, or the reply to be made */
    atomic_bool replying;
} wire;

typedef struct server {
    struct MHD_Daemon *daemon;
    const kg_http_settings *settings;
    const kg_http_service *service;
    int listening;
    pthread_mutex_t lock; /* of the list */
    wire all;
} server;

typedef enum stage { NEW, READING, ANSWERING, SENT } stage;

/* An exchange with what this side keeps of it. */
typedef struct visit {
    kg_http_exchange x; /* first: one is cast to the other */
    server *server;
    struct MHD_Connection *connection;
    stage stage;
    bool admitted;
    kg_bytes body;
    char target[];
} visit;

/* ---- Connections ----------------------------------------------------------------------------- */

static void put_in_list(server *s, wire *l) {
    pthread_mutex_lock(&s->lock);
    l->next = s->all.next;
    l->previous = &s->all;
    s->all.next->previous = l;
    s->all.next = l;
    pthread_mutex_unlock(&s->lock);
}

/* After this the descriptor may be another's. */
static void take_from_list(server *s, wire *l) {
    pthread_mutex_lock(&s->lock);
    l->next->previous = l->previous;
    l->previous->next = l->next;
    pthread_mutex_unlock(&s->lock);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **own,
                          enum MHD_ConnectionNotificationCode what) {
    server *s = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*own)
            take_from_list(s, *own);
        free(*own);
        *own = NULL;
        return;
    }
    wire *l = calloc(1, sizeof *l);
    if (!l)
        return; /* its requests are refused */
    l->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    l->since = kg_clock();
    put_in_list(s, l);
    *own = l;
}

static wire *wire_of(const visit *v) {
    return v->x.link;
}

static void sweep(void *of) {
    server *s = of;
    double now = kg_clock();
    pthread_mutex_lock(&s->lock);
    for (wire *l = s->all.next; l != &s->all; l = l->next) {
        unsigned most = atomic_load(&l->replying) ? s->settings->reply : s->settings->request;
        if (now - atomic_load(&l->since) > most)
            shutdown(l->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&s->lock);
}

static unsigned connections(void *of) {
    server *s = of;
    unsigned n = 0;
    pthread_mutex_lock(&s->lock);
    for (wire *l = s->all.next; l != &s->all; l = l->next)
        n++;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- Exchanges ------------------------------------------------------------------------------- */

/* Called with the request's target before anything is made of it. What it returns is *own of the
 * calls that follow. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection) {
    size_t n = strlen(target) + 1;
    visit *v = calloc(1, sizeof *v + n);
    if (!v)
        return NULL;
    memcpy(v->target, target, n);
    v->x.target = v->target;
    v->server = context;
    v->connection = connection;
    v->x.link =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    return v;
}

static void take(const char **to, kg_http_exchange *x, const char *value) {
    if (*to)
        x->headers_twice = true;
    *to = value;
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value) {
    kg_http_exchange *x = context;
    (void)kind;
    if (strcasecmp(name, "Host") == 0)
        take(&x->host, x, value);
    else if (strcasecmp(name, "Origin") == 0)
        take(&x->origin, x, value);
    else if (strcasecmp(name, "Authorization") == 0)
        take(&x->authorization, x, value);
    else if (strcasecmp(name, "Sec-Fetch-Site") == 0)
        x->fetch_site = value;
    else if (strcasecmp(name, "Content-Type") == 0)
        x->content_type = value;
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        x->announced = UINT64_MAX;
    else if (strcasecmp(name, "Content-Length") == 0 && x->announced != UINT64_MAX)
        x->announced = strtoull(value, NULL, 10);
    return MHD_YES;
}

static void name_peer(kg_http_exchange *x, struct MHD_Connection *connection) {
    const struct sockaddr *a =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const void *address = NULL;
    if (a && a->sa_family == AF_INET)
        address = &((const struct sockaddr_in *)(const void *)a)->sin_addr;
    else if (a && a->sa_family == AF_INET6)
        address = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    if (!address || !inet_ntop(a->sa_family, address, x->peer, sizeof x->peer))
        strcpy(x->peer, "-");
}

static ssize_t on_more(void *context, uint64_t at, char *to, size_t room) {
    visit *v = context;
    (void)at;
    ssize_t n = v->server->service->more(v->server->service->context, &v->x, to, room);
    if (n >= 0)
        return n;
    return n == -1 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result send_reply(visit *v) {
    enum { PIECE = 32 << 10 };
    kg_http_exchange *x = &v->x;
    v->stage = SENT;
    struct MHD_Response *r =
        x->streamed
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, on_more, v, NULL)
            : MHD_create_response_from_buffer(
                  x->length, x->content, x->fixed ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
    if (!r)
        return MHD_NO;
    x->content = NULL; /* it is the response's now */
    bool whole = MHD_add_response_header(r, "Content-Type", x->type) == MHD_YES;
    if (whole && x->allow)
        whole = MHD_add_response_header(r, "Allow", x->allow) == MHD_YES;
    for (const char *const *h = x->headers; whole && h && h[0]; h += 2)
        whole = MHD_add_response_header(r, h[0], h[1]) == MHD_YES;
    enum MHD_Result sent = whole ? MHD_queue_response(v->connection, x->status, r) : MHD_NO;
    MHD_destroy_response(r);
    return sent;
}

static enum MHD_Result begin(visit *v, const char *method) {
    kg_http_exchange *x = &v->x;
    const kg_http_service *service = v->server->service;
    x->method = method;
    MHD_get_connection_values(v->connection, MHD_HEADER_KIND, on_header, x);
    name_peer(x, v->connection);
    v->stage = READING;
    v->admitted = service->admit(service->context, x);
    /* A reply before the body is there ends the connection, and the body is never read. */
    return !v->admitted && x->announced ? send_reply(v) : MHD_YES;
}

static void collect(visit *v, const char *data, size_t n) {
    if (v->body.len + n > v->server->settings->body)
        v->x.too_long = true;
    if (v->x.too_long || !v->admitted)
        kg_array_free(&v->body);
    else if (kg_array_append(&v->body, data, n) != KG_OK)
        v->x.too_long = true;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **own) {
    visit *v = *own;
    (void)context, (void)connection, (void)url, (void)version;
    if (!v || !v->x.link)
        return MHD_NO;
    if (v->stage == NEW)
        return begin(v, method);
    if (v->stage == READING && *n > 0) {
        collect(v, data, *n);
        *n = 0;
        return MHD_YES;
    }
    if (v->stage == READING) {
        const kg_http_service *service = v->server->service;
        v->stage = ANSWERING;
        v->x.body = (kg_str){v->body.data, v->body.len};
        atomic_store(&wire_of(v)->since, kg_clock());
        atomic_store(&wire_of(v)->replying, true);
        if (v->admitted && !service->answer(service->context, &v->x))
            return MHD_YES; /* suspended: called again when it is resumed */
    }
    return v->stage == ANSWERING ? send_reply(v) : MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **own,
                         enum MHD_RequestTerminationCode how) {
    visit *v = *own;
    (void)context, (void)connection;
    if (!v)
        return;
    const kg_http_service *service = v->server->service;
    if (v->stage != NEW)
        service->done(service->context, &v->x, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (v->x.link) {
        atomic_store(&wire_of(v)->since, kg_clock());
        atomic_store(&wire_of(v)->replying, false);
    }
    if (!v->x.fixed)
        free(v->x.content);
    kg_array_free(&v->body);
    free(v);
    *own = NULL;
}

static void suspend_exchange(kg_http_exchange *x) {
    MHD_suspend_connection(((visit *)x)->connection);
}

static void resume_exchange(kg_http_exchange *x) {
    MHD_resume_connection(((visit *)x)->connection);
}

static bool is_gone(const kg_http_exchange *x) {
    struct pollfd p = {.fd = ((const wire *)x->link)->fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* ---- The server ------------------------------------------------------------------------------ */

static int try_address(const struct addrinfo *a) {
    static const int on = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

/* A socket that listens at the first address of the name that can be had. */
static kg_status listen_at(server *s, kg_http_settings *settings, kg_error *err) {
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)settings->port);
    int rc = getaddrinfo(settings->host, port, &hints, &found);
    if (rc != 0)
        return kg_error_set(err, KG_ERR_ARGUMENT, "%s is no address of this machine: %s",
                            settings->host, gai_strerror(rc));
    for (const struct addrinfo *a = found; a && s->listening < 0; a = a->ai_next)
        s->listening = try_address(a);
    int code = errno;
    freeaddrinfo(found);
    if (s->listening < 0)
        return kg_error_set(err, KG_ERR_IO, "cannot listen at %s, port %u: %s%s", settings->host,
                            (unsigned)settings->port, strerror(code),
                            code == EADDRINUSE ? "; choose another by --port" : "");
    struct sockaddr_storage bound;
    socklen_t n = sizeof bound;
    if (getsockname(s->listening, (struct sockaddr *)&bound, &n) == 0)
        settings->port = ntohs(bound.ss_family == AF_INET6
                                   ? ((const struct sockaddr_in6 *)(const void *)&bound)->sin6_port
                                   : ((const struct sockaddr_in *)(const void *)&bound)->sin_port);
    return KG_OK;
}

/* libmicrohttpd's own messages tell of nothing that the log of requests or the reply does not. */
static void ignore(void *context, const char *format, va_list arguments) {
    (void)context, (void)format, (void)arguments;
}

static struct MHD_Daemon *start_daemon(server *s, const kg_http_settings *o) {
    unsigned silent = o->request > o->reply ? o->request : o->reply;
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME |
                                MHD_USE_ERROR_LOG | MHD_USE_PEDANTIC_CHECKS,
                            0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, ignore, NULL,
                            MHD_OPTION_LISTEN_SOCKET, s->listening, MHD_OPTION_THREAD_POOL_SIZE,
                            o->threads, MHD_OPTION_CONNECTION_LIMIT, o->connections,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->headers,
                            MHD_OPTION_CONNECTION_TIMEOUT, silent + 1, MHD_OPTION_URI_LOG_CALLBACK,
                            on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
}

static void free_server(server *s) {
    if (s->listening >= 0 && !s->daemon)
        close(s->listening);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static kg_status start(void **out, kg_http_settings *settings, const kg_http_service *service,
                       kg_error *err) {
    *out = NULL;
    server *s = calloc(1, sizeof *s);
    if (!s || pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory starting the server");
    }
    s->all.next = s->all.previous = &s->all;
    s->settings = settings;
    s->service = service;
    s->listening = -1;
    kg_status st = listen_at(s, settings, err);
    if (st == KG_OK) {
        s->daemon = start_daemon(s, settings);
        if (!s->daemon)
            st = kg_error_errno(err, "serve at", settings->host);
    }
    if (st == KG_OK)
        *out = s;
    else
        free_server(s);
    return st;
}

static void quiesce(void *of) {
    server *s = of;
    int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
}

static void stop(void *of) {
    server *s = of;
    MHD_stop_daemon(s->daemon);
    free_server(s);
}

extern const kg_http kg_http_of_microhttpd;
KG_API const kg_http kg_http_of_microhttpd = {.abi = KG_HTTP_ABI,
                                              .start = start,
                                              .quiesce = quiesce,
                                              .sweep = sweep,
                                              .connections = connections,
                                              .stop = stop,
                                              .suspend = suspend_exchange,
                                              .resume = resume_exchange,
                                              .gone = is_gone};
