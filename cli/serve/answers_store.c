/* The store as a whole, the server itself, and names in text. */
#include "cli/serve/answers.h"

#include "cli/link_output.h"
#include "cli/storestats.h"

static kg_status print_count(const kg_asked *a, bool by_type) {
    kg_result result = KG_RESULT_INIT;
    const kg_question question = {.verb = "count", .by_type = by_type};
    kg_status st = kg_query(&result, a->snapshot, &question, a->err);
    if (st == KG_OK)
        st = kg_output_result(a->to, &result, KG_MODE_JSON);
    kg_result_free(&result);
    return st;
}

/* Names of keys on their way into a list. */
typedef struct keys {
    FILE *to;
    bool any;
} keys;

static kg_status print_key(void *context, kg_str name, kg_id id) {
    keys *k = context;
    (void)id;
    fputs(k->any ? ", " : "", k->to);
    kg_output_json_text(k->to, name);
    k->any = true;
    return KG_OK;
}

kg_status kg_serve_schema(const kg_asked *a) {
    keys k = {a->to, false};
    kg_status st;
    fputs("{\"types\": ", a->to);
    KG_TRY(st, print_count(a, true));
    fputs(", \"relations\": ", a->to);
    KG_TRY(st, print_count(a, false));
    fputs(", \"keys\": [", a->to);
    KG_TRY(st, kg_name_complete(a->snapshot, KG_KEY, KG_STR(""), UINT32_MAX, print_key, &k));
    fputs("]}\n", a->to);
    return KG_OK;
}

kg_status kg_serve_stats(const kg_asked *a) {
    kg_result result = KG_RESULT_INIT;
    kg_status st = kg_stats_fill(&result, a->snapshot, a->err);
    if (st == KG_OK)
        st = kg_output_result(a->to, &result, KG_MODE_JSON);
    kg_result_free(&result);
    return st;
}

kg_status kg_serve_health(const kg_asked *a) {
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, a->snapshot, a->err));
    fprintf(a->to, "{\"status\": \"ok\", \"write\": %s, \"generation\": %llu}\n",
            a->server->limits.write ? "true" : "false", (unsigned long long)stats.generation);
    return KG_OK;
}

kg_status kg_serve_metrics(const kg_asked *a) {
    const char *paths[KG_METER_PATHS];
    kg_server *s = a->server;
    kg_stats stats;
    kg_status st;
    KG_TRY(st, kg_snapshot_stats(&stats, a->snapshot, a->err));
    for (size_t i = 0; i < kg_n_routes; i++)
        paths[i] = kg_routes[i].path;
    paths[kg_n_routes] = "other";
    unsigned open = s->listener ? s->http->connections(s->listener) : 0;
    kg_meters_print(a->to, &s->meters, paths, kg_n_routes + 1, open, &stats);
    return KG_OK;
}

kg_status kg_serve_link(const kg_asked *a) {
    const char *value = kg_target_value(a->target, "text");
    kg_str text = value ? kg_str_from(value) : a->body;
    const kg_linker *linker;
    kg_snapshot *snapshot;
    kg_mentions mentions = KG_ARRAY_INIT;
    kg_link_output output;
    kg_status st;
    if (!value && text.len == 0)
        return kg_error_set(
            a->err, KG_ERR_ARGUMENT,
            "found no text; expected the parameter text, or a text as the body of POST");
    KG_TRY(st,
           kg_searcher_take_linker(&linker, &snapshot, &a->server->searcher, a->snapshot, a->err));
    kg_link_output_begin(&output, snapshot, KG_MODE_JSON, a->to, false);
    st = kg_linker_find(&mentions, linker, text, false);
    if (st == KG_OK)
        st = kg_link_output_line(&output, text, &mentions, 1);
    kg_link_output_free(&output);
    kg_searcher_put_linker(&a->server->searcher);
    kg_array_free(&mentions);
    return st;
}
