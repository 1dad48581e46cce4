#include "model/ops_cpu.h"

#include "model/block.h"

#include <stdlib.h>

static void *allocate(size_t n, bool shared) {
    (void)shared;
    return kg_block_new(n);
}

static void release(void *block, bool shared) {
    (void)shared;
    free(block);
}

static void *map(void *memory, size_t n) {
    (void)n;
    return memory;
}

static void unmap(void *memory, void *view, size_t n, bool changed) {
    (void)memory;
    (void)view;
    (void)n;
    (void)changed;
}

#define OPERATION(name) .name = kg_cpu_##name,

const kg_backend kg_cpu = {.name = "cpu",
                           .allocate = allocate,
                           .release = release,
                           .map = map,
                           .unmap = unmap,
                           KG_OPERATIONS(OPERATION)};
