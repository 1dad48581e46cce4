/* A server of HTTP without sockets: requests are function calls. */
#ifndef KG_TESTS_FAKE_HTTP_H
#define KG_TESTS_FAKE_HTTP_H

#include "cli/serve/server.h"

/* A store with entities e0 to e10 of types disease and drug, relations r0 to r2, vectors, and a
 * linker; in a new folder, whose path has at least 32 bytes. NULL where it cannot be made. */
kg_store *make_served_store(char *folder);

/* A server that is ready for kg_server_begin, with small limits. */
kg_server fake_server(void);

/* What a request gets. */
typedef struct fake_reply {
    unsigned status;
    kg_bytes content; /* terminated */
    bool cut;         /* a streamed one ended before its end */
} fake_reply;

/* To be given to kg_server_begin. */
extern const kg_http fake_http;

/* Ask the server; x has the request, zero or NULL where nothing is told but for Host, which is the
 * server's then. patience: bytes of a streamed reply after which the client goes away; 0: none.
 * *reply: all zero, or used before, whose memory it takes over; fake_reply_free. */
void fake_ask(fake_reply *reply, kg_server *server, kg_http_exchange *x, size_t patience);
void fake_reply_free(fake_reply *reply);

/* Begin to ask, and go away while it is suspended; returns when the server has noticed. */
void fake_ask_and_leave(kg_server *server, kg_http_exchange *x);

#endif
