/* A report as one self-contained HTML file: text, tables, and curves drawn as SVG, in light or
 * dark as the reader's system is, without scripts; nothing is fetched. Written beside its place and
 * renamed when whole. Knows nothing of runs. */
#ifndef KG_HOST_REPORT_H
#define KG_HOST_REPORT_H

#include "kgstore/base/error.h"
#include "kgstore/base/str.h"

#include <stddef.h>

typedef struct kg_report kg_report;

/* Begin the report that becomes path. Texts here and below are plain UTF-8, escaped by the report.
 * Write errors may be left to commit. */
kg_status kg_report_open(kg_report **out, const char *path, const char *title, kg_error *err);

void kg_report_heading(kg_report *report, const char *text);
void kg_report_paragraph(kg_report *report, kg_str text);

/* A table of n_rows x n_columns cells, row after row; header may be NULL. A cell that reads as a
 * number stands to the right. */
void kg_report_table(kg_report *report, const char *const *header, size_t n_columns,
                     const kg_str *cells, size_t n_rows);

typedef struct kg_series {
    const char *name;
    const double *x, *y; /* n points, x ascending; NaN and infinities are left out */
    size_t n;
} kg_series;

/* Curves over one pair of axes, at most 6, with a legend where there is more than one. */
void kg_report_curves(kg_report *report, const char *title, const kg_series *series, size_t n);

/* Put it in place; frees report in any case. */
kg_status kg_report_commit(kg_report *report, kg_error *err);

/* Give it up; NULL is safe. */
void kg_report_discard(kg_report *report);

#endif
