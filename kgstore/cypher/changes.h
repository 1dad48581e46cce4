/* What a query has changed and the store does not know yet. Everything lives in one arena. */
#ifndef KG_CYPHER_CHANGES_H
#define KG_CYPHER_CHANGES_H

#include "kgstore/cypher/graph.h"
#include "kgstore/store/idmap.h"

typedef KG_ARRAY(cy_edge) cy_edge_list;

/* A node that is new, or differs from what the snapshot has. */
typedef struct cy_node_change {
    kg_id node;
    bool made, deleted;
    bool has_labels, has_properties; /* else as the snapshot has them */
    KG_ARRAY(kg_id) labels;
    cy_value properties;  /* a map */
    kg_str identifier;    /* of one that was made */
    cy_edge_list out, in; /* edges added */
} cy_node_change;

typedef struct cy_edge_change {
    cy_edge edge;
    bool added, deleted; /* both: added by the query and deleted again */
    bool has_properties;
    cy_value properties;
} cy_edge_change;

typedef struct cy_name_change {
    kg_str name;
    bool used;
} cy_name_change;

/* A node that got a value by which nodes are looked up. */
typedef struct cy_note {
    kg_id node;
    uint32_t before; /* the note of the same value before it and 1; 0: none */
} cy_note;

typedef struct cy_changes {
    kg_arena arena;  /* names, values */
    kg_id first_new; /* nodes from here on were made by the query */
    KG_ARRAY(cy_node_change) nodes;
    KG_ARRAY(cy_edge_change) edges;
    kg_id_map node_places, edge_places; /* id, or edge, to its place above and 1 */
    KG_ARRAY(cy_note) notes;
    kg_id_map note_places; /* hash of key and value to the last note of it and 1 */
    KG_ARRAY(cy_name_change)
    names[KG_KINDS];  /* of types and relations: ids beyond the snapshot's */
    size_t n_made;    /* nodes made, deleted ones too */
    size_t n_counted; /* for identifiers that are made up */
    bool any_edge_deleted, any_node_deleted;
} cy_changes;

void cy_changes_init(cy_changes *changes, kg_id first_new);
void cy_changes_free(cy_changes *changes);

/* What is changed about a node or an edge; NULL: nothing. */
cy_node_change *cy_changed_node(const cy_changes *changes, kg_id node);
cy_edge_change *cy_changed_edge(const cy_changes *changes, const cy_edge *edge);

/* Append the nodes that may have been given a value of a key by which nodes are looked up,
 * "elementId" among them; some of them may have another by now. */
kg_status cy_find_noted(cy_ids *out, const cy_changes *changes, kg_str key, const cy_value *value);

/* Make a node, its identifier made up where it is empty. KG_ERR_EXISTS: there is one so called. */
kg_status cy_make_node(kg_id *node, cy_graph *graph, kg_str identifier, kg_error *err);

/* Make an edge; one that is there stays as it is. */
kg_status cy_make_edge(cy_graph *graph, const cy_edge *edge);

kg_status cy_delete_edge(cy_graph *graph, const cy_edge *edge);

/* Mark a node deleted; its edges are the caller's to delete first. */
kg_status cy_delete_node(cy_graph *graph, kg_id node);

/* Has it an edge that is not deleted? */
kg_status cy_node_has_edges(bool *out, const cy_graph *graph, kg_id node);

kg_status cy_add_label(cy_graph *graph, kg_id node, kg_id type);
kg_status cy_remove_label(cy_graph *graph, kg_id node, kg_id type);

/* Set a property; a value of null removes it. The value is copied. */
kg_status cy_set_node_property(cy_graph *graph, kg_id node, kg_str key, const cy_value *value);
kg_status cy_set_edge_property(cy_graph *graph, const cy_edge *edge, kg_str key,
                               const cy_value *value);

/* Replace all properties by those of a map without its nulls, or, with `more`, set those of it. */
kg_status cy_set_node_map(cy_graph *graph, kg_id node, const cy_map *map, bool more);
kg_status cy_set_edge_map(cy_graph *graph, const cy_edge *edge, const cy_map *map, bool more);

#endif
