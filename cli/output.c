#include "cli/output.h"

#include "kgstore/base/realtext.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

kg_output_mode kg_output_default_mode(void) {
    return isatty(STDOUT_FILENO) ? KG_MODE_TABLE : KG_MODE_TSV;
}

static void json_row(FILE *to, const kg_result *r, size_t row) {
    if (r->shape == KG_SHAPE_LIST) {
        kg_output_json_cell(to, kg_result_cell(r, row, 0));
        return;
    }
    putc('{', to);
    for (size_t c = 0; c < r->n_columns; ++c) {
        fputs(c ? ", \"" : "\"", to);
        fputs(r->names[c], to);
        fputs("\": ", to);
        kg_output_json_cell(to, kg_result_cell(r, row, c));
    }
    putc('}', to);
}

static void show_json(FILE *to, const kg_result *r, kg_output_piece piece) {
    size_t rows = kg_result_rows(r);
    if (r->shape == KG_SHAPE_RECORD) {
        json_row(to, r, 0);
        putc('\n', to);
        return;
    }
    if (piece.first)
        putc('[', to);
    for (size_t i = 0; i < rows; ++i) {
        fputs(i || !piece.first ? ",\n " : "", to);
        json_row(to, r, i);
    }
    if (piece.last)
        fputs("]\n", to);
}

static void show_json_lines(FILE *to, const kg_result *r) {
    for (size_t i = 0; i < kg_result_rows(r); ++i) {
        json_row(to, r, i);
        putc('\n', to);
    }
}

/* Append a cell as plain text. Reals are short for people. */
static kg_status append_cell(kg_bytes *out, const kg_cell *cell, bool for_people) {
    char number[32];
    kg_status st;
    switch (cell->kind) {
    case KG_CELL_NONE:
        return KG_OK;
    case KG_CELL_TEXT:
        return kg_array_append(out, cell->as.text.data, cell->as.text.len);
    case KG_CELL_INTEGER:
    case KG_CELL_ARROW:
        return kg_array_append(
            out, number, (size_t)snprintf(number, sizeof number, "%" PRId64, cell->as.integer));
    case KG_CELL_REAL:
        if (for_people)
            snprintf(number, sizeof number, "%.6g", cell->as.real);
        else
            kg_real_text(number, cell->as.real);
        return kg_array_append(out, number, strlen(number));
    case KG_CELL_BOOL:
        return kg_array_append(out, cell->as.yes ? "yes" : "no", cell->as.yes ? 3 : 2);
    case KG_CELL_TEXTS:
        for (size_t i = 0; i < cell->as.texts.count; ++i) {
            kg_str item = cell->as.texts.items[i];
            if (i)
                KG_TRY(st, kg_array_append(out, ", ", 2));
            KG_TRY(st, kg_array_append(out, item.data, item.len));
        }
        return KG_OK;
    case KG_CELL_LIST:
        for (size_t i = 0; i < cell->as.list.count; ++i) {
            if (i)
                KG_TRY(st, kg_array_append(out, ", ", 2));
            KG_TRY(st, append_cell(out, &cell->as.list.items[i], for_people));
        }
        return KG_OK;
    case KG_CELL_ITEM:
        return kg_array_append(out, cell->as.item.shown.data, cell->as.item.shown.len);
    case KG_CELL_MAP:
        for (size_t i = 0; i < cell->as.map.count; ++i) {
            kg_str key = cell->as.map.keys[i];
            if (i)
                KG_TRY(st, kg_array_append(out, "; ", 2));
            KG_TRY(st, kg_array_append(out, key.data, key.len));
            KG_TRY(st, kg_array_append(out, ": ", 2));
            KG_TRY(st, append_cell(out, &cell->as.map.items[i], for_people));
        }
        return KG_OK;
    }
    return KG_OK;
}

/* The cell alone, in a buffer that grows. */
static kg_status cell_text(kg_bytes *out, const kg_cell *cell, bool for_people) {
    out->len = 0;
    return append_cell(out, cell, for_people);
}

static void put_tsv(FILE *to, const kg_bytes *text) {
    for (size_t i = 0; i < text->len; ++i) {
        switch (text->data[i]) {
        case '\t':
            fputs("\\t", to);
            break;
        case '\n':
            fputs("\\n", to);
            break;
        case '\r':
            fputs("\\r", to);
            break;
        case '\\':
            fputs("\\\\", to);
            break;
        default:
            putc(text->data[i], to);
        }
    }
}

static void put_csv(FILE *to, const kg_bytes *text, bool apostrophe) {
    bool quote = false;
    for (size_t i = 0; i < text->len && !quote; ++i)
        quote = strchr(",\"\r\n", text->data[i]) != NULL;
    fputs(quote ? "\"" : "", to);
    fputs(apostrophe ? "'" : "", to);
    if (!quote) {
        if (text->len)
            fwrite(text->data, 1, text->len, to);
        return;
    }
    for (size_t i = 0; i < text->len; ++i) {
        if (text->data[i] == '"')
            putc('"', to);
        putc(text->data[i], to);
    }
    putc('"', to);
}

static void put_markdown(FILE *to, const kg_bytes *text) {
    putc(' ', to);
    for (size_t i = 0; i < text->len; ++i) {
        if (text->data[i] == '|' || text->data[i] == '\\')
            putc('\\', to);
        putc(text->data[i] == '\n' ? ' ' : text->data[i], to);
    }
    fputs(" |", to);
}

/* The grid that a mode without nesting shows: a record lies on its side, as name and value. */
typedef struct grid {
    const kg_result *result;
    bool sideways;
    size_t rows, columns;
    const unsigned char *shown; /* which columns of the result; NULL: all as they stand */
} grid;

static grid grid_of(const kg_result *r) {
    bool sideways = r->shape == KG_SHAPE_RECORD;
    return (grid){r, sideways, sideways ? r->n_columns : kg_result_rows(r),
                  sideways ? 2 : r->n_columns, NULL};
}

/* The same as people see it on a terminal. */
static grid table_of(const kg_result *r) {
    grid g = grid_of(r);
    if (!r->shown)
        return g;
    g.shown = r->shown;
    *(g.sideways ? &g.rows : &g.columns) = r->n_shown;
    return g;
}

/* Which column of the result a place shows. */
static size_t column_of(const grid *g, size_t place) {
    return g->shown ? g->shown[place] : place;
}

static const kg_cell *grid_cell(const grid *g, size_t row, size_t column) {
    return g->sideways ? kg_result_cell(g->result, 0, column_of(g, row))
                       : kg_result_cell(g->result, row, column_of(g, column));
}

static kg_status grid_text(kg_bytes *out, const grid *g, size_t row, size_t column,
                           bool for_people) {
    if (!g->sideways || column == 1)
        return cell_text(out, grid_cell(g, row, column), for_people);
    out->len = 0;
    const char *name = g->result->names[column_of(g, row)];
    return kg_array_append(out, name, strlen(name));
}

static const char *grid_name(const grid *g, size_t column) {
    if (g->sideways)
        return column ? "value" : "name";
    return g->result->names[column_of(g, column)];
}

static kg_status show_tsv(FILE *to, const grid *g, kg_bytes *text) {
    kg_status st;
    for (size_t i = 0; i < g->rows; ++i)
        for (size_t c = 0; c < g->columns; ++c) {
            KG_TRY(st, grid_text(text, g, i, c, false));
            put_tsv(to, text);
            putc(c + 1 < g->columns ? '\t' : '\n', to);
        }
    return KG_OK;
}

/* Would a spreadsheet take the cell for a formula? Numbers are none. */
static bool is_formula(const grid *g, size_t row, size_t column, const kg_bytes *text) {
    const kg_cell *cell = grid_cell(g, row, column);
    bool is_text = cell->kind == KG_CELL_TEXT || cell->kind == KG_CELL_TEXTS;
    return is_text && text->len > 0 && memchr("=+-@\t\r", text->data[0], 6) != NULL;
}

static kg_status show_csv(FILE *to, const grid *g, kg_bytes *text, bool safe, bool head) {
    kg_status st;
    for (size_t c = 0; head && c < g->columns; ++c)
        fprintf(to, "%s%s", grid_name(g, c), c + 1 < g->columns ? "," : "\r\n");
    for (size_t i = 0; i < g->rows; ++i)
        for (size_t c = 0; c < g->columns; ++c) {
            KG_TRY(st, grid_text(text, g, i, c, false));
            put_csv(to, text, safe && is_formula(g, i, c, text));
            fputs(c + 1 < g->columns ? "," : "\r\n", to);
        }
    return KG_OK;
}

static void markdown_head(FILE *to, const grid *g) {
    putc('|', to);
    for (size_t c = 0; c < g->columns; ++c)
        fprintf(to, " %s |", grid_name(g, c));
    fputs("\n|", to);
    for (size_t c = 0; c < g->columns; ++c)
        fputs(" --- |", to);
    putc('\n', to);
}

static kg_status show_markdown(FILE *to, const grid *g, kg_bytes *text, bool head) {
    kg_status st;
    if (head)
        markdown_head(to, g);
    for (size_t i = 0; i < g->rows; ++i) {
        putc('|', to);
        for (size_t c = 0; c < g->columns; ++c) {
            KG_TRY(st, grid_text(text, g, i, c, true));
            put_markdown(to, text);
        }
        putc('\n', to);
    }
    return KG_OK;
}

static bool is_number(const grid *g, size_t column) {
    if (g->sideways || g->rows == 0)
        return false;
    kg_cell_kind kind = grid_cell(g, 0, column)->kind;
    return kind == KG_CELL_INTEGER || kind == KG_CELL_REAL;
}

/* The text of a grid's cell as a person can see it: of controls the columns could not be told. */
static kg_status table_text(kg_bytes *out, const grid *g, size_t row, size_t column) {
    static const char *const arrows[] = {"\u2190", "\u2194", "\u2192"};
    kg_bytes text = KG_ARRAY_INIT;
    const kg_cell *cell = grid_cell(g, row, column);
    if (cell->kind == KG_CELL_ARROW) {
        const char *arrow = arrows[1 + cell->as.integer];
        out->len = 0;
        return kg_array_append(out, arrow, strlen(arrow));
    }
    kg_status st = grid_text(&text, g, row, column, true);
    out->len = 0;
    if (st == KG_OK)
        st = kg_text_show(out, (kg_str){text.data, text.len});
    kg_array_free(&text);
    return st;
}

static void put_padded(FILE *to, kg_str text, size_t width, bool right, bool last) {
    size_t own = kg_text_width(text);
    int gap = own < width ? (int)(width - own) : 0;
    if (right)
        fprintf(to, "%*s", gap, "");
    if (text.len)
        fwrite(text.data, 1, text.len, to);
    if (!right && !last)
        fprintf(to, "%*s", gap, "");
    fputs(last ? "\n" : "  ", to);
}

static kg_status measure(size_t *widths, const grid *g, kg_bytes *text) {
    kg_status st;
    for (size_t c = 0; c < g->columns; ++c) {
        widths[c] = kg_text_width(kg_str_from(grid_name(g, c)));
        for (size_t i = 0; i < g->rows; ++i) {
            KG_TRY(st, table_text(text, g, i, c));
            size_t width = kg_text_width((kg_str){text->data, text->len});
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    return KG_OK;
}

static kg_status show_table(FILE *to, const grid *g, kg_bytes *text, bool head) {
    kg_status st;
    size_t *widths = calloc(g->columns, sizeof *widths);
    if (!widths)
        return KG_ERR_MEMORY;
    st = measure(widths, g, text);
    if (st == KG_OK && head && !g->sideways) {
        for (size_t c = 0; c < g->columns; ++c)
            put_padded(to, kg_str_from(grid_name(g, c)), widths[c], is_number(g, c),
                       c + 1 == g->columns);
    }
    for (size_t i = 0; i < g->rows && st == KG_OK; ++i)
        for (size_t c = 0; c < g->columns && st == KG_OK; ++c) {
            st = table_text(text, g, i, c);
            if (st == KG_OK)
                put_padded(to, (kg_str){text->data, text->len}, widths[c], is_number(g, c),
                           c + 1 == g->columns);
        }
    free(widths);
    return st;
}

kg_status kg_output_result(FILE *to, const kg_result *result, kg_output_mode mode) {
    return kg_output_pieces(to, result, mode, (kg_output_piece){true, true});
}

kg_status kg_output_pieces(FILE *to, const kg_result *result, kg_output_mode mode,
                           kg_output_piece piece) {
    const grid g =
        mode == KG_MODE_TABLE || mode == KG_MODE_AUTO ? table_of(result) : grid_of(result);
    kg_bytes text = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    switch (mode) {
    case KG_MODE_JSON:
        show_json(to, result, piece);
        break;
    case KG_MODE_JSONL:
        show_json_lines(to, result);
        break;
    case KG_MODE_CSV:
    case KG_MODE_CSV_SAFE:
        st = show_csv(to, &g, &text, mode == KG_MODE_CSV_SAFE, piece.first);
        break;
    case KG_MODE_MARKDOWN:
        st = show_markdown(to, &g, &text, piece.first);
        break;
    case KG_MODE_TSV:
        st = show_tsv(to, &g, &text);
        break;
    case KG_MODE_TABLE:
    case KG_MODE_AUTO:
        st = show_table(to, &g, &text, piece.first);
        break;
    }
    kg_array_free(&text);
    return st;
}
