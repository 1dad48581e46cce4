#include "tests/import/recorder.h"

#include "import/term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static kg_status put(kg_bytes *to, kg_str text) {
    return kg_array_append(to, text.data, text.len);
}

static kg_status put_name(kg_bytes *to, bool by_id, kg_id id, kg_str name) {
    char number[24];
    if (!by_id)
        return put(to, name);
    return put(to, (kg_str){number, (size_t)snprintf(number, sizeof number, "#%u", id)});
}

static kg_status put_around(kg_bytes *to, const char *before, kg_str text, const char *after) {
    kg_status st;
    if (text.len == 0)
        return KG_OK;
    KG_TRY(st, put(to, kg_str_from(before)));
    KG_TRY(st, put(to, text));
    return put(to, kg_str_from(after));
}

static kg_status put_id(kg_bytes *to, kg_id id) {
    char number[24];
    if (id == KG_NO_ID)
        return KG_OK;
    return put(to, (kg_str){number, (size_t)snprintf(number, sizeof number, " [%u]", id)});
}

static kg_status put_label(kg_bytes *to, const kg_statement *s) {
    kg_status st;
    KG_TRY(st, put_around(to, " =", s->label, ""));
    return put_around(to, "@", s->language, "");
}

static kg_status put_properties(kg_bytes *to, const kg_statement *s) {
    kg_status st;
    for (size_t i = 0; i < s->n_properties; i++) {
        KG_TRY(st, put_around(to, i ? ", " : " {", s->properties[i].key, ": "));
        KG_TRY(st, kg_term_append(to, &s->properties[i].value, KG_TERM_TURTLE));
    }
    return put(to, s->n_properties ? KG_STR("}") : KG_STR(""));
}

static kg_status put_triple(kg_bytes *to, const kg_statement *s) {
    kg_status st;
    KG_TRY(st, put(to, KG_STR("t ")));
    KG_TRY(st, put_name(to, s->by_id, s->head_id, s->head));
    KG_TRY(st, put_around(to, "(", s->head_type, ")"));
    KG_TRY(st, put(to, KG_STR(" ")));
    KG_TRY(st, put_name(to, s->by_id, s->relation_id, s->relation));
    KG_TRY(st, put(to, KG_STR(" ")));
    KG_TRY(st, put_name(to, s->by_id, s->tail_id, s->tail));
    KG_TRY(st, put_around(to, "(", s->tail_type, ")"));
    return put_properties(to, s);
}

static kg_status put_other(kg_bytes *to, const kg_statement *s) {
    kg_status st;
    char number[32];
    switch (s->kind) {
    case KG_STATEMENT_TRIPLE:
        return put_triple(to, s);
    case KG_STATEMENT_ENTITY:
        KG_TRY(st, put(to, KG_STR("e")));
        KG_TRY(st, put_id(to, s->head_id));
        KG_TRY(st, put_around(to, " ", s->head, ""));
        KG_TRY(st, put_label(to, s));
        KG_TRY(st, put_around(to, " (", s->head_type, ")"));
        return put_properties(to, s);
    case KG_STATEMENT_RELATION:
        KG_TRY(st, put(to, KG_STR("r")));
        KG_TRY(st, put_id(to, s->relation_id));
        KG_TRY(st, put_around(to, " ", s->relation, ""));
        return put_label(to, s);
    case KG_STATEMENT_TYPE:
        KG_TRY(st, put(to, KG_STR("y")));
        KG_TRY(st, put_id(to, s->head_id));
        return put_around(to, " ", s->head_type, "");
    case KG_STATEMENT_ALIAS:
        KG_TRY(st, put_around(to, "a ", s->head, ""));
        return put_label(to, s);
    case KG_STATEMENT_WEIGHT:
        KG_TRY(st, put_around(to, "w ", s->head, " "));
        return put(to,
                   (kg_str){number, (size_t)snprintf(number, sizeof number, "%.6g", s->number)});
    }
    return KG_ERR_ARGUMENT;
}

kg_status record_statement(void *context, const kg_statement *s, kg_error *err) {
    recorder *r = context;
    (void)err;
    kg_status st;
    KG_TRY(st, put_other(&r->text, s));
    return put(&r->text, KG_STR("\n"));
}

static kg_status open_memory(void *context, kg_lines **out, const char *path, size_t max_line,
                             kg_error *err) {
    const recorder *r = context;
    for (const memory_file *f = r->files; f->path; f++) {
        if (strcmp(f->path, path) == 0) {
            kg_str content = {f->content, f->size ? f->size : strlen(f->content)};
            return kg_lines_from_memory(out, content, path, max_line);
        }
    }
    return kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "cannot be opened");
}

static void note_problem(void *context, const kg_error *problem) {
    recorder *r = context;
    char text[1200];
    kg_error_format(text, sizeof text, problem);
    if (put(&r->problems, kg_str_from(text)) == KG_OK)
        (void)put(&r->problems, KG_STR("\n"));
}

kg_status record(recorder *r, kg_import_counts *counts, const memory_file *files, size_t n_paths,
                 const kg_import_options *options, kg_error *err) {
    const char *paths[9] = {"dir"};
    for (size_t i = 0; i < n_paths && i < 8; i++)
        paths[i] = files[i].path;
    return record_paths(r, counts, files, paths, options, err);
}

kg_status record_paths(recorder *r, kg_import_counts *counts, const memory_file *files,
                       const char *const *paths, const kg_import_options *options, kg_error *err) {
    size_t n = 0;
    kg_import_options o = *options;
    r->files = files;
    o.open = open_memory;
    o.problem = note_problem;
    o.context = r;
    while (paths[n])
        n++;
    return kg_import_read(counts, paths, n, &o, record_statement, r, err);
}

static const char *terminated(kg_bytes *text) {
    if (kg_array_push(text, '\0') != KG_OK)
        return "out of memory";
    text->len--;
    return text->data;
}

const char *recorded(recorder *r) {
    return terminated(&r->text);
}

const char *recorded_problems(recorder *r) {
    return terminated(&r->problems);
}

void recorder_free(recorder *r) {
    kg_array_free(&r->text);
    kg_array_free(&r->problems);
}

void assert_reading(const char *what, const expected_reading *expected, recorder *r, kg_status st,
                    const kg_import_counts *counts, const kg_error *err) {
    char text[1200] = "";
    kg_error_format(text, sizeof text, err);
    bool said = st == KG_OK ? strcmp(recorded(r), expected->says) == 0
                            : strstr(text, expected->says) != NULL;
    if (st != expected->status || !said || (st == KG_OK && counts->dropped != expected->dropped))
        print_error("case: %s\n  said: %s\n  read: %s", what, text, recorded(r));
    assert_int_equal(st, expected->status);
    assert_true(said);
    if (st == KG_OK)
        assert_int_equal(counts->dropped, expected->dropped);
    recorder_free(r);
}
