/* The memory behind graph.h's cy_cached functions. */
#ifndef KG_CYPHER_GRAPH_CACHE_H
#define KG_CYPHER_GRAPH_CACHE_H

#include "kgstore/cypher/graph.h"

/* NULL: no memory. Free with cy_cache_free. */
struct cy_cache *cy_cache_new(void);
void cy_cache_free(struct cy_cache *cache);

#endif
