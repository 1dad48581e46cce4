#include "cli/command.h"
#include "kgstore/kgstore.h"

static kg_status run(const kg_call *call, kg_error *err) {
    kg_store *store;
    kg_status st;
    KG_TRY(st, kg_store_open(&store, call->args[0], err));
    st = kg_store_backup(store, call->args[1], err);
    kg_store_close(store);
    return st;
}

const kg_command cmd_backup = {.name = "backup",
                               .summary = "Copy a store as it is now, while others read and write",
                               .arguments = "STORE DEST",
                               .min_args = 2,
                               .max_args = 2,
                               .run = run};
