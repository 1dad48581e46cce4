#include "plugins/smedbert/pretrain/negatives.h"

#include <math.h>
#include <stdlib.h>

enum { NO_TYPE = UINT32_MAX, MAX_REJECTED = 1000 };

/* One distribution: the entities `members`, sampled in constant time by Walker's alias method
 * (Vose 1991): slot i stands for member i with probability keep[i], else for member other[i]. */
typedef struct pool {
    const uint32_t *members;
    const double *keep;
    const uint32_t *other;
    uint32_t n;
} pool;

struct kg_negatives {
    size_t count, n_types;
    uint32_t *pool_of; /* of each entity: its type's, or 0, that of all */
    pool *pools;       /* all entities first, then one a type */
    uint32_t *members, *other;
    double *keep;
    float *log_q_all, *log_q_type; /* of each entity */
};

static double weight(const uint32_t *mentions, uint32_t entity) {
    return mentions ? (double)mentions[entity] + 1 : 1;
}

/* Fill keep and other of a pool (Vose's two work lists share one array, from its two ends). */
static void fill_pool(const pool *p, double *keep, uint32_t *other, float *log_q,
                      const uint32_t *mentions, uint32_t *work) {
    double sum = 0;
    for (uint32_t i = 0; i < p->n; i++)
        sum += weight(mentions, p->members[i]);
    uint32_t small = 0, large = p->n;
    for (uint32_t i = 0; i < p->n; i++) {
        double w = weight(mentions, p->members[i]);
        keep[i] = w / sum * p->n;
        other[i] = i;
        log_q[p->members[i]] = (float)log(w / sum);
        if (keep[i] < 1)
            work[small++] = i;
        else
            work[--large] = i;
    }
    while (small > 0 && large < p->n) {
        uint32_t less = work[--small], more = work[large];
        other[less] = more;
        keep[more] -= 1 - keep[less];
        if (keep[more] < 1) {
            large++;
            work[small++] = more;
        }
    }
    while (small > 0)
        keep[work[--small]] = 1;
    while (large < p->n)
        keep[work[large++]] = 1;
}

static kg_status allocate(kg_negatives *n) {
    n->pool_of = calloc(n->count, sizeof *n->pool_of);
    n->pools = calloc(n->n_types + 1, sizeof *n->pools);
    n->members = malloc(2 * n->count * sizeof *n->members);
    n->other = malloc(2 * n->count * sizeof *n->other);
    n->keep = malloc(2 * n->count * sizeof *n->keep);
    n->log_q_all = calloc(n->count, sizeof *n->log_q_all);
    n->log_q_type = calloc(n->count, sizeof *n->log_q_type);
    return n->pool_of && n->pools && n->members && n->other && n->keep && n->log_q_all &&
                   n->log_q_type
               ? KG_OK
               : KG_ERR_MEMORY;
}

/* Sort the entities by type into members, behind the list of all; set the pools. */
static void group(kg_negatives *n, const uint32_t *types) {
    for (size_t e = 0; e < n->count; e++) {
        n->members[e] = (uint32_t)e;
        if (types[e] != NO_TYPE)
            n->pools[types[e] + 1].n++;
    }
    n->pools[0] = (pool){n->members, n->keep, n->other, (uint32_t)n->count};
    size_t at = n->count;
    for (size_t t = 1; t <= n->n_types; t++) {
        pool *p = &n->pools[t];
        uint32_t size = p->n;
        *p = (pool){n->members + at, n->keep + at, n->other + at, 0};
        at += size;
    }
    for (size_t e = 0; e < n->count; e++) {
        if (types[e] == NO_TYPE)
            continue;
        pool *p = &n->pools[types[e] + 1];
        n->members[(size_t)(p->members - n->members) + p->n++] = (uint32_t)e;
    }
    for (size_t e = 0; e < n->count; e++)
        if (types[e] != NO_TYPE && n->pools[types[e] + 1].n >= 2)
            n->pool_of[e] = types[e] + 1;
}

kg_status kg_negatives_new(kg_negatives **out, const uint32_t *types, const uint32_t *mentions,
                           size_t count) {
    *out = NULL;
    if (count < 2 || count >= UINT32_MAX)
        return KG_ERR_ARGUMENT;
    kg_negatives *n = calloc(1, sizeof *n);
    if (!n)
        return KG_ERR_MEMORY;
    n->count = count;
    for (size_t e = 0; e < count; e++)
        if (types[e] != NO_TYPE && types[e] >= n->n_types)
            n->n_types = (size_t)types[e] + 1;
    uint32_t *work = malloc(count * sizeof *work);
    if (!work || allocate(n) != KG_OK) {
        free(work);
        kg_negatives_free(n);
        return KG_ERR_MEMORY;
    }
    group(n, types);
    for (size_t t = 0; t <= n->n_types; t++) {
        const pool *p = &n->pools[t];
        size_t from = (size_t)(p->members - n->members);
        fill_pool(p, n->keep + from, n->other + from, t ? n->log_q_type : n->log_q_all, mentions,
                  work);
    }
    free(work);
    *out = n;
    return KG_OK;
}

void kg_negatives_free(kg_negatives *negatives) {
    if (!negatives)
        return;
    free(negatives->pool_of);
    free(negatives->pools);
    free(negatives->members);
    free(negatives->other);
    free(negatives->keep);
    free(negatives->log_q_all);
    free(negatives->log_q_type);
    free(negatives);
}

static const float *log_q_of(const kg_negatives *negatives, uint32_t positive) {
    return negatives->pool_of[positive] ? negatives->log_q_type : negatives->log_q_all;
}

float kg_negatives_log_q(const kg_negatives *negatives, uint32_t positive) {
    return log_q_of(negatives, positive)[positive];
}

/* Where the positive has nearly all of the mass rejection may not end; then any other member. */
static uint32_t draw_one(const pool *p, uint32_t positive, kg_rng *rng) {
    for (int i = 0; i < MAX_REJECTED; i++) {
        uint32_t slot = (uint32_t)kg_rng_below(rng, p->n);
        uint32_t entity = p->members[kg_rng_uniform(rng) < p->keep[slot] ? slot : p->other[slot]];
        if (entity != positive)
            return entity;
    }
    uint32_t slot = (uint32_t)kg_rng_below(rng, p->n - 1);
    return p->members[slot] == positive ? p->members[p->n - 1] : p->members[slot];
}

void kg_negatives_draw(uint32_t *entities, float *log_q, size_t n, const kg_negatives *negatives,
                       uint32_t positive, kg_rng *rng) {
    const pool *p = &negatives->pools[negatives->pool_of[positive]];
    const float *known = log_q_of(negatives, positive);
    for (size_t i = 0; i < n; i++) {
        entities[i] = draw_one(p, positive, rng);
        log_q[i] = known[entities[i]];
    }
}
