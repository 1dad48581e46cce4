#include "plugins/host/run_report.h"

#include "kgstore/base/arena.h"
#include "kgstore/base/array.h"
#include "kgstore/base/lines.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/machine.h"
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

static void draw_curves(kg_report *report, const histories *all) {
    kg_report_heading(report, "Curves over the steps");
    for (size_t i = 0; i < all->list.len; ++i) {
        const history *h = &all->list.data[i];
        const char *name = begins(h->name, "valid/") ? h->name + 6 : h->name;
        const history *training = named(all, "", name), *valid = named(all, "valid/", name);
        kg_series both[2];
        size_t n = 0;
        if (begins(h->name, "final/") || strcmp(h->name, "items") == 0 ||
            (h == valid && training)) /* drawn with the one of training */
            continue;
        if (training)
            both[n++] = series_of("training", training);
        if (valid)
            both[n++] = series_of("evaluation", valid);
        kg_report_curves(report, training ? h->name : name, both, n);
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

/* The last value of the figures of a prefix. */
static void show_last(kg_report *report, histories *all, const char *prefix, const char *heading) {
    cells pairs = KG_ARRAY_INIT;
    char number[32];
    for (size_t i = 0; i < all->list.len; ++i) {
        const history *h = &all->list.data[i];
        if (!begins(h->name, prefix) || h->values.len == 0)
            continue;
        snprintf(number, sizeof number, "%.6g", h->values.data[h->values.len - 1]);
        add_pair(&pairs, &all->arena, h->name + strlen(prefix), number);
    }
    show_pairs(report, heading, &pairs);
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

static kg_status write_report(const char *path, const char *title, const json_t *config,
                              histories *all, kg_error *err) {
    kg_report *report;
    cells settings = KG_ARRAY_INIT;
    kg_status st;
    KG_TRY(st, kg_report_open(&report, path, title, err));
    show_last(report, all, "final/", "Final figures");
    show_last(report, all, "valid/", "Last evaluation");
    draw_curves(report, all);
    add_settings(&settings, &all->arena, "", config);
    show_pairs(report, "Configuration", &settings);
    show_machine(report, &all->arena);
    return kg_report_commit(report, err);
}

kg_status kg_run_report(const char *folder, const char *title, const json_t *config,
                        kg_error *err) {
    histories all = {KG_ARRAY_INIT, KG_ARENA_INIT};
    char *path = kg_path_join(folder, "report.html");
    kg_status st = path ? read_lines(&all, folder, err)
                        : kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the report");
    if (st == KG_OK)
        st = write_report(path, title, config, &all, err);
    for (size_t i = 0; i < all.list.len; ++i) {
        kg_array_free(&all.list.data[i].steps);
        kg_array_free(&all.list.data[i].values);
    }
    kg_array_free(&all.list);
    kg_arena_free(&all.arena);
    free(path);
    return st;
}
