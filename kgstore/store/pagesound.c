/* Header and nodes of one page. */
#include "kgstore/store/pageformat.h"

/* Bytes of node i with its padding; 0 where it leaves the page. */
static size_t node_extent(const unsigned char *page, unsigned i, uint32_t page_size, bool branch) {
    size_t at = page_node_at(page, i);
    if (at < page_upper(page) || at % 2 != 0 || at + NODE_HEADER > page_size)
        return 0;
    const unsigned char *node = page + at;
    size_t size = NODE_HEADER + (size_t)node_key_size(node);
    if (!branch)
        size += node_flags(node) & NODE_OVERFLOW ? 8 : node_data_size(node);
    return size <= page_size - at ? (size + 1) & ~(size_t)1 : 0;
}

/* Nodes fill the page from `upper` to its end without gap or overlap. */
static bool nodes_tile_page(const unsigned char *page, uint32_t page_size, bool branch) {
    uint64_t taken[MAX_PAGE_SIZE / 2 / 64] = {0}; /* a bit for every two bytes */
    size_t sum = 0;
    for (unsigned i = 0; i < page_nodes(page); i++) {
        size_t size = node_extent(page, i, page_size, branch);
        if (size == 0)
            return false;
        sum += size;
        for (size_t at = page_node_at(page, i) / 2, end = at + size / 2; at < end; at++) {
            uint64_t bit = UINT64_C(1) << (at & 63);
            if (taken[at >> 6] & bit)
                return false;
            taken[at >> 6] |= bit;
        }
    }
    return sum == page_size - page_upper(page);
}

const char *kg_page_fault(const unsigned char *page, uint64_t number, uint32_t page_size,
                          bool branch, unsigned least) {
    if (page_number(page) != number)
        return "it carries the number of another page";
    if (page_flags(page) != (branch ? PAGE_BRANCH : PAGE_LEAF))
        return branch ? "it is not a branch page" : "it is not a leaf page";
    if (page_lower(page) < PAGE_HEADER || page_lower(page) % 2 != 0 ||
        page_lower(page) > page_upper(page) || page_upper(page) > page_size)
        return "its free space is out of bounds";
    if (page_nodes(page) < least)
        return "it has too few nodes";
    return nodes_tile_page(page, page_size, branch) ? NULL : "its nodes do not fit in it";
}
