/* POST /cypher: a query that runs in a worker, and whose rows are sent while they come.
 *
 * Worker and listener meet at a buffer. A client that does not take its rows holds no thread: where
 * the buffer is full the worker lays the query aside, and takes it up again when there is room. One
 * that goes away, waiting or taking, ends its query. */
#ifndef KG_SERVE_QUERYJOB_H
#define KG_SERVE_QUERYJOB_H

#include "cli/serve/server.h"

/* Suspend the request's exchange, and have its query run. False: the reply is filled already, with
 * what is wrong with the body, or since too many wait. */
bool kg_query_job_begin(kg_request *request);

/* kg_http_service.more, and what `done` is to do. */
ssize_t kg_query_job_more(struct kg_query_job *job, char *to, size_t room);
void kg_query_job_leave(struct kg_query_job *job);

#endif
