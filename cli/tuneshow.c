#include "cli/tuneshow.h"

#include "cli/scores.h"

#include <stdio.h>
#include <string.h>

static void fill_figures(kg_result *rows, const json_t *result) {
    static const char *const columns[] = {"figure", "value", "low", "high"};
    const json_t *intervals = json_object_get(result, "bootstrap");
    const char *name;
    json_t *value;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 4);
    json_object_foreach(json_object_get(result, "figures"), name, value) {
        const json_t *interval = json_object_get(intervals, name);
        kg_result_text(rows, kg_str_from(name));
        kg_result_real(rows, json_number_value(value));
        if (interval) {
            kg_result_real(rows, kg_score_real(interval, "low"));
            kg_result_real(rows, kg_score_real(interval, "high"));
        } else {
            kg_result_none(rows);
            kg_result_none(rows);
        }
    }
}

static void fill_classes(kg_result *rows, const json_t *classes) {
    static const char *const columns[] = {"class", "precision", "recall", "f1", "support"};
    const char *name;
    json_t *figures;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 5);
    json_object_foreach((json_t *)classes, name, figures) {
        kg_result_text(rows, kg_str_from(name));
        kg_result_real(rows, kg_score_real(figures, "precision"));
        kg_result_real(rows, kg_score_real(figures, "recall"));
        kg_result_real(rows, kg_score_real(figures, "f1"));
        kg_result_integer(rows, json_integer_value(json_object_get(figures, "support")));
    }
}

static void fill_errors(kg_result *rows, const json_t *errors) {
    static const char *const columns[] = {"line", "gold", "predicted", "probability", "texts"};
    size_t i, k;
    json_t *one, *text;
    kg_result_columns(rows, KG_SHAPE_ROWS, columns, 5);
    json_array_foreach(errors, i, one) {
        kg_str *texts;
        const json_t *list = json_object_get(one, "texts");
        kg_result_integer(rows, json_integer_value(json_object_get(one, "line")));
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "gold"))));
        kg_result_text(rows, kg_str_from(json_string_value(json_object_get(one, "predicted"))));
        kg_result_real(rows, kg_score_real(one, "probability"));
        kg_result_texts(&texts, rows, json_array_size(list));
        json_array_foreach(list, k, text) {
            if (texts)
                texts[k] = kg_str_from(json_string_value(text));
        }
    }
}

kg_status kg_tune_show(const json_t *result, kg_output_mode mode) {
    kg_status st;
    const json_t *classes = json_object_get(result, "classes");
    const json_t *errors = json_object_get(result, "errors");
    KG_TRY(st, kg_score_table(fill_figures, result, mode));
    if (mode != KG_MODE_TABLE && mode != KG_MODE_MARKDOWN)
        return KG_OK;
    if (classes) {
        putchar('\n');
        KG_TRY(st, kg_score_table(fill_classes, classes, mode));
        printf("\nconfusion (gold down, predicted across)\n");
        KG_TRY(st, kg_score_table(kg_score_confusion, json_object_get(result, "confusion"), mode));
    }
    if (!errors)
        return KG_OK;
    putchar('\n');
    return kg_score_table(fill_errors, errors, mode);
}

kg_status kg_tune_report(const json_t *result, const char *path, kg_error *err) {
    kg_report *report;
    kg_status st;
    char title[64];
    const char *task = json_string_value(json_object_get(result, "task"));
    const json_t *classes = json_object_get(result, "classes");
    snprintf(title, sizeof title, "Evaluation of the task %s", task ? task : "");
    KG_TRY(st, kg_report_open(&report, path, title, err));
    kg_report_heading(report, "Figures");
    kg_score_report(report, fill_figures, result);
    if (classes) {
        kg_report_heading(report, "Classes");
        kg_score_report(report, fill_classes, classes);
        kg_report_heading(report, "Confusion");
        kg_score_report(report, kg_score_confusion, json_object_get(result, "confusion"));
    }
    kg_score_report_neighbors(report, json_object_get(result, "neighbors"));
    if (json_object_get(result, "errors")) {
        kg_report_heading(report, "Errors");
        kg_score_report(report, fill_errors, json_object_get(result, "errors"));
    }
    return kg_report_commit(report, err);
}
