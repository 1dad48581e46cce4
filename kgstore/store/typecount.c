#include "kgstore/store/typecount.h"

#include "kgstore/base/hash.h"

#include <stdlib.h>

/* Counts from here on stand still: they are ranks carried over from an older generation. */
static const uint32_t SATURATED = UINT32_C(1) << 31;

static void add_saturating(uint32_t *count, uint32_t more) {
    if (*count < SATURATED)
        *count += more;
}

static size_t find_more(const kg_type_mention *slots, size_t n, uint32_t entity, uint32_t type) {
    size_t i = kg_hash_u64((uint64_t)entity << 32 | type) & (n - 1);
    while (slots[i].count && (slots[i].entity != entity || slots[i].type != type))
        i = (i + 1) & (n - 1);
    return i;
}

static kg_status grow_more(kg_type_counts *c) {
    size_t n = c->n_slots ? c->n_slots * 2 : 256;
    kg_type_mention *slots = calloc(n, sizeof *slots);
    if (!slots)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->more[i].count)
            slots[find_more(slots, n, c->more[i].entity, c->more[i].type)] = c->more[i];
    free(c->more);
    c->more = slots;
    c->n_slots = n;
    return KG_OK;
}

static kg_status add_more(kg_type_counts *c, uint32_t entity, uint32_t type, uint32_t count) {
    kg_status st;
    if (c->n_more * 2 >= c->n_slots)
        KG_TRY(st, grow_more(c));
    kg_type_mention *slot = &c->more[find_more(c->more, c->n_slots, entity, type)];
    if (slot->count == 0) {
        *slot = (kg_type_mention){entity, 0, type};
        c->n_more++;
    }
    add_saturating(&slot->count, count);
    return KG_OK;
}

kg_status kg_type_counts_add(kg_type_counts *c, uint32_t entity, uint32_t type, uint32_t count) {
    kg_status st;
    if (entity >= c->first.len) {
        KG_TRY(st, kg_array_reserve(&c->first, entity + 1 - c->first.len));
        while (c->first.len <= entity)
            c->first.data[c->first.len++] = (kg_type_mention){0};
    }
    kg_type_mention *first = &c->first.data[entity];
    if (first->count == 0)
        *first = (kg_type_mention){entity, 0, type};
    if (first->type != type)
        return add_more(c, entity, type, count);
    add_saturating(&first->count, count);
    return KG_OK;
}

static int compare(const void *a, const void *b) {
    const kg_type_mention *x = a, *y = b;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->type > y->type) - (x->type < y->type);
}

kg_status kg_type_counts_sorted(kg_type_mention **out, size_t *n, const kg_type_counts *c) {
    size_t room = c->first.len + c->n_more;
    *n = 0;
    *out = malloc((room ? room : 1) * sizeof **out);
    if (!*out)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < c->first.len; i++)
        if (c->first.data[i].count)
            (*out)[(*n)++] = c->first.data[i];
    if (c->n_more == 0)
        return KG_OK;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->more[i].count)
            (*out)[(*n)++] = c->more[i];
    qsort(*out, *n, sizeof **out, compare);
    return KG_OK;
}

void kg_type_counts_free(kg_type_counts *c) {
    kg_array_free(&c->first);
    free(c->more);
    *c = (kg_type_counts){0};
}
