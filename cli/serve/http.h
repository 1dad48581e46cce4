/* Where HTTP and those who answer meet. A module that speaks HTTP (kg_http_microhttpd.so) exports a
 * kg_http as the symbol kg_http_of_microhttpd; it reads requests and sends replies and knows
 * nothing of stores. Who answers fills a kg_http_service and knows nothing of sockets. So `kg`
 * links no library for HTTP, and the answers are tested without one.
 *
 * Of an exchange, one thread at a time; `done` is its last call. */
#ifndef KG_SERVE_HTTP_H
#define KG_SERVE_HTTP_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KG_HTTP_ABI 1

/* A request and its reply. */
typedef struct kg_http_exchange {
    /* The request, as it came; NULL: there is no such header. Live until `done`. */
    const char *method, *target; /* "GET", "/entity?name=x" */
    const char *host, *origin, *fetch_site, *authorization, *content_type;
    uint64_t announced; /* bytes of body that the headers tell of; UINT64_MAX: some, not how many */
    kg_str body;        /* when `answer` is called */
    bool too_long;      /* there was more of it than kg_http_settings.body: it is not kept */
    bool headers_twice; /* Host, Origin or Authorization stood there more than once */
    char peer[64];      /* who asks, as a numeric address */

    /* The reply, for `admit`, `answer` or who resumes to fill. */
    unsigned status;
    const char *type;           /* of the content; static */
    const char *const *headers; /* name, value, ..., NULL; static; may be NULL */
    const char *allow;          /* the header Allow; static; may be NULL */
    char *content;              /* freed after it was sent, unless `fixed` */
    size_t length;
    bool fixed;
    bool streamed; /* the content comes from `more` instead */

    void *own;  /* the answering side's */
    void *link; /* the HTTP side's */
} kg_http_exchange;

/* Who answers. The functions are called by several threads, which must not be held up: what takes
 * time suspends the exchange and is done elsewhere. */
typedef struct kg_http_service {
    void *context;
    /* The headers are there. False: it is refused, and the reply filled. */
    bool (*admit)(void *context, kg_http_exchange *x);
    /* The whole request is there. False: the exchange was suspended; the reply is filled when it is
     * resumed. */
    bool (*answer)(void *context, kg_http_exchange *x);
    /* The next bytes of a streamed reply: how many were put into `to`; 0: the exchange was
     * suspended until there are more; -1: that was all; -2: cut it off here. */
    ssize_t (*more)(void *context, kg_http_exchange *x, char *to, size_t room);
    /* The exchange is over; whole: its reply was sent. Called once where `admit` was. */
    void (*done)(void *context, kg_http_exchange *x, bool whole);
} kg_http_service;

typedef struct kg_http_settings {
    const char *host;     /* an address or a name of this machine */
    uint16_t port;        /* 0: one that is free; start puts it here */
    unsigned threads;     /* that read and send */
    unsigned connections; /* at most, at a time */
    size_t headers;       /* bytes of a request's first line and headers, at most */
    size_t body;          /* bytes of its body, at most */
    unsigned request;     /* seconds in which a request must have come whole */
    unsigned reply;       /* seconds in which its reply must have gone out */
} kg_http_settings;

typedef struct kg_http {
    uint32_t abi; /* KG_HTTP_ABI */
    /* Listen, and serve from now on. service and settings outlive the server. KG_ERR_IO: the
     * address cannot be had; KG_ERR_ARGUMENT: it is none; KG_ERR_MEMORY. */
    kg_status (*start)(void **server, kg_http_settings *settings, const kg_http_service *service,
                       kg_error *err);
    /* Take no new connections; those there are go on. */
    void (*quiesce)(void *server);
    /* End connections that have passed the limits of time. Call it once a second. */
    void (*sweep)(void *server);
    /* Connections that are open. */
    unsigned (*connections)(void *server);
    /* End all, and free. No exchange may be suspended. */
    void (*stop)(void *server);

    /* Suspend an exchange, from within `answer` or `more`; resume it, from any thread. */
    void (*suspend)(kg_http_exchange *x);
    void (*resume)(kg_http_exchange *x);
    /* Whether the client of a suspended exchange has gone away. */
    bool (*gone)(const kg_http_exchange *x);
} kg_http;

#endif
