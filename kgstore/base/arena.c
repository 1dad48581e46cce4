#include "kgstore/base/arena.h"

#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, BLOCK_SIZE = 64 * 1024 };

struct kg_arena_block {
    struct kg_arena_block *next;
    size_t size; /* usable bytes after this header */
    _Alignas(16) unsigned char data[];
};

void *kg_arena_alloc(kg_arena *arena, size_t size) {
    if (size > SIZE_MAX - BLOCK_SIZE - sizeof(struct kg_arena_block))
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!arena->head || arena->head->size - arena->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct kg_arena_block *block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        block->next = arena->head;
        block->size = room;
        arena->head = block;
        arena->used = 0;
    }
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

static void free_chain(struct kg_arena_block *block) {
    while (block) {
        struct kg_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void kg_arena_reset(kg_arena *arena) {
    if (!arena->head)
        return;
    free_chain(arena->head->next);
    arena->head->next = NULL;
    arena->used = 0;
}

void kg_arena_free(kg_arena *arena) {
    free_chain(arena->head);
    *arena = (kg_arena)KG_ARENA_INIT;
}
