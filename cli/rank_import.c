#include "cli/rank_import.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    kg_snapshot *snapshot;
    kg_lines *lines;
    double *weights;
    bool *given;
} reading;

static kg_status bad_line(const reading *r, const char *found, kg_error *err) {
    return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(r->lines), kg_lines_number(r->lines),
                       "found %s; expected a name, a tab and a number, 0 or more", found);
}

static bool parse_weight(double *out, kg_str text) {
    kg_value value;
    kg_status st = kg_value_parse(&value, KG_VALUE_FLOAT, text, NULL);
    *out = st == KG_OK ? value.as.real : -1;
    return *out >= 0 && isfinite(*out);
}

static kg_status take_line(reading *r, kg_str line, kg_error *err) {
    kg_id id;
    double weight;
    if (line.len == 0)
        return KG_OK;
    const char *tab = memrchr(line.data, '\t', line.len);
    if (!tab)
        return bad_line(r, "no tab", err);
    kg_str name = {line.data, (size_t)(tab - line.data)};
    kg_str number = {tab + 1, line.len - name.len - 1};
    if (!parse_weight(&weight, number))
        return bad_line(r, "no weight", err);
    kg_status st = kg_name_find(&id, r->snapshot, KG_ENTITY, name);
    if (st == KG_ERR_NOT_FOUND)
        return kg_error_at(
            err, KG_ERR_FORMAT, kg_lines_name(r->lines), kg_lines_number(r->lines),
            "the store has no entity \"%s\"; rank what kg export wrote of this store",
            kg_quote(name).text);
    if (st != KG_OK)
        return kg_snapshot_fault(err, st, r->snapshot);
    if (r->given[id])
        return bad_line(r, "the same entity twice", err);
    r->given[id] = true;
    r->weights[id] = weight;
    return KG_OK;
}

static kg_status read_lines(reading *r, kg_error *err) {
    kg_status st;
    kg_str line;
    bool end = false;
    for (;;) {
        KG_TRY(st, kg_lines_next(&line, &end, r->lines, err));
        if (end)
            return KG_OK;
        KG_TRY(st, take_line(r, line, err));
    }
}

/* A weight of 0 that nobody gave would order the neighbors wrongly, and be hard to notice. */
static kg_status all_given(const reading *r, uint64_t entities, kg_error *err) {
    uint64_t missing = 0;
    kg_str name, first = {0};
    for (uint64_t id = 0; id < entities; id++) {
        if (r->given[id])
            continue;
        kg_status st = kg_name_get(&name, r->snapshot, KG_ENTITY, (kg_id)id);
        if (st == KG_ERR_NOT_FOUND)
            continue; /* deleted */
        if (st != KG_OK)
            return kg_snapshot_fault(err, st, r->snapshot);
        if (missing++ == 0)
            first = name;
    }
    if (missing == 0)
        return KG_OK;
    return kg_error_at(err, KG_ERR_FORMAT, kg_lines_name(r->lines), 0,
                       "gives no weight to %llu of the store's entities, the first of them \"%s\"; "
                       "expected one for each, 0 where it has none",
                       (unsigned long long)missing, kg_quote(first).text);
}

static kg_status import_weights(reading *r, kg_store *store, kg_error *err) {
    kg_status st;
    kg_stats stats;
    KG_TRY(st, kg_snapshot_stats(&stats, r->snapshot, err));
    r->weights = calloc(stats.entities + 1, sizeof *r->weights);
    r->given = calloc(stats.entities + 1, sizeof *r->given);
    if (!r->weights || !r->given)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading weights");
    KG_TRY(st, read_lines(r, err));
    KG_TRY(st, all_given(r, stats.entities, err));
    return kg_store_weigh(store, r->weights, stats.entities, stats.triples_version, err);
}

kg_status kg_rank_import(kg_store *store, const char *path, kg_error *err) {
    kg_status st;
    reading r = {0};
    KG_TRY(st, kg_lines_open(&r.lines, path, 0, err));
    st = kg_snapshot_begin(&r.snapshot, store, err);
    if (st == KG_OK)
        st = import_weights(&r, store, err);
    kg_snapshot_end(r.snapshot);
    kg_lines_close(r.lines);
    free(r.weights);
    free(r.given);
    return st;
}
