#include "tests/import/dump.h"

#include "import/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct dump {
    kg_snapshot *s;
    unsigned what;
    KG_ARRAY(char *) lines;
    kg_bytes line;
} dump;

static void put(dump *d, const char *before, kg_str text) {
    assert_int_equal(kg_array_append(&d->line, before, strlen(before)), KG_OK);
    assert_int_equal(kg_array_append(&d->line, text.data, text.len), KG_OK);
}

static void put_name(dump *d, const char *before, kg_kind kind, kg_id id) {
    kg_str name;
    char number[16];
    assert_int_equal(kg_name_get(&name, d->s, kind, id), KG_OK);
    put(d, before, name);
    if (d->what & DUMP_IDS)
        put(d, "#", (kg_str){number, (size_t)snprintf(number, sizeof number, "%u", id)});
}

static void end_line(dump *d) {
    char *copy = strndup(d->line.data, d->line.len);
    assert_non_null(copy);
    assert_int_equal(kg_array_push(&d->lines, copy), KG_OK);
    d->line.len = 0;
}

static kg_status put_alias(void *context, kg_str alias, kg_id id) {
    (void)id;
    put(context, " alias=", alias);
    return KG_OK;
}

static kg_status put_label(void *context, const kg_label *label) {
    dump *d = context;
    put(d, label->is_label ? " label=" : " alias=", label->text);
    put(d, "@", label->language);
    return KG_OK;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_properties(dump *d, kg_properties properties) {
    kg_id key;
    kg_value value;
    KG_ARRAY(char *) texts = KG_ARRAY_INIT;
    while (kg_properties_next(&key, &value, &properties)) {
        kg_bytes text = KG_ARRAY_INIT;
        kg_str name;
        assert_int_equal(kg_name_get(&name, d->s, KG_KEY, key), KG_OK);
        assert_int_equal(kg_term_quote(&text, name), KG_OK);
        assert_int_equal(kg_array_push(&text, '='), KG_OK);
        assert_int_equal(kg_term_append(&text, &value, KG_TERM_TURTLE), KG_OK);
        assert_int_equal(kg_array_push(&text, '\0'), KG_OK);
        assert_int_equal(kg_array_push(&texts, text.data), KG_OK);
    }
    if (texts.len > 0)
        qsort(texts.data, texts.len, sizeof *texts.data, by_text);
    for (size_t i = 0; i < texts.len; i++) {
        put(d, " ", kg_str_from(texts.data[i]));
        free(texts.data[i]);
    }
    kg_array_free(&texts);
}

static void put_edge_properties(dump *d, kg_id head, kg_id relation, kg_id tail) {
    kg_properties properties;
    assert_int_equal(kg_edge_properties(&properties, d->s, head, relation, tail), KG_OK);
    put_properties(d, properties);
}

static void put_extras(dump *d, kg_id id) {
    kg_properties properties;
    if (d->what & DUMP_LANGUAGES)
        assert_int_equal(kg_entity_labels(d->s, id, put_label, d), KG_OK);
    assert_int_equal(kg_entity_properties(&properties, d->s, id), KG_OK);
    if (d->what & DUMP_PROPERTIES)
        put_properties(d, properties);
}

static void dump_entity(dump *d, kg_id id, const double *weights) {
    kg_str label;
    kg_types types;
    kg_edges edges;
    char number[32];
    put_name(d, "e ", KG_ENTITY, id);
    assert_int_equal(kg_label_get(&label, d->s, KG_ENTITY, id), KG_OK);
    if (d->what & DUMP_LABELS)
        put(d, " label=", label);
    assert_int_equal(kg_entity_types(&types, d->s, id), KG_OK);
    for (uint32_t i = 0; d->what & DUMP_TYPES && i < types.count; i++)
        put_name(d, " type=", KG_TYPE, kg_types_at(types, i));
    if (d->what & DUMP_ALIASES)
        assert_int_equal(kg_entity_aliases(d->s, id, put_alias, d), KG_OK);
    put_extras(d, id);
    if (weights)
        put(d, " weight=",
            (kg_str){number, (size_t)snprintf(number, sizeof number, "%a", weights[id])});
    end_line(d);
    assert_int_equal(kg_entity_edges(&edges, NULL, d->s, id), KG_OK);
    for (uint32_t i = 0; i < edges.count; i++) {
        put_name(d, "t ", KG_ENTITY, id);
        put_name(d, " ", KG_RELATION, kg_edge_relation(edges, i));
        put_name(d, " ", KG_ENTITY, kg_edge_entity(edges, i));
        if (d->what & DUMP_PROPERTIES)
            put_edge_properties(d, id, kg_edge_relation(edges, i), kg_edge_entity(edges, i));
        end_line(d);
    }
}

static void put_relation_label(dump *d, kg_id id) {
    kg_str label, language;
    assert_int_equal(kg_label_get(&label, d->s, KG_RELATION, id), KG_OK);
    assert_int_equal(kg_label_language(&language, d->s, KG_RELATION, id), KG_OK);
    if (d->what & DUMP_RELATION_LABELS)
        put(d, " label=", label);
    if (d->what & DUMP_RELATION_LANGUAGES)
        put(d, "@", language);
}

/* Where ids do not count, one without edges is none: tables do not name it. */
static void dump_relations(dump *d, uint64_t n) {
    uint64_t *counts = calloc(n + 1, sizeof *counts);
    assert_non_null(counts);
    assert_int_equal(kg_relation_counts(counts, d->s), KG_OK);
    for (kg_id id = 0; id < n; id++) {
        if (counts[id] == 0 && !(d->what & DUMP_IDS))
            continue;
        put_name(d, "r ", KG_RELATION, id);
        put_relation_label(d, id);
        end_line(d);
    }
    free(counts);
}

void dump_store(kg_bytes *text, const char *path, unsigned what) {
    kg_store *store;
    kg_stats stats;
    dump d = {.what = what};
    const double *weights = NULL;
    uint64_t n = 0;
    kg_str name;
    assert_int_equal(kg_store_open(&store, path, NULL), KG_OK);
    assert_int_equal(kg_snapshot_begin(&d.s, store, NULL), KG_OK);
    assert_int_equal(kg_snapshot_stats(&stats, d.s, NULL), KG_OK);
    if (what & DUMP_WEIGHTS) {
        assert_int_equal(kg_weights_get(&weights, &n, NULL, d.s), KG_OK);
        assert_int_equal(n, stats.entities);
    }
    for (kg_id id = 0; id < stats.entities; id++)
        if (kg_name_get(&name, d.s, KG_ENTITY, id) != KG_ERR_NOT_FOUND)
            dump_entity(&d, id, weights);
    dump_relations(&d, stats.relations);
    if (d.lines.len > 0)
        qsort(d.lines.data, d.lines.len, sizeof *d.lines.data, by_text);
    *text = (kg_bytes)KG_ARRAY_INIT;
    for (size_t i = 0; i < d.lines.len; i++) {
        assert_int_equal(kg_array_append(text, d.lines.data[i], strlen(d.lines.data[i])), KG_OK);
        assert_int_equal(kg_array_push(text, '\n'), KG_OK);
        free(d.lines.data[i]);
    }
    assert_int_equal(kg_array_push(text, '\0'), KG_OK);
    kg_array_free(&d.lines);
    kg_array_free(&d.line);
    kg_snapshot_end(d.s);
    kg_store_close(store);
}
