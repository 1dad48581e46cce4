/* The server of a store: what requests share, and what becomes of one.
 *
 * A request is admitted by its headers, answered at once by the thread that read it where that
 * takes no time worth telling, else suspended and answered by a worker. Each is answered from one
 * snapshot, of the newest state. */
#ifndef KG_SERVE_SERVER_H
#define KG_SERVE_SERVER_H

#include "cli/serve/access.h"
#include "cli/serve/http.h"
#include "cli/serve/meters.h"
#include "cli/serve/requestlog.h"
#include "cli/serve/searcher.h"
#include "cli/serve/snapshots.h"
#include "cli/serve/target.h"
#include "cli/serve/workers.h"

#include <jansson.h>

/* What one request may take. */
typedef struct kg_serve_limits {
    double seconds; /* of a query */
    uint64_t rows;
    size_t memory; /* bytes of a query's own */
    size_t body;   /* bytes of a request's body */
    bool write;    /* queries may change the store, where they say so */
} kg_serve_limits;

typedef struct kg_server {
    kg_store *store;
    const kg_http *http;
    void *listener; /* of http; set when it has started */
    kg_serve_limits limits;
    kg_access access;
    kg_snapshots snapshots;
    kg_searcher searcher;
    kg_workers *workers, *writer; /* writer: one thread, since there is one writer */
    kg_meters meters;
    kg_request_log log;
    json_t *body_schema;  /* of POST /cypher */
    atomic_bool stopping; /* queries that still run are to end */
} kg_server;

struct kg_query_job;

/* A request on its way. */
typedef struct kg_request {
    kg_work work; /* first: one is cast to the other */
    kg_server *server;
    kg_http_exchange *x;
    const struct kg_route *route; /* NULL: none of ours */
    kg_target target;
    double since;
    uint64_t sent;            /* bytes of a streamed reply */
    struct kg_query_job *job; /* of POST /cypher, once there is one */
} kg_request;

/* Set up all but the listener. server->access, limits and log are there already. threads: of
 * workers. kg_server_end frees what there is in any case. */
kg_status kg_server_begin(kg_server *server, kg_store *store, const kg_http *http, unsigned threads,
                          kg_error *err);
void kg_server_end(kg_server *server);

/* What the listener calls; lives as long as the server. */
kg_http_service kg_server_service(kg_server *server);

#endif
