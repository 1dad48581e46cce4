#include "kgstore/base/hugepages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

static size_t whole_pages(size_t size) {
    return (size + KG_HUGE_PAGE - 1) & ~(size_t)(KG_HUGE_PAGE - 1);
}

/* A mapping that begins at a huge page: one page too much, of which the ends are given back. */
static void *map_pages(size_t size) {
    unsigned char *all =
        mmap(NULL, size + KG_HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)all & (KG_HUGE_PAGE - 1));
    if (before)
        munmap(all, before);
    munmap(all + before + size, KG_HUGE_PAGE - before);
    madvise(all + before, size, MADV_HUGEPAGE); /* small pages will do, too */
    return all + before;
}

void *kg_pages_new(size_t size) {
    if (size < KG_HUGE_PAGE)
        return calloc(1, size ? size : 1);
    return size > SIZE_MAX / 2 ? NULL : map_pages(whole_pages(size));
}

void kg_pages_free(void *pages, size_t size) {
    if (size < KG_HUGE_PAGE)
        free(pages);
    else if (pages)
        munmap(pages, whole_pages(size));
}
