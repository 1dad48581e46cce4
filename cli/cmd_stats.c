#include "cli/command.h"
#include "cli/session.h"
#include "cli/storestats.h"

#include <stdio.h>

static kg_status count_table(void *context, kg_str name, kg_id id) {
    (void)name, (void)id;
    ++*(size_t *)context;
    return KG_OK;
}

/* Names on their way into a list cell. */
typedef struct table_list {
    kg_result *result;
    kg_str *items;
    size_t n, room;
} table_list;

static kg_status take_table(void *context, kg_str name, kg_id id) {
    table_list *list = context;
    (void)id;
    if (list->items && list->n < list->room)
        list->items[list->n++] = kg_result_copy(list->result, name);
    return KG_OK;
}

static kg_status tables_cell(kg_result *result, kg_snapshot *snapshot) {
    table_list list = {.result = result};
    kg_status st;
    KG_TRY(st, kg_table_each(snapshot, count_table, &list.room));
    kg_result_texts(&list.items, result, list.room);
    return kg_table_each(snapshot, take_table, &list);
}

kg_status kg_stats_fill(kg_result *result, kg_snapshot *snapshot, kg_error *err) {
    static const char *const columns[] = {
        "entities",    "relations",     "types",      "aliases",    "triples",
        "multi_typed", "labels",        "bytes",      "generation", "triples_version",
        "ranked",      "rank_stale",    "pepr",       "pepr_stale", "tables",
        "keys",        "entity_values", "edge_values"};
    kg_stats s;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&s, snapshot, err));
    const uint64_t counts[] = {
        s.entities - s.deleted, s.relations, s.types, s.aliases,    s.triples,
        s.multi_typed,          s.labels,    s.bytes, s.generation, s.triples_version};
    const bool flags[] = {s.ranked, s.rank_stale, s.pepr, s.pepr_stale};
    kg_result_columns(result, KG_SHAPE_RECORD, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        kg_result_integer(result, (int64_t)counts[i]);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i)
        kg_result_bool(result, flags[i]);
    KG_TRY(st, tables_cell(result, snapshot));
    const uint64_t facts[] = {s.keys, s.entity_values, s.edge_values};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; ++i)
        kg_result_integer(result, (int64_t)facts[i]);
    return result->status;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_session session;
    kg_result result = KG_RESULT_INIT;
    kg_status st;
    KG_TRY(st, kg_session_open(&session, call->args[0], err));
    st = kg_stats_fill(&result, session.snapshot, err);
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, call->mode);
    kg_result_free(&result);
    kg_session_close(&session);
    return st;
}

const kg_command cmd_stats = {.name = "stats",
                              .summary = "Count what a store holds",
                              .arguments = "STORE",
                              .min_args = 1,
                              .max_args = 1,
                              .run = run};
