/* The log of requests, a line each. */
#ifndef KG_SERVE_REQUESTLOG_H
#define KG_SERVE_REQUESTLOG_H

#include "cli/serve/http.h"

#include <stdio.h>

typedef struct kg_request_log {
    FILE *to; /* NULL: none is kept */
    const char *path;
} kg_request_log;

/* path: a file, which is appended to; "-": standard error; "none". KG_ERR_IO. */
kg_status kg_request_log_open(kg_request_log *log, const char *path, kg_error *err);

/* Time, who asked, for what, status, bytes of content, seconds. */
void kg_request_log_add(kg_request_log *log, const kg_http_exchange *x, unsigned status,
                        uint64_t sent, double seconds);

/* Lines are written out in pieces, and at the latest here: once a second. */
void kg_request_log_flush(kg_request_log *log);

/* Go on in a new file of the same name, where the old one was moved away. */
void kg_request_log_reopen(kg_request_log *log);
void kg_request_log_close(kg_request_log *log);

#endif
