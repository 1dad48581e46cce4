/* Entities are visited in the order of their steps from the first, and copied in that order. */
#include "import/around.h"

#include "kgstore/base/array.h"
#include "kgstore/base/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct kg_around {
    char *folder; /* holds the store, and nothing else */
    kg_store *store;
    kg_snapshot *snapshot;
};

typedef struct edge {
    kg_id head, relation, tail;
} edge;

typedef struct part {
    kg_snapshot *from;
    kg_error *err;
    KG_ARRAY(kg_id) entities; /* in the order they are visited */
    bool *visited;            /* by entity */
    KG_ARRAY(edge) edges;
    KG_ARRAY(kg_property) properties; /* of the statement at hand */
    kg_bulk *to;
} part;

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory copying a part of the graph");
}

/* ---- Choosing ---------------------------------------------------------------------------------
 */

static kg_status visit(part *p, kg_id entity) {
    if (p->visited[entity])
        return KG_OK;
    p->visited[entity] = true;
    return kg_array_push(&p->entities, entity) == KG_OK ? KG_OK : no_memory(p->err);
}

static kg_status follow(part *p, kg_id entity, kg_neighbour *room, uint32_t top) {
    kg_status st;
    uint32_t n;
    KG_TRY(st, kg_neighbours_top(room, &n, p->from, entity, KG_WEIGHT_PAGERANK, top));
    for (uint32_t i = 0; i < n; i++) {
        bool out = room[i].direction > 0;
        const edge e = {out ? entity : room[i].entity, room[i].relation,
                        out ? room[i].entity : entity};
        KG_TRY(st, visit(p, room[i].entity));
        if (kg_array_push(&p->edges, e) != KG_OK)
            return no_memory(p->err);
    }
    return KG_OK;
}

static kg_status choose(part *p, const kg_around_options *o) {
    kg_status st;
    kg_id first;
    size_t from = 0;
    kg_stats stats;
    KG_TRY(st, kg_snapshot_stats(&stats, p->from, p->err));
    KG_TRY(st, kg_entity_resolve(&first, p->from, o->name, p->err));
    kg_neighbour *room = malloc((size_t)(o->top ? o->top : 1) * sizeof *room);
    p->visited = calloc(stats.entities, sizeof *p->visited);
    st = room && p->visited ? visit(p, first) : no_memory(p->err);
    for (uint32_t step = 0; step < o->steps && st == KG_OK; step++)
        for (size_t end = p->entities.len; from < end && st == KG_OK; from++)
            st = follow(p, p->entities.data[from], room, o->top);
    free(room);
    return st;
}

/* ---- Copying ----------------------------------------------------------------------------------
 */

/* Give the statement the properties. */
static kg_status take_properties(part *p, kg_statement *s, kg_properties properties) {
    kg_status st;
    kg_id key;
    kg_property property;
    p->properties.len = 0;
    while (kg_properties_next(&key, &property.value, &properties)) {
        KG_TRY(st, kg_name_get(&property.key, p->from, KG_KEY, key));
        if (kg_array_push(&p->properties, property) != KG_OK)
            return no_memory(p->err);
    }
    s->properties = p->properties.data;
    s->n_properties = p->properties.len;
    return KG_OK;
}

typedef struct text_copy {
    part *part;
    kg_statement statement;
} text_copy;

static kg_status copy_text(void *context, const kg_label *label) {
    text_copy *c = context;
    c->statement.kind = label->is_label ? KG_STATEMENT_ENTITY : KG_STATEMENT_ALIAS;
    c->statement.label = label->text;
    c->statement.language = label->language;
    return kg_bulk_statement(c->part->to, &c->statement, c->part->err);
}

/* An entity's types are ranked by how often they are given. */
static kg_status copy_types(part *p, kg_statement *s, kg_id id) {
    kg_status st;
    kg_types types;
    KG_TRY(st, kg_entity_types(&types, p->from, id));
    for (uint32_t i = 0; i < types.count; i++) {
        KG_TRY(st, kg_name_get(&s->head_type, p->from, KG_TYPE, kg_types_at(types, i)));
        for (uint32_t times = types.count - i; times > 0; times--)
            KG_TRY(st, kg_bulk_statement(p->to, s, p->err));
    }
    s->head_type.len = 0;
    return KG_OK;
}

static kg_status copy_entity(part *p, kg_id id, const double *weight) {
    kg_status st;
    kg_properties properties;
    text_copy texts = {p, KG_STATEMENT_INIT(KG_STATEMENT_ENTITY)};
    kg_statement *s = &texts.statement;
    KG_TRY(st, kg_name_get(&s->head, p->from, KG_ENTITY, id));
    KG_TRY(st, kg_entity_properties(&properties, p->from, id));
    KG_TRY(st, take_properties(p, s, properties));
    KG_TRY(st, kg_bulk_statement(p->to, s, p->err));
    s->n_properties = 0;
    KG_TRY(st, copy_types(p, s, id));
    KG_TRY(st, kg_entity_labels(p->from, id, copy_text, &texts));
    kg_statement w = KG_STATEMENT_INIT(KG_STATEMENT_WEIGHT);
    w.head = s->head;
    w.number = weight ? *weight : 0;
    return weight ? kg_bulk_statement(p->to, &w, p->err) : KG_OK;
}

static kg_status copy_relation(part *p, kg_id id) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_RELATION);
    KG_TRY(st, kg_name_get(&s.relation, p->from, KG_RELATION, id));
    KG_TRY(st, kg_label_get(&s.label, p->from, KG_RELATION, id));
    KG_TRY(st, kg_label_language(&s.language, p->from, KG_RELATION, id));
    return kg_bulk_statement(p->to, &s, p->err);
}

static kg_status copy_edge(part *p, const edge *e) {
    kg_status st;
    kg_properties properties;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    KG_TRY(st, kg_name_get(&s.head, p->from, KG_ENTITY, e->head));
    KG_TRY(st, kg_name_get(&s.relation, p->from, KG_RELATION, e->relation));
    KG_TRY(st, kg_name_get(&s.tail, p->from, KG_ENTITY, e->tail));
    KG_TRY(st, kg_edge_properties(&properties, p->from, e->head, e->relation, e->tail));
    KG_TRY(st, take_properties(p, &s, properties));
    KG_TRY(st, copy_relation(p, e->relation));
    return kg_bulk_statement(p->to, &s, p->err);
}

/* An edge that both its ends lead to was chosen twice. */
static int by_ids(const void *a, const void *b) {
    return memcmp(a, b, sizeof(edge));
}

static kg_status copy_all(part *p) {
    kg_status st;
    const double *weights = NULL;
    uint64_t n = 0;
    if (kg_weights_get(&weights, &n, NULL, p->from) != KG_OK)
        n = 0;
    for (size_t i = 0; i < p->entities.len; i++) {
        kg_id id = p->entities.data[i];
        KG_TRY(st, copy_entity(p, id, id < n ? &weights[id] : NULL));
    }
    if (p->edges.len > 0)
        qsort(p->edges.data, p->edges.len, sizeof *p->edges.data, by_ids);
    for (size_t i = 0; i < p->edges.len; i++)
        if (i == 0 || by_ids(&p->edges.data[i - 1], &p->edges.data[i]) != 0)
            KG_TRY(st, copy_edge(p, &p->edges.data[i]));
    return KG_OK;
}

static kg_status copy(part *p, const char *path) {
    kg_status st;
    kg_bulk_report report;
    const kg_bulk_options options = {.threads = 1};
    KG_TRY(st, kg_bulk_begin(&p->to, path, &options, p->err));
    st = copy_all(p);
    if (st == KG_OK)
        return kg_bulk_finish(&report, p->to, p->err);
    kg_bulk_abort(p->to);
    return kg_snapshot_fault(p->err, st, p->from);
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static kg_status make_folder(kg_around *around, kg_error *err) {
    const char *where = getenv("TMPDIR");
    if (asprintf(&around->folder, "%s/kg-part-XXXXXX", where && *where ? where : "/tmp") < 0) {
        around->folder = NULL;
        return no_memory(err);
    }
    if (mkdtemp(around->folder))
        return KG_OK;
    kg_status st = kg_error_errno(err, "make the folder", around->folder);
    free(around->folder);
    around->folder = NULL;
    return st;
}

static kg_status open_copy(kg_around *around, part *p, const kg_around_options *options) {
    kg_status st;
    char *path;
    KG_TRY(st, choose(p, options));
    KG_TRY(st, make_folder(around, p->err));
    if (asprintf(&path, "%s/store", around->folder) < 0)
        return no_memory(p->err);
    st = copy(p, path);
    if (st == KG_OK)
        st = kg_store_open(&around->store, path, p->err);
    free(path);
    return st == KG_OK ? kg_snapshot_begin(&around->snapshot, around->store, p->err) : st;
}

kg_status kg_around_begin(kg_around **out, kg_snapshot *from, const kg_around_options *options,
                          kg_error *err) {
    part p = {.from = from, .err = err};
    kg_around *around = calloc(1, sizeof *around);
    *out = NULL;
    if (!around)
        return no_memory(err);
    kg_status st = open_copy(around, &p, options);
    free(p.visited);
    kg_array_free(&p.entities);
    kg_array_free(&p.edges);
    kg_array_free(&p.properties);
    if (st == KG_OK)
        *out = around;
    else
        kg_around_end(around);
    return st;
}

kg_snapshot *kg_around_snapshot(const kg_around *around) {
    return around->snapshot;
}

void kg_around_end(kg_around *around) {
    if (!around)
        return;
    if (around->snapshot)
        kg_snapshot_end(around->snapshot);
    if (around->store)
        kg_store_close(around->store);
    if (around->folder)
        kg_tree_remove(around->folder);
    free(around->folder);
    free(around);
}
