#include "cli/command.h"
#include "cli/waiting.h"
#include "kgstore/kgstore.h"

typedef struct backup_settings {
    double wait;
} backup_settings;

static const backup_settings defaults = {KG_WAIT_FOR_EVER};

static const kg_option options[] = {KG_WAIT_OPTION(backup_settings), {0}};

static kg_status run(const kg_call *call, kg_error *err) {
    kg_store *store;
    kg_status st;
    const backup_settings *settings = call->settings;
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], settings->wait, err));
    st = kg_store_backup(store, call->args[1], err);
    kg_store_close(store);
    return st;
}

const kg_command cmd_backup = {.name = "backup",
                               .summary = "Copy a store as it is now, while others read and write",
                               .arguments = "STORE DEST",
                               .min_args = 2,
                               .max_args = 2,
                               .options = options,
                               .settings_size = sizeof(backup_settings),
                               .defaults = &defaults,
                               .run = run};
