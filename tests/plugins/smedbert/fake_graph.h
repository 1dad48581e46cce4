/* A graph and a linker made by arithmetic, behind the host's tables of functions, so that tests
 * know every answer.
 *
 * Entity e of FAKE_ENTITIES has e % 13 neighbors; the i-th best is entity (7 e + 31 i) %
 * FAKE_ENTITIES by relation i % FAKE_RELATIONS in direction +1 for even i. Its type is e %
 * FAKE_TYPES, none where e % 97 is 0. Text is linked by hand: "{" opens a mention and "}" closes
 * it; its entity is what its bytes sum to, modulo FAKE_ENTITIES. */
#ifndef KG_TESTS_FAKE_GRAPH_H
#define KG_TESTS_FAKE_GRAPH_H

#include "plugins/host/host.h"

enum { FAKE_ENTITIES = 500, FAKE_RELATIONS = 4, FAKE_TYPES = 5 };

/* From now on the graph has tables of so many rows, all zero; 0: none, as at first. */
void fake_tables(uint64_t entity_rows, uint64_t relation_rows);

/* From now on every entity has n neighbors more, better than those that it had: entities from
 * FAKE_ENTITIES on, which were appended. */
void fake_append(uint32_t n);

/* A host with the real kg.text/1 and the fake graph. With `counts`, the table mention_counts has
 * 3 e for entity e. */
kg_host *fake_host(bool counts);

uint32_t fake_type(uint32_t entity);
uint32_t fake_neighbor(kgp_neighbour *out, uint32_t entity, uint32_t k);

#endif
