/* The graph as a query sees it: a snapshot, and in a query that changes it the changes so far.
 *
 * Labels are types, relationship types are relations. A node is an entity; one that the query made
 * has an id beyond those of the snapshot. */
#ifndef KG_CYPHER_GRAPH_H
#define KG_CYPHER_GRAPH_H

#include "kgstore/cypher/cyvalue.h"
#include "kgstore/cypher/nodeset.h"

struct cy_changes; /* changes.h */
struct cy_cache;   /* graph_cache.c */

typedef struct cy_graph {
    kg_snapshot *snapshot;
    kg_stats stats;
    struct cy_changes *changes; /* NULL: nothing can change */
    struct cy_cache *cache;     /* of the snapshot: what long queries ask again and again */
    struct cy_row_index *rows;  /* graph_rows.c: by relation and direction */
} cy_graph;

kg_status cy_graph_open(cy_graph *graph, kg_snapshot *snapshot, kg_error *err);
void cy_graph_close(cy_graph *graph);

/* ---- What is remembered (graph_cache.c) ------------------------------------------------------
 *
 * Short queries pay nothing: a table is made once something was asked often enough. */

/* The name of a type or relation of the snapshot; false: ask the snapshot. */
bool cy_cached_name(kg_str *name, const cy_graph *graph, kg_kind kind, kg_id id);

/* The types of an entity of the snapshot; false: ask the snapshot. */
bool cy_cached_types(const kg_id **types, uint32_t *count, const cy_graph *graph, kg_id entity);

/* The entities of a type of the snapshot, ascending. KG_ERR_UNSUPPORTED: there is no memory for
 * them, or (unless now) they were not asked for before; then look at each entity. */
kg_status cy_cached_members(const kg_id **members, kg_id *count, const cy_graph *graph, kg_id type,
                            bool now);

/* The identifier of an entity of the snapshot, or (label) its label where it has one. */
kg_status cy_cached_text(kg_str *text, const cy_graph *graph, kg_id entity, bool label);

/* Was an identifier made up by a query? */
static inline bool cy_is_made_up(kg_str identifier) {
    return identifier.len > 2 && identifier.data[0] == '_' && identifier.data[1] == ':';
}

/* Has an entity an identifier that a query made up, so that it has no `id`? */
bool cy_any_made_up(const cy_graph *graph);

/* The place of each entity among all in the order of their identifiers; NULL: no memory. */
const uint32_t *cy_cached_order(const cy_graph *graph);

/* Nodes by their names, as `n.name` gives them where no property is called so; NULL: no memory. */
typedef struct cy_name_classes {
    kg_id n;         /* names */
    bool any_shared; /* by several nodes */
    uint32_t *of;    /* the class of a node */
    uint32_t *begin; /* n + 1: where a class begins in members */
    kg_id *members;
} cy_name_classes;

const cy_name_classes *cy_cached_classes(const cy_graph *graph);

/* The other ends of a node's edges of one relation, from it (+1) or to it (-1), in the order of the
 * store: of all nodes of the snapshot, together in one array, once that was asked often enough.
 * False: ask the snapshot. (graph_rows.c) */
bool cy_cached_row(const kg_id **ends, uint32_t *count, const cy_graph *graph, kg_id node,
                   kg_id relation, int direction);

/* The same of all nodes, made now: begin has one place more than there are nodes. */
bool cy_cached_all_rows(const uint32_t **begin, const kg_id **ends, const cy_graph *graph,
                        kg_id relation, int direction);
kg_status cy_cached_rows_new(cy_graph *graph);
void cy_cached_rows_free(cy_graph *graph);

/* The id of a key of properties; KG_NO_ID: there is none. */
kg_id cy_cached_key(const cy_graph *graph, kg_str key);

/* Is there an index of it? */
bool cy_key_is_indexed(const cy_graph *graph, kg_str key);

/* ---- Names ----------------------------------------------------------------------------------- */

/* The id of a type, relation or key; KG_NO_ID where nothing is called so. Where the graph can
 * change a type or relation that is not there gets an id of its own. */
kg_status cy_graph_id(kg_id *id, cy_graph *graph, kg_kind kind, kg_str name);
kg_status cy_graph_name(kg_str *name, const cy_graph *graph, kg_kind kind, kg_id id);

/* The relations of these names that are there, into ids (room for n), *found of them. *none: names
 * are given, but none of them is there. */
kg_status cy_graph_relations(kg_id *ids, size_t *found, bool *none, cy_graph *graph,
                             const kg_str *names, size_t n);

/* Is a relation one of n; n 0: any is. */
static inline bool cy_takes_relation(const kg_id *relations, size_t n, kg_id relation) {
    for (size_t i = 0; i < n; i++)
        if (relations[i] == relation)
            return true;
    return n == 0;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* Node ids are below this; some of them may be of nodes that were deleted. */
kg_id cy_graph_end(const cy_graph *graph);
bool cy_node_is_there(const cy_graph *graph, kg_id node);

/* Was it there, and is deleted now? */
bool cy_node_is_deleted(const cy_graph *graph, kg_id node);

/* Types of a node: of the snapshot packed, of the changes as an array. */
typedef struct cy_labels {
    kg_types packed;
    const kg_id *ids;
    uint32_t count;
} cy_labels;

kg_status cy_node_labels(cy_labels *out, const cy_graph *graph, kg_id node);
static inline kg_id cy_labels_at(const cy_labels *labels, uint32_t i) {
    return labels->ids ? labels->ids[i] : kg_types_at(labels->packed, i);
}

bool cy_node_has_label(const cy_graph *graph, kg_id node, kg_id type);

/* Its identifier. One that a query made up begins with "_:". */
kg_status cy_node_identifier(kg_str *out, const cy_graph *graph, kg_id node);

/* ---- Looking up (graph_find.c) ----------------------------------------------------------------
 */

typedef enum cy_lookup {
    CY_BY_IDENTIFIER, /* elementId(n), and n.id where no property is called so */
    CY_BY_NAME,       /* n.name where no property is called so */
    CY_BY_INDEX       /* a property whose key is indexed */
} cy_lookup;

typedef KG_ARRAY(kg_id) cy_ids;

/* Append the nodes that are found by a value, of `key` where by an index. They may be too many, or
 * come twice. KG_ERR_UNSUPPORTED: no index can tell. */
kg_status cy_graph_find(cy_ids *out, const cy_graph *graph, cy_lookup by, kg_str key,
                        const cy_value *value);

/* In ascending order, each once. */
void cy_sort_ids(cy_ids *ids);

/* ---- Properties ------------------------------------------------------------------------------ */

/* The value of a key, made in the arena where it is more than a number; NULL where there is none.
 * n.name, n.id, n.aliases and n.pagerank are answered by what the store knows, where no property is
 * called so. */
kg_status cy_node_property(cy_value *out, const cy_graph *graph, kg_arena *arena, kg_id node,
                           kg_str key);
kg_status cy_edge_property(cy_value *out, const cy_graph *graph, kg_arena *arena,
                           const cy_edge *edge, kg_str key);

/* All properties, as a map; a node's label stands as its `name`. */
kg_status cy_node_properties(cy_value *out, const cy_graph *graph, kg_arena *arena, kg_id node);
kg_status cy_edge_properties(cy_value *out, const cy_graph *graph, kg_arena *arena,
                             const cy_edge *edge);

/* Values of the store as those of a query, and back. KG_ERR_FORMAT: a map, a node or the like is no
 * property. Packed lists are made in the arena. */
kg_status cy_from_stored(cy_value *out, kg_arena *arena, const kg_value *value);
kg_status cy_to_stored(kg_value *out, kg_arena *arena, const cy_value *value);

/* ---- Edges ----------------------------------------------------------------------------------- */

bool cy_edge_is_deleted(const cy_graph *graph, const cy_edge *edge);
kg_status cy_edge_is_there(bool *out, const cy_graph *graph, const cy_edge *edge);

/* How many edges a node has in the snapshot, in and out. */
uint64_t cy_node_degree(const cy_graph *graph, kg_id node);

/* How many edges cy_edges would step through, in a graph without changes. */
kg_status cy_count_edges(uint64_t *count, const cy_graph *graph, kg_id node, int direction,
                         const kg_id *relations, size_t n_relations);

/* Steps through the edges of a node: those from it (+1), to it (-1), or both (0: an edge to itself
 * comes once), of some relations or (n 0) of all. */
typedef struct cy_edges {
    const cy_graph *graph;
    kg_id node;
    int direction, side;
    const kg_id *relations;
    size_t n_relations;
    kg_edges stored;
    const kg_id *row; /* instead of stored: the ends alone, of the only relation */
    uint32_t n_row;
    uint32_t at;
    const cy_edge *added;
    size_t n_added, at_added;
} cy_edges;

kg_status cy_edges_open(cy_edges *out, const cy_graph *graph, kg_id node, int direction,
                        const kg_id *relations, size_t n_relations);

/* The next edge and the node at its other end; false at the end. */
bool cy_edges_next(cy_edge *edge, kg_id *other, cy_edges *edges);

/* Pass over edges that do not lead to a node, where that is quick. */
static inline void cy_edges_skip_to(cy_edges *e, kg_id other) {
    while (e->row && e->at < e->n_row && e->row[e->at] != other)
        e->at++;
}

/* Pass over edges that lead to nodes of a set, where that is quick. */
static inline void cy_edges_skip_all(cy_edges *e, const cy_node_set *set) {
    while (e->row && e->at < e->n_row && cy_node_set_has(set, e->row[e->at]))
        e->at++;
    while (e->at < e->stored.count && cy_node_set_has(set, kg_edge_entity(e->stored, e->at)))
        e->at++;
}

#endif
