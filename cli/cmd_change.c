/* kg add and kg del: one triple in one durable transaction. */
#include "cli/command.h"
#include "cli/waiting.h"
#include "kgstore/kgstore.h"

#include <stdio.h>

typedef struct change_settings {
    double wait;
    const char *head_type, *tail_type; /* of add */
} change_settings;

static const change_settings defaults = {.wait = KG_WAIT_FOR_EVER};

static const kg_option add_options[] = {
    {"head-type", 0, KG_OPTION_TEXT, offsetof(change_settings, head_type), "TYPE",
     "also give the head this type"},
    {"tail-type", 0, KG_OPTION_TEXT, offsetof(change_settings, tail_type), "TYPE",
     "also give the tail this type"},
    KG_WAIT_OPTION(change_settings),
    {0}};

static const kg_option del_options[] = {KG_WAIT_OPTION(change_settings), {0}};

static kg_status add(kg_writer *writer, const kg_call *call, kg_error *err) {
    const change_settings *settings = call->settings;
    kg_statement s = KG_STATEMENT_INIT(KG_STATEMENT_TRIPLE);
    s.head = kg_str_from(call->args[1]);
    s.relation = kg_str_from(call->args[2]);
    s.tail = kg_str_from(call->args[3]);
    s.head_type = kg_str_from(settings->head_type);
    s.tail_type = kg_str_from(settings->tail_type);
    return kg_writer_statement(writer, &s, err);
}

static kg_status del(kg_writer *writer, const kg_call *call, kg_error *err) {
    return kg_writer_delete(writer, kg_str_from(call->args[1]), kg_str_from(call->args[2]),
                            kg_str_from(call->args[3]), err);
}

static kg_status show(const kg_write_report *report, kg_output_mode mode) {
    static const char *const columns[] = {"added",        "duplicates",    "deleted",
                                          "new_entities", "new_relations", "new_types"};
    const uint64_t counts[] = {report->added,        report->duplicates,    report->deleted,
                               report->new_entities, report->new_relations, report->new_types};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_RECORD, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        kg_result_integer(&result, (int64_t)counts[i]);
    kg_status st = kg_output_result(stdout, &result, mode);
    kg_result_free(&result);
    return st;
}

static kg_status change(const kg_call *call, kg_error *err,
                        kg_status (*act)(kg_writer *, const kg_call *, kg_error *)) {
    kg_store *store;
    kg_writer *writer;
    kg_write_report report;
    kg_status st;
    const change_settings *settings = call->settings;
    KG_TRY(st, kg_store_open_to_write(&store, call->args[0], settings->wait, err));
    st = kg_writer_begin(&writer, store, err);
    if (st == KG_OK) {
        st = act(writer, call, err);
        if (st == KG_OK)
            st = kg_writer_commit(&report, writer, err);
        else
            kg_writer_abort(writer);
    }
    kg_store_close(store);
    return st == KG_OK ? show(&report, call->mode) : st;
}

static kg_status run_add(const kg_call *call, kg_error *err) {
    return change(call, err, add);
}

static kg_status run_del(const kg_call *call, kg_error *err) {
    return change(call, err, del);
}

const kg_command cmd_add = {.name = "add",
                            .summary = "Add a triple, with the names in it that are new",
                            .arguments = "STORE HEAD RELATION TAIL",
                            .min_args = 4,
                            .max_args = 4,
                            .options = add_options,
                            .settings_size = sizeof(change_settings),
                            .defaults = &defaults,
                            .done = "the change is in force",
                            .run = run_add};

const kg_command cmd_del = {.name = "del",
                            .summary = "Remove a triple",
                            .arguments = "STORE HEAD RELATION TAIL",
                            .min_args = 4,
                            .max_args = 4,
                            .options = del_options,
                            .settings_size = sizeof(change_settings),
                            .defaults = &defaults,
                            .done = "the change is in force",
                            .run = run_del};
