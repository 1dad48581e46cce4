#include "kgstore/base/trie.h"

#include "kgstore/base/array.h"

#include <string.h>

enum { FREE = UINT32_MAX, MAX_TRIES = 4096, MAX_NODES = INT32_MAX };

typedef struct key {
    size_t start; /* of its codes */
    uint32_t length, value;
    uint64_t order;
} key;

/* Keys [begin, end) share their first `depth` codes, which lead to `node`. */
typedef struct branch {
    size_t begin, end;
    uint32_t node, depth;
} branch;

struct kg_trie_builder {
    KG_ARRAY(uint32_t) codes;
    KG_ARRAY(key) keys;
    KG_ARRAY(branch) todo;
    KG_ARRAY(branch) children;
    /* The double array in the making. Free slots are linked in ascending order; slot 0 is the root
     * and, never being free, ends the ring at both sides. */
    kg_trie_node *nodes;
    uint32_t *values, *next, *previous;
    size_t count;
    uint32_t used;   /* one past the last slot taken */
    uint32_t cursor; /* where the search of room for several children begins */
};

kg_status kg_trie_builder_new(kg_trie_builder **out) {
    *out = calloc(1, sizeof **out);
    return *out ? KG_OK : KG_ERR_MEMORY;
}

static void free_double_array(kg_trie_builder *b) {
    free(b->nodes);
    free(b->values);
    free(b->next);
    free(b->previous);
    b->nodes = NULL;
    b->values = b->next = b->previous = NULL;
    b->count = 0;
}

void kg_trie_builder_free(kg_trie_builder *builder) {
    if (!builder)
        return;
    kg_array_free(&builder->codes);
    kg_array_free(&builder->keys);
    kg_array_free(&builder->todo);
    kg_array_free(&builder->children);
    free_double_array(builder);
    free(builder);
}

kg_status kg_trie_add(kg_trie_builder *builder, const uint32_t *codes, size_t n, uint32_t value,
                      uint64_t order) {
    kg_status st;
    key k = {builder->codes.len, (uint32_t)n, value, order};
    KG_TRY(st, kg_array_append(&builder->codes, codes, n));
    return kg_array_push(&builder->keys, k);
}

/* A code and how often it is used. */
typedef struct use {
    uint32_t code;
    uint64_t count;
} use;

static int compare_uses(const void *a, const void *b) {
    const use *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->code < y->code ? -1 : 1;
}

kg_status kg_trie_recode(uint32_t **map, size_t *size, kg_trie_builder *builder) {
    uint32_t highest = 0;
    uint32_t *codes = builder->codes.data;
    for (size_t i = 0; i < builder->codes.len; i++)
        if (codes[i] > highest)
            highest = codes[i];
    size_t n = (size_t)highest + 1, used = 0;
    uint64_t *counts = calloc(n, sizeof *counts);
    use *uses = malloc(n * sizeof *uses);
    *map = calloc(n, sizeof **map);
    *size = n;
    if (!counts || !uses || !*map) {
        free(counts);
        free(uses);
        free(*map);
        *map = NULL;
        return KG_ERR_MEMORY;
    }
    for (size_t i = 0; i < builder->codes.len; i++)
        counts[codes[i]]++;
    for (size_t i = 0; i < n; i++)
        if (counts[i] > 0)
            uses[used++] = (use){(uint32_t)i, counts[i]};
    if (used > 0)
        qsort(uses, used, sizeof *uses, compare_uses);
    for (uint32_t i = 0; i < used; i++)
        (*map)[uses[i].code] = i + 1;
    for (size_t i = 0; i < builder->codes.len; i++)
        codes[i] = (*map)[codes[i]];
    free(counts);
    free(uses);
    return KG_OK;
}

/* The key's code at depth; below all codes where it ends before. */
static int64_t code_at(const uint32_t *codes, const key *k, uint32_t depth) {
    return depth < k->length ? (int64_t)codes[k->start + depth] : -1;
}

/* By the codes from depth on, then by order and value. */
static int compare_keys(const uint32_t *codes, const key *x, const key *y, uint32_t depth) {
    uint32_t n = x->length < y->length ? x->length : y->length;
    for (uint32_t i = depth; i < n; i++) {
        uint32_t a = codes[x->start + i], b = codes[y->start + i];
        if (a != b)
            return a < b ? -1 : 1;
    }
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

static int compare_preference(const void *a, const void *b) {
    const key *x = a, *y = b;
    return compare_keys(NULL, x, y, x->length);
}

static void insertion_sort(key *keys, size_t n, uint32_t depth, const uint32_t *codes) {
    for (size_t i = 1; i < n; i++) {
        key k = keys[i];
        size_t at = i;
        for (; at > 0 && compare_keys(codes, &k, &keys[at - 1], depth) < 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = k;
    }
}

static int64_t middle(int64_t a, int64_t b, int64_t c) {
    if (a > b) {
        int64_t t = a;
        a = b;
        b = t;
    }
    return c <= a ? a : c >= b ? b : c;
}

static void exchange(key *a, key *b) {
    key t = *a;
    *a = *b;
    *b = t;
}

enum { FEW_KEYS = 12 };

/* Sort keys that agree in the codes before depth. Multikey quicksort (Bentley and Sedgewick, "Fast
 * Algorithms for Sorting and Searching Strings", SODA 1997): parted in three by the code at depth,
 * so that no code that many keys share is compared again. The largest part is sorted by the loop;
 * so no call is nested deeper than the binary logarithm of n. */
static void sort_from(key *keys, size_t n, uint32_t depth, const uint32_t *codes) {
    while (n > FEW_KEYS) {
        int64_t pivot = middle(code_at(codes, &keys[0], depth), code_at(codes, &keys[n / 2], depth),
                               code_at(codes, &keys[n - 1], depth));
        size_t less = 0, more = n;
        for (size_t i = 0; i < more;) {
            int64_t code = code_at(codes, &keys[i], depth);
            if (code < pivot)
                exchange(&keys[less++], &keys[i++]);
            else if (code > pivot)
                exchange(&keys[--more], &keys[i]);
            else
                i++;
        }
        struct part {
            size_t begin, end;
            uint32_t depth;
        } parts[3] = {{0, less, depth}, {less, more, depth + 1}, {more, n, depth}};
        if (pivot < 0) { /* these are one name */
            qsort(keys + less, more - less, sizeof *keys, compare_preference);
            parts[1].end = less;
        }
        size_t largest = 0;
        for (size_t i = 1; i < 3; i++)
            if (parts[i].end - parts[i].begin > parts[largest].end - parts[largest].begin)
                largest = i;
        for (size_t i = 0; i < 3; i++)
            if (i != largest)
                sort_from(keys + parts[i].begin, parts[i].end - parts[i].begin, parts[i].depth,
                          codes);
        keys += parts[largest].begin;
        n = parts[largest].end - parts[largest].begin;
        depth = parts[largest].depth;
    }
    insertion_sort(keys, n, depth, codes);
}

static bool same_codes(const uint32_t *codes, const key *x, const key *y) {
    return x->length == y->length &&
           memcmp(codes + x->start, codes + y->start, x->length * sizeof *codes) == 0;
}

/* Sort the keys and keep the first of equal ones. */
static void sort_keys(kg_trie_builder *b) {
    if (b->keys.len == 0)
        return;
    sort_from(b->keys.data, b->keys.len, 0, b->codes.data);
    size_t kept = 1;
    for (size_t i = 1; i < b->keys.len; i++)
        if (!same_codes(b->codes.data, &b->keys.data[kept - 1], &b->keys.data[i]))
            b->keys.data[kept++] = b->keys.data[i];
    b->keys.len = kept;
}

static kg_status grow_one(void *array, size_t count, size_t size) {
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, count * size);
    if (!grown)
        return KG_ERR_MEMORY;
    memcpy(array, &grown, sizeof grown);
    return KG_OK;
}

/* Make slots up to `need` exist; the new ones are free. */
static kg_status grow(kg_trie_builder *b, size_t need) {
    kg_status st;
    if (need <= b->count)
        return KG_OK;
    if (need > MAX_NODES)
        return KG_ERR_LIMIT;
    size_t count = b->count + b->count / 2;
    if (count < need)
        count = need;
    if (count > MAX_NODES)
        count = MAX_NODES;
    KG_TRY(st, grow_one(&b->nodes, count, sizeof *b->nodes));
    KG_TRY(st, grow_one(&b->values, count, sizeof *b->values));
    KG_TRY(st, grow_one(&b->next, count, sizeof *b->next));
    KG_TRY(st, grow_one(&b->previous, count, sizeof *b->previous));
    if (b->count == 0) {
        b->nodes[0] = (kg_trie_node){0, 0};
        b->values[0] = b->next[0] = b->previous[0] = 0;
        b->count = 1;
    }
    for (size_t i = b->count; i < count; i++) {
        uint32_t slot = (uint32_t)i;
        b->nodes[i] = (kg_trie_node){0, FREE};
        b->values[i] = 0;
        b->next[i] = 0;
        b->previous[i] = b->previous[0];
        b->next[b->previous[0]] = slot;
        b->previous[0] = slot;
    }
    b->count = count;
    return KG_OK;
}

static void take(kg_trie_builder *b, uint32_t slot, uint32_t parent) {
    if (b->cursor == slot)
        b->cursor = b->next[slot];
    if (b->used <= slot)
        b->used = slot + 1;
    b->next[b->previous[slot]] = b->next[slot];
    b->previous[b->next[slot]] = b->previous[slot];
    b->nodes[slot].check = parent;
}

static uint32_t code_of(const kg_trie_builder *b, const branch *child) {
    return b->codes.data[b->keys.data[child->begin].start + child->depth - 1];
}

/* Whether all children fit with this base; slots beyond the array count as free. */
static bool fits(const kg_trie_builder *b, uint32_t base) {
    for (size_t i = 0; i < b->children.len; i++) {
        size_t slot = (size_t)base + code_of(b, &b->children.data[i]);
        if (slot < b->count && b->nodes[slot].check != FREE)
            return false;
    }
    return true;
}

/* A base at which the children of a node find room: an only child takes the first free slot;
 * several look from the cursor on, which moves past regions too full for them (the slots left
 * behind serve only children), and after MAX_TRIES go behind all that is taken. */
static uint32_t find_base(kg_trie_builder *b) {
    uint32_t least = code_of(b, &b->children.data[0]);
    bool single = b->children.len == 1;
    uint32_t slot = single || b->cursor == 0 ? b->next[0] : b->cursor;
    for (int tries = 0; slot != 0 && tries < MAX_TRIES; slot = b->next[slot], tries++) {
        if (slot < least || !fits(b, slot - least))
            continue;
        if (!single)
            b->cursor = slot;
        return slot - least;
    }
    if (!single)
        b->cursor = slot;
    return b->used > least ? b->used - least : 0;
}

/* The groups of keys that share one code more than the branch does. */
static kg_status split(kg_trie_builder *b, const branch *parent) {
    kg_status st;
    size_t i = parent->begin;
    b->children.len = 0;
    while (i < parent->end) {
        const key *first = &b->keys.data[i];
        if (first->length == parent->depth) {
            b->nodes[parent->node].base |= KG_TRIE_ACCEPT;
            b->values[parent->node] = first->value;
            i++;
            continue;
        }
        branch child = {i, i, 0, parent->depth + 1};
        uint32_t code = b->codes.data[first->start + parent->depth];
        while (i < parent->end && b->codes.data[b->keys.data[i].start + parent->depth] == code)
            i++;
        child.end = i;
        KG_TRY(st, kg_array_push(&b->children, child));
    }
    return KG_OK;
}

static kg_status place(kg_trie_builder *b, const branch *parent) {
    kg_status st;
    KG_TRY(st, split(b, parent));
    size_t n = b->children.len;
    if (n == 0)
        return KG_OK;
    uint32_t base = find_base(b);
    KG_TRY(st, grow(b, (size_t)base + code_of(b, &b->children.data[n - 1]) + 1));
    b->nodes[parent->node].base |= base;
    for (size_t i = 0; i < n; i++) {
        branch *child = &b->children.data[i];
        child->node = base + code_of(b, child);
        take(b, child->node, parent->node);
    }
    for (size_t i = n; i-- > 0;)
        KG_TRY(st, kg_array_push(&b->todo, b->children.data[i]));
    return KG_OK;
}

kg_status kg_trie_build(kg_trie *out, kg_trie_builder *b) {
    kg_status st;
    *out = (kg_trie){NULL, NULL, 0};
    sort_keys(b);
    free_double_array(b);
    KG_TRY(st, grow(b, 1024));
    b->cursor = b->next[0];
    b->used = 1;
    b->todo.len = 0;
    branch all = {0, b->keys.len, 0, 0};
    KG_TRY(st, kg_array_push(&b->todo, all));
    while (b->todo.len > 0) {
        branch parent = b->todo.data[--b->todo.len];
        KG_TRY(st, place(b, &parent));
    }
    kg_trie_node *nodes = realloc(b->nodes, b->used * sizeof *nodes);
    if (nodes)
        b->nodes = nodes;
    uint32_t *values = realloc(b->values, b->used * sizeof *values);
    if (values)
        b->values = values;
    *out = (kg_trie){b->nodes, b->values, b->used};
    b->nodes = NULL;
    b->values = NULL;
    return KG_OK;
}
