#include "cli/rank_import.h"

#include "kgstore/base/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    kg_snapshot *snapshot;
    kg_lines *lines;
    double *weights;
    bool *given;
    uint64_t known, unknown;
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
    if (st == KG_ERR_NOT_FOUND) {
        r->unknown++;
        return KG_OK;
    }
    if (st != KG_OK)
        return kg_snapshot_fault(err, st, r->snapshot);
    if (r->given[id])
        return bad_line(r, "the same entity twice", err);
    r->given[id] = true;
    r->weights[id] = weight;
    r->known++;
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

static kg_status import_weights(reading *r, kg_store *store, kg_error *err) {
    kg_status st;
    kg_stats stats;
    KG_TRY(st, kg_snapshot_stats(&stats, r->snapshot, err));
    r->weights = calloc(stats.entities + 1, sizeof *r->weights);
    r->given = calloc(stats.entities + 1, sizeof *r->given);
    if (!r->weights || !r->given)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading weights");
    KG_TRY(st, read_lines(r, err));
    if (r->known == 0)
        return kg_error_set(err, KG_ERR_FORMAT, "%s names no entity of this store",
                            kg_lines_name(r->lines));
    KG_TRY(st, kg_store_weigh(store, r->weights, stats.entities, stats.triples_version, err));
    if (r->unknown)
        fprintf(stderr, "not in the store: %llu of the names of %s\n",
                (unsigned long long)r->unknown, kg_lines_name(r->lines));
    return KG_OK;
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
