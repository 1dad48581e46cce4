#include "plugins/host/report.h"

#include "kgstore/base/outfile.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct kg_report {
    kg_outfile *file;
    FILE *to;
};

static const char style[] =
    ":root{color-scheme:light "
    "dark;--ink:#222;--paper:#fff;--rule:#e4e4e4;--faint:#666;--c0:#2563eb;"
    "--c1:#dc2626;--c2:#16a34a;--c3:#9333ea;--c4:#c2570c;--c5:#0e7490}"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--paper:#191a1c;--rule:#37393d;--faint:#"
    "a0a0a0;"
    "--c0:#7aa7ff;--c1:#ff8080;--c2:#5fd38d;--c3:#c79bff;--c4:#ffa564;--c5:#5cc8dd}}"
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:980px;padding:0 1em;"
    "color:var(--ink);background:var(--paper)}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:"
    "2em}"
    "table{border-collapse:collapse;margin:.5em 0;display:block;overflow-x:auto}"
    "td,th{padding:.15em 1.2em .15em 0;text-align:left;border-bottom:1px solid var(--rule);"
    "vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "figure{display:inline-block;margin:.4em 1em .8em 0;max-width:100%}figcaption{font-weight:600}"
    "svg{max-width:100%}svg text{font:11px system-ui,sans-serif;fill:var(--faint)}"
    "svg path{fill:none}.g{stroke:var(--rule)}.a{stroke:var(--faint)}";

static const char *const colors[] = {"var(--c0)", "var(--c1)", "var(--c2)",
                                     "var(--c3)", "var(--c4)", "var(--c5)"};
enum { COLORS = sizeof colors / sizeof *colors };

static void escape(FILE *to, kg_str text) {
    for (size_t i = 0; i < text.len; ++i) {
        char c = text.data[i];
        if (c == '<')
            fputs("&lt;", to);
        else if (c == '>')
            fputs("&gt;", to);
        else if (c == '&')
            fputs("&amp;", to);
        else if (c == '"')
            fputs("&quot;", to);
        else
            fputc(c, to);
    }
}

kg_status kg_report_open(kg_report **out, const char *path, const char *title, kg_error *err) {
    *out = NULL;
    kg_report *r = calloc(1, sizeof *r);
    if (!r)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    kg_status st = kg_outfile_open(&r->file, path, err);
    if (st != KG_OK) {
        free(r);
        return st;
    }
    r->to = kg_outfile_stream(r->file);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", r->to);
    escape(r->to, kg_str_from(title));
    fprintf(r->to, "</title><style>%s</style></head><body>\n<h1>", style);
    escape(r->to, kg_str_from(title));
    fputs("</h1>\n", r->to);
    *out = r;
    return KG_OK;
}

void kg_report_heading(kg_report *report, const char *text) {
    fputs("<h2>", report->to);
    escape(report->to, kg_str_from(text));
    fputs("</h2>\n", report->to);
}

void kg_report_paragraph(kg_report *report, kg_str text) {
    fputs("<p>", report->to);
    escape(report->to, text);
    fputs("</p>\n", report->to);
}

static bool is_number(kg_str cell) {
    char text[64], *end;
    if (cell.len == 0 || cell.len >= sizeof text)
        return false;
    memcpy(text, cell.data, cell.len);
    text[cell.len] = '\0';
    strtod(text, &end);
    return *end == '\0' || (*end == '%' && end[1] == '\0');
}

void kg_report_table(kg_report *report, const char *const *header, size_t n_columns,
                     const kg_str *cells, size_t n_rows) {
    fputs("<table>", report->to);
    for (size_t c = 0; header && c < n_columns; ++c) {
        fputs(c == 0 ? "<tr><th>" : "<th>", report->to);
        escape(report->to, kg_str_from(header[c]));
        fputs("</th>", report->to);
    }
    fputs(header ? "</tr>\n" : "\n", report->to);
    for (size_t i = 0; i < n_rows * n_columns; ++i) {
        fputs(i % n_columns == 0 ? "<tr>" : "", report->to);
        fputs(is_number(cells[i]) ? "<td class=\"n\">" : "<td>", report->to);
        escape(report->to, cells[i]);
        fputs((i + 1) % n_columns == 0 ? "</td></tr>\n" : "</td>", report->to);
    }
    fputs("</table>\n", report->to);
}

/* ---- Curves --------------------------------------------------------------------------------- */

enum { WIDTH = 460, HEIGHT = 260, LEFT = 58, RIGHT = 20, TOP = 10, BOTTOM = 26 };

typedef struct range {
    double low, high;
} range;

static void widen(range *r, double x) {
    if (!isfinite(x))
        return;
    r->low = x < r->low ? x : r->low;
    r->high = x > r->high ? x : r->high;
}

/* A step of 1, 2 or 5 times a power of ten that parts the range in at most `most` pieces. */
static double round_step(range r, int most) {
    double raw = (r.high - r.low) / most, power = pow(10, floor(log10(raw)));
    double times = raw / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

typedef struct axes {
    range x, y;
} axes;

static double at_x(const axes *a, double x) {
    return LEFT + (x - a->x.low) / (a->x.high - a->x.low) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const axes *a, double y) {
    return HEIGHT - BOTTOM - (y - a->y.low) / (a->y.high - a->y.low) * (HEIGHT - TOP - BOTTOM);
}

/* False where there is not one point to draw. */
static bool find_axes(axes *a, const kg_series *series, size_t n) {
    *a = (axes){{INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    for (size_t s = 0; s < n; ++s)
        for (size_t i = 0; i < series[s].n; ++i)
            if (isfinite(series[s].y[i])) {
                widen(&a->x, series[s].x[i]);
                widen(&a->y, series[s].y[i]);
            }
    if (a->x.low > a->x.high)
        return false;
    if (!(a->x.high > a->x.low))
        a->x.high = a->x.low + 1;
    if (!(a->y.high - a->y.low > 1e-12 * fabs(a->y.high))) {
        double room = a->y.high != 0 ? fabs(a->y.high) * 0.1 : 1;
        a->y.low -= room;
        a->y.high += room;
    }
    return true;
}

static void draw_grid(FILE *to, const axes *a) {
    double step = round_step(a->y, 5);
    for (double y = ceil(a->y.low / step) * step; y <= a->y.high + step * 1e-9; y += step) {
        double at = at_y(a, y), shown = fabs(y) < step * 1e-9 ? 0 : y;
        fprintf(to,
                "<path class=\"g\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
                "text-anchor=\"end\">%.4g</text>",
                LEFT, at, WIDTH - RIGHT, LEFT - 6, at + 4, shown);
    }
    step = round_step(a->x, 6);
    for (double x = ceil(a->x.low / step) * step; x <= a->x.high + step * 1e-9; x += step)
        fprintf(to, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>", at_x(a, x),
                HEIGHT - 8, x);
    fprintf(to, "<path class=\"a\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, HEIGHT - BOTTOM,
            WIDTH - RIGHT);
}

/* At most about 600 points of a series are drawn: more cannot be seen. */
static void draw_series(FILE *to, const axes *a, const kg_series *s, const char *color) {
    size_t every = s->n / 600 + 1, drawn = 0;
    fprintf(to, "<path style=\"stroke:%s\" stroke-width=\"1.6\" d=\"", color);
    for (size_t i = 0; i < s->n; ++i) {
        if (!isfinite(s->y[i]) || (i % every != 0 && i + 1 != s->n))
            continue;
        fprintf(to, "%c%.1f %.1f", drawn ? 'L' : 'M', at_x(a, s->x[i]), at_y(a, s->y[i]));
        ++drawn;
    }
    fputs("\"/>", to);
    if (drawn == 1)
        for (size_t i = 0; i < s->n; ++i)
            if (isfinite(s->y[i]))
                fprintf(to, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" style=\"fill:%s\"/>",
                        at_x(a, s->x[i]), at_y(a, s->y[i]), color);
}

/* In the upper corner that the first curve leaves free: to the left of one that rises. */
static void draw_legend(FILE *to, const kg_series *series, size_t n) {
    const double *y = series[0].y;
    bool rises = series[0].n > 0 && y[series[0].n - 1] > y[0];
    int x = rises ? LEFT + 12 : WIDTH - 150;
    for (size_t s = 0; s < n && s < COLORS; ++s) {
        double at = TOP + 12 + 16 * (double)s;
        fprintf(to,
                "<path d=\"M%d %.1fh16\" style=\"stroke:%s\" stroke-width=\"2\"/><text x=\"%d\" "
                "y=\"%.1f\">",
                x, at - 4, colors[s], x + 20, at);
        escape(to, kg_str_from(series[s].name));
        fputs("</text>", to);
    }
}

void kg_report_curves(kg_report *report, const char *title, const kg_series *series, size_t n) {
    FILE *to = report->to;
    axes a;
    if (!find_axes(&a, series, n))
        return;
    fputs("<figure><figcaption>", to);
    escape(to, kg_str_from(title));
    fprintf(to, "</figcaption><svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">", WIDTH, HEIGHT,
            WIDTH);
    draw_grid(to, &a);
    for (size_t s = 0; s < n && s < COLORS; ++s)
        draw_series(to, &a, &series[s], colors[s]);
    if (n > 1)
        draw_legend(to, series, n);
    fputs("</svg></figure>\n", to);
}

kg_status kg_report_commit(kg_report *report, kg_error *err) {
    fputs("</body></html>\n", report->to);
    kg_status st = kg_outfile_commit(report->file, err);
    free(report);
    return st;
}

void kg_report_discard(kg_report *report) {
    if (!report)
        return;
    kg_outfile_discard(report->file);
    free(report);
}
