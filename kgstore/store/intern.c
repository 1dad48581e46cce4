#include "kgstore/store/intern.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024, RECORD_HEADER = 8 };

static const uint32_t GIVEN_ID_MAX = UINT32_C(1) << 28;

static uint32_t hash_of_slot(uint64_t slot) {
    return (uint32_t)(slot >> 32);
}

static uint32_t place_of_slot(uint64_t slot) {
    return (uint32_t)slot - 1;
}

static bool record_is(const kg_intern *intern, uint32_t place, kg_str name) {
    const char *record = intern->text.data + (size_t)place * 4;
    uint32_t length;
    memcpy(&length, record + 4, 4);
    return length == name.len && memcmp(record + RECORD_HEADER, name.data, name.len) == 0;
}

/* The slot that holds name, or the free one where it belongs. */
static size_t find_slot(const kg_intern *intern, kg_str name, uint64_t hash) {
    size_t mask = intern->n_slots - 1, i = hash & mask;
    uint32_t tag = (uint32_t)(hash >> 32);
    for (; intern->slots[i]; i = (i + 1) & mask)
        if (hash_of_slot(intern->slots[i]) == tag &&
            record_is(intern, place_of_slot(intern->slots[i]), name))
            break;
    return i;
}

bool kg_intern_find(uint32_t *id, const kg_intern *intern, kg_str name, uint64_t hash) {
    if (intern->n_slots == 0)
        return false;
    uint64_t slot = intern->slots[find_slot(intern, name, hash)];
    if (slot == 0)
        return false;
    memcpy(id, intern->text.data + (size_t)place_of_slot(slot) * 4, sizeof *id);
    return true;
}

/* Keep at most half of the slots in use. Names are hashed anew: their full hash is not kept. */
static kg_status grow_slots(kg_intern *intern) {
    size_t n = intern->n_slots ? intern->n_slots * 2 : FIRST_SLOTS;
    uint64_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    for (size_t k = 0; k < intern->at.len; k++) {
        if (intern->at.data[k] == KG_INTERN_HOLE)
            continue;
        uint64_t hash = kg_intern_hash(kg_intern_name(intern, (uint32_t)k));
        size_t i = hash & (n - 1);
        while (slots[i])
            i = (i + 1) & (n - 1);
        slots[i] = hash >> 32 << 32 | (intern->at.data[k] + 1);
    }
    free(intern->slots);
    intern->slots = slots;
    intern->n_slots = n;
    return KG_OK;
}

/* Add a record; at.data[id] is there. */
static kg_status add_record(kg_intern *intern, kg_str name, uint64_t hash, uint32_t id) {
    kg_status st;
    if (intern->named * 2 >= intern->n_slots)
        KG_TRY(st, grow_slots(intern));
    size_t size = (RECORD_HEADER + name.len + 3) & ~(size_t)3;
    if (intern->text.len / 4 + size / 4 >= UINT32_MAX - 1)
        return KG_ERR_LIMIT;
    KG_TRY(st, kg_array_reserve(&intern->text, size));
    uint32_t place = (uint32_t)(intern->text.len / 4), length = (uint32_t)name.len;
    char *record = intern->text.data + intern->text.len;
    memset(record + size - 4, 0, 4);
    memcpy(record, &id, 4);
    memcpy(record + 4, &length, 4);
    memcpy(record + RECORD_HEADER, name.data, name.len);
    intern->text.len += size;
    intern->slots[find_slot(intern, name, hash)] = hash >> 32 << 32 | (place + 1);
    intern->at.data[id] = place;
    intern->named++;
    return KG_OK;
}

kg_status kg_intern_add(uint32_t *id, kg_intern *intern, kg_str name, uint64_t hash) {
    kg_status st;
    if (kg_intern_find(id, intern, name, hash))
        return KG_OK;
    if (intern->at.len >= UINT32_MAX - 1)
        return KG_ERR_LIMIT;
    KG_TRY(st, kg_array_push(&intern->at, KG_INTERN_HOLE));
    *id = (uint32_t)(intern->at.len - 1);
    st = add_record(intern, name, hash, *id);
    if (st != KG_OK)
        intern->at.len--;
    return st;
}

kg_status kg_intern_put(kg_intern *intern, kg_str name, uint32_t id) {
    kg_status st;
    uint64_t hash = kg_intern_hash(name);
    uint32_t known;
    if (kg_intern_find(&known, intern, name, hash))
        return known == id ? KG_OK : KG_ERR_EXISTS;
    if (kg_intern_is_named(intern, id))
        return KG_ERR_EXISTS;
    if (id > GIVEN_ID_MAX)
        return KG_ERR_LIMIT;
    if (id >= intern->at.len) {
        KG_TRY(st, kg_array_reserve(&intern->at, id + 1 - intern->at.len));
        while (intern->at.len <= id)
            intern->at.data[intern->at.len++] = KG_INTERN_HOLE;
    }
    return add_record(intern, name, hash, id);
}

void kg_intern_seal(kg_intern *intern) {
    free(intern->slots);
    intern->slots = NULL;
    intern->n_slots = 0;
}

void kg_intern_free(kg_intern *intern) {
    kg_array_free(&intern->text);
    kg_array_free(&intern->at);
    free(intern->slots);
    *intern = (kg_intern){0};
}
