#include "import/members.h"

#include "import/json.h"
#include "kgstore/base/pickle.h"

typedef struct json_walk {
    kg_arena arena;
    const char *name;
    kg_member_fn visit;
    void *context;
} json_walk;

static kg_status visit_span(void *context, kg_str key, kg_str text, uint64_t line, kg_error *err) {
    kg_status st;
    json_walk *w = context;
    kg_datum name = {.kind = KG_DATUM_TEXT, .as.text = key}, *value;
    kg_arena_reset(&w->arena);
    KG_TRY(st, kg_json_value(&value, &w->arena, text, w->name, line, err));
    st = w->visit(w->context, &name, value, err);
    if (st == KG_ERR_FORMAT && err->line == 0)
        err->line = line;
    return st;
}

static kg_status each_of_pickle(kg_str content, const char *name, kg_member_fn visit, void *context,
                                kg_error *err) {
    const kg_datum *dict;
    kg_arena arena = KG_ARENA_INIT;
    kg_status st = kg_pickle_read(&dict, NULL, &arena, content, NULL, name, err);
    if (st == KG_OK && dict->kind != KG_DATUM_DICT)
        st = kg_error_at(err, KG_ERR_FORMAT, name, 0,
                         "the pickle holds no dict; save a dict with the names as its keys");
    for (size_t i = 0; st == KG_OK && i < dict->n; i++)
        st = visit(context, dict->as.items[2 * i], dict->as.items[2 * i + 1], err);
    kg_arena_free(&arena);
    return st;
}

kg_status kg_members_each(kg_str content, const char *name, kg_member_fn visit, void *context,
                          kg_error *err) {
    size_t at = 0;
    if (content.len >= 3 && memcmp(content.data, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    while (at < content.len && memchr(" \t\r\n", content.data[at], 4))
        at++;
    if (at == content.len)
        return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                           "the file is empty; expected a JSON object or a pickled dict");
    if (content.data[at] != '{')
        return each_of_pickle(content, name, visit, context, err);
    json_walk w = {KG_ARENA_INIT, name, visit, context};
    uint64_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += content.data[i] == '\n';
    kg_str text = {content.data + at, content.len - at};
    kg_status st = kg_json_each(text, name, line, visit_span, &w, err);
    kg_arena_free(&w.arena);
    return st;
}
