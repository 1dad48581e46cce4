/* What can be asked for: one table drives admission, parameters, answers, the metrics and the tests
 * of the OpenAPI description. */
#ifndef KG_SERVE_ROUTES_H
#define KG_SERVE_ROUTES_H

#include "cli/serve/server.h"

typedef enum kg_route_kind {
    KG_ROUTE_PAGE,  /* a text that is part of the program: no token, no store */
    KG_ROUTE_LIGHT, /* answered at once, where the names are known and the answer is short */
    KG_ROUTE_HEAVY, /* answered by a worker */
    KG_ROUTE_NAMES, /* likewise, from the snapshot that finds names */
    KG_ROUTE_QUERY  /* Cypher */
} kg_route_kind;

/* One question: what it is answered from, and where to. */
typedef struct kg_asked {
    kg_server *server;
    kg_snapshot *snapshot; /* NULL for a page */
    const kg_target *target;
    kg_str body;
    FILE *to;
    kg_error *err;
} kg_asked;

typedef struct kg_route {
    const char *path, *method; /* GET is HEAD, too */
    kg_route_kind kind;
    const char *type;              /* of the content */
    const char *const *parameters; /* ends with NULL */
    const char *many;              /* the one that may be repeated; NULL: none */
    const char *const *entities;   /* of them, those that name an entity and must be there */
    kg_status (*answer)(const kg_asked *asked);
    const char *page; /* of a page: its text */
} kg_route;

extern const kg_route kg_routes[];
extern const size_t kg_n_routes;

/* The route of a path; NULL: there is none. *allowed: the methods that the path has, as "GET,
 * HEAD", where that is the reason; else NULL. */
const kg_route *kg_route_find(const char *path, const char *method, const char **allowed);

/* The path nearest to one that is unknown; NULL. */
const char *kg_route_nearest(const char *path);

/* Whether a light question may be answered at once: its names are found without searching, and
 * there is not so much to look through that others would wait. */
bool kg_route_is_quick(const kg_route *route, const kg_target *target, kg_snapshot *snapshot);

/* Whether the names are identifiers, labels or aliases; else one is misspelled or means several. */
bool kg_route_knows_names(const kg_route *route, const kg_target *target, kg_snapshot *snapshot);

#endif
