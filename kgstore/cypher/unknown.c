/* Names in a query that nothing in the store has: most likely mistyped. */
#include "kgstore/cypher/astwalk.h"
#include "kgstore/cypher/graph.h"
#include "kgstore/cypher/unknown.h"

#include <stdio.h>

typedef struct search {
    const cy_graph *g;
    char *text; /* empty: nothing is unknown so far */
    size_t room;
} search;

static bool is_there(const search *s, kg_kind kind, kg_str name) {
    kg_id id;
    return kg_name_find(&id, s->g->snapshot, kind, name) != KG_ERR_NOT_FOUND;
}

static void note(search *s, kg_kind kind, kg_str name) {
    kg_id id;
    kg_str near = {NULL, 0};
    if (*s->text)
        return;
    bool found = kg_name_suggest(&id, s->g->snapshot, kind, name) == KG_OK &&
                 kg_name_get(&near, s->g->snapshot, kind, id) == KG_OK;
    snprintf(s->text, s->room, "the store has no %s %.*s%s%.*s%s",
             kind == KG_TYPE ? "type" : "relation", KG_STR_ARG(name),
             found ? "; did you mean " : "", KG_STR_ARG(near), found ? "?" : "");
}

/* r:R asks for the type of a relationship. */
static void look_at_label(void *context, const cy_expr *e) {
    search *s = context;
    if (e->kind == CY_E_LABEL && e->name.len && !is_there(s, KG_TYPE, e->name) &&
        !is_there(s, KG_RELATION, e->name))
        note(s, KG_TYPE, e->name);
}

static void look_at_types(void *context, const cy_edge_pattern *edge) {
    search *s = context;
    for (size_t i = 0; i < edge->n_types; i++)
        if (!is_there(s, KG_RELATION, edge->types[i]))
            note(s, KG_RELATION, edge->types[i]);
}

void cy_note_unknown(char *text, size_t room, const cy_graph *g, const cy_query *query) {
    search s = {g, text, room};
    const cy_visitor v = {&s, look_at_label, NULL, look_at_types};
    *text = '\0';
    if (!g->changes)
        cy_walk_query(&v, query);
}
