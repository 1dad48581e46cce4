#include "cli/command.h"
#include "kgstore/kgstore.h"

#include <stdio.h>

static void keep_problem(void *context, const char *problem) {
    kg_result_text(context, kg_str_from(problem));
}

/* A problem a line on standard output; "ok", for a person only, on standard error. */
static kg_status run(const kg_call *call, kg_error *err) {
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

const kg_command cmd_check = {.name = "check",
                              .summary = "Verify all of a store that can be verified",
                              .arguments = "STORE",
                              .min_args = 1,
                              .max_args = 1,
                              .run = run};
