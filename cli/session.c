#include "cli/session.h"

kg_status kg_session_open(kg_session *session, const char *path, kg_error *err) {
    kg_status st;
    *session = (kg_session){NULL, NULL};
    KG_TRY(st, kg_store_open(&session->store, path, err));
    st = kg_snapshot_begin(&session->snapshot, session->store, err);
    if (st != KG_OK)
        kg_session_close(session);
    return st;
}

void kg_session_close(kg_session *session) {
    if (session->snapshot)
        kg_snapshot_end(session->snapshot);
    if (session->store)
        kg_store_close(session->store);
    *session = (kg_session){NULL, NULL};
}
