#include "kgstore/graph/pepr.h"

#include <string.h>

static uint32_t node_of(const kg_pepr_input *input, kg_id entity) {
    return input->node_of ? input->node_of[entity] : entity;
}

kg_status kg_pepr_begin(kg_pepr *pepr, const kg_pepr_input *input) {
    const kg_adjacency *graph = input->graph;
    double sinks = 0, d = input->damping;
    for (kg_id entity = 0; entity < graph->n; ++entity) {
        uint32_t v = node_of(input, entity);
        if (graph->offsets[v] == graph->offsets[v + 1])
            sinks += input->global[entity];
    }
    *pepr = (kg_pepr){.input = input, .uniform = (1 - d) / (1 - d + d * sinks)};
    return kg_push_new(&pepr->push, graph, d, input->epsilon);
}

void kg_pepr_end(kg_pepr *pepr) {
    kg_push_free(pepr->push);
    pepr->push = NULL;
}

/* (1 - 1/Z): what the jump to m holds beyond the uniform vector. */
static double own_share(const kg_pepr *pepr) {
    return 1 - 1 / (double)(pepr->input->graph->n - pepr->input->deleted);
}

void kg_pepr_run(kg_pepr *pepr, kg_id m) {
    double mass = kg_push_run(pepr->push, node_of(pepr->input, m));
    pepr->scale = 1 / (own_share(pepr) * mass + pepr->uniform);
}

double kg_pepr_score(const kg_pepr *pepr, kg_id v) {
    double pushed = kg_push_value(pepr->push, node_of(pepr->input, v));
    return pepr->scale * (own_share(pepr) * pushed + pepr->uniform * pepr->input->global[v]);
}

static bool better(const kg_neighbour *a, const kg_neighbour *b) {
    if (a->weight != b->weight)
        return a->weight > b->weight;
    if (a->entity != b->entity)
        return a->entity < b->entity;
    return a->relation != b->relation ? a->relation < b->relation : a->direction > b->direction;
}

/* Insert into the sorted best, the last of which falls out when it is full. */
static uint32_t keep(kg_neighbour *best, uint32_t n, kg_neighbour edge) {
    if (n == KG_PEPR_KEEP) {
        if (!better(&edge, &best[n - 1]))
            return n;
        --n;
    }
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (better(&edge, &best[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    memmove(best + low + 1, best + low, (n - low) * sizeof *best);
    best[low] = edge;
    return n + 1;
}

static uint32_t keep_all(kg_neighbour *best, uint32_t n, const kg_pepr *pepr, kg_edges edges,
                         int32_t direction) {
    for (uint32_t i = 0; i < edges.count; ++i) {
        kg_id entity = kg_edge_entity(edges, i);
        float weight = (float)kg_pepr_score(pepr, entity);
        n = keep(best, n, (kg_neighbour){entity, kg_edge_relation(edges, i), direction, weight});
    }
    return n;
}

uint32_t kg_pepr_best(kg_neighbour out[KG_PEPR_KEEP], const kg_pepr *pepr, kg_id m) {
    const kg_edge_lists *lists = &pepr->input->edges[m];
    return keep_all(out, keep_all(out, 0, pepr, lists->out, 1), pepr, lists->in, -1);
}
