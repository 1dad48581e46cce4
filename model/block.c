#include "model/block.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64, LARGE_PAGE = 1 << 21 };

void *kg_block_new(size_t size) {
    size_t unit = size < 4 * (size_t)LARGE_PAGE ? LINE : LARGE_PAGE;
    void *block = aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (block != NULL && unit == LARGE_PAGE)
        (void)madvise(block, size, MADV_HUGEPAGE); /* a hint: refused where there are none */
    return block;
}
