#include "plugins/host/run_report.h"

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/folder.h"
#include "kgstore/base/lines.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/figure_names.h"
#include "plugins/host/machine.h"
#include "plugins/host/metrics.h"
#include "plugins/host/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef KG_ARRAY(double) reals;

/* One figure over the steps. */
typedef struct history {
    const char *name; /* as in the line: "loss", "valid/mrr" */
    reals steps, values;
} history;

typedef struct histories {
    KG_ARRAY(history) list;
    kg_arena arena;
} histories;

static kg_status find_history(history **out, histories *all, const char *name) {
    for (size_t i = 0; i < all->list.len; ++i)
        if (strcmp(all->list.data[i].name, name) == 0) {
            *out = &all->list.data[i];
            return KG_OK;
        }
    kg_status st;
    history fresh = {.name = kg_arena_copy(&all->arena, kg_str_from(name))};
    if (!fresh.name)
        return KG_ERR_MEMORY;
    KG_TRY(st, kg_array_push(&all->list, fresh));
    *out = &all->list.data[all->list.len - 1];
    return KG_OK;
}

static kg_status add_line(histories *all, const json_t *line) {
    double step = json_number_value(json_object_get(line, "step"));
    const char *name;
    json_t *value;
    kg_status st;
    json_object_foreach((json_t *)line, name, value) {
        history *h;
        if (strcmp(name, "step") == 0 || strcmp(name, "time") == 0)
            continue;
        KG_TRY(st, find_history(&h, all, name));
        KG_TRY(st, kg_array_push(&h->steps, step));
        KG_TRY(st,
               kg_array_push(&h->values, json_is_number(value) ? json_number_value(value) : NAN));
    }
    return KG_OK;
}

static kg_status read_lines(histories *all, const char *folder, kg_error *err) {
    char *path = kg_path_join(folder, "metrics.jsonl");
    kg_lines *lines;
    kg_str line;
    bool end = false;
    if (!path)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the report");
    kg_status st = kg_lines_open(&lines, path, 0, err);
    free(path);
    if (st != KG_OK)
        return st;
    while (st == KG_OK) {
        st = kg_lines_next(&line, &end, lines, err);
        if (st != KG_OK || end)
            break;
        json_t *object = json_loadb(line.data, line.len, 0, NULL);
        if (object && add_line(all, object) != KG_OK)
            st = kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the report");
        json_decref(object);
    }
    kg_lines_close(lines);
    return st;
}

static bool begins(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static const history *named(const histories *all, const char *prefix, const char *name) {
    for (size_t i = 0; i < all->list.len; ++i)
        if (begins(all->list.data[i].name, prefix) &&
            strcmp(all->list.data[i].name + strlen(prefix), name) == 0)
            return &all->list.data[i];
    return NULL;
}

static kg_series series_of(const char *name, const history *h) {
    return (kg_series){name, h->steps.data, h->values.data, h->values.len};
}

/* Whether there are points to join, and something to see in the line. */
static bool has_curve(const history *h) {
    double first = NAN;
    for (size_t i = 0; h && i < h->values.len; ++i) {
        double value = h->values.data[i];
        if (isfinite(first) && isfinite(value) && value != first)
            return true;
        if (isfinite(value))
            first = value;
    }
    return false;
}

/* Whether the figure is 0 because what it measures was switched off: in training it was never
 * anything else. */
static bool is_off(const histories *all, const char *key, double value) {
    const history *training = named(all, "", key);
    return value == 0 && training && training->values.data[0] == 0 && !has_curve(training);
}

/* Training and evaluation over each other where they have the same name. */
static void draw_curves(kg_report *report, const histories *all) {
    bool any = false;
    for (size_t i = 0; i < all->list.len; ++i) {
        const history *h = &all->list.data[i];
        const char *name = begins(h->name, "valid/") ? h->name + 6 : h->name;
        const history *training = named(all, "", name), *valid = named(all, "valid/", name);
        kg_series both[2];
        char title[160], words[128];
        size_t n = 0;
        if (begins(h->name, "final/") || strcmp(h->name, "items") == 0 ||
            (h == valid && training)) /* drawn with the one of training */
            continue;
        if (has_curve(training))
            both[n++] = series_of("training", training);
        if (has_curve(valid))
            both[n++] = series_of("evaluation", valid);
        if (n == 0)
            continue;
        if (!any)
            kg_report_heading(report, "Curves over the steps");
        any = true;
        kg_figure_words(words, sizeof words, name);
        snprintf(title, sizeof title, strcmp(words, name) == 0 ? "%s" : "%s (%s)", words, name);
        kg_report_curves(report, title, both, n);
    }
}

typedef KG_ARRAY(kg_str) cells;

static void add_pair(cells *to, kg_arena *arena, const char *name, const char *value) {
    const char *copy = kg_arena_copy(arena, kg_str_from(value));
    kg_str pair[2] = {kg_str_from(name), kg_str_from(copy ? copy : "")};
    if (kg_array_reserve(to, 2) == KG_OK)
        kg_array_append(to, pair, 2);
}

static void show_pairs(kg_report *report, const char *heading, cells *pairs) {
    if (pairs->len > 0) {
        kg_report_heading(report, heading);
        kg_report_table(report, NULL, 2, pairs->data, pairs->len / 2);
    }
    kg_array_free(pairs);
}

/* Whether the figure of this value was shown before: a run's final figures repeat those of dev. */
static bool is_shown(const histories *all, size_t before, const char *prefix, double value) {
    for (size_t i = 0; i < before; ++i) {
        const history *h = &all->list.data[i];
        const char *name = all->list.data[before].name + strlen(prefix);
        if (begins(h->name, prefix) && h->values.len > 0 && begins(name, "dev_") &&
            strcmp(h->name + strlen(prefix), name + 4) == 0 &&
            h->values.data[h->values.len - 1] == value)
            return true;
    }
    return false;
}

/* Whether it is a bound of the interval of another. */
static bool is_bound(const histories *all, const char *prefix, const char *key) {
    char figure[KG_METRIC_NAME];
    return kg_metrics_bound(figure, key) && named(all, prefix, figure) != NULL;
}

static const char *number_text(char *to, size_t size, double value) {
    bool whole = value == floor(value) || fabs(value) >= 1000;
    snprintf(to, size, whole ? "%.0f" : "%#.3g", value);
    return to;
}

static double last_of(const history *h) {
    return h && h->values.len > 0 ? h->values.data[h->values.len - 1] : NAN;
}

/* "low to high" of the interval of a figure; "" where it has none. That of dev stands for a figure
 * that it repeats. */
static const char *interval_text(char *to, size_t size, const histories *all, const char *prefix,
                                 const history *h) {
    static const char *const parts[] = {"", "dev_"};
    to[0] = '\0';
    for (size_t i = 0; i < 2 && to[0] == '\0'; ++i) {
        char key[2 * KG_METRIC_NAME], low[32], high[32];
        const char *ends[] = {"", "_low", "_high"};
        double values[3];
        for (size_t k = 0; k < 3; ++k) {
            snprintf(key, sizeof key, "%s%s%s", parts[i], h->name + strlen(prefix), ends[k]);
            values[k] = last_of(named(all, prefix, key));
        }
        if (values[0] == last_of(h) && isfinite(values[1]) && isfinite(values[2]))
            snprintf(to, size, "%s to %s", number_text(low, sizeof low, values[1]),
                     number_text(high, sizeof high, values[2]));
    }
    return to;
}

static void add_cell(cells *rows, kg_arena *arena, const char *text) {
    const char *copy = kg_arena_copy(arena, kg_str_from(text));
    kg_array_push(rows, kg_str_from(copy ? copy : "")); /* a table that lacks cells is left out */
}

/* The final figures, or, where the run has none, those of the last evaluation: words, key, value to
 * three digits, and the interval where there are any. */
static void show_figures(kg_report *report, histories *all, const char *prefix) {
    static const char *const header[] = {"figure", "key", "value", "interval of 95 %"};
    cells rows = KG_ARRAY_INIT;
    size_t columns = 3;
    for (size_t i = 0; i < all->list.len; ++i)
        if (begins(all->list.data[i].name, prefix) &&
            is_bound(all, prefix, all->list.data[i].name + strlen(prefix)))
            columns = 4;
    for (size_t i = 0; i < all->list.len; ++i) {
        const history *h = &all->list.data[i];
        const char *key = h->name + strlen(prefix);
        char text[128];
        if (!begins(h->name, prefix) || h->values.len == 0 ||
            is_shown(all, i, prefix, last_of(h)) || is_off(all, key, last_of(h)) ||
            is_bound(all, prefix, key))
            continue;
        add_cell(&rows, &all->arena, kg_figure_words(text, sizeof text, key));
        add_cell(&rows, &all->arena, key);
        add_cell(&rows, &all->arena, number_text(text, sizeof text, last_of(h)));
        if (columns == 4)
            add_cell(&rows, &all->arena, interval_text(text, sizeof text, all, prefix, h));
    }
    if (rows.len > 0 && rows.len % columns == 0)
        kg_report_table(report, header, columns, rows.data, rows.len / columns);
    kg_array_free(&rows);
}

static bool has_figures(const histories *all, const char *prefix) {
    for (size_t i = 0; i < all->list.len; ++i)
        if (begins(all->list.data[i].name, prefix))
            return true;
    return false;
}

/* Add a setting's file, or its files, to a sentence. */
static size_t add_files(char *to, size_t size, size_t at, const char *before, const json_t *files) {
    size_t n = json_is_array(files) ? json_array_size(files) : 1;
    for (size_t i = 0; i < n && at < size; ++i) {
        const char *file =
            json_string_value(json_is_array(files) ? json_array_get(files, i) : files);
        if (file)
            at += (size_t)snprintf(to + at, size - at, "%s%s", i == 0 ? before : ", ", file);
    }
    return at;
}

/* One sentence: what was trained on what, for how long. */
static void tell_run(kg_report *report, const kg_run_facts *facts, const json_t *config) {
    char text[2048];
    size_t size = sizeof text, at = 0;
    bool files = false;
    static const char *const data[] = {"train", "corpus"};
    at += (size_t)snprintf(text, size, "Trained");
    for (size_t i = 0; i < 2 && at < size; ++i) {
        size_t was = at;
        at = add_files(text, size, at, " on ", json_object_get(config, data[i]));
        files = files || at > was;
    }
    if (facts->store && at < size)
        at += (size_t)snprintf(text + at, size - at, "%s the graph %s", files ? " and" : " on",
                               facts->store);
    if (at < size && json_is_string(json_object_get(config, "init")))
        at = add_files(text, size, at, ", starting from ", json_object_get(config, "init"));
    if (at < size)
        at += (size_t)snprintf(text + at, size - at, ": %llu steps in %.1f s.",
                               (unsigned long long)facts->steps, facts->seconds);
    kg_report_paragraph(report, (kg_str){text, at < size ? at : size - 1});
}

/* The leaves of the configuration, named "outer.inner". */
static void add_settings(cells *to, kg_arena *arena, const char *prefix, const json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        char name[256];
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        if (json_is_object(value)) {
            add_settings(to, arena, name, value);
            continue;
        }
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(9));
        const char *copy = kg_arena_copy(arena, kg_str_from(name));
        if (text && copy)
            add_pair(to, arena, copy, text);
        free(text);
    }
}

static void show_machine(kg_report *report, kg_arena *arena) {
    kg_machine_fact facts[8];
    cells pairs = KG_ARRAY_INIT;
    size_t n = kg_machine_facts(facts);
    for (size_t i = 0; i < n; ++i)
        add_pair(&pairs, arena, facts[i].name, facts[i].value);
    show_pairs(report, "Machine", &pairs);
}

static kg_status write_report(const char *path, const kg_run_facts *facts, const json_t *config,
                              histories *all, kg_error *err) {
    kg_report *report;
    cells settings = KG_ARRAY_INIT;
    kg_status st;
    KG_TRY(st, kg_report_open(&report, path, facts->id, err));
    tell_run(report, facts, config);
    show_figures(report, all, has_figures(all, "final/") ? "final/" : "valid/");
    draw_curves(report, all);
    add_settings(&settings, &all->arena, "", config);
    show_pairs(report, "Configuration", &settings);
    show_machine(report, &all->arena);
    return kg_report_commit(report, err);
}

kg_status kg_run_report(const char *folder, const kg_run_facts *facts, const json_t *config,
                        kg_error *err) {
    histories all = {KG_ARRAY_INIT, KG_ARENA_INIT};
    char *path = kg_path_join(folder, "report.html");
    kg_status st = path ? read_lines(&all, folder, err)
                        : kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the report");
    if (st == KG_OK)
        st = write_report(path, facts, config, &all, err);
    for (size_t i = 0; i < all.list.len; ++i) {
        kg_array_free(&all.list.data[i].steps);
        kg_array_free(&all.list.data[i].values);
    }
    kg_array_free(&all.list);
    kg_arena_free(&all.arena);
    free(path);
    return st;
}
