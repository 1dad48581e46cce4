#include "cli/edits.h"

#include "kgstore/base/nearest.h"

#include <stdio.h>
#include <string.h>

/* ---- Names that are new ---------------------------------------------------------------------- */

/* Take note of a name that the store does not know yet. */
static kg_status note(kg_edits *e, kg_kind kind, kg_str name, kg_error *err) {
    kg_new_name new = {kind, name};
    if (name.len == 0 || kg_writer_knows(e->writer, kind, name))
        return KG_OK;
    for (size_t i = 0; i < e->names.len; i++)
        if (e->names.data[i].kind == kind && kg_str_equal(e->names.data[i].name, name))
            return KG_OK;
    new.name.data = kg_arena_copy(&e->texts, name);
    return new.name.data &&kg_array_push(&e->names, new) == KG_OK
               ? KG_OK
               : kg_error_set(err, KG_ERR_MEMORY, "out of memory keeping new names");
}

static const char *word_for(kg_kind kind) {
    static const char *const WORDS[KG_KINDS] = {"entity", "relation", "type", "property"};
    return WORDS[kind];
}

void kg_edits_tell_names(const kg_edits *e, kg_snapshot *before) {
    enum { TOLD = 10 };
    for (size_t i = 0; i < e->names.len && i < TOLD; i++) {
        const kg_new_name *n = &e->names.data[i];
        kg_id id;
        kg_str near;
        fprintf(stderr, "new %s %.*s", word_for(n->kind), KG_STR_ARG(n->name));
        if (kg_name_suggest(&id, before, n->kind, n->name) == KG_OK &&
            kg_name_get(&near, before, n->kind, id) == KG_OK)
            fprintf(stderr, "; did you mean %.*s?", KG_STR_ARG(near));
        putc('\n', stderr);
    }
    if (e->names.len > TOLD)
        fprintf(stderr, "and %zu more new names\n", e->names.len - TOLD);
}

void kg_edits_free(kg_edits *e) {
    kg_array_free(&e->names);
    kg_arena_free(&e->texts);
    *e = (kg_edits){0};
}

/* ---- Verbs ----------------------------------------------------------------------------------- */

static kg_str word_or_none(const kg_str *args, size_t n, size_t i) {
    return i < n ? args[i] : (kg_str){NULL, 0};
}

/* What a statement adds, with the names in it that are new noted. */
static kg_status add_statement(kg_edits *e, const kg_statement *s, kg_error *err) {
    kg_status st;
    size_t before = e->names.len;
    KG_TRY(st, note(e, KG_ENTITY, s->head, err));
    KG_TRY(st, note(e, KG_RELATION, s->relation, err));
    KG_TRY(st, note(e, KG_ENTITY, s->tail, err));
    KG_TRY(st, note(e, KG_TYPE, s->head_type, err));
    st = kg_writer_statement(e->writer, s, err);
    if (st != KG_OK)
        e->names.len = before;
    return st;
}

static kg_status run_add(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    (void)n;
    s.head = args[0], s.relation = args[1], s.tail = args[2];
    return add_statement(e, &s, err);
}

static kg_status run_del(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    (void)n;
    return kg_writer_delete(e->writer, args[0], args[1], args[2], err);
}

/* A word as a value: what it looks like, where no kind is given. */
static kg_status guess_value(kg_value *out, kg_str text, kg_error *err) {
    static const kg_value_kind LIKELY[] = {KG_VALUE_INTEGER, KG_VALUE_BOOLEAN, KG_VALUE_DATE,
                                           KG_VALUE_DATETIME};
    char buffer[KG_VALUE_BUFFER];
    for (size_t i = 0; i < sizeof LIKELY / sizeof *LIKELY; i++)
        if (kg_value_parse(out, LIKELY[i], text, err) == KG_OK &&
            kg_str_equal(kg_value_text(buffer, out), text))
            return KG_OK;
    bool digit = text.len && strchr("-0123456789", text.data[0]) != NULL;
    if (digit && !(text.data[0] == '0' && text.len > 1 && text.data[1] != '.') &&
        kg_value_parse(out, KG_VALUE_FLOAT, text, err) == KG_OK)
        return KG_OK;
    *out = kg_value_string(text, (kg_str){NULL, 0});
    return KG_OK;
}

/* kind: "integer", "string@en", or the name of a datatype that holds a colon; empty: a guess. */
static kg_status value_of(kg_value *out, kg_str text, kg_str kind, kg_error *err) {
    static const kg_str STRING = {"string@", 7};
    kg_error ignored = KG_ERROR_INIT;
    if (kind.len == 0)
        return guess_value(out, text, &ignored);
    for (int k = 0; k < KG_VALUE_TYPED; k++)
        if (kg_str_equal(kind, kg_str_from(kg_value_kind_name((kg_value_kind)k))))
            return kg_value_parse(out, (kg_value_kind)k, text, err);
    if (kind.len > STRING.len && memcmp(kind.data, STRING.data, STRING.len) == 0) {
        *out = kg_value_string(text, (kg_str){kind.data + STRING.len, kind.len - STRING.len});
        return KG_OK;
    }
    if (memchr(kind.data, ':', kind.len)) {
        *out = (kg_value){.kind = KG_VALUE_TYPED, .text = text, .tag = kind};
        return KG_OK;
    }
    return kg_error_set(err, KG_ERR_FORMAT,
                        "found the kind \"%.*s\"; expected string, string@LANGUAGE, integer, "
                        "float, boolean, date, datetime, or a datatype such as xsd:decimal",
                        (int)(kind.len < 60 ? kind.len : 60), kind.data);
}

/* An entity that is not there yet is made, as by the other verbs that say something of one: once
 * the value is known to be one. */
static kg_status set_entity(kg_edits *e, kg_str entity, kg_str key, const kg_value *value,
                            kg_error *err) {
    kg_status st;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    if (!kg_writer_knows(e->writer, KG_ENTITY, entity)) {
        const kg_property property = {key, *value};
        s.head = entity, s.properties = &property, s.n_properties = 1;
        KG_TRY(st, note(e, KG_KEY, key, err));
        return add_statement(e, &s, err);
    }
    size_t before = e->names.len;
    KG_TRY(st, note(e, KG_KEY, key, err));
    st = kg_writer_set_property(e->writer, entity, key, value, err);
    if (st != KG_OK)
        e->names.len = before;
    return st;
}

static kg_status run_set(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    kg_status st;
    kg_value value;
    bool edge = n >= 5;
    size_t at = edge ? 3 : 1;
    KG_TRY(st, value_of(&value, args[at + 1], word_or_none(args, n, at + 2), err));
    if (!edge)
        return set_entity(e, args[0], args[1], &value, err);
    size_t before = e->names.len;
    KG_TRY(st, note(e, KG_KEY, args[3], err));
    st = kg_writer_set_edge_property(e->writer, args[0], args[1], args[2], args[3], &value, err);
    if (st != KG_OK)
        e->names.len = before;
    return st;
}

static kg_status run_unset(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    if (n == 3)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found 3 words after unset; expected ENTITY KEY or HEAD RELATION TAIL "
                            "KEY");
    return n == 2 ? kg_writer_set_property(e->writer, args[0], args[1], NULL, err)
                  : kg_writer_set_edge_property(e->writer, args[0], args[1], args[2], args[3], NULL,
                                                err);
}

static kg_status run_alias(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ALIAS);
    s.head = args[0], s.label = args[1], s.language = word_or_none(args, n, 2);
    return add_statement(e, &s, err);
}

static kg_status run_unalias(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    (void)n;
    return kg_writer_remove_alias(e->writer, args[0], args[1], err);
}

static kg_status run_type(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    (void)n;
    s.head = args[0], s.head_type = args[1];
    return add_statement(e, &s, err);
}

static kg_status run_untype(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    (void)n;
    return kg_writer_remove_type(e->writer, args[0], args[1], err);
}

static kg_status run_label(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_ENTITY);
    s.head = args[0], s.label = args[1], s.language = word_or_none(args, n, 2);
    if (!kg_writer_knows(e->writer, KG_ENTITY, args[0]))
        return add_statement(e, &s, err);
    return kg_writer_set_label(e->writer, s.head, s.label, s.language, err);
}

static kg_status run_unlabel(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    return kg_writer_remove_label(e->writer, args[0], word_or_none(args, n, 1), err);
}

static kg_status run_rename(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    if (n == 2)
        return kg_writer_rename(e->writer, KG_ENTITY, args[0], args[1], err);
    for (int kind = KG_ENTITY; kind < KG_KINDS; kind++)
        if (kg_str_equal(args[0], kg_str_from(word_for((kg_kind)kind))))
            return kg_writer_rename(e->writer, (kg_kind)kind, args[1], args[2], err);
    return kg_error_set(err, KG_ERR_ARGUMENT,
                        "found \"%.*s\"; expected entity, relation, type or property",
                        (int)(args[0].len < 60 ? args[0].len : 60), args[0].data);
}

static kg_status run_merge(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    (void)n;
    return kg_writer_merge_entity(e->writer, args[0], args[1], err);
}

static kg_status run_delete(kg_edits *e, const kg_str *args, size_t n, kg_error *err) {
    const kg_str flag = KG_STR("--detach");
    bool first = n == 2 && kg_str_equal(args[0], flag),
         last = n == 2 && kg_str_equal(args[1], flag);
    if (n == 2 && !first && !last)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found \"%.*s\"; expected --detach",
                            (int)(args[1].len < 60 ? args[1].len : 60), args[1].data);
    return kg_writer_delete_entity(e->writer, args[first], n == 2, err);
}

const kg_edit_verb kg_edit_verbs[] = {
    {"add", "HEAD RELATION TAIL", "Add a triple", 3, 3, run_add},
    {"del", "HEAD RELATION TAIL", "Delete a triple", 3, 3, run_del},
    {"set", "ENTITY|HEAD RELATION TAIL KEY VALUE [KIND]", "Give a property one value", 3, 6,
     run_set},
    {"unset", "ENTITY|HEAD RELATION TAIL KEY", "Remove a property", 2, 4, run_unset},
    {"label", "ENTITY LABEL [LANGUAGE]", "Set the preferred label", 2, 3, run_label},
    {"unlabel", "ENTITY [LANGUAGE]", "Remove the labels of a language, or those of none", 1, 2,
     run_unlabel},
    {"alias", "ENTITY ALIAS [LANGUAGE]", "Add an alias", 2, 3, run_alias},
    {"unalias", "ENTITY ALIAS", "Remove an alias", 2, 2, run_unalias},
    {"type", "ENTITY TYPE", "Add a type", 2, 2, run_type},
    {"untype", "ENTITY TYPE", "Remove a type", 2, 2, run_untype},
    {"rename", "[entity|relation|type|property] OLD NEW", "Give another name", 2, 3, run_rename},
    {"merge", "ENTITY INTO", "Make two entities one", 2, 2, run_merge},
    {"delete", "ENTITY [--detach]", "Delete an entity; with --detach, its edges too", 1, 2,
     run_delete},
};

const size_t kg_edit_verb_count = sizeof kg_edit_verbs / sizeof *kg_edit_verbs;

const kg_edit_verb *kg_edit_find(const char *name) {
    for (size_t i = 0; i < kg_edit_verb_count; i++)
        if (strcmp(kg_edit_verbs[i].name, name) == 0)
            return &kg_edit_verbs[i];
    return NULL;
}

static kg_status unknown_verb(const char *word, kg_error *err) {
    kg_nearest nearest = kg_nearest_begin(word);
    for (size_t i = 0; i < kg_edit_verb_count; i++)
        kg_nearest_consider(&nearest, kg_edit_verbs[i].name);
    return kg_error_set(err, KG_ERR_ARGUMENT, "found \"%.60s\"; expected %s%s%s", word,
                        nearest.best ? "a verb; did you mean " : "add, del, set, unset, ",
                        nearest.best ? nearest.best : "label, unlabel, alias, unalias, type, ",
                        nearest.best ? "?" : "untype, rename, merge or delete");
}

kg_status kg_edit_words(kg_edits *e, const char *const *words, size_t n, kg_error *err) {
    enum { MOST = 6 };
    kg_str args[MOST];
    const kg_edit_verb *verb = kg_edit_find(words[0]);
    if (!verb)
        return unknown_verb(words[0], err);
    if (n - 1 < verb->min_args || n - 1 > verb->max_args)
        return kg_error_set(err, KG_ERR_ARGUMENT, "found %zu word%s after %s; expected %s", n - 1,
                            n == 2 ? "" : "s", verb->name, verb->arguments);
    for (size_t i = 1; i < n; i++)
        args[i - 1] = kg_str_from(words[i]);
    return verb->run(e, args, n - 1, err);
}

bool kg_edit_may_go_on(kg_status status) {
    return status == KG_ERR_ARGUMENT || status == KG_ERR_FORMAT || status == KG_ERR_NOT_FOUND ||
           status == KG_ERR_EXISTS || status == KG_ERR_VERSION;
}
