/* Names to dense ids in memory, for a load. Not thread-safe. */
#ifndef KG_STORE_INTERN_H
#define KG_STORE_INTERN_H

#include "kgstore/base/array.h"
#include "kgstore/base/hash.h"
#include "kgstore/base/status.h"
#include "kgstore/base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kg_intern {
    kg_bytes text;         /* records {u32 id, u32 length, bytes}, each at a multiple of 4 */
    KG_ARRAY(uint32_t) at; /* id -> place of its record in text, in units of 4 bytes */
    uint64_t *slots;       /* open addressing: u32 hash, u32 place + 1; 0: free */
    size_t n_slots;        /* a power of two, or 0 */
    size_t named;          /* ids that have a name; less than at.len where there are holes */
} kg_intern;

/* at.data of an id that was skipped by kg_intern_put. */
#define KG_INTERN_HOLE UINT32_MAX

static inline uint64_t kg_intern_hash(kg_str name) {
    return kg_hash_bytes(name.data, name.len, 0);
}

/* The id of name, given its hash; false where it has none. */
bool kg_intern_find(uint32_t *id, const kg_intern *intern, kg_str name, uint64_t hash);

/* The id of name; one beyond every other where it has none yet. KG_ERR_MEMORY, KG_ERR_LIMIT (ids or
 * 16 GiB of text used up). */
kg_status kg_intern_add(uint32_t *id, kg_intern *intern, kg_str name, uint64_t hash);

/* Give name an id of the caller's choice. KG_ERR_EXISTS: the name has another id, or the id another
 * name; KG_ERR_LIMIT: the id is above 2^28. */
kg_status kg_intern_put(kg_intern *intern, kg_str name, uint32_t id);

/* Borrowed until the next add or put. The id is named. */
static inline kg_str kg_intern_name(const kg_intern *intern, uint32_t id) {
    const char *record = intern->text.data + (size_t)intern->at.data[id] * 4;
    uint32_t length;
    memcpy(&length, record + 4, 4);
    return (kg_str){record + 8, length};
}

static inline bool kg_intern_is_named(const kg_intern *intern, uint32_t id) {
    return id < intern->at.len && intern->at.data[id] != KG_INTERN_HOLE;
}

/* Ask for the cache line that a search for hash begins with. */
static inline void kg_intern_prefetch(const kg_intern *intern, uint64_t hash) {
    if (intern->n_slots)
        __builtin_prefetch(&intern->slots[hash & (intern->n_slots - 1)]);
}

/* Then, some time later, for the one that holds the name it probably is. */
static inline void kg_intern_prefetch_name(const kg_intern *intern, uint64_t hash) {
    if (!intern->n_slots)
        return;
    uint64_t slot = intern->slots[hash & (intern->n_slots - 1)];
    if (slot)
        __builtin_prefetch(intern->text.data + (size_t)((uint32_t)slot - 1) * 4);
}

/* Free what names are looked up by: from now on only kg_intern_name is asked. */
void kg_intern_seal(kg_intern *intern);

void kg_intern_free(kg_intern *intern);

#endif
