/* Several shortest paths, one after the other. */
#include "kgstore/query/shortest.h"

/* A path that is known. Its steps lie in the store of all steps. */
typedef struct known {
    size_t start, n;
    size_t leaves; /* the step with which it leaves the path that it was made from */
    bool given;
} known;

typedef struct yen {
    kg_pathfinder *finder;
    kg_id a, b;
    kg_path steps; /* of all paths, end to end */
    KG_ARRAY(known) paths;
    kg_id_array barred, barred_first;
    kg_path rest; /* of the candidate being made */
} yen;

static bool same_way(const yen *y, const known *p, const known *q, size_t n) {
    const kg_path_step *a = y->steps.data + p->start, *b = y->steps.data + q->start;
    for (size_t i = 0; i < n; ++i)
        if (a[i].to != b[i].to)
            return false;
    return true;
}

/* What a path may not do that goes with `model` for n steps and then leaves it and every path that
 * has been given. */
static kg_status bar(yen *y, const known *model, size_t n) {
    kg_status st;
    y->barred.len = y->barred_first.len = 0;
    for (size_t i = 0; i < n; ++i)
        KG_TRY(st, kg_array_push(&y->barred, y->steps.data[model->start + i].from));
    for (size_t i = 0; i < y->paths.len; ++i) {
        const known *p = &y->paths.data[i];
        if (p->given && p->n > n && same_way(y, p, model, n))
            KG_TRY(st, kg_array_push(&y->barred_first, y->steps.data[p->start + n].to));
    }
    return KG_OK;
}

/* Add the best path that leaves `model` after n steps, if there is one. */
static kg_status branch(yen *y, known model, size_t n) {
    kg_status st;
    y->rest.len = 0;
    KG_TRY(st, bar(y, &model, n));
    kg_id spur = y->steps.data[model.start + n].from;
    st = kg_pathfinder_find(&y->rest, y->finder, spur, y->b, &y->barred, &y->barred_first);
    if (st != KG_OK)
        return st == KG_ERR_NOT_FOUND ? KG_OK : st;
    const known made = {y->steps.len, n + y->rest.len, n, false};
    KG_TRY(st, kg_array_reserve(&y->steps, made.n));
    for (size_t i = 0; i < n; ++i)
        y->steps.data[y->steps.len++] = y->steps.data[model.start + i];
    KG_TRY(st, kg_array_append(&y->steps, y->rest.data, y->rest.len));
    return kg_array_push(&y->paths, made);
}

/* The shortest path that was not given; of equal ones the first. */
static known *next_path(yen *y) {
    known *best = NULL;
    for (size_t i = 0; i < y->paths.len; ++i) {
        known *p = &y->paths.data[i];
        if (!p->given && (!best || p->n < best->n))
            best = p;
    }
    return best;
}

static kg_status give_paths(yen *y, uint32_t k, kg_path_fn visit, void *context) {
    kg_status st;
    KG_TRY(st, kg_pathfinder_find(&y->steps, y->finder, y->a, y->b, NULL, NULL));
    KG_TRY(st, kg_array_push(&y->paths, ((known){0, y->steps.len, 0, false})));
    for (known *next; k > 0 && (next = next_path(y)); --k) {
        next->given = true;
        const known path = *next;
        KG_TRY(st, visit(context, y->steps.data + path.start, path.n));
        for (size_t n = path.leaves; k > 1 && n < path.n; ++n)
            KG_TRY(st, branch(y, path, n));
    }
    return KG_OK;
}

kg_status kg_shortest_paths(kg_pathfinder *finder, kg_id a, kg_id b, uint32_t k, kg_path_fn visit,
                            void *context) {
    yen y = {.finder = finder, .a = a, .b = b};
    kg_status st = give_paths(&y, k, visit, context);
    kg_array_free(&y.steps);
    kg_array_free(&y.paths);
    kg_array_free(&y.barred);
    kg_array_free(&y.barred_first);
    kg_array_free(&y.rest);
    return st;
}
