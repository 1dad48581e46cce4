/* Paths of two relationships counted on several threads.
 *
 * A part is some starts that lie together. The caller's thread and its helpers take one part after
 * the other; the caller gives the rows of the parts in their order, which is the one in which one
 * thread would find them, and counts itself only while the next of them is not done. No thread is
 * further ahead of what is given than PARTS parts, which bounds what they hold. */
#include "kgstore/cypher/pathcount.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATHS = 1 << 15, /* of a part, and those of its last start */
    PARTS = 32,
    MOST_THREADS = 16
};

typedef struct part {
    kg_id first, end; /* starts */
    int64_t bound;
    bool done;
    KG_ARRAY(cy_parts_row) rows;
} part;

typedef struct worker {
    struct cy_parts *p;
    cy_tally tally;
    cy_context *context; /* of the caller's thread, which asks for limits; NULL: a helper's */
    pthread_t thread;
} worker;

typedef struct cy_parts {
    cy_parts_input in;
    worker workers[MOST_THREADS]; /* the first is the caller's */
    unsigned n_helpers;
    bool giving;          /* a part, which is done */
    size_t at_row;        /* of it */
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    part parts[PARTS];     /* the i-th part in the place i % PARTS */
    uint64_t taken, given; /* parts */
    kg_id next_start;
    int64_t bound;
    kg_status failed;
    bool stopped;
} cy_parts;

/* ---- Tallies --------------------------------------------------------------------------------- */

kg_status cy_tally_init(cy_tally *t, size_t n) {
    t->counts = calloc(n + 1, sizeof *t->counts);
    t->reached = malloc((n + 1) * sizeof *t->reached);
    return t->counts && t->reached ? KG_OK : KG_ERR_MEMORY;
}

void cy_tally_free(cy_tally *t) {
    free(t->counts);
    free(t->reached);
    *t = (cy_tally){.counts = NULL};
}

/* ---- One start ------------------------------------------------------------------------------- */

static bool is_good(const cy_parts_input *in, int which, kg_id node) {
    return !in->good[which] || in->good[which][node] == 1;
}

static kg_status go_on(worker *w) {
    if (w->context)
        return cy_tick(w->context);
    return __atomic_load_n(&w->p->stopped, __ATOMIC_RELAXED) ? KG_ERR_CANCELLED : KG_OK;
}

/* Paths that went back along the relationship by which they came ended where they began. */
static void take_off(cy_tally *t, const cy_parts_input *in, kg_id start, uint32_t back) {
    if (back && is_good(in, 2, start) && cy_tally_in_order(t, start, start))
        t->counts[t->classes ? t->classes[start] : start] -= back;
}

static kg_status count_from(worker *w, kg_id start) {
    kg_status st;
    const cy_parts_input *in = &w->p->in;
    uint32_t back = 0;
    if (!is_good(in, 0, start))
        return KG_OK;
    for (uint32_t i = in->begin[0][start]; i < in->begin[0][start + 1]; i++) {
        kg_id middle = in->ends[0][i];
        KG_TRY(st, go_on(w));
        if (!is_good(in, 1, middle))
            continue;
        const kg_id *ends = in->ends[1] + in->begin[1][middle];
        size_t n = in->begin[1][middle + 1] - in->begin[1][middle];
        if (in->good[2])
            for (size_t k = 0; k < n; k++)
                cy_tally_all(&w->tally, start, ends + k, is_good(in, 2, ends[k]));
        else
            cy_tally_all(&w->tally, start, ends, n);
        back += in->same_relation && (in->turns || middle == start);
    }
    take_off(&w->tally, in, start, back);
    return KG_OK;
}

static kg_status keep_rows(worker *w, part *to, kg_id group) {
    kg_status st = KG_OK;
    cy_tally *t = &w->tally;
    for (size_t i = 0; i < t->n_reached; i++) {
        const cy_parts_row row = {group, t->reached[i], t->counts[t->reached[i]]};
        t->counts[row.end] = 0;
        if (st == KG_OK && row.count > 0 && row.count >= to->bound)
            st = kg_array_push(&to->rows, row);
    }
    t->n_reached = 0;
    return st;
}

static kg_status count_group(worker *w, part *to, kg_id group) {
    kg_status st = KG_OK;
    const cy_name_classes *k = w->p->in.starts;
    if (!k)
        st = count_from(w, group);
    for (uint32_t i = k ? k->begin[group] : 0; st == KG_OK && k && i < k->begin[group + 1]; i++)
        st = count_from(w, k->members[i]);
    kg_status kept = keep_rows(w, to, group);
    return st == KG_OK ? kept : st;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static uint64_t paths_from(const cy_parts_input *in, kg_id start) {
    uint64_t n = 0;
    for (uint32_t i = in->begin[0][start]; i < in->begin[0][start + 1]; i++)
        n += in->begin[1][in->ends[0][i] + 1] - in->begin[1][in->ends[0][i]];
    return n;
}

static uint64_t paths_of_group(const cy_parts_input *in, kg_id group) {
    const cy_name_classes *k = in->starts;
    uint64_t n = k ? 0 : paths_from(in, group);
    for (uint32_t i = k ? k->begin[group] : 0; k && i < k->begin[group + 1]; i++)
        n += paths_from(in, k->members[i]);
    return n;
}

uint64_t cy_parts_paths(const cy_parts_input *in) {
    uint64_t n = 0;
    for (kg_id group = 0; group < in->n_starts; group++)
        n += paths_of_group(in, group);
    return n;
}

/* The last start of a part may have many paths, but no more rows than there are nodes; arrays grow
 * by doubling. */
size_t cy_parts_bytes(const cy_parts_input *in) {
    size_t threads = in->threads < MOST_THREADS ? in->threads : MOST_THREADS;
    size_t of_tallies = threads * (in->n_nodes + 1) * (sizeof(uint32_t) + sizeof(kg_id));
    return of_tallies + sizeof(cy_parts) + 2 * sizeof(cy_parts_row) * PARTS * PATHS;
}

/* Take the next part; NULL: all are taken, or those that are would be too many. Under the lock. */
static part *take_part(cy_parts *p) {
    uint64_t paths = 0;
    if (p->stopped || p->next_start == p->in.n_starts || p->taken - p->given == PARTS)
        return NULL;
    part *to = &p->parts[p->taken++ % PARTS];
    to->first = p->next_start;
    while (p->next_start < p->in.n_starts && paths < PATHS)
        paths += 1 + paths_of_group(&p->in, p->next_start++);
    to->end = p->next_start;
    to->bound = p->bound;
    to->rows.len = 0;
    to->done = false;
    return to;
}

/* Count a part, without the lock; then under it note what came of it. */
static kg_status do_part(worker *w, part *to) {
    cy_parts *p = w->p;
    kg_status st = KG_OK;
    pthread_mutex_unlock(&p->lock);
    for (kg_id group = to->first; st == KG_OK && group < to->end; group++)
        st = count_group(w, to, group);
    pthread_mutex_lock(&p->lock);
    to->done = true;
    if (st != KG_OK && p->failed == KG_OK)
        p->failed = st;
    if (st != KG_OK)
        __atomic_store_n(&p->stopped, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&p->changed);
    return st;
}

static void *help(void *context) {
    worker *w = context;
    cy_parts *p = w->p;
    pthread_mutex_lock(&p->lock);
    while (!p->stopped && p->next_start < p->in.n_starts) {
        part *to = take_part(p);
        if (to)
            do_part(w, to);
        else
            pthread_cond_wait(&p->changed, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Limits hold while the caller waits. */
static kg_status wait_a_little(cy_parts *p, cy_context *c) {
    enum { PAUSE = 5000000, SECOND = 1000000000 };
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += PAUSE;
    end.tv_sec += end.tv_nsec / SECOND;
    end.tv_nsec %= SECOND;
    pthread_cond_timedwait(&p->changed, &p->lock, &end);
    return c->check(c);
}

/* Have the part that is to be given next done; *more is false where there is none. Under the lock.
 */
static kg_status have_next(bool *more, cy_parts *p, cy_context *c) {
    kg_status st = p->failed;
    *more = true;
    while (st == KG_OK && *more && !(p->given < p->taken && p->parts[p->given % PARTS].done)) {
        part *to = take_part(p);
        if (to)
            st = do_part(&p->workers[0], to);
        else if (p->given == p->taken)
            *more = false;
        else
            st = wait_a_little(p, c);
        st = st == KG_OK ? p->failed : st;
    }
    return st;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Fewer helpers than were asked for will do. */
static void call_helpers(cy_parts *p) {
    while (p->n_helpers + 1 < p->in.threads &&
           pthread_create(&p->workers[p->n_helpers + 1].thread, NULL, help,
                          &p->workers[p->n_helpers + 1]) == 0)
        p->n_helpers++;
}

kg_status cy_parts_new(cy_parts **out, const cy_parts_input *in, int64_t bound) {
    kg_status st = KG_OK;
    cy_parts *p = *out = calloc(1, sizeof *p);
    if (!p)
        return KG_ERR_MEMORY;
    p->in = *in;
    p->bound = bound;
    if (p->in.threads > MOST_THREADS)
        p->in.threads = MOST_THREADS;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    for (unsigned i = 0; st == KG_OK && i < p->in.threads; i++) {
        cy_tally *t = &p->workers[i].tally;
        p->workers[i].p = p;
        st = cy_tally_init(t, in->n_nodes);
        t->order = in->order;
        t->places = in->places;
        t->classes = in->goals ? in->goals->of : NULL;
    }
    if (st == KG_OK)
        call_helpers(p);
    return st;
}

void cy_parts_free(cy_parts *p) {
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    __atomic_store_n(&p->stopped, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 1; i <= p->n_helpers; i++)
        pthread_join(p->workers[i].thread, NULL);
    for (size_t i = 0; i < PARTS; i++)
        kg_array_free(&p->parts[i].rows);
    for (unsigned i = 0; i < MOST_THREADS; i++)
        cy_tally_free(&p->workers[i].tally);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* The part behind the one that was given. */
static kg_status next_part(bool *more, cy_parts *p, cy_context *c, int64_t bound) {
    pthread_mutex_lock(&p->lock);
    p->workers[0].context = c;
    p->bound = bound;
    kg_status st = have_next(more, p, c);
    pthread_mutex_unlock(&p->lock);
    return st == KG_ERR_MEMORY ? cy_out_of_memory(c) : st;
}

kg_status cy_parts_next(bool *found, cy_parts_row *row, cy_parts *p, cy_context *c, int64_t bound) {
    kg_status st;
    *found = false;
    for (;;) {
        bool more = p->giving;
        if (!more)
            KG_TRY(st, next_part(&more, p, c, bound));
        if (!more)
            return KG_OK;
        p->giving = true;
        part *of = &p->parts[p->given % PARTS];
        if (p->at_row < of->rows.len) {
            *row = of->rows.data[p->at_row++];
            *found = true;
            return KG_OK;
        }
        pthread_mutex_lock(&p->lock);
        p->given++;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        p->giving = false;
        p->at_row = 0;
    }
}
