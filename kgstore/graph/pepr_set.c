/* The weight set of all entities: threads take blocks of them in turn, so that the result does not
 * depend on how many threads there are. */
#include "kgstore/graph/pepr.h"

#include "kgstore/base/array.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 };

typedef struct block {
    uint32_t first[BLOCK + 1]; /* edge at which an entity's begin */
    unsigned char *edges;
} block;

struct kg_pepr_set {
    uint32_t n_blocks;
    block blocks[];
};

/* What threads share; the mutex guards next and status. */
typedef struct crew {
    const kg_pepr_input *input;
    kg_pepr_set *set;
    pthread_mutex_t mutex;
    uint32_t next;
    kg_status status;
} crew;

static void encode(unsigned char *to, const kg_neighbour *edge) {
    float weight = (float)edge->weight;
    kg_store_u32(to, edge->entity);
    kg_store_u32(to + 4, edge->relation);
    kg_store_u32(to + 8, (uint32_t)edge->direction);
    memcpy(to + 12, &weight, 4);
}

static kg_status compute_block(block *to, kg_pepr *pepr, uint32_t index) {
    kg_neighbour best[KG_PEPR_KEEP];
    kg_bytes bytes = KG_ARRAY_INIT;
    uint32_t total = 0, n = pepr->input->graph->n, first = index * BLOCK;
    for (uint32_t i = 0; i < BLOCK; ++i) {
        to->first[i] = total;
        if (first + i >= n)
            continue;
        const kg_edge_lists *lists = &pepr->input->edges[first + i];
        if (lists->out.count + lists->in.count == 0)
            continue;
        kg_pepr_run(pepr, first + i);
        uint32_t count = kg_pepr_best(best, pepr, first + i);
        if (kg_array_reserve(&bytes, (size_t)count * KG_PEPR_BYTES) != KG_OK) {
            kg_array_free(&bytes);
            return KG_ERR_MEMORY;
        }
        for (uint32_t k = 0; k < count; ++k, bytes.len += KG_PEPR_BYTES)
            encode((unsigned char *)bytes.data + bytes.len, &best[k]);
        total += count;
    }
    to->first[BLOCK] = total;
    to->edges = (unsigned char *)bytes.data;
    return KG_OK;
}

/* The next block to compute, and how the last one went; false when there is nothing more to do. */
static bool take_block(uint32_t *index, crew *c, kg_status status) {
    bool more;
    pthread_mutex_lock(&c->mutex);
    if (status != KG_OK && c->status == KG_OK)
        c->status = status;
    more = c->status == KG_OK && c->next < c->set->n_blocks;
    *index = more ? c->next++ : 0;
    pthread_mutex_unlock(&c->mutex);
    return more;
}

/* The thread that called reports and asks whether to stop. */
static kg_status report(const kg_pepr_input *in, uint32_t index) {
    if (in->cancelled && in->cancelled(in->context))
        return KG_ERR_CANCELLED;
    if (in->progress)
        in->progress(in->context, "personalized PageRank", (uint64_t)index * BLOCK, in->graph->n);
    return KG_OK;
}

static void work(crew *c, bool reports) {
    kg_pepr pepr;
    uint32_t index;
    kg_status st = kg_pepr_begin(&pepr, c->input);
    while (take_block(&index, c, st)) {
        st = reports ? report(c->input, index) : KG_OK;
        if (st == KG_OK)
            st = compute_block(&c->set->blocks[index], &pepr, index);
    }
    kg_pepr_end(&pepr);
}

static void *work_thread(void *context) {
    work(context, false);
    return NULL;
}

enum { MAX_THREADS = 64 };

static unsigned thread_count(unsigned asked) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = asked ? asked : processors > 0 ? (unsigned)processors : 1;
    return n < MAX_THREADS ? n : MAX_THREADS;
}

kg_status kg_pepr_compute(kg_pepr_set **out, const kg_pepr_input *input, kg_error *err) {
    uint32_t n_blocks = input->graph->n / BLOCK + 1;
    pthread_t threads[MAX_THREADS];
    unsigned wanted = thread_count(input->threads), started = 0;
    kg_pepr_set *set = calloc(1, sizeof *set + n_blocks * sizeof *set->blocks);
    *out = NULL;
    if (!set)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory for the personalized weights");
    set->n_blocks = n_blocks;
    crew c = {.input = input, .set = set, .mutex = PTHREAD_MUTEX_INITIALIZER};
    /* Fewer threads than asked for only take longer. */
    while (started + 1 < wanted && !pthread_create(&threads[started], NULL, work_thread, &c))
        ++started;
    work(&c, true);
    for (unsigned i = 0; i < started; ++i)
        pthread_join(threads[i], NULL);
    if (c.status != KG_OK) {
        kg_pepr_set_free(set);
        return kg_error_set(err, c.status, "personalized weights: %s", kg_strerror(c.status));
    }
    *out = set;
    return KG_OK;
}

void kg_pepr_set_get(const unsigned char **edges, uint32_t *count, const kg_pepr_set *set,
                     kg_id entity) {
    const block *b = &set->blocks[entity / BLOCK];
    uint32_t first = b->first[entity % BLOCK];
    *count = b->first[entity % BLOCK + 1] - first;
    *edges = b->edges ? b->edges + (size_t)first * KG_PEPR_BYTES : NULL;
}

void kg_pepr_set_free(kg_pepr_set *set) {
    for (uint32_t i = 0; set && i < set->n_blocks; ++i)
        free(set->blocks[i].edges);
    free(set);
}
