#include "import/graph_schema.h"

#include "kgstore/base/nameset.h"
#include "kgstore/base/nearest.h"

#include <jansson.h>

/* The types that one end of a relation may have, by number; any: no list was given. */
typedef struct type_list {
    KG_ARRAY(uint32_t) types;
    bool any;
} type_list;

typedef struct relation_rule {
    type_list ends[2]; /* domain, range */
} relation_rule;

struct kg_graph_schema {
    kg_reader *reader;
    const char *path;
    bool refuse, closed_types, closed_relations;
    kg_nameset types;     /* of the schema first, then others as they are seen */
    size_t n_types;       /* of the schema */
    kg_nameset relations; /* likewise; rules by their number */
    KG_ARRAY(relation_rule) rules;
    kg_nameset entities;      /* seen */
    kg_nameset typed;         /* {u32 entity, u32 type} seen; type KG_NAMESET_NONE: some type */
    KG_ARRAY(uint32_t) by_id; /* number in entities or relations of an id; KG_NAMESET_NONE: none */
    KG_ARRAY(uint32_t) relation_by_id;
};

/* ---- The file ---------------------------------------------------------------------------------
 */

static kg_status fail(const kg_graph_schema *s, kg_error *err, const char *what) {
    return kg_error_at(err, KG_ERR_FORMAT, s->path, 0, "%s; see schemas/graph.schema.json", what);
}

static kg_status no_memory(const kg_graph_schema *s, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory checking against %s", s->path);
}

static kg_str text_of(const json_t *text) {
    return (kg_str){json_string_value(text), json_string_length(text)};
}

/* Refuse a key that the schema of schemas does not know: what it was meant to say would be lost. */
static kg_status check_keys(const kg_graph_schema *s, json_t *object, const char *const *known,
                            size_t n, kg_error *err) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        kg_nearest nearest = kg_nearest_begin(key);
        bool is_known = false;
        (void)value;
        for (size_t i = 0; i < n; i++) {
            is_known = is_known || strcmp(key, known[i]) == 0;
            kg_nearest_consider(&nearest, known[i]);
        }
        if (!is_known)
            return kg_error_at(err, KG_ERR_FORMAT, s->path, 0,
                               "unknown key \"%s\"%s%s%s; see schemas/graph.schema.json",
                               kg_quote(kg_str_from(key)).text,
                               nearest.best ? "; did you mean \"" : "",
                               nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
    }
    return KG_OK;
}

static kg_status read_types(kg_graph_schema *s, const json_t *types, kg_error *err) {
    uint32_t number;
    s->closed_types = types != NULL;
    if (types && !json_is_array(types))
        return fail(s, err,
                    "found \"types\" that is no list of names; expected [\"disease\", ...]");
    for (size_t i = 0; i < json_array_size(types); i++) {
        const json_t *type = json_array_get(types, i);
        if (!json_is_string(type))
            return fail(s, err,
                        "found \"types\" that is no list of names; expected [\"disease\", ...]");
        if (kg_nameset_add(&number, &s->types, text_of(type)) != KG_OK)
            return no_memory(s, err);
    }
    return KG_OK;
}

static kg_status read_end(type_list *end, kg_graph_schema *s, const json_t *list, kg_error *err) {
    uint32_t number;
    end->any = list == NULL;
    if (list && !json_is_array(list))
        return fail(
            s, err,
            "found a domain or range that is no list of types; expected [\"disease\", ...]");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *type = json_array_get(list, i);
        if (!json_is_string(type))
            return fail(
                s, err,
                "found a domain or range that is no list of types; expected [\"disease\", ...]");
        if (s->closed_types && kg_nameset_find(&s->types, text_of(type)) == KG_NAMESET_NONE)
            return kg_error_at(err, KG_ERR_FORMAT, s->path, 0,
                               "a domain or range names the type \"%s\", which \"types\" does not; "
                               "add it there",
                               kg_quote(text_of(type)).text);
        if (kg_nameset_add(&number, &s->types, text_of(type)) != KG_OK ||
            kg_array_push(&end->types, number) != KG_OK)
            return no_memory(s, err);
    }
    return KG_OK;
}

static kg_status read_relation(kg_graph_schema *s, kg_str name, json_t *rule, kg_error *err) {
    static const char *const keys[] = {"domain", "range"};
    kg_status st;
    uint32_t number;
    if (!json_is_object(rule))
        return kg_error_at(err, KG_ERR_FORMAT, s->path, 0,
                           "found the relation \"%s\" without an object; expected {\"domain\": "
                           "[...], \"range\": [...]}",
                           kg_quote(name).text);
    KG_TRY(st, check_keys(s, rule, keys, 2, err));
    if (kg_nameset_add(&number, &s->relations, name) != KG_OK ||
        kg_array_push(&s->rules, (relation_rule){0}) != KG_OK)
        return no_memory(s, err);
    KG_TRY(st, read_end(&s->rules.data[number].ends[0], s, json_object_get(rule, "domain"), err));
    return read_end(&s->rules.data[number].ends[1], s, json_object_get(rule, "range"), err);
}

static kg_status read_schema(kg_graph_schema *s, json_t *root, kg_error *err) {
    static const char *const keys[] = {"types", "relations", "violations"};
    kg_status st;
    const char *name;
    json_t *rule;
    if (!json_is_object(root))
        return fail(s, err, "found a schema that is no JSON object; expected {\"relations\": ...}");
    KG_TRY(st, check_keys(s, root, keys, 3, err));
    const char *violations = json_string_value(json_object_get(root, "violations"));
    s->refuse = violations && strcmp(violations, "refuse") == 0;
    if (json_object_get(root, "violations") &&
        (!violations || (!s->refuse && strcmp(violations, "report") != 0)))
        return fail(s, err,
                    "found \"violations\" of another value; expected \"report\" or \"refuse\"");
    KG_TRY(st, read_types(s, json_object_get(root, "types"), err));
    json_t *relations = json_object_get(root, "relations");
    s->closed_relations = relations != NULL;
    if (relations && !json_is_object(relations))
        return fail(s, err, "found \"relations\" that is no object; expected relations by name");
    json_object_foreach(relations, name, rule) {
        KG_TRY(st, read_relation(s, kg_str_from(name), rule, err));
    }
    s->n_types = s->types.names.len;
    return KG_OK;
}

static kg_status read_file(kg_graph_schema *s, kg_error *err) {
    kg_status st;
    kg_lines *lines;
    kg_str content;
    json_error_t e = {.line = -1};
    KG_TRY(st, kg_reader_open(&lines, s->reader, s->path, err));
    st = kg_lines_rest(&content, lines, (size_t)64 << 20, err);
    json_t *root =
        st == KG_OK ? json_loadb(content.data, content.len, JSON_REJECT_DUPLICATES, &e) : NULL;
    if (st == KG_OK && !root)
        st = json_error_code(&e) == json_error_out_of_memory
                 ? no_memory(s, err)
                 : kg_error_at(err, KG_ERR_FORMAT, s->path, e.line > 0 ? (uint64_t)e.line : 1,
                               "%s; correct the JSON", e.text);
    kg_lines_close(lines);
    if (st == KG_OK)
        st = read_schema(s, root, err);
    json_decref(root);
    return st;
}

kg_status kg_graph_schema_load(kg_graph_schema **out, const char *path, kg_reader *reader,
                               kg_error *err) {
    kg_graph_schema *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", path);
    s->path = path;
    s->reader = reader;
    kg_status st = read_file(s, err);
    if (st != KG_OK) {
        kg_graph_schema_free(s);
        return st;
    }
    *out = s;
    return KG_OK;
}

void kg_graph_schema_free(kg_graph_schema *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->rules.len; i++) {
        kg_array_free(&s->rules.data[i].ends[0].types);
        kg_array_free(&s->rules.data[i].ends[1].types);
    }
    kg_array_free(&s->rules);
    kg_array_free(&s->by_id);
    kg_array_free(&s->relation_by_id);
    kg_nameset_free(&s->types);
    kg_nameset_free(&s->relations);
    kg_nameset_free(&s->entities);
    kg_nameset_free(&s->typed);
    free(s);
}

/* ---- What passes ------------------------------------------------------------------------------
 */

/* A pair as the key of s->typed. */
static kg_str pair_key(uint32_t pair[2]) {
    return (kg_str){(const char *)pair, 2 * sizeof *pair};
}

static bool is_typed(const kg_graph_schema *s, uint32_t entity, uint32_t type) {
    uint32_t pair[2] = {entity, type};
    return kg_nameset_find(&s->typed, pair_key(pair)) != KG_NAMESET_NONE;
}

static kg_status note_type(kg_graph_schema *s, uint32_t entity, kg_str type) {
    kg_status st;
    uint32_t number, ignored;
    uint32_t some[2] = {entity, KG_NAMESET_NONE};
    KG_TRY(st, kg_nameset_add(&number, &s->types, type));
    uint32_t pair[2] = {entity, number};
    KG_TRY(st, kg_nameset_add(&ignored, &s->typed, pair_key(pair)));
    return kg_nameset_add(&ignored, &s->typed, pair_key(some));
}

/* Remember that an id stands for the number. */
static kg_status note_id(kg_graph_schema *s, bool relation, kg_id id, uint32_t number) {
    kg_status st;
    enum { MAX_ID = 1 << 30 };
    size_t len = relation ? s->relation_by_id.len : s->by_id.len;
    for (; id < MAX_ID && len <= id; len++)
        KG_TRY(st, relation ? kg_array_push(&s->relation_by_id, KG_NAMESET_NONE)
                            : kg_array_push(&s->by_id, KG_NAMESET_NONE));
    if (id < MAX_ID)
        *(relation ? &s->relation_by_id.data[id] : &s->by_id.data[id]) = number;
    return KG_OK;
}

/* The number of a statement's end; KG_NAMESET_NONE for an id that was not declared. */
static kg_status entity_of(uint32_t *number, kg_graph_schema *s, const kg_statement *from,
                           bool head) {
    kg_id id = head ? from->head_id : from->tail_id;
    if (!from->by_id)
        return kg_nameset_add(number, &s->entities, head ? from->head : from->tail);
    *number = id < s->by_id.len ? s->by_id.data[id] : KG_NAMESET_NONE;
    return KG_OK;
}

/* Count and tell a breach; the status that the statement meets. */
static kg_status breach(kg_graph_schema *s, const kg_statement *at, kg_error *err,
                        const char *text) {
    s->reader->counts->violations++;
    if (s->refuse)
        return kg_error_at(err, KG_ERR_FORMAT, at->file, at->line, "%s", text);
    kg_error detail = KG_ERROR_INIT;
    kg_error_at(&detail, KG_ERR_FORMAT, at->file, at->line, "%s", text);
    if (s->reader->options->problem)
        s->reader->options->problem(s->reader->options->context, &detail);
    return KG_OK;
}

/* Has the entity a type that the list allows, or none yet? */
static bool fits(const kg_graph_schema *s, const type_list *list, uint32_t entity) {
    if (list->any || entity == KG_NAMESET_NONE || !is_typed(s, entity, KG_NAMESET_NONE))
        return true;
    for (size_t i = 0; i < list->types.len; i++)
        if (is_typed(s, entity, list->types.data[i]))
            return true;
    return false;
}

static kg_status check_end(kg_graph_schema *s, const kg_statement *t, bool head, uint32_t relation,
                           uint32_t entity, kg_error *err) {
    char text[400];
    if (fits(s, &s->rules.data[relation].ends[head ? 0 : 1], entity))
        return KG_OK;
    snprintf(text, sizeof text,
             "the schema does not let \"%s\" be the %s of %s: its types are not in the relation's "
             "%s; correct the triple or the schema",
             kg_quote(s->entities.names.data[entity]).text, head ? "head" : "tail",
             kg_quote(s->relations.names.data[relation]).text, head ? "domain" : "range");
    return breach(s, t, err, text);
}

static kg_status check_triple(kg_graph_schema *s, const kg_statement *t, kg_error *err) {
    kg_status st;
    uint32_t head, tail, relation;
    char text[400];
    if (entity_of(&head, s, t, true) != KG_OK || entity_of(&tail, s, t, false) != KG_OK ||
        (t->head_type.len && head != KG_NAMESET_NONE &&
         note_type(s, head, t->head_type) != KG_OK) ||
        (t->tail_type.len && tail != KG_NAMESET_NONE && note_type(s, tail, t->tail_type) != KG_OK))
        return no_memory(s, err);
    if (t->by_id)
        relation = t->relation_id < s->relation_by_id.len ? s->relation_by_id.data[t->relation_id]
                                                          : KG_NAMESET_NONE;
    else
        relation = kg_nameset_find(&s->relations, t->relation);
    if (relation == KG_NAMESET_NONE) {
        if (!s->closed_relations)
            return KG_OK;
        snprintf(text, sizeof text,
                 "the schema has no relation \"%s\"; correct the triple or the schema",
                 t->by_id ? "of this id" : kg_quote(t->relation).text);
        return breach(s, t, err, text);
    }
    KG_TRY(st, check_end(s, t, true, relation, head, err));
    return check_end(s, t, false, relation, tail, err);
}

/* A type that the schema's list does not have. */
static kg_status check_type(kg_graph_schema *s, const kg_statement *at, kg_str type,
                            kg_error *err) {
    char text[200];
    if (type.len == 0 || !s->closed_types || kg_nameset_find(&s->types, type) < s->n_types)
        return KG_OK;
    snprintf(text, sizeof text, "the schema has no type \"%s\"; correct the line or the schema",
             kg_quote(type).text);
    return breach(s, at, err, text);
}

static kg_status note_entity(kg_graph_schema *s, const kg_statement *e, kg_error *err) {
    uint32_t number;
    kg_status st = entity_of(&number, s, e, true);
    if (st == KG_OK && number == KG_NAMESET_NONE)
        return KG_OK;
    if (st == KG_OK && !e->by_id && e->head_id != KG_NO_ID)
        st = note_id(s, false, e->head_id, number);
    if (st == KG_OK && e->head_type.len)
        st = note_type(s, number, e->head_type);
    return st == KG_OK ? KG_OK : no_memory(s, err);
}

kg_status kg_graph_schema_statement(void *context, const kg_statement *statement, kg_error *err) {
    kg_status st = KG_OK;
    kg_graph_schema *s = context;
    uint32_t number;
    switch (statement->kind) {
    case KG_STATEMENT_TRIPLE:
        KG_TRY(st, check_type(s, statement, statement->head_type, err));
        KG_TRY(st, check_type(s, statement, statement->tail_type, err));
        KG_TRY(st, check_triple(s, statement, err));
        break;
    case KG_STATEMENT_ENTITY:
        KG_TRY(st, check_type(s, statement, statement->head_type, err));
        KG_TRY(st, note_entity(s, statement, err));
        break;
    case KG_STATEMENT_RELATION:
        number = kg_nameset_find(&s->relations, statement->relation);
        if (statement->relation_id != KG_NO_ID)
            st = note_id(s, true, statement->relation_id, number);
        if (st != KG_OK)
            return no_memory(s, err);
        break;
    case KG_STATEMENT_TYPE:
    case KG_STATEMENT_ALIAS:
    case KG_STATEMENT_WEIGHT:
        break;
    }
    return s->reader->sink(s->reader->sink_context, statement, err);
}
