/* The verbs of kg query, asked by parameters. */
#include "cli/serve/answers.h"

#include "cli/output.h"

enum { MOST = 10000, FEW = 1000 };

/* A parameter that must be there. */
static kg_status text_of(kg_str *out, const kg_asked *a, const char *name) {
    const char *value = kg_target_value(a->target, name);
    *out = kg_str_from(value);
    return value ? KG_OK
                 : kg_error_set(a->err, KG_ERR_ARGUMENT, "%s needs the parameter %s",
                                a->target->path.data, name);
}

static kg_status count_of(uint32_t *out, const kg_asked *a, const char *name, uint64_t most) {
    uint64_t n;
    kg_status st = kg_target_count(&n, a->target, name, 0, 1, most, a->err);
    *out = (uint32_t)n;
    return st;
}

static kg_status ask(const kg_asked *a, const kg_question *question) {
    kg_result result = KG_RESULT_INIT;
    kg_status st = kg_query(&result, a->snapshot, question, a->err);
    if (st == KG_OK)
        st = kg_output_result(a->to, &result, KG_MODE_JSON);
    kg_result_free(&result);
    return st;
}

/* The values of "relation", each of which may stand in the address. */
static size_t relations_of(kg_str relations[KG_TARGET_PARAMETERS], const kg_asked *a) {
    size_t n = 0;
    for (size_t i = 0; i < a->target->n; i++)
        if (strcmp(a->target->parameters[i].name.data, "relation") == 0)
            relations[n++] = a->target->parameters[i].value;
    return n;
}

kg_status kg_serve_entity(const kg_asked *a) {
    kg_str name;
    kg_status st;
    KG_TRY(st, text_of(&name, a, "name"));
    return ask(a, &(kg_question){.verb = "describe", .args = &name, .n_args = 1});
}

kg_status kg_serve_neighbours(const kg_asked *a) {
    static const char *const directions[] = {"both", "out", "in", NULL};
    static const char *const verbs[] = {"top", "out", "in"};
    static const char *const weights[] = {"pagerank", "pepr", NULL};
    static const kg_weight_set sets[] = {KG_WEIGHT_PAGERANK, KG_WEIGHT_PEPR};
    kg_str name, relations[KG_TARGET_PARAMETERS];
    size_t direction, set;
    bool by_entity;
    uint32_t k;
    kg_status st;
    KG_TRY(st, text_of(&name, a, "name"));
    KG_TRY(st, count_of(&k, a, "k", MOST));
    KG_TRY(st, kg_target_choice(&direction, a->target, "direction", directions, a->err));
    KG_TRY(st, kg_target_choice(&set, a->target, "weights", weights, a->err));
    KG_TRY(st, kg_target_flag(&by_entity, a->target, "by-entity", a->err));
    size_t n = relations_of(relations, a);
    return ask(a, &(kg_question){.verb = verbs[direction],
                                 .args = &name,
                                 .n_args = 1,
                                 .k = k ? k : 10,
                                 .weights = sets[set],
                                 .by_entity = by_entity,
                                 .relations = relations,
                                 .n_relations = n});
}

kg_status kg_serve_relations(const kg_asked *a) {
    kg_str name;
    kg_status st;
    KG_TRY(st, text_of(&name, a, "name"));
    return ask(a, &(kg_question){.verb = "count", .args = &name, .n_args = 1});
}

kg_status kg_serve_search(const kg_asked *a) {
    kg_str text;
    uint32_t k;
    kg_status st;
    KG_TRY(st, text_of(&text, a, "text"));
    KG_TRY(st, count_of(&k, a, "k", FEW));
    return ask(a, &(kg_question){.verb = "search", .args = &text, .n_args = 1, .k = k});
}

kg_status kg_serve_similar(const kg_asked *a) {
    kg_str name;
    uint32_t k;
    kg_status st;
    KG_TRY(st, text_of(&name, a, "name"));
    KG_TRY(st, count_of(&k, a, "k", FEW));
    return ask(a, &(kg_question){.verb = "similar", .args = &name, .n_args = 1, .k = k});
}

kg_status kg_serve_path(const kg_asked *a) {
    kg_str ends[2], relations[KG_TARGET_PARAMETERS];
    bool directed;
    uint32_t k;
    uint64_t most_edges;
    kg_status st;
    KG_TRY(st, text_of(&ends[0], a, "from"));
    KG_TRY(st, text_of(&ends[1], a, "to"));
    KG_TRY(st, count_of(&k, a, "k", 100));
    KG_TRY(st, kg_target_flag(&directed, a->target, "directed", a->err));
    KG_TRY(st, kg_target_count(&most_edges, a->target, "avoid-hubs", 0, 1, UINT32_MAX, a->err));
    size_t n = relations_of(relations, a);
    return ask(a, &(kg_question){.verb = "path",
                                 .args = ends,
                                 .n_args = 2,
                                 .k = k,
                                 .directed = directed,
                                 .most_edges = most_edges,
                                 .relations = relations,
                                 .n_relations = n});
}

/* A name that completes, with what it stands for. */
typedef struct completions {
    const kg_asked *asked;
    bool any;
} completions;

static kg_status add_completion(void *context, kg_str name, kg_id id) {
    completions *c = context;
    kg_snapshot *snapshot = c->asked->snapshot;
    FILE *to = c->asked->to;
    kg_str identifier, label, type = {NULL, 0};
    kg_types types;
    kg_status st;
    KG_TRY(st, kg_name_get(&identifier, snapshot, KG_ENTITY, id));
    KG_TRY(st, kg_label_get(&label, snapshot, KG_ENTITY, id));
    KG_TRY(st, kg_entity_types(&types, snapshot, id));
    if (types.count)
        KG_TRY(st, kg_name_get(&type, snapshot, KG_TYPE, kg_types_at(types, 0)));
    fputs(c->any ? ",\n {\"name\": " : "{\"name\": ", to);
    kg_output_json_text(to, name);
    fputs(", \"entity\": ", to);
    kg_output_json_text(to, identifier);
    fputs(", \"label\": ", to);
    kg_output_json_text(to, label);
    fputs(", \"type\": ", to);
    if (types.count)
        kg_output_json_text(to, type);
    else
        fputs("null", to);
    putc('}', to);
    c->any = true;
    return KG_OK;
}

kg_status kg_serve_complete(const kg_asked *a) {
    completions c = {.asked = a};
    kg_str prefix;
    uint32_t k;
    kg_status st;
    KG_TRY(st, text_of(&prefix, a, "prefix"));
    KG_TRY(st, count_of(&k, a, "k", FEW));
    putc('[', a->to);
    KG_TRY(st, kg_entity_complete(a->snapshot, prefix, k ? k : 10, add_completion, &c));
    fputs("]\n", a->to);
    return KG_OK;
}
