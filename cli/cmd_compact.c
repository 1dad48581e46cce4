#include "cli/command.h"
#include "cli/waiting.h"
#include "kgstore/kgstore.h"

#include <stdio.h>

typedef struct compact_settings {
    double wait;
} compact_settings;

static const compact_settings defaults = {KG_WAIT_FOR_EVER};

static const kg_option options[] = {KG_WAIT_OPTION(compact_settings), {0}};

static kg_status show(uint64_t before, uint64_t after, kg_output_mode mode) {
    static const char *const columns[] = {"bytes_before", "bytes_after"};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_RECORD, columns, 2);
    kg_result_integer(&result, (int64_t)before);
    kg_result_integer(&result, (int64_t)after);
    kg_status st = kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    return st;
}

static kg_status run(const kg_call *call, kg_error *err) {
    kg_store *store;
    uint64_t before = 0, after = 0;
    kg_status st;
    const compact_settings *settings = call->settings;
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], settings->wait, err));
    st = kg_store_compact(store, &before, &after, err);
    kg_store_close(store);
    return st == KG_OK ? show(before, after, call->mode) : st;
}

const kg_command cmd_compact = {.name = "compact",
                                .summary = "Rewrite a store without its free pages",
                                .arguments = "STORE",
                                .min_args = 1,
                                .max_args = 1,
                                .options = options,
                                .settings_size = sizeof(compact_settings),
                                .defaults = &defaults,
                                .done = "the compacted store is in force",
                                .run = run};
