#include "cli/serve/queryjob.h"

#include "cli/jsoncell.h"
#include "cli/output.h"
#include "cli/serve/querybody.h"
#include "cli/serve/reply.h"
#include "kgstore/base/clock.h"

/* Bytes: a piece on its way to the buffer; when the buffer is full, and when there is room again;
 * what the rows of a query that writes may take. */
enum { PIECE = 32 << 10, FULL = 1 << 20, ROOM = 256 << 10, WRITTEN = 16 << 20 };

typedef struct kg_query_job {
    kg_work work;        /* first: one is cast to the other */
    kg_http_exchange *x; /* there until the job is left */
    kg_server *server;
    kg_query_body body;

    /* The worker's. */
    kg_cypher *cypher;
    kg_cypher_query *query;
    FILE *piece; /* what is printed now; NULL: nothing yet */
    char *text;
    size_t length;
    uint64_t rows;
    double begun, passed;  /* when the last piece was passed on */
    _Atomic double looked; /* for the client */

    pthread_mutex_t lock;
    kg_bytes ready; /* rows that can be sent, from `taken` on */
    size_t taken;
    bool replied; /* the exchange was resumed for the first time */
    bool waiting; /* it is suspended until there are rows */
    bool aside;   /* no worker has it, as the buffer is full */
    bool ended;   /* no more rows will come, and no worker has it */
    bool left;    /* the exchange is over */
    bool cut;     /* the end of the rows was lost for want of memory */
} kg_query_job;

static kg_workers *workers_of(const kg_query_job *job) {
    return job->body.write ? job->server->writer : job->server->workers;
}

static void free_job(kg_query_job *job) {
    kg_query_body_free(&job->body);
    kg_array_free(&job->ready);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

/* Whether the client went away. Looked for only while the exchange is suspended, so that it is
 * there; else the listener says so. */
static bool is_left(kg_query_job *job) {
    pthread_mutex_lock(&job->lock);
    bool left = job->left;
    if (!left && (!job->replied || job->waiting))
        left = job->server->http->gone(job->x);
    pthread_mutex_unlock(&job->lock);
    return left;
}

/* Polled by the query, by any of its threads. */
static bool is_cancelled(void *context) {
    const double OFTEN = 0.05;
    kg_query_job *job = context;
    if (atomic_load_explicit(&job->server->stopping, memory_order_relaxed))
        return true;
    double now = kg_clock();
    if (now - atomic_load_explicit(&job->looked, memory_order_relaxed) < OFTEN)
        return false;
    atomic_store_explicit(&job->looked, now, memory_order_relaxed);
    return is_left(job);
}

/* ---- What the worker does -------------------------------------------------------------------- */

static kg_status bind_parameters(kg_query_job *job, kg_error *err) {
    kg_status st = KG_OK;
    const char *name;
    json_t *value;
    json_object_foreach(job->body.parameters, name, value) {
        kg_result keep = KG_RESULT_INIT;
        kg_cell cell;
        kg_json_cell(&cell, &keep, value);
        st = keep.status;
        if (st == KG_OK)
            st = kg_cypher_bind(job->query, kg_str_from(name), &cell, err);
        kg_result_free(&keep);
        if (st != KG_OK)
            return st;
    }
    return st;
}

static kg_status prepare(kg_query_job *job, kg_cypher_fault *fault, kg_error *err) {
    kg_status st;
    const kg_query_body *b = &job->body;
    const kg_cypher_options options = {.write = b->write,
                                       .seconds = b->seconds,
                                       .rows = b->rows,
                                       .memory = job->server->limits.memory,
                                       .threads = 1, /* queries run side by side */
                                       .no_files = true,
                                       .cancelled = is_cancelled,
                                       .context = job};
    KG_TRY(st, kg_cypher_begin(&job->cypher, job->server->store, &options, err));
    KG_TRY(st, kg_cypher_prepare(&job->query, job->cypher, b->query, fault, err));
    return bind_parameters(job, err);
}

static kg_status open_piece(kg_query_job *job, kg_error *err) {
    if (!job->piece)
        job->piece = open_memstream(&job->text, &job->length);
    return job->piece ? KG_OK
                      : kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the answer");
}

/* The piece as text, the caller's. NULL: no memory. */
static char *close_piece(kg_query_job *job) {
    bool whole = fclose(job->piece) == 0;
    job->piece = NULL;
    if (!whole) {
        free(job->text);
        job->text = NULL;
    }
    return job->text;
}

static void print_columns(kg_query_job *job) {
    fputs("{\"columns\": [", job->piece);
    for (size_t i = 0; i < kg_cypher_columns(job->query); i++) {
        fputs(i ? ", " : "", job->piece);
        kg_output_json_text(job->piece, kg_str_from(kg_cypher_name(job->query, i)));
    }
    fputs("]}\n", job->piece);
}

static kg_status print_row(kg_query_job *job) {
    kg_status st;
    kg_cell cell;
    putc('[', job->piece);
    for (size_t i = 0; i < kg_cypher_columns(job->query); i++) {
        KG_TRY(st, kg_cypher_column(&cell, job->query, i));
        fputs(i ? ", " : "", job->piece);
        kg_output_json_cell(job->piece, &cell);
    }
    fputs("]\n", job->piece);
    job->rows++;
    return KG_OK;
}

/* note: what the store lacks of what was asked; may be empty. */
static void print_end(kg_query_job *job, const char *note) {
    fprintf(job->piece, "{\"end\": {\"rows\": %llu, \"seconds\": %.6f",
            (unsigned long long)job->rows, kg_clock() - job->begun);
    if (*note) {
        fputs(", \"note\": ", job->piece);
        kg_output_json_text(job->piece, kg_str_from(note));
    }
    fputs("}}\n", job->piece);
}

/* Begin the reply, or let it go on. With the lock; the exchange is suspended. */
static void wake(kg_query_job *job) {
    kg_http_exchange *x = job->x;
    if (!job->replied)
        kg_reply_stream(x, "application/x-ndjson");
    job->replied = true;
    job->waiting = false;
    job->server->http->resume(x);
}

static kg_status append(kg_query_job *job, const char *text, size_t n) {
    if (job->taken) {
        memmove(job->ready.data, job->ready.data + job->taken, job->ready.len - job->taken);
        job->ready.len -= job->taken;
        job->taken = 0;
    }
    return text ? kg_array_append(&job->ready, text, n) : KG_ERR_MEMORY;
}

/* Move the piece to the buffer. *aside: that is full, and the job another's from then on; a query
 * that writes is not laid aside, since other writers wait for its end, but KG_ERR_LIMIT. */
static kg_status pass_on(bool *aside, kg_query_job *job, kg_error *err) {
    char *text = close_piece(job);
    job->passed = kg_clock();
    pthread_mutex_lock(&job->lock);
    kg_status st = append(job, text, job->length);
    if (st == KG_OK && !job->left && (!job->replied || job->waiting))
        wake(job);
    bool full = job->ready.len > (job->body.write ? WRITTEN : FULL);
    *aside = st == KG_OK && full && !job->left && !job->body.write;
    job->aside = *aside;
    pthread_mutex_unlock(&job->lock);
    free(text);
    if (st == KG_OK && full && !*aside)
        st = KG_ERR_LIMIT;
    return st == KG_OK
               ? st
               : kg_error_set(err, st,
                              st == KG_ERR_LIMIT ? "a query that writes may return 16 MiB at most"
                                                 : "out of memory writing the answer");
}

static bool is_due(const kg_query_job *job) {
    const double WAIT = 0.1;
    return ftello(job->piece) > PIECE || kg_clock() - job->passed > WAIT;
}

static kg_status give_rows(bool *aside, kg_query_job *job, kg_error *err) {
    kg_status st = KG_OK;
    bool row = true;
    while (st == KG_OK && !*aside) {
        KG_TRY(st, kg_cypher_step(&row, job->query, err));
        if (!row)
            break;
        KG_TRY(st, open_piece(job, err));
        KG_TRY(st, print_row(job));
        if (is_due(job))
            st = pass_on(aside, job, err);
    }
    return st;
}

/* The plan of EXPLAIN, and of PROFILE after all its rows. */
static kg_status give_plan(kg_query_job *job, bool run, kg_error *err) {
    kg_status st;
    for (bool row = run; row;)
        KG_TRY(st, kg_cypher_step(&row, job->query, err));
    char *plan = kg_cypher_plan(job->query, run);
    if (!plan)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the answer");
    fputs("{\"plan\": ", job->piece);
    kg_output_json_text(job->piece, kg_str_from(plan));
    fputs("}\n", job->piece);
    free(plan);
    return KG_OK;
}

static kg_status go_on(bool *aside, kg_query_job *job, kg_cypher_fault *fault, kg_error *err) {
    kg_status st;
    bool begun = job->query != NULL;
    if (!begun)
        KG_TRY(st, prepare(job, fault, err));
    KG_TRY(st, open_piece(job, err));
    kg_cypher_show wants = kg_cypher_wants(job->query);
    if (wants != KG_CYPHER_ROWS)
        return give_plan(job, wants == KG_CYPHER_PROFILE, err);
    if (!begun)
        print_columns(job);
    KG_TRY(st, give_rows(aside, job, err));
    return *aside || !job->body.write ? KG_OK : kg_cypher_commit(job->cypher, err);
}

/* No more rows will come: tell how it ended. The job is the exchange's then, or nobody's. */
static void finish(kg_query_job *job, kg_status st, kg_error *err, const kg_cypher_fault *fault) {
    kg_http_exchange *x = job->x;
    const kg_http *http = job->server->http;
    char note[400] = "";
    if (st == KG_OK)
        kg_cypher_note(note, sizeof note, job->query);
    kg_cypher_free(job->query);
    kg_cypher_end(job->cypher);
    err->status = st;
    atomic_fetch_sub(&job->server->meters.queries, 1);
    atomic_fetch_add(&job->server->meters.rows, job->rows);
    if (open_piece(job, NULL) == KG_OK && st == KG_OK)
        print_end(job, note);
    else if (job->piece)
        kg_reply_print_error(job->piece, err, fault);
    char *text = job->piece ? close_piece(job) : NULL;
    pthread_mutex_lock(&job->lock);
    bool left = job->left, suspended = !left && (!job->replied || job->waiting);
    if (!job->replied && st == KG_OK && text) {
        kg_reply_content(x, "application/x-ndjson", text, job->length);
        text = NULL;
    } else if (!job->replied && !left) {
        bool gone = st == KG_ERR_CANCELLED && !atomic_load(&job->server->stopping);
        kg_reply_error(x, gone ? KG_CLIENT_LEFT : 0, err, fault);
    } else if (append(job, text, job->length) != KG_OK) {
        job->cut = true;
    }
    job->replied = job->ended = true;
    job->waiting = false;
    pthread_mutex_unlock(&job->lock);
    free(text);
    if (left)
        free_job(job);
    else if (suspended)
        http->resume(x);
}

static void run_job(kg_work *work) {
    kg_query_job *job = (kg_query_job *)work;
    kg_error err = KG_ERROR_INIT;
    kg_cypher_fault fault = {0};
    bool aside = false;
    kg_status st = go_on(&aside, job, &fault, &err);
    if (!aside)
        finish(job, st, &err, &fault);
}

/* ---- What the listener does ------------------------------------------------------------------ */

bool kg_query_job_begin(kg_request *request) {
    kg_error err = KG_ERROR_INIT;
    kg_server *server = request->server;
    kg_query_job *job = calloc(1, sizeof *job);
    kg_status st =
        job ? kg_query_body_read(&job->body, server, request->x->body, &err) : KG_ERR_MEMORY;
    bool forbidden = st == KG_OK && job->body.write && !server->limits.write;
    if (forbidden)
        st = kg_error_set(&err, KG_ERR_ARGUMENT,
                          "this server only reads; kg serve --write lets queries write");
    if (st != KG_OK) {
        err.status = st;
        kg_reply_error(request->x, forbidden ? 403 : 0, &err, NULL);
        if (job)
            kg_query_body_free(&job->body);
        free(job);
        return false;
    }
    job->work.run = run_job;
    job->x = request->x;
    job->server = server;
    job->begun = job->passed = kg_clock();
    pthread_mutex_init(&job->lock, NULL);
    request->job = job;
    atomic_fetch_add(&server->meters.queries, 1);
    server->http->suspend(request->x);
    if (kg_workers_submit(workers_of(job), &job->work, false))
        return true;
    kg_error_set(&err, KG_ERR_BUSY, "too many requests wait for their turn; try again");
    finish(job, KG_ERR_BUSY, &err, NULL);
    return true;
}

ssize_t kg_query_job_more(kg_query_job *job, char *to, size_t room) {
    bool again = false;
    pthread_mutex_lock(&job->lock);
    size_t left = job->ready.len - job->taken, n = left < room ? left : room;
    if (n)
        memcpy(to, job->ready.data + job->taken, n);
    job->taken += n;
    if (job->aside && left - n < ROOM) {
        job->aside = false;
        again = true;
    }
    ssize_t given = (ssize_t)n;
    if (n == 0 && job->ended) {
        given = job->cut ? -2 : -1;
    } else if (n == 0) {
        job->waiting = true;
        job->server->http->suspend(job->x);
    }
    pthread_mutex_unlock(&job->lock);
    if (again)
        kg_workers_submit(workers_of(job), &job->work, true);
    return given;
}

void kg_query_job_leave(kg_query_job *job) {
    pthread_mutex_lock(&job->lock);
    bool ended = job->ended, again = job->aside;
    job->left = true;
    job->aside = false;
    pthread_mutex_unlock(&job->lock);
    if (ended)
        free_job(job);
    else if (again)
        kg_workers_submit(workers_of(job), &job->work, true);
}
