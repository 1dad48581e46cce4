/* One shortest path: breadth-first search from both ends at once, the smaller frontier first. */
#include "kgstore/query/shortest.h"

#include <stdlib.h>

enum { BARRED = 2 }; /* as direction: the entity may not be reached */

kg_status kg_pathfinder_init(kg_pathfinder *f, kg_snapshot *snapshot, const kg_stats *stats,
                             const kg_path_rules *rules) {
    *f = (kg_pathfinder){.snapshot = snapshot,
                         .rules = *rules,
                         .n_entities = stats->entities,
                         .n_relations = stats->relations};
    for (size_t i = 0; i < 2; ++i) {
        f->sides[i].along = i ? -1 : 1;
        f->sides[i].reached = calloc(stats->entities, sizeof *f->sides[i].reached);
        if (!f->sides[i].reached)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}

void kg_pathfinder_free(kg_pathfinder *f) {
    for (size_t i = 0; i < 2; ++i) {
        kg_path_side *s = &f->sides[i];
        free(s->reached);
        kg_array_free(&s->touched);
        kg_array_free(&s->frontier);
        kg_array_free(&s->next);
    }
}

static kg_status mark(kg_path_side *s, kg_id entity, kg_reached how) {
    kg_status st;
    KG_TRY(st, kg_array_push(&s->touched, entity));
    s->reached[entity] = how;
    return KG_OK;
}

static kg_status side_begin(kg_path_side *s, kg_id end, const kg_id_array *barred) {
    kg_status st;
    for (size_t i = 0; i < s->touched.len; ++i)
        s->reached[s->touched.data[i]] = (kg_reached){0, 0, 0};
    s->touched.len = s->frontier.len = s->next.len = 0;
    s->end = end;
    for (size_t i = 0; barred && i < barred->len; ++i)
        KG_TRY(st, mark(s, barred->data[i], (kg_reached){0, 0, BARRED}));
    KG_TRY(st, mark(s, end, (kg_reached){end, KG_NO_ID, 1}));
    return kg_array_push(&s->frontier, end);
}

static bool contains(const kg_id_array *ids, kg_id id) {
    for (size_t i = 0; ids && i < ids->len; ++i)
        if (ids->data[i] == id)
            return true;
    return false;
}

/* Take the edges of one direction from an entity. */
static kg_status spread(kg_pathfinder *f, kg_path_side *s, kg_id from, kg_edges edges,
                        int32_t direction, const kg_id_array *barred_first) {
    kg_status st;
    const kg_id start = f->sides[0].end;
    for (uint32_t i = 0; i < edges.count; ++i) {
        kg_id to = kg_edge_entity(edges, i), relation = kg_edge_relation(edges, i);
        if (to >= f->n_entities || relation >= f->n_relations)
            return KG_ERR_CORRUPT;
        if (s->reached[to].direction || !kg_relation_is_in(f->rules.relations, relation))
            continue;
        if ((from == start && contains(barred_first, to)) ||
            (to == start && contains(barred_first, from)))
            continue;
        KG_TRY(st, mark(s, to, (kg_reached){from, relation, direction}));
        KG_TRY(st, kg_array_push(&s->next, to));
    }
    return KG_OK;
}

static bool is_hub(const kg_pathfinder *f, kg_id entity, kg_edges out, kg_edges in) {
    return f->rules.most_edges && (uint64_t)out.count + in.count > f->rules.most_edges &&
           entity != f->sides[0].end && entity != f->sides[1].end;
}

/* *meeting becomes the first entity just reached that the other side knows and that a path may go
 * through. */
static kg_status meet(kg_id *meeting, kg_pathfinder *f, const kg_path_side *s,
                      const kg_path_side *other) {
    kg_status st;
    kg_edges out, in;
    for (size_t i = 0; i < s->next.len; ++i) {
        kg_id entity = s->next.data[i];
        if (!other->reached[entity].direction)
            continue;
        KG_TRY(st, kg_entity_edges(&out, &in, f->snapshot, entity));
        if (!is_hub(f, entity, out, in)) {
            *meeting = entity;
            return KG_OK;
        }
    }
    return KG_OK;
}

/* Take one step from every entity of the frontier. */
static kg_status step(kg_id *meeting, kg_pathfinder *f, size_t side,
                      const kg_id_array *barred_first) {
    kg_status st;
    kg_path_side *s = &f->sides[side];
    s->next.len = 0;
    for (size_t i = 0; i < s->frontier.len; ++i) {
        kg_id from = s->frontier.data[i];
        kg_edges out, in;
        KG_TRY(st, kg_entity_edges(&out, &in, f->snapshot, from));
        if (is_hub(f, from, out, in))
            continue;
        if (!f->rules.directed || s->along > 0)
            KG_TRY(st, spread(f, s, from, out, 1, barred_first));
        if (!f->rules.directed || s->along < 0)
            KG_TRY(st, spread(f, s, from, in, -1, barred_first));
    }
    KG_TRY(st, meet(meeting, f, s, &f->sides[1 - side]));
    kg_id_array spent = s->frontier;
    s->frontier = s->next;
    s->next = spent;
    return KG_OK;
}

/* The way of the first side up to the meeting, from its end on; then that of the second, whose
 * edges are walked the other way round. */
static kg_status join(kg_path *path, const kg_pathfinder *f, kg_id meeting) {
    const kg_reached *before = f->sides[0].reached, *after = f->sides[1].reached;
    size_t first = path->len;
    kg_status st;
    for (kg_id at = meeting; before[at].from != at; at = before[at].from) {
        const kg_reached *r = &before[at];
        KG_TRY(st, kg_array_push(path, ((kg_path_step){r->from, r->relation, at, r->direction})));
    }
    for (size_t i = first, k = path->len; i + 1 < k; ++i) {
        kg_path_step turned = path->data[i];
        path->data[i] = path->data[--k];
        path->data[k] = turned;
    }
    for (kg_id at = meeting; after[at].from != at; at = after[at].from) {
        const kg_reached *r = &after[at];
        KG_TRY(st, kg_array_push(path, ((kg_path_step){at, r->relation, r->from, -r->direction})));
    }
    return KG_OK;
}

kg_status kg_pathfinder_find(kg_path *path, kg_pathfinder *f, kg_id a, kg_id b,
                             const kg_id_array *barred, const kg_id_array *barred_first) {
    kg_status st;
    kg_id meeting = KG_NO_ID;
    KG_TRY(st, side_begin(&f->sides[0], a, barred));
    KG_TRY(st, side_begin(&f->sides[1], b, barred));
    while (meeting == KG_NO_ID && f->sides[0].frontier.len && f->sides[1].frontier.len) {
        size_t side = f->sides[0].frontier.len <= f->sides[1].frontier.len ? 0 : 1;
        KG_TRY(st, step(&meeting, f, side, barred_first));
    }
    return meeting == KG_NO_ID ? KG_ERR_NOT_FOUND : join(path, f, meeting);
}
