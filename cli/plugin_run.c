#include "cli/plugin_run.h"

#include "cli/waiting.h"

static kg_status with_host(const kg_plugin_choice *choice, const char *path, kg_plugin_work *work,
                           kg_runline *line, void *context, kg_error *err) {
    kg_store *store = NULL;
    kg_host *host = NULL;
    kg_messages messages = kg_runline_messages(line);
    kg_status st = path ? kg_store_open_to_write(&store, path, KG_WAIT_FOR_EVER, err) : KG_OK;
    if (st == KG_OK)
        st = kg_host_new(&host, &messages, err);
    if (st == KG_OK && store)
        st = kg_host_attach(host, store);
    if (st == KG_OK)
        st = work(host, choice, line, context, err);
    kg_host_free(host);
    if (store)
        kg_store_close(store);
    return st;
}

kg_status kg_plugin_run(const kg_plugin_request *request, const char *store, kg_plugin_work *work,
                        void *context, kg_error *err) {
    kg_plugin_choice choice;
    kg_runline line;
    kg_status st;
    KG_TRY(st, kg_plugin_choose(&choice, request, err));
    kg_runline_begin(&line);
    st = with_host(&choice, store, work, &line, context, err);
    kg_runline_end(&line);
    kg_plugin_close(choice.plugin);
    return st;
}
