/* The pages that LMDB changes with a record: those on the way to it, and beside each of them the
 * two with which it may be merged or balanced. LMDB copies them into memory and moves their nodes
 * there by the offsets that it finds in them. */
#include "kgstore/store/pageformat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct path {
    int fd;
    const kg_page_meta *meta;
    uint64_t file_pages;
    unsigned char *page, *beside; /* one page each */
    kg_str key;
    bool integers;
    kg_error *err;
} path;

static kg_status bad_page(const path *p, uint64_t number, const char *fault) {
    return kg_error_set(p->err, KG_ERR_CORRUPT, "page %llu: %s", (unsigned long long)number, fault);
}

static kg_status read_page(unsigned char *to, path *p, uint64_t number, bool branch) {
    kg_status st;
    size_t got, size = p->meta->page_size;
    if (number < 2 || number > p->meta->last_page || number >= p->file_pages)
        return bad_page(p, number, "it lies beyond the end of the file");
    KG_TRY(st, kg_page_read(&got, to, size, p->fd, number * size, p->err));
    const char *fault =
        got < size ? "it is cut short" : kg_page_fault(to, number, p->meta->page_size, branch, 1);
    return fault ? bad_page(p, number, fault) : KG_OK;
}

/* Keys of another length than that looked for are no integers of this tree. */
static int compare(const path *p, kg_str key) {
    if (!p->integers || key.len != p->key.len)
        return kg_str_compare(key, p->key);
    uint64_t x = key.len == 8 ? kg_load_u64(key.data) : kg_load_u32(key.data);
    uint64_t y = key.len == 8 ? kg_load_u64(p->key.data) : kg_load_u32(p->key.data);
    return (x > y) - (x < y);
}

/* The number of nodes whose keys are not above that looked for; the first of a branch is not
 * above any. */
static unsigned nodes_up_to(const path *p, bool branch) {
    unsigned low = branch ? 1 : 0, high = page_nodes(p->page);
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (compare(p, node_key(p->page + page_node_at(p->page, middle))) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The pages on either side of child i; after it *child is its number. */
static kg_status read_beside(uint64_t *child, path *p, unsigned i, bool branch) {
    kg_status st;
    unsigned n = page_nodes(p->page);
    *child = node_child(p->page + page_node_at(p->page, i));
    if (i > 0)
        KG_TRY(st,
               read_page(p->beside, p, node_child(p->page + page_node_at(p->page, i - 1)), branch));
    return i + 1 < n
               ? read_page(p->beside, p, node_child(p->page + page_node_at(p->page, i + 1)), branch)
               : KG_OK;
}

/* When a value that lies on pages of its own goes, LMDB frees as many as their header tells. */
static kg_status check_run(path *p, const unsigned char *node) {
    kg_status st;
    size_t got;
    uint64_t first = kg_load_u64(node_data(node));
    unsigned char header[PAGE_HEADER];
    if (first < 2 || first > p->meta->last_page)
        return bad_page(p, first, "it lies beyond the end of the file");
    KG_TRY(st,
           kg_page_read(&got, header, sizeof header, p->fd, first * p->meta->page_size, p->err));
    if (got < sizeof header || page_number(header) != first ||
        page_flags(header) != PAGE_OVERFLOW || page_run(header) > p->meta->last_page + 1 - first ||
        page_run(header) < overflow_pages(node_data_size(node), p->meta->page_size))
        return bad_page(p, first, "it is not the first page of the value that points here");
    return KG_OK;
}

/* Go down a tree to the leaf of the key; *found is its node, NULL where there is none. */
static kg_status descend(const unsigned char **found, path *p, const kg_page_tree *tree) {
    kg_status st;
    uint64_t number = tree->root;
    *found = NULL;
    if (tree->depth == 0 || tree->root == NO_PAGE)
        return KG_OK;
    if (tree->depth > MAX_DEPTH)
        return kg_error_set(p->err, KG_ERR_CORRUPT, "a tree has an impossible depth");
    for (unsigned level = 0; level + 1 < tree->depth; level++) {
        KG_TRY(st, read_page(p->page, p, number, true));
        KG_TRY(st, read_beside(&number, p, nodes_up_to(p, true) - 1, level + 2 < tree->depth));
    }
    KG_TRY(st, read_page(p->page, p, number, false));
    unsigned n = nodes_up_to(p, false);
    const unsigned char *node = n ? p->page + page_node_at(p->page, n - 1) : NULL;
    if (!node || compare(p, node_key(node)) != 0)
        return KG_OK;
    *found = node;
    return node_flags(node) & NODE_OVERFLOW ? check_run(p, node) : KG_OK;
}

static kg_status check(path *p, const char *name, kg_str key, bool integers) {
    kg_status st;
    kg_page_tree tree;
    const unsigned char *node;
    p->key = kg_str_from(name);
    KG_TRY(st, descend(&node, p, &p->meta->main_tree));
    if (!node)
        return KG_OK;
    if (node_flags(node) != NODE_TREE || node_data_size(node) != TREE_SIZE)
        return kg_error_set(p->err, KG_ERR_CORRUPT, "the record of the tree %s is damaged", name);
    kg_page_tree_parse(&tree, node_data(node));
    p->key = key;
    p->integers = integers;
    return descend(&node, p, &tree);
}

kg_status kg_pages_check_path(int fd, const kg_page_meta *meta, const char *tree, kg_str key,
                              bool integers, kg_error *err) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return kg_error_errno(err, "read", "the data file");
    path p = {.fd = fd,
              .meta = meta,
              .file_pages = (uint64_t)info.st_size / meta->page_size,
              .page = malloc(meta->page_size),
              .beside = malloc(meta->page_size),
              .err = err};
    kg_status st = p.page && p.beside
                       ? check(&p, tree, key, integers)
                       : kg_error_set(err, KG_ERR_MEMORY, "out of memory checking a page");
    free(p.page);
    free(p.beside);
    return st;
}
