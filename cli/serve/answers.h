/* What the routes answer with; the contents are what schemas/openapi.json says. */
#ifndef KG_SERVE_ANSWERS_H
#define KG_SERVE_ANSWERS_H

#include "cli/serve/routes.h"

kg_status kg_serve_entity(const kg_asked *asked);
kg_status kg_serve_neighbours(const kg_asked *asked);
kg_status kg_serve_relations(const kg_asked *asked);
kg_status kg_serve_complete(const kg_asked *asked);
kg_status kg_serve_search(const kg_asked *asked);
kg_status kg_serve_similar(const kg_asked *asked);
kg_status kg_serve_path(const kg_asked *asked);
kg_status kg_serve_link(const kg_asked *asked);
kg_status kg_serve_schema(const kg_asked *asked);
kg_status kg_serve_stats(const kg_asked *asked);
kg_status kg_serve_health(const kg_asked *asked);
kg_status kg_serve_metrics(const kg_asked *asked);

#endif
