/* A map in memory from three ids to a number: of staged triples, of a source's ids to the store's.
 * Open addressing; entries are never removed. */
#ifndef KG_STORE_IDMAP_H
#define KG_STORE_IDMAP_H

#include "kgstore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kg_id_entry {
    uint32_t key[3];
    uint32_t value;
} kg_id_entry;

typedef struct kg_id_map {
    kg_id_entry *entries; /* cap of them; free where used is false */
    unsigned char *used;
    size_t len, cap; /* cap is 0 or a power of two */
} kg_id_map;

#define KG_ID_MAP_INIT                                                                             \
    { NULL, NULL, 0, 0 }

/* The entry of a key; NULL where there is none. Valid until the next kg_id_map_insert. */
kg_id_entry *kg_id_map_find(const kg_id_map *map, uint32_t a, uint32_t b, uint32_t c);

/* The entry of a key, made with value 0 where there was none. On KG_ERR_MEMORY the map is as it
 * was. */
kg_status kg_id_map_insert(kg_id_entry **entry, kg_id_map *map, uint32_t a, uint32_t b, uint32_t c);

/* Step through all entries, in no order that means anything: *at = 0 at first. NULL at the end. */
kg_id_entry *kg_id_map_next(const kg_id_map *map, size_t *at);

void kg_id_map_free(kg_id_map *map);

#endif
