#include "cli/serve/querybody.h"

#include "plugins/host/schema.h"

/* The JSON, checked and completed. */
static kg_status read_whole(json_t **out, const kg_server *server, kg_str text, kg_error *err) {
    json_error_t at;
    *out = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &at);
    if (!*out)
        return kg_error_set(err, KG_ERR_FORMAT, "the body is no JSON: line %d, column %d: %s",
                            at.line, at.column, at.text);
    if (!json_is_object(*out))
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the body is no object; expected {\"query\": \"...\"}");
    return kg_schema_apply(*out, server->body_schema, "the body", err);
}

kg_status kg_query_body_read(kg_query_body *out, const kg_server *server, kg_str text,
                             kg_error *err) {
    const kg_serve_limits *limits = &server->limits;
    kg_status st;
    *out = (kg_query_body){.seconds = limits->seconds, .rows = limits->rows};
    KG_TRY(st, read_whole(&out->whole, server, text, err));
    const json_t *query = json_object_get(out->whole, "query");
    const json_t *seconds = json_object_get(out->whole, "timeout");
    const json_t *rows = json_object_get(out->whole, "rows");
    out->query = (kg_str){json_string_value(query), json_string_length(query)};
    out->parameters = json_object_get(out->whole, "parameters");
    out->write = json_is_true(json_object_get(out->whole, "write"));
    if (json_is_number(seconds) && json_number_value(seconds) < out->seconds)
        out->seconds = json_number_value(seconds);
    if (json_is_integer(rows) && (uint64_t)json_integer_value(rows) < out->rows)
        out->rows = (uint64_t)json_integer_value(rows);
    return KG_OK;
}

void kg_query_body_free(kg_query_body *body) {
    json_decref(body->whole);
    body->whole = NULL;
}
