/* A store open for reading, with one snapshot of it. */
#ifndef KG_CLI_SESSION_H
#define KG_CLI_SESSION_H

#include "kgstore/kgstore.h"

typedef struct kg_session {
    kg_store *store;
    kg_snapshot *snapshot;
} kg_session;

/* On failure nothing is open. */
kg_status kg_session_open(kg_session *session, const char *path, kg_error *err);
void kg_session_close(kg_session *session);

#endif
