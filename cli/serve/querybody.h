/* The body of POST /cypher: a query, and what it may do. */
#ifndef KG_SERVE_QUERYBODY_H
#define KG_SERVE_QUERYBODY_H

#include "cli/serve/server.h"

typedef struct kg_query_body {
    json_t *whole; /* holds the rest */
    kg_str query;
    json_t *parameters; /* NULL: none */
    bool write;
    double seconds; /* never more than the server's limit; nor are rows */
    uint64_t rows;
} kg_query_body;

/* Free *out in any case. KG_ERR_FORMAT: it is no JSON, or not what
 * schemas/serve.cypher.schema.json says. */
kg_status kg_query_body_read(kg_query_body *out, const kg_server *server, kg_str text,
                             kg_error *err);
void kg_query_body_free(kg_query_body *body);

#endif
