/* Shortest paths between two entities. Private to the query room. */
#ifndef KG_QUERY_SHORTEST_H
#define KG_QUERY_SHORTEST_H

#include "kgstore/base/array.h"
#include "kgstore/query/query.h"

/* Which edges may be walked, and through what. */
typedef struct kg_path_rules {
    kg_relation_set relations;
    bool directed;       /* along edges only */
    uint64_t most_edges; /* no entity between the ends has more; 0: any may */
} kg_path_rules;

/* An edge by which a path leaves `from`: along it (+1) or against it (-1). */
typedef struct kg_path_step {
    kg_id from, relation, to;
    int32_t direction;
} kg_path_step;

typedef KG_ARRAY(kg_path_step) kg_path;

typedef KG_ARRAY(kg_id) kg_id_array;

/* How a search reached an entity: by an edge of `relation` from entity `from`; direction 0: it did
 * not; the search's own end has itself as from. */
typedef struct kg_reached {
    kg_id from, relation;
    int32_t direction;
} kg_reached;

/* One of two searches that go towards each other. */
typedef struct kg_path_side {
    kg_reached *reached; /* of each entity */
    kg_id_array touched, frontier, next;
    kg_id end;
    int32_t along; /* +1: from the path's first entity; -1: from its last, against the edges */
} kg_path_side;

typedef struct kg_pathfinder {
    kg_snapshot *snapshot;
    kg_path_rules rules;
    uint64_t n_entities, n_relations;
    kg_path_side sides[2];
} kg_pathfinder;

/* Free with kg_pathfinder_free in any case. relations stays the caller's. */
kg_status kg_pathfinder_init(kg_pathfinder *finder, kg_snapshot *snapshot, const kg_stats *stats,
                             const kg_path_rules *rules);
void kg_pathfinder_free(kg_pathfinder *finder);

/* Append the steps of a shortest path from a to b, which differ, to *path: one that goes through
 * none of the entities of `barred`, and does not begin by going to one of `barred_first`.
 * KG_ERR_NOT_FOUND: there is none. Breadth first from both ends at once. */
kg_status kg_pathfinder_find(kg_path *path, kg_pathfinder *finder, kg_id a, kg_id b,
                             const kg_id_array *barred, const kg_id_array *barred_first);

/* Call visit for up to k paths without loops, the shortest first, as sequences of entities: of
 * parallel edges one stands for all. The paths that leave an earlier one at each of its entities
 * are the candidates for the next (J. Y. Yen, "Finding the k shortest loopless paths in a network",
 * 1971; a path is left only from where it left its own model on, E. L. Lawler 1972).
 * KG_ERR_NOT_FOUND: there is none at all. */
typedef kg_status (*kg_path_fn)(void *context, const kg_path_step *steps, size_t n);
kg_status kg_shortest_paths(kg_pathfinder *finder, kg_id a, kg_id b, uint32_t k, kg_path_fn visit,
                            void *context);

#endif
