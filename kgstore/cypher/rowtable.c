#include "kgstore/cypher/rowtable.h"

/* A page has 2^bits places; when it is full it becomes larger, and at last two. At no time is there
 * much to do at once. */
enum { FIRST_BITS = 6, LAST_BITS = 12, BITS_MORE = 2, HASH_BITS = 32 };

typedef struct cy_page {
    unsigned depth; /* so many upper bits do all hashes in it have in common */
    unsigned bits;
    uint32_t n;
    uint64_t places[]; /* open addressing: a row's hash, and row + 1; 0: free */
} cy_page;

void *cy_pieces_add(cy_pieces *p, kg_arena *arena) {
    size_t i = p->n, at = i / CY_FIRST_PIECE;
    bool begins = i == 0 || (i % CY_FIRST_PIECE == 0 && (at & (at - 1)) == 0);
    size_t piece = at ? (size_t)(64 - __builtin_clzll(at)) : 0;
    if (begins && piece == CY_PIECES)
        return NULL;
    if (begins) {
        size_t things = piece ? (size_t)CY_FIRST_PIECE << (piece - 1) : CY_FIRST_PIECE;
        p->pieces[piece] = kg_arena_alloc(arena, things * (p->size ? p->size : 1));
        if (!p->pieces[piece])
            return NULL;
    }
    p->n++;
    return cy_pieces_at(p, i);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

void cy_table_init(cy_table *t, size_t width, kg_arena_budget *budget) {
    cy_table_free(t);
    t->arena.budget = budget;
    t->width = width;
    t->rows.size = width * sizeof(cy_value);
}

void cy_table_free(cy_table *t) {
    kg_arena_free(&t->arena);
    *t = (cy_table){0};
}

static uint32_t hash_values(const cy_value *values, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ cy_hash(&values[i])) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(h >> 32);
}

static bool same_values(const cy_value *a, const cy_value *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!cy_same(&a[i], &b[i]))
            return false;
    return true;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

static cy_page *new_page(cy_table *t, unsigned depth, unsigned bits) {
    size_t size = sizeof(cy_page) + (sizeof(uint64_t) << bits);
    cy_page *page = kg_arena_alloc(&t->arena, size);
    if (!page)
        return NULL;
    memset(page, 0, size);
    page->depth = depth;
    page->bits = bits;
    return page;
}

static size_t page_of(const cy_table *t, uint32_t hash) {
    return t->depth ? hash >> (HASH_BITS - t->depth) : 0;
}

/* The place of a row, or the free one where it would be put. */
static uint64_t *find_place(const cy_table *t, cy_page *page, uint32_t hash,
                            const cy_value *values) {
    size_t mask = ((size_t)1 << page->bits) - 1, i = hash & mask;
    for (; page->places[i]; i = (i + 1) & mask) {
        uint64_t entry = page->places[i];
        if (entry >> HASH_BITS == hash &&
            same_values(cy_table_row(t, (uint32_t)entry - 1), values, t->width))
            break;
    }
    return &page->places[i];
}

static void put_entry(cy_page *page, uint64_t entry) {
    size_t mask = ((size_t)1 << page->bits) - 1, i = (entry >> HASH_BITS) & mask;
    while (page->places[i])
        i = (i + 1) & mask;
    page->places[i] = entry;
    page->n++;
}

static bool is_full(const cy_page *page) {
    return page->n * UINT64_C(3) >= UINT64_C(2) << page->bits;
}

static kg_status double_depth(cy_table *t) {
    size_t n = (size_t)1 << t->depth;
    cy_page **pages = kg_arena_alloc(&t->arena, 2 * n * sizeof *pages);
    if (!pages)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        pages[2 * i] = pages[2 * i + 1] = t->pages[i];
    t->pages = pages;
    t->depth++;
    return KG_OK;
}

/* Put all entries of a full page into a larger one, or each into one of two. */
static kg_status make_room(cy_table *t, uint32_t hash) {
    kg_status st;
    cy_page *full = t->pages[page_of(t, hash)];
    bool larger = full->bits < LAST_BITS;
    if (!larger && full->depth == HASH_BITS - LAST_BITS)
        return KG_ERR_MEMORY;
    if (!larger && full->depth == t->depth)
        KG_TRY(st, double_depth(t));
    unsigned depth = full->depth + !larger, bits = full->bits + (larger ? BITS_MORE : 0);
    cy_page *low = new_page(t, depth, bits), *high = larger ? low : new_page(t, depth, bits);
    if (!low || !high)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < (size_t)1 << full->bits; i++)
        if (full->places[i])
            put_entry(full->places[i] >> (2 * HASH_BITS - 1 - full->depth) & 1 ? high : low,
                      full->places[i]);
    size_t n = (size_t)1 << (t->depth - full->depth), first = page_of(t, hash) & ~(n - 1);
    for (size_t i = 0; i < n; i++)
        t->pages[first + i] = i < n / 2 ? low : high;
    return KG_OK;
}

static kg_status begin_pages(cy_table *t) {
    t->pages = kg_arena_alloc(&t->arena, sizeof(cy_page *));
    cy_page *page = t->pages ? new_page(t, 0, FIRST_BITS) : NULL;
    if (!page) {
        t->pages = NULL;
        return KG_ERR_MEMORY;
    }
    t->pages[0] = page;
    return KG_OK;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

cy_value *cy_table_add(cy_table *t) {
    if (t->n_rows >= UINT32_MAX - 1)
        return NULL;
    t->rows.size = t->width * sizeof(cy_value);
    cy_value *row = cy_pieces_add(&t->rows, &t->arena);
    t->n_rows += row != NULL;
    return row;
}

kg_status cy_table_find(size_t *row, bool *fresh, cy_table *t, const cy_value *values) {
    kg_status st;
    uint32_t hash = hash_values(values, t->width);
    if (!t->pages)
        KG_TRY(st, begin_pages(t));
    while (is_full(t->pages[page_of(t, hash)]))
        KG_TRY(st, make_room(t, hash));
    cy_page *page = t->pages[page_of(t, hash)];
    uint64_t *place = find_place(t, page, hash, values);
    *fresh = *place == 0;
    if (*fresh) {
        cy_value *to = cy_table_add(t);
        if (!to)
            return KG_ERR_MEMORY;
        for (size_t i = 0; i < t->width; i++)
            KG_TRY(st, cy_copy(&to[i], &t->arena, &values[i]));
        *place = (uint64_t)hash << HASH_BITS | (uint32_t)t->n_rows;
        page->n++;
    }
    *row = (uint32_t)*place - 1;
    return KG_OK;
}
