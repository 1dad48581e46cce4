/* Measures of all entities, kept as properties. */
#include "kgstore/graph/graph_input.h"
#include "kgstore/kgstore.h"
#include "kgstore/store/values.h"

#include <stdlib.h>

enum { MOST_KEYS = 2 };

static const struct {
    kg_str keys[MOST_KEYS];
    size_t n_keys;
    bool whole;    /* numbers are integers */
    bool groups;   /* which stand for groups */
    bool weighted; /* edges may have weights */
} MEASURES[] = {
    [KG_MEASURE_COMPONENTS] = {{{"component", 9}}, 1, true, true, false},
    [KG_MEASURE_LEIDEN] = {{{"community", 9}}, 1, true, true, true},
    [KG_MEASURE_BETWEENNESS] = {{{"betweenness", 11}}, 1, false, false, false},
    [KG_MEASURE_HITS] = {{{"hub", 3}, {"authority", 9}}, 2, false, false, true},
    [KG_MEASURE_CORE] = {{{"core", 4}}, 1, true, false, false},
};

typedef struct measuring {
    const kg_rank_options *options;
    kg_measure measure;
    kg_graph_input in;
    double *out; /* n_keys times E */
} measuring;

static kg_status no_memory(const measuring *m, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory for %llu entities",
                        (unsigned long long)m->in.stats.entities);
}

/* ---- Groups by size ------------------------------------------------------------------------- */

typedef struct group {
    uint64_t size, first; /* its smallest entity */
    uint32_t label;
} group;

static int compare_groups(const void *a, const void *b) {
    const group *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static bool is_deleted(const measuring *m, uint64_t entity) {
    return m->in.reset && m->in.reset[entity] == 0;
}

/* How large each group is, and where it begins. */
static kg_status count_groups(group *groups, const measuring *m, kg_error *err) {
    uint64_t n = m->in.stats.entities;
    for (uint64_t i = 0; i < n; i++)
        groups[i] = (group){.label = (uint32_t)i, .first = UINT64_MAX};
    for (uint64_t i = 0; i < n; i++) {
        if (!(m->out[i] >= 0 && m->out[i] < (double)n))
            return kg_error_set(err, KG_ERR_NUMERIC, "entity %llu is in group %g",
                                (unsigned long long)i, m->out[i]);
        group *g = &groups[(uint64_t)m->out[i]];
        if (!is_deleted(m, i))
            g->first = g->size++ ? g->first : i;
    }
    return KG_OK;
}

/* Number groups anew: the greatest 0. Those of deleted entities come last. */
static kg_status number_groups(measuring *m, kg_error *err) {
    uint64_t n = m->in.stats.entities;
    group *groups = malloc((n + 1) * sizeof *groups);
    uint32_t *place = calloc(n + 1, sizeof *place);
    if (!groups || !place) {
        free(groups);
        free(place);
        return no_memory(m, err);
    }
    kg_status st = count_groups(groups, m, err);
    if (st == KG_OK) {
        qsort(groups, n, sizeof *groups, compare_groups);
        for (uint64_t i = 0; i < n; i++)
            place[groups[i].label] = (uint32_t)i;
        for (uint64_t i = 0; i < n; i++)
            m->out[i] = place[(uint64_t)m->out[i]];
    }
    free(groups);
    free(place);
    return st;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static kg_status fill_values(void *context, kg_value *values, kg_id entity) {
    const measuring *m = context;
    for (size_t k = 0; k < MEASURES[m->measure].n_keys; k++) {
        double number = m->out[k * m->in.stats.entities + entity];
        values[k] =
            MEASURES[m->measure].whole ? kg_value_integer((int64_t)number) : kg_value_real(number);
    }
    return KG_OK;
}

static kg_status compute(measuring *m, uint32_t samples, kg_error *err) {
    kg_status st;
    const kg_rank_options *o = m->options;
    size_t n_keys = MEASURES[m->measure].n_keys;
    KG_TRY(st, kg_graph_phase(o, "reading edges", err));
    KG_TRY(st, kg_graph_input_read(&m->in, o->edge_weight, err));
    m->out = calloc(n_keys * m->in.stats.entities + 1, sizeof *m->out);
    if (!m->out)
        return no_memory(m, err);
    const kg_rank_input input = kg_graph_rank_input(&m->in, o);
    KG_TRY(st, kg_graph_phase(o, "measuring", err));
    if (m->in.stats.entities > 0)
        KG_TRY(st, o->ranker->measure(m->out, &input, m->measure, samples, err));
    if (MEASURES[m->measure].groups)
        KG_TRY(st, number_groups(m, err));
    return kg_graph_phase(o, "writing", err);
}

static kg_status check_options(const kg_rank_options *o, kg_measure measure, kg_error *err) {
    if (!o->ranker->measure)
        return kg_error_set(err, KG_ERR_UNSUPPORTED, "the ranker %s computes PageRank alone",
                            o->ranker->name);
    if (o->edge_weight.len && !MEASURES[measure].weighted)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "this measure lets every edge count the same; leave the edge weight "
                            "out");
    return KG_OK;
}

kg_status kg_store_measure(kg_store *store, const kg_rank_options *options, kg_measure measure,
                           uint32_t samples, kg_error *err) {
    kg_status st;
    kg_rank_options own;
    kg_module *module;
    measuring m = {.options = &own, .measure = measure};
    KG_TRY(st, kg_graph_ranker_open(&own, &module, options, err));
    st = check_options(&own, measure, err);
    if (st == KG_OK)
        st = kg_snapshot_begin(&m.in.snapshot, store, err);
    if (st == KG_OK)
        st = kg_snapshot_fault(err, compute(&m, samples, err), m.in.snapshot);
    const kg_value_plan plan = {MEASURES[measure].keys,
                                MEASURES[measure].n_keys,
                                m.in.stats.entities,
                                m.in.stats.generation,
                                fill_values,
                                &m};
    if (st == KG_OK)
        st = kg_store_put_values(store, &plan, err);
    kg_snapshot_end(m.in.snapshot);
    kg_graph_input_free(&m.in);
    free(m.out);
    kg_module_close(module);
    return st;
}
