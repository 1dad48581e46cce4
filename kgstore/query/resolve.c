#include "kgstore/query/query.h"

#include "kgstore/base/array.h"
#include "kgstore/base/utf8.h"

#include <stdio.h>

enum { SHOWN = 5 }; /* names that a message offers */

/* Names listed one after the other, as far as they fit. */
typedef struct listing {
    char text[400];
    size_t len, shown;
} listing;

static void list_name(listing *l, kg_str name) {
    if (l->shown < SHOWN && l->len + name.len + 3 < sizeof l->text) {
        int n = snprintf(l->text + l->len, sizeof l->text - l->len, "%s%.*s", l->shown ? ", " : "",
                         KG_STR_ARG(name));
        l->len += (size_t)n;
        ++l->shown;
    }
}

static kg_status ambiguous(kg_ids entities, kg_snapshot *snapshot, kg_str name, kg_error *err) {
    kg_status st;
    listing l = {0};
    kg_str identifier;
    for (uint32_t i = 0; i < entities.count && i < SHOWN; ++i) {
        KG_TRY(st, kg_name_get(&identifier, snapshot, KG_ENTITY, kg_ids_at(entities, i)));
        list_name(&l, identifier);
    }
    return kg_error_set(
        err, KG_ERR_NOT_FOUND, "\"%.*s\" names %u entities: %s%s; say which by its identifier",
        KG_STR_ARG(name), entities.count, l.text, entities.count > l.shown ? ", ..." : "");
}

/* List the names that were probably meant, where there are not so many names that to look at all of
 * them takes longer than to type again. */
static kg_status list_near(listing *l, kg_snapshot *snapshot, kg_str name, kg_error *err) {
    enum { MOST_NAMES = 3000000 };
    kg_founds found = KG_ARRAY_INIT;
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, snapshot, err));
    if (stats.entities + stats.labels + stats.aliases > MOST_NAMES)
        return KG_OK;
    st = kg_names_search(&found, snapshot, name, SHOWN, err);
    for (size_t i = 0; i < found.len && st == KG_OK; ++i) {
        bool told = false;
        for (size_t k = 0; k < i; ++k)
            told = told || kg_str_equal(found.data[k].name, found.data[i].name);
        if (!told)
            list_name(l, found.data[i].name);
    }
    kg_array_free(&found);
    return st;
}

static kg_status unknown(kg_snapshot *snapshot, kg_str name, kg_error *err) {
    kg_status st;
    listing l = {0};
    KG_TRY(st, kg_text_check(name, "the name", err));
    if (!err)
        return KG_ERR_NOT_FOUND;
    KG_TRY(st, list_near(&l, snapshot, name, err));
    return kg_error_set(err, KG_ERR_NOT_FOUND, "nothing is called \"%.*s\"%s%s%s", KG_STR_ARG(name),
                        l.shown ? "; did you mean " : "", l.text, l.shown ? "?" : "");
}

static kg_status resolve_name(kg_id *entity, kg_snapshot *snapshot, kg_str name, kg_error *err) {
    kg_ids entities;
    kg_status st = kg_name_find(entity, snapshot, KG_ENTITY, name);
    if (st != KG_ERR_NOT_FOUND)
        return st;
    st = kg_alias_find(&entities, snapshot, name);
    if (st == KG_ERR_NOT_FOUND)
        return unknown(snapshot, name, err);
    if (st != KG_OK)
        return st;
    if (entities.count != 1)
        return ambiguous(entities, snapshot, name, err);
    *entity = kg_ids_at(entities, 0);
    return KG_OK;
}

kg_status kg_entity_resolve(kg_id *entity, kg_snapshot *snapshot, kg_str name, kg_error *err) {
    return kg_snapshot_fault(err, resolve_name(entity, snapshot, name, err), snapshot);
}
