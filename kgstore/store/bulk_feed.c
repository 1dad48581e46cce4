#include "kgstore/store/bulk_feed.h"

#include "kgstore/store/bulk.h"

void kg_feed_init(kg_feed *f, bool two_threads) {
    *f = (kg_feed){.alone = !two_threads};
    f->filling = &f->ring[0];
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
}

/* ---- Taking a batch in ----------------------------------------------------------------------- */

/* Names looked up together: enough for their waits to overlap, few enough to stay in the cache. */
enum { TOGETHER = 64 };

typedef struct fed {
    kg_str parts[KG_FED_PARTS];
    kg_str properties; /* packed */
    uint64_t head_hash, tail_hash;
} fed;

static void unpack(fed *to, const kg_batch *batch, const kg_fed_triple *triple) {
    const char *at = batch->text.data + triple->at;
    for (int i = 0; i < KG_FED_PARTS; i++) {
        to->parts[i] = (kg_str){at, triple->lengths[i]};
        at += triple->lengths[i];
    }
    to->properties = (kg_str){at, triple->properties};
    to->head_hash = kg_intern_hash(to->parts[KG_FED_HEAD]);
    to->tail_hash = kg_intern_hash(to->parts[KG_FED_TAIL]);
}

static kg_status take_type(kg_bulk *b, uint32_t entity, kg_str type, kg_error *err) {
    kg_status st;
    uint32_t id;
    if (type.len == 0)
        return KG_OK;
    KG_TRY(st, kg_bulk_name(&id, b, KG_TYPE, type, kg_intern_hash(type), err));
    return kg_bulk_type(b, entity, id, err);
}

static kg_status take(kg_bulk *b, const fed *f, kg_error *err) {
    kg_status st;
    kg_triple t;
    kg_str relation = f->parts[KG_FED_RELATION];
    KG_TRY(st, kg_bulk_name(&t.head, b, KG_ENTITY, f->parts[KG_FED_HEAD], f->head_hash, err));
    KG_TRY(st, kg_bulk_name(&t.relation, b, KG_RELATION, relation, kg_intern_hash(relation), err));
    KG_TRY(st, kg_bulk_name(&t.tail, b, KG_ENTITY, f->parts[KG_FED_TAIL], f->tail_hash, err));
    KG_TRY(st, take_type(b, t.head, f->parts[KG_FED_HEAD_TYPE], err));
    KG_TRY(st, take_type(b, t.tail, f->parts[KG_FED_TAIL_TYPE], err));
    KG_TRY(st, kg_bulk_triple(b, t, err));
    const kg_spool_key edge = {{t.head, t.relation, t.tail}};
    return f->properties.len ? kg_bulk_properties(b, &b->edge_properties, &edge, f->properties, err)
                             : KG_OK;
}

static kg_status fail_at(kg_status st, const kg_batch *batch, const kg_fed_triple *triple,
                         kg_error *err) {
    const kg_error detail = *err;
    return st == KG_ERR_FORMAT ? kg_error_at(err, st, batch->file, triple->line, "%s", detail.text)
                               : st;
}

static kg_status take_batch(kg_bulk *b, const kg_batch *batch, kg_error *err) {
    const kg_intern *entities = &b->names[KG_ENTITY].intern;
    fed together[TOGETHER];
    for (size_t from = 0, n; from < batch->triples.len; from += n) {
        n = batch->triples.len - from < TOGETHER ? batch->triples.len - from : TOGETHER;
        for (size_t i = 0; i < n; i++) {
            unpack(&together[i], batch, &batch->triples.data[from + i]);
            kg_intern_prefetch(entities, together[i].head_hash);
            kg_intern_prefetch(entities, together[i].tail_hash);
        }
        for (size_t i = 0; i < n; i++) {
            kg_intern_prefetch_name(entities, together[i].head_hash);
            kg_intern_prefetch_name(entities, together[i].tail_hash);
        }
        for (size_t i = 0; i < n; i++) {
            kg_status st = take(b, &together[i], err);
            if (st != KG_OK)
                return fail_at(st, batch, &batch->triples.data[from + i], err);
        }
    }
    return KG_OK;
}

static void *work(void *context) {
    kg_bulk *b = context;
    kg_feed *f = &b->feed;
    kg_status st = KG_OK;
    pthread_mutex_lock(&f->lock);
    for (;;) {
        while (f->done == f->submitted && !f->stop)
            pthread_cond_wait(&f->changed, &f->lock);
        if (f->stop)
            break;
        const kg_batch *batch = &f->ring[f->done % KG_FEED_RING];
        pthread_mutex_unlock(&f->lock);
        kg_error error = KG_ERROR_INIT;
        if (st == KG_OK)
            st = take_batch(b, batch, &error);
        pthread_mutex_lock(&f->lock);
        if (st != KG_OK && f->status == KG_OK) {
            f->status = st;
            f->error = error;
        }
        f->done++;
        pthread_cond_signal(&f->changed);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- Feeding --------------------------------------------------------------------------------- */

/* Wait until at most `pending` batches are with the worker; then tell how it fares. */
static kg_status wait_for_worker(kg_feed *f, uint64_t pending, kg_error *err) {
    pthread_mutex_lock(&f->lock);
    while (f->submitted - f->done > pending)
        pthread_cond_wait(&f->changed, &f->lock);
    kg_status st = f->status;
    if (st != KG_OK && err)
        *err = f->error;
    pthread_mutex_unlock(&f->lock);
    return st;
}

static void clear(kg_batch *batch) {
    batch->text.len = batch->triples.len = 0;
}

/* Take the batch being filled on this thread. The worker stands still. */
static kg_status take_here(kg_bulk *b, kg_error *err) {
    kg_feed *f = &b->feed;
    kg_error error = KG_ERROR_INIT;
    kg_status st = take_batch(b, f->filling, &error);
    clear(f->filling);
    if (st != KG_OK) {
        f->status = st;
        f->error = error;
        if (err)
            *err = error;
    }
    return st;
}

static kg_status submit(kg_bulk *b, kg_error *err) {
    kg_status st;
    kg_feed *f = &b->feed;
    if (!f->alone && !f->has_thread) {
        f->has_thread = pthread_create(&f->thread, NULL, work, b) == 0;
        f->alone = !f->has_thread;
    }
    if (f->alone)
        return take_here(b, err);
    pthread_mutex_lock(&f->lock);
    f->submitted++;
    f->filling = &f->ring[f->submitted % KG_FEED_RING];
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(&f->lock);
    KG_TRY(st, wait_for_worker(f, KG_FEED_RING - 1, err));
    clear(f->filling);
    return KG_OK;
}

/* A batch is of one file. A line before the last one is another file's, perhaps of the same
 * address: its name was freed, and this one took the place. */
static kg_status begin_file(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_feed *f = &b->feed;
    size_t n = f->filling->triples.len;
    bool same = s->file == f->file && n > 0 && s->line >= f->filling->triples.data[n - 1].line;
    if (same)
        return KG_OK;
    if (n > 0)
        KG_TRY(st, submit(b, err));
    kg_error name = KG_ERROR_INIT;
    kg_error_at(&name, KG_OK, s->file, 0, "%s", "");
    memcpy(f->filling->file, name.file, sizeof name.file);
    f->file = s->file;
    return KG_OK;
}

/* Behind the names of the batch's last triple; without them there is no such triple. */
static kg_status add_properties(kg_batch *batch, const kg_statement *s, kg_error *err) {
    kg_fed_triple *triple = &batch->triples.data[batch->triples.len - 1];
    size_t before = batch->text.len;
    kg_status st = kg_bulk_pack(&batch->text, s, err);
    if (st == KG_OK)
        triple->properties = (uint32_t)(batch->text.len - before);
    else
        batch->triples.len--;
    return st;
}

kg_status kg_feed_triple(kg_bulk *b, const kg_statement *s, kg_error *err) {
    kg_status st;
    kg_feed *f = &b->feed;
    KG_TRY(st, begin_file(b, s, err));
    const kg_str parts[KG_FED_PARTS] = {s->head, s->relation, s->tail, s->head_type, s->tail_type};
    kg_batch *batch = f->filling;
    kg_fed_triple triple = {.at = (uint32_t)batch->text.len,
                            .line = s->line <= UINT32_MAX ? (uint32_t)s->line : 0};
    size_t size = 0;
    for (int i = 0; i < KG_FED_PARTS; i++) {
        triple.lengths[i] = (uint16_t)parts[i].len;
        size += parts[i].len;
    }
    if (!f->has_thread && f->status != KG_OK) { /* with a worker it is under the lock */
        if (err)
            *err = f->error;
        return f->status;
    }
    if (kg_array_reserve(&batch->text, size) != KG_OK ||
        kg_array_push(&batch->triples, triple) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory loading the graph");
    char *to = batch->text.data + batch->text.len;
    for (int i = 0; i < KG_FED_PARTS; i++) {
        if (parts[i].len)
            memcpy(to, parts[i].data, parts[i].len);
        to += parts[i].len;
    }
    batch->text.len += size;
    if (s->n_properties)
        KG_TRY(st, add_properties(batch, s, err));
    return batch->triples.len == KG_BATCH_TRIPLES || batch->text.len >= KG_BATCH_TEXT
               ? submit(b, err)
               : KG_OK;
}

kg_status kg_feed_drain(kg_bulk *b, kg_error *err) {
    kg_status st;
    kg_feed *f = &b->feed;
    if (f->has_thread)
        KG_TRY(st, wait_for_worker(f, 0, err));
    return f->filling->triples.len ? take_here(b, err) : KG_OK;
}

void kg_feed_stop(kg_feed *f) {
    if (!f->has_thread)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->changed);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->has_thread = false;
}

void kg_feed_free(kg_feed *f) {
    kg_feed_stop(f);
    for (int i = 0; i < KG_FEED_RING; i++) {
        kg_array_free(&f->ring[i].text);
        kg_array_free(&f->ring[i].triples);
    }
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
}
