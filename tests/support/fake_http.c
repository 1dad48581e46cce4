#include "tests/support/fake_http.h"

#include "tests/support/sample_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One exchange at a time is suspended, by the thread that asks. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool suspended;
static bool gone;

static void suspend_exchange(kg_http_exchange *x) {
    (void)x;
    pthread_mutex_lock(&lock);
    suspended = true;
    pthread_mutex_unlock(&lock);
}

static void resume_exchange(kg_http_exchange *x) {
    (void)x;
    pthread_mutex_lock(&lock);
    suspended = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static bool is_gone(const kg_http_exchange *x) {
    (void)x;
    pthread_mutex_lock(&lock);
    bool is = gone;
    pthread_mutex_unlock(&lock);
    return is;
}

const kg_http fake_http = {
    .abi = KG_HTTP_ABI, .suspend = suspend_exchange, .resume = resume_exchange, .gone = is_gone};

static void wait_until_resumed(void) {
    pthread_mutex_lock(&lock);
    while (suspended)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void must(bool is) {
    if (!is)
        abort();
}

static void take(fake_reply *reply, const char *from, size_t n) {
    if (n)
        must(kg_array_append(&reply->content, from, n) == KG_OK);
}

/* Whether the stream came to its end. */
static bool take_stream(fake_reply *reply, const kg_http_service *service, kg_http_exchange *x,
                        size_t patience) {
    char piece[4096];
    while (!patience || reply->content.len < patience) {
        ssize_t n = service->more(service->context, x, piece, sizeof piece);
        if (n > 0)
            take(reply, piece, (size_t)n);
        else if (n < 0)
            return n == -1;
        else
            wait_until_resumed();
    }
    return false;
}

void fake_ask(fake_reply *reply, kg_server *server, kg_http_exchange *x, size_t patience) {
    const kg_http_service service = kg_server_service(server);
    reply->content.len = 0;
    x->host = x->host ? x->host : server->access.host;
    x->announced = x->announced ? x->announced : x->body.len;
    x->too_long = x->body.len > server->limits.body;
    if (service.admit(service.context, x) && !service.answer(service.context, x))
        wait_until_resumed();
    reply->status = x->status;
    bool whole = true;
    if (x->streamed)
        whole = take_stream(reply, &service, x, patience);
    else
        take(reply, x->content, x->length);
    reply->cut = !whole;
    must(kg_array_push(&reply->content, '\0') == KG_OK);
    reply->content.len--;
    service.done(service.context, x, whole);
    if (!x->fixed)
        free(x->content);
    x->content = NULL;
}

void fake_reply_free(fake_reply *reply) {
    kg_array_free(&reply->content);
}

void fake_ask_and_leave(kg_server *server, kg_http_exchange *x) {
    fake_reply reply = {0};
    gone = true;
    fake_ask(&reply, server, x, 0);
    gone = false;
    fake_reply_free(&reply);
}

/* ---- What is served -------------------------------------------------------------------------- */

static kg_status fill_vectors(void *context, void *to, uint64_t first_row, uint64_t n_rows) {
    float *row = to;
    (void)context;
    for (uint64_t i = 0; i < n_rows; ++i) {
        row[2 * i] = 1;
        row[2 * i + 1] = (float)(first_row + i);
    }
    return KG_OK;
}

static kg_status load(const char *path, kg_error *err) {
    kg_bulk_options options = {.threads = 1};
    kg_bulk *bulk;
    kg_bulk_report report;
    kg_status st;
    KG_TRY(st, kg_bulk_begin(&bulk, path, &options, err));
    for (int i = 0; i < 60 && st == KG_OK; i++) {
        char head[8], relation[8], tail[8];
        kg_statement statement = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        snprintf(head, sizeof head, "e%d", i % 7);
        snprintf(relation, sizeof relation, "r%d", i % 3);
        snprintf(tail, sizeof tail, "e%d", i * 5 % 11);
        statement.head = kg_str_from(head);
        statement.relation = kg_str_from(relation);
        statement.tail = kg_str_from(tail);
        statement.head_type = KG_STR("disease");
        statement.tail_type = KG_STR("drug");
        st = kg_bulk_statement(bulk, &statement, err);
    }
    if (st == KG_OK)
        return kg_bulk_finish(&report, bulk, err);
    kg_bulk_abort(bulk);
    return st;
}

static kg_status complete(kg_store *store, kg_error *err) {
    kg_snapshot *snapshot;
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_stats(&stats, snapshot, err);
    kg_snapshot_end(snapshot);
    const kg_table shape = {KG_F32, stats.entities, 2, 0, stats.triples_version, false};
    if (st == KG_OK)
        st = kg_table_put(store, "ent_emb", &shape, fill_vectors, NULL, err);
    return st == KG_OK ? kg_linker_build(store, err) : st;
}

kg_store *make_served_store(char *folder) {
    char path[64];
    kg_error err = KG_ERROR_INIT;
    kg_store *store = NULL;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    if (load(path, &err) == KG_OK && kg_store_open(&store, path, &err) == KG_OK &&
        complete(store, &err) == KG_OK)
        return store;
    fprintf(stderr, "%s\n", err.text);
    kg_store_close(store);
    return NULL;
}

kg_server fake_server(void) {
    return (kg_server){
        .limits = {.seconds = 20, .rows = 1000000, .memory = 64 << 20, .body = 10000},
        .access = {.host = "127.0.0.1"}};
}
