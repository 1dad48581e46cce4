/* LOAD CSV: the records of a file as rows, each a list of texts or, with headers, a map. */
#include "kgstore/cypher/plan.h"

#include "kgstore/base/lines.h"

typedef struct load_plan {
    cy_plan base;
    const cy_clause *clause;
    kg_lines *lines;
    kg_bytes record; /* joined from lines where a quoted field holds line ends */
    KG_ARRAY(kg_str) fields;
    KG_ARRAY(kg_str) headers;
    kg_arena kept; /* the headers' texts */
    char separator;
} load_plan;

static void close_load(cy_plan *plan) {
    load_plan *l = (load_plan *)plan;
    kg_lines_close(l->lines);
    l->lines = NULL;
    kg_array_free(&l->record);
    kg_array_free(&l->fields);
    kg_array_free(&l->headers);
    kg_arena_free(&l->kept);
}

static kg_status open_load(cy_plan *plan, cy_context *c) {
    load_plan *l = (load_plan *)plan;
    (void)c;
    kg_lines_close(l->lines);
    l->lines = NULL;
    return KG_OK;
}

/* Are the quotes of the record closed? */
static bool is_whole(const kg_bytes *record) {
    bool quoted = false;
    for (size_t i = 0; i < record->len; i++)
        quoted ^= record->data[i] == '"';
    return !quoted;
}

static kg_status read_record(bool *end, load_plan *l, cy_context *c) {
    kg_status st;
    kg_str line;
    l->record.len = 0;
    for (;;) {
        KG_TRY(st, kg_lines_next(&line, end, l->lines, c->err));
        if (*end)
            return l->record.len == 0
                       ? KG_OK
                       : cy_fail(c, "ExternalError", "InvalidCsv", "%s: a quoted field has no end",
                                 kg_lines_name(l->lines));
        if ((l->record.len && kg_array_push(&l->record, '\n') != KG_OK) ||
            kg_array_append(&l->record, line.data, line.len) != KG_OK)
            return cy_out_of_memory(c);
        if (is_whole(&l->record))
            return KG_OK;
    }
}

/* Cut the record at separators that are not within quotes; quotes go, doubled ones become one. */
static kg_status split(load_plan *l, kg_arena *arena) {
    kg_status st;
    size_t i = 0, n = l->record.len;
    l->fields.len = 0;
    do {
        char *to = kg_arena_alloc(arena, n - i + 1);
        size_t length = 0;
        bool quoted = false;
        if (!to)
            return KG_ERR_MEMORY;
        for (; i < n && (quoted || l->record.data[i] != l->separator); i++) {
            char ch = l->record.data[i];
            if (ch == '"' && quoted && i + 1 < n && l->record.data[i + 1] == '"')
                to[length++] = l->record.data[i++];
            else if (ch == '"')
                quoted = !quoted;
            else
                to[length++] = ch;
        }
        const kg_str field = {to, length};
        KG_TRY(st, kg_array_push(&l->fields, field));
    } while (i++ < n);
    return KG_OK;
}

static kg_status begin(load_plan *l, cy_context *c) {
    kg_status st;
    cy_value file, separator = cy_string(KG_STR(","));
    bool end;
    if (c->no_files)
        return cy_fail(c, "ExternalError", "FilesNotAllowed", "LOAD CSV is not allowed here");
    KG_TRY(st, cy_eval(&file, c, l->clause->expr));
    if (l->clause->separator)
        KG_TRY(st, cy_eval(&separator, c, l->clause->separator));
    if (file.kind != CY_STRING || separator.kind != CY_STRING || separator.as.text.len != 1)
        return cy_fail(c, "TypeError", "InvalidArgumentType",
                       "LOAD CSV takes the path of a file and a separator of one character");
    l->separator = separator.as.text.data[0];
    kg_str path = file.as.text;
    if (path.len > 7 && memcmp(path.data, "file://", 7) == 0)
        path = (kg_str){path.data + 7, path.len - 7};
    char *terminated = kg_arena_copy(c->arena, path);
    if (!terminated)
        return cy_out_of_memory(c);
    KG_TRY(st, kg_lines_open(&l->lines, terminated, 0, c->err));
    l->headers.len = 0;
    kg_arena_reset(&l->kept);
    if (!l->clause->headers)
        return KG_OK;
    KG_TRY(st, read_record(&end, l, c));
    if (end)
        return KG_OK;
    if (split(l, &l->kept) != KG_OK ||
        kg_array_append(&l->headers, l->fields.data, l->fields.len) != KG_OK)
        return cy_out_of_memory(c);
    return KG_OK;
}

static kg_status make_row(cy_value *out, load_plan *l, cy_context *c) {
    size_t n = l->clause->headers ? l->headers.len : l->fields.len;
    cy_entry *entries = NULL;
    cy_value *items = NULL;
    if (l->clause->headers)
        *out = cy_new_map(&entries, c->arena, n);
    else
        items = cy_new_items(c->arena, n);
    if (!entries && !items)
        return cy_out_of_memory(c);
    for (size_t i = 0; i < n; i++) {
        bool there = i < l->fields.len && l->fields.data[i].len > 0;
        cy_value v = there ? cy_string(l->fields.data[i]) : CY_NULL_VALUE;
        if (entries)
            entries[i] = (cy_entry){l->headers.data[i], v};
        else
            items[i] = v;
    }
    if (items)
        *out = cy_list(items, n);
    return KG_OK;
}

static kg_status next_load(bool *found, cy_plan *plan, cy_context *c) {
    kg_status st;
    load_plan *l = (load_plan *)plan;
    for (;;) {
        bool end;
        if (!l->lines) {
            KG_TRY(st, cy_plan_pull(found, plan, c));
            if (!*found)
                return KG_OK;
            KG_TRY(st, begin(l, c));
        }
        KG_TRY(st, read_record(&end, l, c));
        if (end) {
            kg_lines_close(l->lines);
            l->lines = NULL;
            continue;
        }
        kg_arena_reset(&plan->scratch);
        c->arena = &plan->scratch;
        if (split(l, c->arena) != KG_OK)
            return cy_out_of_memory(c);
        *found = true;
        return make_row(&c->row[l->clause->slot], l, c);
    }
}

cy_plan *cy_plan_load(cy_planner *p, cy_plan *input, const cy_clause *clause) {
    static const cy_plan_ops OPS = {"LoadCsv", open_load, next_load, close_load};
    load_plan *plan = cy_new_plan(p, &OPS, sizeof *plan, input);
    if (!plan || cy_plan_expr(p, clause->expr) != KG_OK ||
        cy_plan_expr(p, clause->separator) != KG_OK)
        return NULL;
    plan->clause = clause;
    return &plan->base;
}
