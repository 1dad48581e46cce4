#include "kgstore/graph/top.h"

static kg_neighbour neighbour_at(const kg_top_lists *lists, kg_edges edges, uint32_t i,
                                 int32_t direction) {
    kg_id entity = kg_edge_entity(edges, i);
    double weight = entity < lists->n_weights ? lists->weights[entity] : 0;
    return (kg_neighbour){entity, kg_edge_relation(edges, i), direction, weight};
}

/* Whether the out-edge a stands before the in-edge b; of equal edges the out-edge does. */
static bool goes_first(const kg_neighbour *a, const kg_neighbour *b) {
    if (a->weight != b->weight)
        return a->weight > b->weight;
    if (a->entity != b->entity)
        return a->entity < b->entity;
    return a->relation <= b->relation;
}

uint32_t kg_top_merge(kg_neighbour *out, const kg_top_lists *lists, uint32_t k) {
    uint32_t n = 0, i = 0, j = 0;
    kg_neighbour a = {0}, b = {0};
    if (lists->out.count)
        a = neighbour_at(lists, lists->out, 0, 1);
    if (lists->in.count)
        b = neighbour_at(lists, lists->in, 0, -1);
    while (n < k && (i < lists->out.count || j < lists->in.count)) {
        if (j == lists->in.count || (i < lists->out.count && goes_first(&a, &b))) {
            out[n++] = a;
            if (++i < lists->out.count)
                a = neighbour_at(lists, lists->out, i, 1);
        } else {
            out[n++] = b;
            if (++j < lists->in.count)
                b = neighbour_at(lists, lists->in, j, -1);
        }
    }
    return n;
}
