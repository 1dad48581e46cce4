#include "import/rdf_group.h"

static bool is_statement(const kg_rdf_group *g) {
    for (int i = 0; i < KG_RDF_PARTS; i++)
        if (g->parts[i].len > 0)
            return true;
    return false;
}

static bool is_whole(const kg_rdf_group *g) {
    return g->parts[KG_RDF_SUBJECT].len > 0 && g->parts[KG_RDF_PREDICATE].len > 0 &&
           g->parts[KG_RDF_OBJECT].len > 0;
}

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading RDF");
}

/* ---- Keeping ----------------------------------------------------------------------------------
 */

static bool keep(kg_str *out, kg_arena *arena, kg_str text) {
    const char *copy = text.len ? kg_arena_copy(arena, text) : "";
    *out = (kg_str){copy, text.len};
    return copy != NULL;
}

static kg_status add_property(kg_rdf_group *g, kg_arena *arena, kg_str key, const kg_value *value) {
    kg_property p = {.value = *value};
    if (!keep(&p.key, arena, key) || !keep(&p.value.text, arena, value->text) ||
        !keep(&p.value.tag, arena, value->tag))
        return KG_ERR_MEMORY;
    return kg_array_push(&g->properties, p);
}

/* The subject's description that is not whole yet; NULL: there is none. */
static kg_rdf_group *unfinished(const kg_rdf_groups *groups, kg_str subject) {
    uint32_t number = KG_NAMESET_NONE;
    if (groups->unfinished.len > 0)
        number = kg_nameset_find(&groups->names, subject);
    return number == KG_NAMESET_NONE ? NULL : &groups->unfinished.data[number];
}

/* Put what was said now with what was said of the subject before. */
static kg_status put_aside(kg_rdf_groups *groups) {
    uint32_t number;
    kg_status st;
    const kg_rdf_group *now = &groups->now, none = {.file = NULL};
    KG_TRY(st, kg_nameset_add(&number, &groups->names, now->subject));
    if (number == groups->unfinished.len)
        KG_TRY(st, kg_array_push(&groups->unfinished, none));
    kg_rdf_group *to = &groups->unfinished.data[number];
    for (int i = 0; i < KG_RDF_PARTS; i++)
        if (now->parts[i].len > 0 && !keep(&to->parts[i], &groups->kept, now->parts[i]))
            return KG_ERR_MEMORY;
    for (size_t i = 0; i < now->properties.len; i++)
        KG_TRY(st, add_property(to, &groups->kept, now->properties.data[i].key,
                                &now->properties.data[i].value));
    return KG_OK;
}

/* ---- Handing on -------------------------------------------------------------------------------
 */

static kg_status emit(const kg_rdf_group *g, kg_reader *r, kg_error *err) {
    bool edge = is_whole(g);
    kg_statement s = KG_STATEMENT_INIT(edge ? KG_STATEMENT_TRIPLE : KG_STATEMENT_ENTITY);
    s.head = edge ? g->parts[KG_RDF_SUBJECT] : g->subject;
    s.relation = g->parts[KG_RDF_PREDICATE];
    s.tail = g->parts[KG_RDF_OBJECT];
    s.properties = g->properties.data;
    s.n_properties = g->properties.len;
    s.file = g->file;
    s.line = g->line;
    return kg_reader_emit(r, &s, err);
}

static void forget(kg_rdf_groups *groups) {
    kg_rdf_group *now = &groups->now;
    now->properties.len = 0;
    now->subject = (kg_str){NULL, 0};
    memset(now->parts, 0, sizeof now->parts);
    kg_arena_reset(&groups->arena);
}

kg_status kg_rdf_groups_pause(kg_rdf_groups *groups, kg_reader *r, kg_error *err) {
    kg_rdf_group *now = &groups->now;
    kg_status st = KG_OK;
    bool before = unfinished(groups, now->subject) != NULL;
    if (before || (is_statement(now) && !is_whole(now)))
        st = put_aside(groups) == KG_OK ? KG_OK : no_memory(err);
    else if (now->properties.len > 0 || is_whole(now))
        st = emit(now, r, err);
    forget(groups);
    return st;
}

kg_status kg_rdf_group_begin(kg_rdf_groups *groups, kg_reader *r, kg_str subject, const char *file,
                             uint64_t line, kg_error *err) {
    kg_status st;
    kg_rdf_group *now = &groups->now;
    if (now->subject.len > 0 && kg_str_equal(now->subject, subject))
        return KG_OK;
    KG_TRY(st, kg_rdf_groups_pause(groups, r, err));
    if (!keep(&now->subject, &groups->arena, subject))
        return no_memory(err);
    now->file = file;
    now->line = line;
    return KG_OK;
}

bool kg_rdf_group_is_statement(const kg_rdf_groups *groups) {
    return is_statement(&groups->now) || unfinished(groups, groups->now.subject);
}

kg_status kg_rdf_group_add(kg_rdf_groups *groups, kg_str key, const kg_value *value) {
    return add_property(&groups->now, &groups->arena, key, value);
}

kg_status kg_rdf_group_part(kg_rdf_groups *groups, kg_rdf_part part, kg_str name) {
    return keep(&groups->now.parts[part], &groups->arena, name) ? KG_OK : KG_ERR_MEMORY;
}

/* What cannot be said of any edge. */
static kg_status drop(const kg_rdf_group *g, kg_reader *r, kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_reader_drop(r, KG_STR("http://www.w3.org/1999/02/22-rdf-syntax-ns#Statement"), 1,
                              err));
    for (size_t i = 0; i < g->properties.len; i++)
        KG_TRY(st, kg_reader_drop(r, g->properties.data[i].key, 1, err));
    return KG_OK;
}

kg_status kg_rdf_groups_end(kg_rdf_groups *groups, kg_reader *r, kg_error *err) {
    kg_status st = kg_rdf_groups_pause(groups, r, err);
    for (size_t i = 0; i < groups->unfinished.len && st == KG_OK; i++) {
        const kg_rdf_group *g = &groups->unfinished.data[i];
        st = is_whole(g) ? emit(g, r, err) : drop(g, r, err);
    }
    return st;
}

void kg_rdf_groups_free(kg_rdf_groups *groups) {
    for (size_t i = 0; i < groups->unfinished.len; i++)
        kg_array_free(&groups->unfinished.data[i].properties);
    kg_array_free(&groups->unfinished);
    kg_array_free(&groups->now.properties);
    kg_nameset_free(&groups->names);
    kg_arena_free(&groups->arena);
    kg_arena_free(&groups->kept);
}
