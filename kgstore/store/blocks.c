#include "kgstore/store/blocks.h"

#include "kgstore/store/edgesort.h"

#include <pthread.h>
#include <stdlib.h>

enum { CHUNK_BYTES = 2 << 20 };

/* An LMDB value must stay below 2 GiB. */
static const uint64_t EDGES_MAX = UINT64_C(1) << 27;

typedef struct chunk_block {
    uint32_t entity, size;
} chunk_block;

typedef struct chunk {
    kg_bytes data; /* blocks back to back */
    KG_ARRAY(chunk_block) blocks;
    uint64_t next; /* the entity after the last of the chunk */
    bool ready;
    kg_status status;
    kg_error error;
} chunk;

typedef struct work {
    const kg_block_plan *plan;
    kg_keys keys, scratch;
    uint64_t next; /* entity */
    uint64_t out, in;
    kg_sum sum;
    /* Between the threads. */
    pthread_mutex_t lock;
    pthread_cond_t turn;
    chunk chunks[2];
    bool stop;
} work;

/* Take an entity's keys from every source, sorted by place and without duplicates. */
static kg_status take_sorted(work *w, uint32_t entity, kg_side side, kg_error *err) {
    kg_status st;
    const kg_block_plan *plan = w->plan;
    w->keys.len = 0;
    for (size_t i = 0; i < plan->n_sources; i++) {
        st = plan->sources[i].take(plan->sources[i].context, &w->keys, entity, side, err);
        if (st == KG_ERR_MEMORY)
            return kg_error_set(err, st, "out of memory sorting edges");
        if (st != KG_OK)
            return st;
    }
    uint64_t *keys = w->keys.data;
    size_t n = w->keys.len;
    if (n > EDGES_MAX)
        return kg_error_set(err, KG_ERR_LIMIT, "entity %u has more than 2^27 edges", entity);
    if (n > w->scratch.cap && kg_array_reserve(&w->scratch, n) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting edges");
    for (size_t i = 0; plan->rank && i < n; i++)
        keys[i] = (uint64_t)plan->rank[keys[i] >> 32] << 32 | (uint32_t)keys[i];
    kg_sort_u64(keys, w->scratch.data, n);
    w->keys.len = kg_unique_u64(keys, n);
    return KG_OK;
}

/* Append the sorted keys to the chunk as edges. */
static kg_status put_edges(work *w, chunk *c) {
    kg_status st;
    KG_TRY(st, kg_array_reserve(&c->data, w->keys.len * KG_EDGE_BYTES));
    char *to = c->data.data + c->data.len;
    const uint32_t *order = w->plan->order;
    for (size_t i = 0; i < w->keys.len; i++, to += KG_EDGE_BYTES) {
        uint32_t place = (uint32_t)(w->keys.data[i] >> 32);
        kg_store_u32(to, order ? order[place] : place);
        kg_store_u32(to + 4, (uint32_t)w->keys.data[i]);
    }
    c->data.len += w->keys.len * KG_EDGE_BYTES;
    return KG_OK;
}

static kg_status put_block(work *w, chunk *c, uint32_t entity, kg_error *err) {
    kg_status st;
    size_t from = c->data.len;
    size_t counts[2];
    if (kg_array_reserve(&c->data, KG_BLOCK_HEADER) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting edges");
    c->data.len += KG_BLOCK_HEADER;
    for (int side = KG_SIDE_OUT; side <= KG_SIDE_IN; side++) {
        KG_TRY(st, take_sorted(w, entity, (kg_side)side, err));
        counts[side] = w->keys.len;
        if (put_edges(w, c) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting edges");
    }
    if (counts[0] + counts[1] == 0) {
        c->data.len = from;
        return KG_OK;
    }
    char *header = c->data.data + from;
    kg_store_u32(header, (uint32_t)counts[0]);
    kg_store_u32(header + 4, (uint32_t)counts[1]);
    w->out += counts[0];
    w->in += counts[1];
    size_t size = c->data.len - from;
    kg_sum_add(&w->sum, KG_DB_NBR, kg_id_key(&entity), (kg_str){header, size});
    if (kg_array_push(&c->blocks, ((chunk_block){entity, (uint32_t)size})) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory sorting edges");
    return KG_OK;
}

static void prepare(work *w, chunk *c) {
    c->data.len = c->blocks.len = 0;
    c->status = KG_OK;
    while (c->status == KG_OK && w->next < w->plan->entities && c->data.len < CHUNK_BYTES)
        c->status = put_block(w, c, (uint32_t)w->next++, &c->error);
    c->next = w->next;
}

static kg_status append(kg_fresh *f, const chunk *c, const kg_block_plan *plan, kg_error *err) {
    kg_status st;
    if (c->status != KG_OK) {
        if (err)
            *err = c->error;
        return c->status;
    }
    const char *at = c->data.data;
    for (size_t i = 0; i < c->blocks.len; i++) {
        size_t size = c->blocks.data[i].size;
        KG_TRY(st, kg_fresh_append_summed(f, KG_DB_NBR, kg_id_key(&c->blocks.data[i].entity),
                                          (kg_str){at, size}, err));
        at += size;
    }
    if (plan->progress)
        plan->progress(plan->context, "write", c->next, plan->entities);
    if (plan->cancelled && plan->cancelled(plan->context))
        return kg_error_set(err, KG_ERR_CANCELLED, "canceled; nothing was changed");
    return KG_OK;
}

static kg_status write_alone(kg_fresh *f, work *w, kg_error *err) {
    kg_status st = KG_OK;
    while (st == KG_OK && w->next < w->plan->entities) {
        prepare(w, &w->chunks[0]);
        st = append(f, &w->chunks[0], w->plan, err);
    }
    return st;
}

static void *prepare_all(void *context) {
    work *w = context;
    bool more = w->plan->entities > 0;
    for (int i = 0; more; i ^= 1) {
        chunk *c = &w->chunks[i];
        pthread_mutex_lock(&w->lock);
        while (c->ready && !w->stop)
            pthread_cond_wait(&w->turn, &w->lock);
        bool stop = w->stop;
        pthread_mutex_unlock(&w->lock);
        if (stop)
            break;
        prepare(w, c);
        more = c->status == KG_OK && c->next < w->plan->entities;
        pthread_mutex_lock(&w->lock);
        c->ready = true;
        pthread_cond_signal(&w->turn);
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

static kg_status append_all(kg_fresh *f, work *w, kg_error *err) {
    kg_status st = KG_OK;
    bool more = w->plan->entities > 0;
    for (int i = 0; more; i ^= 1) {
        chunk *c = &w->chunks[i];
        pthread_mutex_lock(&w->lock);
        while (!c->ready)
            pthread_cond_wait(&w->turn, &w->lock);
        pthread_mutex_unlock(&w->lock);
        st = append(f, c, w->plan, err);
        more = st == KG_OK && c->next < w->plan->entities;
        pthread_mutex_lock(&w->lock);
        c->ready = false;
        w->stop = !more;
        pthread_cond_signal(&w->turn);
        pthread_mutex_unlock(&w->lock);
    }
    return st;
}

static kg_status write_together(kg_fresh *f, work *w, kg_error *err) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, prepare_all, w) != 0)
        return write_alone(f, w, err);
    kg_status st = append_all(f, w, err);
    pthread_join(thread, NULL);
    return st;
}

kg_status kg_blocks_write(uint64_t *triples, kg_fresh *f, const kg_block_plan *plan,
                          kg_error *err) {
    work w = {.plan = plan};
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.turn, NULL);
    kg_status st = plan->two_threads ? write_together(f, &w, err) : write_alone(f, &w, err);
    if (st == KG_OK && w.out != w.in)
        st = kg_error_set(err, KG_ERR_CORRUPT,
                          "the two directions of the edges differ; run kg check");
    f->sums[KG_DB_NBR] = w.sum;
    *triples = w.out;
    for (int i = 0; i < 2; i++) {
        kg_array_free(&w.chunks[i].data);
        kg_array_free(&w.chunks[i].blocks);
    }
    kg_array_free(&w.keys);
    kg_array_free(&w.scratch);
    pthread_cond_destroy(&w.turn);
    pthread_mutex_destroy(&w.lock);
    return st;
}
