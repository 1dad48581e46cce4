/* Replies: a text that was composed, a text that is part of the program, or an error as JSON. */
#ifndef KG_SERVE_REPLY_H
#define KG_SERVE_REPLY_H

#include "cli/serve/http.h"
#include "kgstore/cypher.h"

#include <stdio.h>

/* The status that the log and the metrics have of a request whose client did not wait. */
enum { KG_CLIENT_LEFT = 499 };

/* Answer with content, which becomes the exchange's. */
void kg_reply_content(kg_http_exchange *x, const char *type, char *content, size_t length);

/* Answer with a text of the program's. */
void kg_reply_fixed(kg_http_exchange *x, const char *type, const char *text);

/* Answer with what comes piece by piece. */
void kg_reply_stream(kg_http_exchange *x, const char *type);

/* A page, its scripts and styles: nothing on it may come from elsewhere or stand in its text. */
void kg_reply_page(kg_http_exchange *x, const char *type, const char *text);

/* Answer {"error": {...}}: what went wrong, as schemas/serve.error.schema.json has it. status: of
 * HTTP; 0: that of err->status. fault: the place in a query; may be NULL. */
void kg_reply_error(kg_http_exchange *x, unsigned status, const kg_error *err,
                    const kg_cypher_fault *fault);

/* The same object, for the middle of a reply that is under way. */
void kg_reply_print_error(FILE *to, const kg_error *err, const kg_cypher_fault *fault);

#endif
