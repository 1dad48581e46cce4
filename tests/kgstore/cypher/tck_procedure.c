#include "tck_procedure.h"

#include "tck_graph.h"

/* The table of a procedure: cells of the arguments, then of the fields, row after row. */
typedef struct answers {
    size_t n_args, n_fields, n_rows;
    cy_value *cells;
} answers;

/* An INTEGER stands for the FLOAT it is equal to: whether a procedure takes it is the engine's to
 * say. */
static bool is_given(const cy_value *wanted, const cy_value *given) {
    if (cy_is_number(wanted) && cy_is_number(given))
        return cy_to_real(wanted) == cy_to_real(given);
    return cy_same(wanted, given);
}

static kg_status answer(cy_rows *rows, struct cy_context *context, void *data,
                        const cy_value *args) {
    const answers *a = data;
    (void)context;
    for (size_t i = 0; i < a->n_rows; i++) {
        const cy_value *row = a->cells + i * (a->n_args + a->n_fields);
        size_t k = 0;
        while (k < a->n_args && is_given(&row[k], &args[k]))
            k++;
        if (k < a->n_args)
            continue;
        for (; k < a->n_args + a->n_fields; k++)
            if (kg_array_push(&rows->values, row[k]) != KG_OK)
                return KG_ERR_MEMORY;
    }
    return KG_OK;
}

/* ---- Signatures ------------------------------------------------------------------------------ */

typedef TCK_LIST(cy_field) fields;

static kg_str up_to(kg_str *rest, char c) {
    const char *end = rest->len ? memchr(rest->data, c, rest->len) : NULL;
    size_t n = end ? (size_t)(end - rest->data) : rest->len;
    kg_str out = {rest->data, n};
    n += end != NULL;
    *rest = (kg_str){rest->data + n, rest->len - n};
    while (out.len && *out.data == ' ')
        out.data++, out.len--;
    while (out.len && out.data[out.len - 1] == ' ')
        out.len--;
    return out;
}

/* NUMBER takes integers and floats, as FLOAT does. */
static bool type_of(cy_type *out, kg_str name) {
    static const struct {
        const char *name;
        cy_type type;
    } types[] = {{"INTEGER", CY_TYPE_INTEGER}, {"FLOAT", CY_TYPE_FLOAT},
                 {"NUMBER", CY_TYPE_FLOAT},    {"STRING", CY_TYPE_STRING},
                 {"BOOLEAN", CY_TYPE_BOOLEAN}, {"ANY", CY_TYPE_ANY}};
    if (name.len && name.data[name.len - 1] == '?')
        name.len--;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (kg_str_equal(name, kg_str_from(types[i].name))) {
            *out = types[i].type;
            return true;
        }
    return false;
}

static kg_status read_fields(fields *out, kg_arena *arena, kg_str list, kg_error *err) {
    *out = (fields){0};
    while (list.len) {
        cy_field field;
        kg_str rest = up_to(&list, ',');
        kg_str name = up_to(&rest, ':');
        up_to(&rest, ':');
        kg_str type = up_to(&rest, ',');
        if (!name.len || !type_of(&field.type, type))
            return kg_error_set(err, KG_ERR_FORMAT, "\"%.*s\" is no type of a procedure's field",
                                KG_STR_ARG(type));
        field.name = tck_copy(arena, name).data;
        TCK_PUSH(arena, out, field);
    }
    return KG_OK;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* A column of the table into column `to` of the cells. */
static kg_status read_column(answers *a, kg_arena *arena, const tck_table *table, const char *name,
                             size_t to, kg_error *err) {
    kg_status st;
    size_t k = 0, width = a->n_args + a->n_fields;
    const tck_row *header = &table->data[0];
    while (k < header->len && !kg_str_equal(header->data[k], kg_str_from(name)))
        k++;
    if (k == header->len)
        return kg_error_set(err, KG_ERR_FORMAT, "a procedure's table has no column %s", name);
    for (size_t i = 0; i < a->n_rows; i++) {
        tck_value tree;
        if (k >= table->data[i + 1].len)
            return kg_error_set(err, KG_ERR_FORMAT, "a row of a procedure's table is short");
        KG_TRY(st, tck_value_parse(&tree, arena, table->data[i + 1].data[k], err));
        KG_TRY(st, tck_value_to(&a->cells[i * width + to], arena, &tree));
    }
    return KG_OK;
}

kg_status tck_procedure_make(cy_procedure *out, kg_arena *arena, kg_str signature,
                             const tck_table *table, kg_error *err) {
    kg_status st;
    fields args, results;
    kg_str rest = signature, name = up_to(&rest, '('), list = up_to(&rest, ')');
    answers *a = tck_new(arena, sizeof *a);
    KG_TRY(st, read_fields(&args, arena, list, err));
    up_to(&rest, '(');
    KG_TRY(st, read_fields(&results, arena, up_to(&rest, ')'), err));
    if (!table->len)
        return kg_error_set(err, KG_ERR_FORMAT, "a procedure has no table");
    *a = (answers){.n_args = args.len, .n_fields = results.len, .n_rows = table->len - 1};
    a->cells = tck_new(arena, a->n_rows * (args.len + results.len) * sizeof *a->cells);
    for (size_t i = 0; i < args.len; i++)
        KG_TRY(st, read_column(a, arena, table, args.data[i].name, i, err));
    for (size_t i = 0; i < results.len; i++)
        KG_TRY(st, read_column(a, arena, table, results.data[i].name, args.len + i, err));
    *out = (cy_procedure){.name = tck_copy(arena, name).data,
                          .args = args.data,
                          .n_args = args.len,
                          .fields = results.data,
                          .n_fields = results.len,
                          .call = answer,
                          .data = a};
    return KG_OK;
}
