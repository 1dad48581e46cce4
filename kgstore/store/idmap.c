#include "kgstore/store/idmap.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const kg_id_map *map, const uint32_t key[3]) {
    uint64_t hash = kg_hash_u64(kg_hash_u64((uint64_t)key[0] << 32 | key[1]) ^ key[2]);
    size_t i = (size_t)hash & (map->cap - 1);
    while (map->used[i] && memcmp(map->entries[i].key, key, sizeof map->entries[i].key) != 0)
        i = (i + 1) & (map->cap - 1);
    return i;
}

kg_id_entry *kg_id_map_find(const kg_id_map *map, uint32_t a, uint32_t b, uint32_t c) {
    if (map->cap == 0)
        return NULL;
    size_t i = slot_of(map, (const uint32_t[3]){a, b, c});
    return map->used[i] ? &map->entries[i] : NULL;
}

static kg_status grow(kg_id_map *map) {
    kg_id_map larger = {.cap = map->cap ? map->cap * 2 : 64, .len = map->len};
    larger.entries = malloc(larger.cap * sizeof *larger.entries);
    larger.used = calloc(larger.cap, 1);
    if (!larger.entries || !larger.used) {
        kg_id_map_free(&larger);
        return KG_ERR_MEMORY;
    }
    size_t at = 0;
    const kg_id_entry *entry;
    while ((entry = kg_id_map_next(map, &at))) {
        size_t i = slot_of(&larger, entry->key);
        larger.used[i] = 1;
        larger.entries[i] = *entry;
    }
    kg_id_map_free(map);
    *map = larger;
    return KG_OK;
}

kg_status kg_id_map_insert(kg_id_entry **entry, kg_id_map *map, uint32_t a, uint32_t b,
                           uint32_t c) {
    kg_status st;
    if (map->len * 2 >= map->cap)
        KG_TRY(st, grow(map));
    size_t i = slot_of(map, (const uint32_t[3]){a, b, c});
    if (!map->used[i]) {
        map->used[i] = 1;
        map->entries[i] = (kg_id_entry){{a, b, c}, 0};
        map->len++;
    }
    *entry = &map->entries[i];
    return KG_OK;
}

kg_id_entry *kg_id_map_next(const kg_id_map *map, size_t *at) {
    while (*at < map->cap) {
        size_t i = (*at)++;
        if (map->used[i])
            return &map->entries[i];
    }
    return NULL;
}

void kg_id_map_free(kg_id_map *map) {
    free(map->entries);
    free(map->used);
    *map = (kg_id_map)KG_ID_MAP_INIT;
}
