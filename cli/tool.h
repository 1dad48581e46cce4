/* Commands that a plugin's tool does: kg eval, kg encode, kg trace and their like. */
#ifndef KG_CLI_TOOL_H
#define KG_CLI_TOOL_H

#include "cli/output.h"

#include <jansson.h>
#include <stdio.h>

typedef struct kg_tool_call {
    const char *tool;    /* "transr.eval" */
    const char *plugin;  /* the plugin's file; NULL: look for it */
    const char *store;   /* NULL: none */
    json_t *request;     /* checked against the tool's schema and completed here; borrowed */
    kg_output_mode mode; /* of tools that write "json" or "jsonl" */
    FILE *to;            /* usually stdout */
} kg_tool_call;

/* Find the tool, run it and show what it writes: an object as a record, lines of objects as a
 * table, text and bytes as they are. KG_ERR_PLUGIN: it did not write what it says it writes. */
kg_status kg_tool_run(const kg_tool_call *call, kg_error *err);

/* The same for a command that does nothing else: it shows on standard output whatever `to` says,
 * and the request is freed. KG_ERR_MEMORY: that is NULL. */
kg_status kg_tool_show(const kg_tool_call *call, kg_error *err);

/* A list of n words for a request, such as a command's arguments; without any, of "-", standard
 * input. NULL: out of memory. */
json_t *kg_tool_words(const char *const *words, size_t n);

#endif
