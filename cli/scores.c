#include "cli/scores.h"

#include <stdio.h>
#include <stdlib.h>

double kg_score_real(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

void kg_score_confusion(kg_result *rows, const json_t *confusion) {
    size_t n = json_object_size(confusion), at = 1;
    const char *gold;
    json_t *row;
    kg_result_columns(rows, KG_SHAPE_ROWS, NULL, n + 1);
    const char **columns = kg_arena_alloc(&rows->arena, (n + 1) * sizeof *columns);
    if (!columns) {
        rows->status = KG_ERR_MEMORY;
        return;
    }
    rows->names = columns;
    columns[0] = "gold";
    json_object_foreach((json_t *)confusion, gold, row) {
        columns[at++] = gold;
    }
    json_object_foreach((json_t *)confusion, gold, row) {
        kg_result_text(rows, kg_str_from(gold));
        for (size_t i = 1; i <= n; i++)
            kg_result_integer(rows, json_integer_value(json_object_get(row, columns[i])));
    }
}

static void fill_neighbors(kg_result *rows, const json_t *neighbors) {
    static const char *const columns[] = {"mention", "edge",      "neighbor",
                                          "times",   "attention", "if alike"};
    size_t i;
    json_t *one;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 6);
    json_array_foreach(neighbors, i, one) {
        char edge[256];
        bool out = json_integer_value(json_object_get(one, "direction")) > 0;
        snprintf(edge, sizeof edge, "%s%s%s", out ? "" : "<- ",
                 json_string_value(json_object_get(one, "relation")), out ? " ->" : "");
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "mention"))));
        kg_result_text(rows, kg_str_from(edge));
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "neighbor"))));
        kg_result_integer(rows, json_integer_value(json_object_get(one, "times")));
        kg_result_real(rows, kg_score_real(one, "weight"));
        kg_result_real(rows, 1 / kg_score_real(one, "among"));
    }
}

kg_status kg_score_table(void (*fill)(kg_result *, const json_t *), const json_t *from,
                         kg_output_mode mode) {
    kg_result rows = KG_RESULT_INIT;
    fill(&rows, from);
    kg_status st = rows.status == KG_OK ? kg_output_result(stdout, &rows, mode) : rows.status;
    kg_result_free(&rows);
    return st;
}

void kg_score_sentence(kg_report *report, const char *what, const json_t *interval,
                       const char *data) {
    char text[512];
    int n = snprintf(text, sizeof text, "%s %.3f, 95%% interval %.3f to %.3f", what,
                     kg_score_real(interval, "value"), kg_score_real(interval, "low"),
                     kg_score_real(interval, "high"));
    if (data)
        n += snprintf(text + n, sizeof text - (size_t)n, ", on %s", data);
    size_t len = (size_t)n < sizeof text - 1 ? (size_t)n : sizeof text - 2;
    text[len] = '.';
    kg_report_paragraph(report, (kg_str){text, len + 1});
}

/* A cell as the page shows it; the text lives as long as the result. */
static kg_str cell_text(kg_result *rows, const kg_cell *cell) {
    char text[32] = "";
    if (cell->kind == KG_CELL_TEXT)
        return cell->as.text;
    if (cell->kind == KG_CELL_INTEGER)
        snprintf(text, sizeof text, "%lld", (long long)cell->as.integer);
    else if (cell->kind == KG_CELL_REAL)
        snprintf(text, sizeof text, "%.3f", cell->as.real);
    return kg_result_copy(rows, kg_str_from(text));
}

void kg_score_report(kg_report *report, void (*fill)(kg_result *, const json_t *),
                     const json_t *from) {
    kg_result rows = KG_RESULT_INIT;
    fill(&rows, from);
    size_t n = rows.status == KG_OK ? kg_result_rows(&rows) : 0;
    kg_str *cells = calloc(n * rows.n_columns + 1, sizeof *cells);
    for (size_t r = 0; cells && r < n; r++)
        for (size_t c = 0; c < rows.n_columns; c++)
            cells[r * rows.n_columns + c] = cell_text(&rows, kg_result_cell(&rows, r, c));
    if (cells)
        kg_report_table(report, rows.names, rows.n_columns, cells, n);
    free(cells);
    kg_result_free(&rows);
}

void kg_score_report_neighbors(kg_report *report, const json_t *neighbors) {
    if (json_array_size(neighbors) == 0)
        return;
    kg_report_heading(report, "Neighbors that mattered");
    kg_score_report(report, fill_neighbors, neighbors);
}
