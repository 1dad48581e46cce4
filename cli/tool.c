#include "cli/tool.h"

#include "cli/plugin_run.h"
#include "plugins/host/schema.h"

#include <stdlib.h>
#include <string.h>

/* Where a tool writes: straight on, or kept until it is done. */
typedef struct sink {
    FILE *to; /* NULL: keep */
    kg_bytes kept;
    kgp_output abi;
} sink;

static kgp_status take(const kgp_output *output, const void *data, size_t n) {
    sink *s = output->self;
    if (!s->to)
        return (kgp_status)kg_array_append(&s->kept, data, n);
    return fwrite(data, 1, n, s->to) == n ? KGP_OK : KGP_ERR_IO;
}

/* ---- Objects as cells ----------------------------------------------------------------------- */

static void add_texts(kg_result *result, const json_t *list) {
    kg_str *items;
    size_t i;
    const json_t *one;
    kg_result_texts(&items, result, json_array_size(list));
    json_array_foreach(list, i, one) {
        char *text = json_is_string(one) ? NULL : json_dumps(one, JSON_ENCODE_ANY | JSON_COMPACT);
        const char *shown = text ? text : json_string_value(one);
        if (items)
            items[i] = kg_result_copy(result, kg_str_from(shown ? shown : ""));
        free(text);
    }
}

static void add_cell(kg_result *result, const json_t *value) {
    if (json_is_string(value))
        kg_result_text(result, (kg_str){json_string_value(value), json_string_length(value)});
    else if (json_is_integer(value))
        kg_result_integer(result, json_integer_value(value));
    else if (json_is_real(value))
        kg_result_real(result, json_real_value(value));
    else if (json_is_boolean(value))
        kg_result_bool(result, json_is_true(value));
    else if (json_is_array(value))
        add_texts(result, value);
    else
        kg_result_none(result);
}

typedef KG_ARRAY(const char *) names;
typedef KG_ARRAY(const json_t *) values;

/* The leaves of an object: inner ones are named "outer.inner". */
static kg_status flatten(names *keys, values *leaves, kg_arena *arena, const char *prefix,
                         const json_t *object) {
    const char *key;
    json_t *value;
    kg_status st;
    json_object_foreach((json_t *)object, key, value) {
        char name[256];
        int n = snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
        size_t len = (size_t)n < sizeof name ? (size_t)n : sizeof name - 1;
        if (json_is_object(value)) {
            KG_TRY(st, flatten(keys, leaves, arena, name, value));
            continue;
        }
        const char *copy = kg_arena_copy(arena, (kg_str){name, len});
        if (!copy)
            return KG_ERR_MEMORY;
        KG_TRY(st, kg_array_push(keys, copy));
        KG_TRY(st, kg_array_push(leaves, value));
    }
    return KG_OK;
}

/* Add an object as a row; the first one names the columns. */
static kg_status add_row(kg_result *result, names *columns, kg_arena *arena, const json_t *object,
                         kg_result_shape shape) {
    names keys = KG_ARRAY_INIT;
    values leaves = KG_ARRAY_INIT;
    kg_status st = flatten(&keys, &leaves, arena, "", object);
    if (st == KG_OK && columns->len == 0) {
        *columns = keys;
        keys = (names)KG_ARRAY_INIT;
        kg_result_columns(result, shape, columns->data, columns->len);
    }
    if (st == KG_OK && leaves.len != columns->len)
        st = KG_ERR_PLUGIN;
    for (size_t i = 0; i < leaves.len && st == KG_OK; ++i)
        add_cell(result, leaves.data[i]);
    kg_array_free(&keys);
    kg_array_free(&leaves);
    return st == KG_OK ? result->status : st;
}

/* Parse what was kept, object after object, and show it. */
static kg_status show_kept(const kg_tool_call *call, const sink *s, kg_result_shape shape,
                           kg_error *err) {
    kg_result result = KG_RESULT_INIT;
    names columns = KG_ARRAY_INIT;
    kg_arena arena = KG_ARENA_INIT;
    kg_status st = KG_OK;
    size_t at = 0;
    for (;;) {
        while (at < s->kept.len && strchr(" \t\r\n", s->kept.data[at]))
            ++at;
        if (at == s->kept.len || st != KG_OK)
            break;
        json_error_t where;
        json_t *object =
            json_loadb(s->kept.data + at, s->kept.len - at, JSON_DISABLE_EOF_CHECK, &where);
        st = json_is_object(object) ? add_row(&result, &columns, &arena, object, shape)
                                    : KG_ERR_PLUGIN;
        json_decref(object);
        at += (size_t)where.position;
    }
    if (st == KG_ERR_PLUGIN)
        kg_error_set(err, st,
                     "the tool %s wrote something other than JSON objects with the same keys; is "
                     "it of this version of kg?",
                     call->tool);
    else if (st == KG_OK && columns.len > 0)
        st = kg_output_result(call->to, &result, call->mode);
    kg_result_free(&result);
    kg_array_free(&columns);
    kg_arena_free(&arena);
    return st;
}

/* ---- Running one ---------------------------------------------------------------------------- */

static kg_status check_request(const kg_tool_call *call, const kgp_tool_descriptor *tool,
                               kg_error *err) {
    json_t *schema;
    char what[128];
    kg_status st;
    KG_TRY(st, kg_json_parse(&schema, tool->schema, "the tool's schema", err));
    snprintf(what, sizeof what, "the request to %s", tool->id);
    st = kg_schema_apply(call->request, schema, what, err);
    json_decref(schema);
    return st;
}

static kg_status run_tool(kg_host *host, const kg_plugin_choice *choice, kg_runline *line,
                          void *context, kg_error *err) {
    const kg_tool_call *call = context;
    const char *output = choice->tool->output;
    bool lines = strcmp(output, "jsonl") == 0;
    bool object = strcmp(output, "json") == 0;
    bool straight =
        !(object || lines) || call->mode == KG_MODE_JSONL || (object && call->mode == KG_MODE_JSON);
    sink s = {.to = straight ? call->to : NULL, .kept = KG_ARRAY_INIT};
    kgp_error detail = {""};
    kg_status st;
    KG_TRY(st, check_request(call, choice->tool, err));
    s.abi = (kgp_output){sizeof s.abi, &s, take};
    char *request = json_dumps(call->request, JSON_COMPACT);
    if (!request)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for a tool");
    st = kg_plugin_status(err, choice->tool->id, "run",
                          kg_plugin_tools(choice->plugin)
                              ->run(kg_host_abi(host), choice->tool->id, request, &s.abi, &detail),
                          &detail);
    free(request);
    if (st == KG_OK && straight && object)
        fputc('\n', call->to);
    kg_progress_end(&line->phase);
    if (st == KG_OK && !straight)
        st = show_kept(call, &s, lines ? KG_SHAPE_ROWS : KG_SHAPE_RECORD, err);
    kg_array_free(&s.kept);
    return st;
}

kg_status kg_tool_run(const kg_tool_call *call, kg_error *err) {
    const kg_plugin_request request = {
        .tool = call->tool, .file = call->plugin, .warn = kg_runline_warn};
    return kg_plugin_run(&request, call->store, run_tool, (void *)call, err);
}

kg_status kg_tool_show(const kg_tool_call *call, kg_error *err) {
    kg_tool_call shown = *call;
    shown.to = stdout;
    kg_status st = call->request
                       ? kg_tool_run(&shown, err)
                       : kg_error_set(err, KG_ERR_MEMORY, "out of memory asking for a tool");
    json_decref(call->request);
    return st;
}

json_t *kg_tool_words(const char *const *words, size_t n) {
    json_t *list = n > 0 ? json_array() : json_pack("[s]", "-");
    for (size_t i = 0; list && i < n; i++)
        json_array_append_new(list, json_string(words[i]));
    return list;
}
