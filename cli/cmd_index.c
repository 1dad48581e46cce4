/* kg index: which properties are looked up by their values. */
#include "cli/command.h"
#include "cli/waiting.h"
#include "kgstore/kgstore.h"

typedef struct index_settings {
    bool drop;
    double wait;
} index_settings;

static const index_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option options[] = {
    {"drop", 0, KG_OPTION_FLAG, offsetof(index_settings, drop), NULL, "remove the index of KEY"},
    KG_WAIT_OPTION(index_settings),
    {0}};

/* The keys that are indexed, a row each. */
static kg_status fill(kg_result *result, kg_snapshot *snapshot, kg_error *err) {
    static const char *const columns[] = {"key"};
    kg_status st;
    kg_stats stats;
    kg_str name;
    bool is;
    kg_result_columns(result, KG_SHAPE_ROWS, columns, 1);
    KG_TRY(st, kg_snapshot_stats(&stats, snapshot, err));
    for (kg_id key = 0; key < stats.keys; key++) {
        KG_TRY(st, kg_property_is_indexed(&is, snapshot, key));
        if (!is)
            continue;
        KG_TRY(st, kg_name_get(&name, snapshot, KG_KEY, key));
        kg_result_text(result, kg_result_copy(result, name));
    }
    return result->status;
}

static kg_status show(kg_store *store, kg_output_mode mode, kg_error *err) {
    kg_snapshot *snapshot;
    kg_result result = KG_RESULT_INIT;
    kg_status st;
    KG_TRY(st, kg_snapshot_begin(&snapshot, store, err));
    st = kg_snapshot_fault(err, fill(&result, snapshot, err), snapshot);
    if (st == KG_OK)
        st = kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    kg_snapshot_end(snapshot);
    return st;
}

/* Make the change, and list what is indexed then: that this fails does not undo the change. */
static kg_status change(kg_store *store, const kg_call *call, kg_error *err) {
    kg_status st;
    const index_settings *settings = call->settings;
    KG_TRY(st, kg_store_index(store, kg_str_from(call->args[1]), !settings->drop, err));
    st = show(store, call->mode, err);
    return st == KG_OK ? st : kg_error_context(err, st, "the change is in force");
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_store *store;
    kg_status st;
    const index_settings *settings = call->settings;
    if (call->n_args < 2 && settings->drop)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "found --drop without a KEY; expected the property whose index goes");
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], settings->wait, err));
    st = call->n_args == 2 ? change(store, call, err) : show(store, call->mode, err);
    kg_store_close(store);
    return st;
}

const kg_command cmd_index = {.name = "index",
                              .summary = "Index properties by their values",
                              .arguments = "STORE [KEY]",
                              .min_args = 1,
                              .max_args = 2,
                              .options = options,
                              .settings_size = sizeof(index_settings),
                              .defaults = &defaults,
                              .done = "the change is in force",
                              .run = run};
