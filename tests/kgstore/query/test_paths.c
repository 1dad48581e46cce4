/* Several shortest paths beside all paths of small random graphs, found by going every way; and
 * what else a question may be given. */
#include "kgstore/base/rng.h"
#include "kgstore/query/shortest.h"
#include "tests/support/sample_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ENTITIES = 7, RELATIONS = 3, ROUNDS = 30, MOST_STEPS = 8 };

static char folder[32], path[64];

/* Whether there is an edge of a relation from one to another, as made. */
typedef struct made {
    bool edges[ENTITIES][RELATIONS][ENTITIES];
    kg_id ids[ENTITIES];
} made;

static void make_graph(made *m, kg_rng *rng) {
    kg_bulk *bulk;
    kg_bulk_report report;
    kg_error err = KG_ERROR_INIT;
    char head[8], relation[8], tail[8];
    memset(m, 0, sizeof *m);
    remove_tree(path);
    assert_int_equal(kg_bulk_begin(&bulk, path, &(kg_bulk_options){0}, &err), KG_OK);
    for (unsigned i = 0; i < ENTITIES; i++) {
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
        snprintf(head, sizeof head, "e%u", i);
        s.head = kg_str_from(head);
        assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
    }
    for (unsigned i = 0; i < 14; i++) {
        unsigned h = (unsigned)kg_rng_below(rng, ENTITIES),
                 t = (unsigned)kg_rng_below(rng, ENTITIES);
        unsigned r = (unsigned)kg_rng_below(rng, RELATIONS);
        kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
        snprintf(head, sizeof head, "e%u", h);
        snprintf(relation, sizeof relation, "r%u", r);
        snprintf(tail, sizeof tail, "e%u", t);
        s.head = kg_str_from(head);
        s.relation = kg_str_from(relation);
        s.tail = kg_str_from(tail);
        assert_int_equal(kg_bulk_statement(bulk, &s, &err), KG_OK);
        m->edges[h][r][t] = true;
    }
    assert_int_equal(kg_bulk_finish(&report, bulk, &err), KG_OK);
}

/* ---- Every way ------------------------------------------------------------------------------- */

typedef struct ways {
    const made *graph;
    bool wanted[RELATIONS], directed;
    unsigned most_edges, b;
    unsigned lengths[MOST_STEPS]; /* paths of each length */
    bool seen[ENTITIES];
} ways;

static unsigned degree(const made *m, unsigned e) {
    unsigned n = 0;
    for (unsigned r = 0; r < RELATIONS; r++)
        for (unsigned o = 0; o < ENTITIES; o++)
            n += m->edges[e][r][o] + m->edges[o][r][e];
    return n;
}

static bool next_to(const ways *w, unsigned from, unsigned to) {
    for (unsigned r = 0; r < RELATIONS; r++)
        if (w->wanted[r] &&
            (w->graph->edges[from][r][to] || (!w->directed && w->graph->edges[to][r][from])))
            return true;
    return false;
}

static void go(ways *w, unsigned at, unsigned length) {
    if (at == w->b) {
        w->lengths[length]++;
        return;
    }
    if (length > 0 && w->most_edges && degree(w->graph, at) > w->most_edges)
        return;
    w->seen[at] = true;
    for (unsigned to = 0; to < ENTITIES; to++)
        if (!w->seen[to] && next_to(w, at, to))
            go(w, to, length + 1);
    w->seen[at] = false;
}

/* ---- Those that are found -------------------------------------------------------------------- */

typedef struct told {
    ways *ways;
    unsigned numbers[ENTITIES]; /* of ids, as made */
    unsigned count, longest;
    unsigned char paths[2000][MOST_STEPS + 1];
} told;

static kg_status take(void *context, const kg_path_step *steps, size_t n) {
    told *t = context;
    unsigned char way[MOST_STEPS + 1];
    bool seen[ENTITIES] = {false};
    memset(way, 0xFF, sizeof way);
    assert_true(n >= t->longest && n < MOST_STEPS);
    t->longest = (unsigned)n;
    for (size_t i = 0; i < n; i++) {
        unsigned from = t->numbers[steps[i].from], to = t->numbers[steps[i].to];
        assert_true(i == 0 || steps[i].from == steps[i - 1].to);
        assert_true(next_to(t->ways, from, to));
        assert_false(seen[from]);
        seen[from] = true;
        way[i] = (unsigned char)from;
        assert_true(i == 0 || !t->ways->most_edges ||
                    degree(t->ways->graph, from) <= t->ways->most_edges);
    }
    assert_int_equal(t->numbers[steps[n - 1].to], t->ways->b);
    assert_true(t->ways->lengths[n] > 0);
    t->ways->lengths[n]--;
    for (unsigned i = 0; i < t->count; i++)
        assert_memory_not_equal(t->paths[i], way, sizeof way);
    memcpy(t->paths[t->count++], way, sizeof way);
    return KG_OK;
}

static void expect_all(kg_snapshot *snapshot, const made *m, kg_rng *rng) {
    static told t;
    kg_pathfinder finder;
    kg_stats stats;
    ways w = {.graph = m};
    bool wanted[RELATIONS] = {false};
    unsigned all = 0;
    w.directed = kg_rng_below(rng, 2);
    w.most_edges = kg_rng_below(rng, 2) ? 4 : 0;
    bool some = kg_rng_below(rng, 2);
    assert_int_equal(kg_snapshot_stats(&stats, snapshot, NULL), KG_OK);
    memset(&t, 0, sizeof t);
    for (unsigned r = 0; r < RELATIONS; r++) {
        char name[8];
        kg_id id;
        w.wanted[r] = !some || r > 0;
        snprintf(name, sizeof name, "r%u", r);
        if (kg_name_find(&id, snapshot, KG_RELATION, kg_str_from(name)) == KG_OK)
            wanted[id] = w.wanted[r];
    }
    for (unsigned e = 0; e < ENTITIES; e++)
        t.numbers[m->ids[e]] = e;
    w.b = 1;
    go(&w, 0, 0);
    for (unsigned i = 0; i < MOST_STEPS; i++)
        all += w.lengths[i];
    t.ways = &w;
    const kg_path_rules rules = {{some ? wanted : NULL, stats.relations}, w.directed, w.most_edges};
    assert_int_equal(kg_pathfinder_init(&finder, snapshot, &stats, &rules), KG_OK);
    kg_status st = kg_shortest_paths(&finder, m->ids[0], m->ids[1], UINT32_MAX, take, &t);
    assert_int_equal(st, all ? KG_OK : KG_ERR_NOT_FOUND);
    assert_int_equal(t.count, all);
    kg_pathfinder_free(&finder);
}

static void test_paths_as_by_every_way(void **state) {
    (void)state;
    kg_rng rng = kg_rng_stream(1, 0, 0, 0);
    for (int round = 0; round < ROUNDS; round++) {
        static made m;
        kg_store *store;
        kg_snapshot *snapshot;
        char name[8];
        make_graph(&m, &rng);
        assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
        assert_int_equal(kg_snapshot_begin(&snapshot, store, NULL), KG_OK);
        for (unsigned e = 0; e < ENTITIES; e++) {
            snprintf(name, sizeof name, "e%u", e);
            assert_int_equal(kg_name_find(&m.ids[e], snapshot, KG_ENTITY, kg_str_from(name)),
                             KG_OK);
        }
        for (int i = 0; i < 8; i++)
            expect_all(snapshot, &m, &rng);
        kg_snapshot_end(snapshot);
        kg_store_close(store);
    }
}

static int make_folder(void **state) {
    (void)state;
    make_test_folder(folder);
    snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths_as_by_every_way)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
