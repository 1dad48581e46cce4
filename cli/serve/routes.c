#include "cli/serve/routes.h"

#include "cli/serve/answers.h"
#include "kgstore/base/nearest.h"

extern const char kg_page_api_js[], kg_page_combobox_js[], kg_page_cypherbox_js[], kg_page_dom_js[],
    kg_page_explorer_css[], kg_page_explorer_html[], kg_page_graph_js[], kg_page_layout_js[],
    kg_page_main_js[], kg_page_panel_js[], kg_page_picture_js[], kg_page_view_js[];

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define JSON "application/json"
#define PAGE(path, type, text)                                                                     \
    { path, "GET", KG_ROUTE_PAGE, type "; charset=utf-8", none, NULL, none, NULL, text }
#define SCRIPT(path, text) PAGE(path, "text/javascript", text)
static const char *const none[] = {NULL};

const kg_route kg_routes[] = {
    PAGE("/", "text/html", kg_page_explorer_html),
    PAGE("/explorer/explorer.css", "text/css", kg_page_explorer_css),
    SCRIPT("/explorer/api.js", kg_page_api_js),
    SCRIPT("/explorer/combobox.js", kg_page_combobox_js),
    SCRIPT("/explorer/cypherbox.js", kg_page_cypherbox_js),
    SCRIPT("/explorer/dom.js", kg_page_dom_js),
    SCRIPT("/explorer/graph.js", kg_page_graph_js),
    SCRIPT("/explorer/layout.js", kg_page_layout_js),
    SCRIPT("/explorer/main.js", kg_page_main_js),
    SCRIPT("/explorer/panel.js", kg_page_panel_js),
    SCRIPT("/explorer/picture.js", kg_page_picture_js),
    SCRIPT("/explorer/view.js", kg_page_view_js),
    {"/entity", "GET", KG_ROUTE_LIGHT, JSON, NAMES("name"), NULL, NAMES("name"), kg_serve_entity,
     NULL},
    {"/neighbours", "GET", KG_ROUTE_LIGHT, JSON,
     NAMES("name", "k", "direction", "weights", "relation", "by-entity"), "relation", NAMES("name"),
     kg_serve_neighbours, NULL},
    {"/relations", "GET", KG_ROUTE_LIGHT, JSON, NAMES("name"), NULL, NAMES("name"),
     kg_serve_relations, NULL},
    {"/complete", "GET", KG_ROUTE_LIGHT, JSON, NAMES("prefix", "k"), NULL, none, kg_serve_complete,
     NULL},
    {"/search", "GET", KG_ROUTE_NAMES, JSON, NAMES("text", "k"), NULL, none, kg_serve_search, NULL},
    {"/similar", "GET", KG_ROUTE_HEAVY, JSON, NAMES("name", "k"), NULL, NAMES("name"),
     kg_serve_similar, NULL},
    {"/path", "GET", KG_ROUTE_HEAVY, JSON,
     NAMES("from", "to", "k", "directed", "relation", "avoid-hubs"), "relation",
     NAMES("from", "to"), kg_serve_path, NULL},
    {"/link", "GET", KG_ROUTE_HEAVY, JSON, NAMES("text"), NULL, none, kg_serve_link, NULL},
    {"/link", "POST", KG_ROUTE_HEAVY, JSON, none, NULL, none, kg_serve_link, NULL},
    {"/schema", "GET", KG_ROUTE_HEAVY, JSON, none, NULL, none, kg_serve_schema, NULL},
    {"/stats", "GET", KG_ROUTE_LIGHT, JSON, none, NULL, none, kg_serve_stats, NULL},
    {"/health", "GET", KG_ROUTE_LIGHT, JSON, none, NULL, none, kg_serve_health, NULL},
    {"/metrics", "GET", KG_ROUTE_LIGHT, "text/plain; version=0.0.4", none, NULL, none,
     kg_serve_metrics, NULL},
    {"/cypher", "POST", KG_ROUTE_QUERY, "application/x-ndjson", none, NULL, none, NULL, NULL},
};

const size_t kg_n_routes = sizeof kg_routes / sizeof *kg_routes;
_Static_assert(sizeof kg_routes / sizeof *kg_routes < KG_METER_PATHS, "each has its meter");

static bool has_method(const kg_route *r, const char *method) {
    return strcmp(r->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0);
}

const kg_route *kg_route_find(const char *path, const char *method, const char **allowed) {
    static const char *const methods[] = {NULL, "GET, HEAD", "POST", "GET, HEAD, POST"};
    unsigned found = 0;
    *allowed = NULL;
    for (size_t i = 0; i < kg_n_routes; i++)
        if (strcmp(kg_routes[i].path, path) == 0) {
            if (has_method(&kg_routes[i], method))
                return &kg_routes[i];
            found |= strcmp(kg_routes[i].method, "GET") == 0 ? 1 : 2;
        }
    *allowed = methods[found];
    return NULL;
}

const char *kg_route_nearest(const char *path) {
    kg_nearest nearest = kg_nearest_begin(path);
    for (size_t i = 0; i < kg_n_routes; i++)
        kg_nearest_consider(&nearest, kg_routes[i].path);
    return nearest.best;
}

/* *id: the one entity that a name means. */
static bool knows(kg_id *id, kg_snapshot *snapshot, const char *name) {
    kg_ids ids;
    if (!name)
        return false;
    if (kg_name_find(id, snapshot, KG_ENTITY, kg_str_from(name)) == KG_OK)
        return true;
    if (kg_alias_find(&ids, snapshot, kg_str_from(name)) != KG_OK || ids.count != 1)
        return false;
    *id = kg_ids_at(ids, 0);
    return true;
}

bool kg_route_knows_names(const kg_route *route, const kg_target *target, kg_snapshot *snapshot) {
    kg_id id;
    for (const char *const *name = route->entities; *name; name++)
        if (!knows(&id, snapshot, kg_target_value(target, *name)))
            return false;
    return true;
}

bool kg_route_is_quick(const kg_route *route, const kg_target *target, kg_snapshot *snapshot) {
    enum { SHORT = 2000 }; /* edges: a fraction of a millisecond */
    kg_edges out, in;
    kg_id id;
    if (route->kind != KG_ROUTE_LIGHT)
        return false;
    if (!*route->entities)
        return true;
    if (!knows(&id, snapshot, kg_target_value(target, *route->entities)) ||
        kg_entity_edges(&out, &in, snapshot, id) != KG_OK)
        return false;
    if ((uint64_t)out.count + in.count <= SHORT)
        return true;
    /* Of a hub the best few are as quick as of any, as long as nothing is to be chosen. */
    const char *k = kg_target_value(target, "k");
    return !kg_target_value(target, "relation") && !kg_target_value(target, "direction") &&
           !kg_target_value(target, "by-entity") && (!k || strlen(k) <= 3);
}
