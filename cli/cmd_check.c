#include "cli/command.h"
#include "kgstore/kgstore.h"

#include <stddef.h>
#include <stdio.h>

typedef struct check_settings {
    bool repair;
} check_settings;

static const kg_option options[] = {{"repair", 0, KG_OPTION_FLAG, offsetof(check_settings, repair),
                                     NULL, "first repair what can be repaired without guessing"},
                                    {0}};

static void keep_problem(void *context, const char *problem) {
    kg_result_text(context, kg_str_from(problem));
}

/* A problem a line on standard output; "ok", for a person only, on standard error. */
static kg_status check(const kg_call *call, kg_error *err) {
    static const char *const columns[] = {"problem"};
    kg_result result = KG_RESULT_INIT;
    kg_result_columns(&result, KG_SHAPE_LIST, columns, 1);
    kg_status st = kg_store_check(call->args[0], keep_problem, &result, err);
    if (st == KG_OK || st == KG_ERR_CORRUPT) {
        kg_status shown = kg_output_result(stdout, &result, call->mode);
        st = st == KG_OK ? shown : st;
    }
    kg_result_free(&result);
    if (st == KG_OK)
        fprintf(stderr, "%s: ok\n", call->args[0]);
    return st;
}

static void tell_repair(void *context, const char *done) {
    fprintf(stderr, "%s: %s\n", (const char *)context, done);
}

static kg_status run(const kg_call *call, kg_error *err) {
    const check_settings *settings = call->settings;
    kg_error detail = KG_ERROR_INIT;
    kg_status st = settings->repair ? kg_store_repair(call->args[0], tell_repair,
                                                      (void *)(uintptr_t)call->args[0], &detail)
                                    : KG_OK;
    kg_status found = check(call, err);
    if (st == KG_OK || !err)
        return found;
    *err = detail; /* says what cannot be repaired, and what to do */
    return st;
}

const kg_command cmd_check = {.name = "check",
                              .summary = "Verify a store",
                              .arguments = "STORE",
                              .options = options,
                              .settings_size = sizeof(check_settings),
                              .min_args = 1,
                              .max_args = 1,
                              .run = run};
