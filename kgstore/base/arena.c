/* Blocks of 64 KiB at first, each twice as large as the one before up to 4 MiB: little memory costs
 * little, and much of it lies in few blocks of huge pages, which are soon freed. */
#include "kgstore/base/arena.h"

#include "kgstore/base/hugepages.h"

#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, FIRST_BLOCK = 64 * 1024, LARGEST_BLOCK = 2 * KG_HUGE_PAGE };

struct kg_arena_block {
    struct kg_arena_block *next;
    size_t size; /* usable bytes after this header */
    _Alignas(16) unsigned char data[];
};

/* A block with room for size bytes, put before the others. */
static bool add_block(kg_arena *arena, size_t size) {
    const size_t header = sizeof(struct kg_arena_block);
    size_t whole = arena->head ? 2 * (arena->head->size + header) : FIRST_BLOCK;
    if (whole > LARGEST_BLOCK)
        whole = LARGEST_BLOCK;
    if (whole < size + header)
        whole = size + header;
    if (arena->budget && whole > arena->budget->left) {
        arena->budget->spent = true;
        return false;
    }
    /* Small blocks need not be zeroed. */
    struct kg_arena_block *block = whole < KG_HUGE_PAGE ? malloc(whole) : kg_pages_new(whole);
    if (!block)
        return false;
    if (arena->budget)
        arena->budget->left -= whole;
    block->next = arena->head;
    block->size = whole - header;
    arena->head = block;
    arena->used = 0;
    return true;
}

void *kg_arena_alloc(kg_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    bool fits = arena->head && arena->head->size - arena->used >= size;
    if (!fits && !add_block(arena, size))
        return NULL;
    void *out = arena->head->data + arena->used;
    arena->used += size;
    return out;
}

char *kg_arena_copy(kg_arena *arena, kg_str s) {
    char *out = kg_arena_alloc(arena, s.len + 1);
    if (!out)
        return NULL;
    if (s.len)
        memcpy(out, s.data, s.len);
    out[s.len] = '\0';
    return out;
}

static void free_chain(kg_arena *arena, struct kg_arena_block *block) {
    while (block) {
        struct kg_arena_block *next = block->next;
        if (arena->budget)
            arena->budget->left += block->size + sizeof *block;
        kg_pages_free(block, block->size + sizeof *block);
        block = next;
    }
}

void kg_arena_reset(kg_arena *arena) {
    if (!arena->head)
        return;
    free_chain(arena, arena->head->next);
    arena->head->next = NULL;
    arena->used = 0;
}

void kg_arena_free(kg_arena *arena) {
    free_chain(arena, arena->head);
    arena->head = NULL;
    arena->used = 0;
}
