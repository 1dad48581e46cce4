/* LMDB's bytes: where each field of a page, a node and a meta lies, in 0.9.x on a 64-bit machine.
 * Constants of lmdb.h that the verifier needs are repeated here, so that it stands apart from the
 * library whose files it judges. */
#ifndef KG_STORE_PAGEFORMAT_H
#define KG_STORE_PAGEFORMAT_H

#include "kgstore/base/byteio.h"
#include "kgstore/store/pages.h"

enum {
    PAGE_HEADER = 16, /* u64 number, u16 pad, u16 flags, then u16 lower, upper or u32 run length */
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_OVERFLOW = 0x04,
    PAGE_META = 0x08,
    PAGE_DIRTY = 0x10, /* in the memory of a writer only */

    NODE_HEADER = 8, /* u16 low, u16 high, u16 flags, u16 key size; then key, then data */
    NODE_OVERFLOW = 0x01,
    NODE_TREE = 0x02,

    TREE_SIZE = 48,
    TREE_REVERSE_KEYS = 0x02,
    TREE_INTEGER_KEYS = 0x08,

    META_SIZE = 136,
    MAX_KEY = 511,
    MAX_DEPTH = 32,
    MIN_PAGE_SIZE = 512,
    MAX_PAGE_SIZE = 0x8000
};

#define META_MAGIC UINT32_C(0xBEEFC0DE)
#define META_VERSION 1U
#define NO_PAGE UINT64_MAX

static inline uint64_t page_number(const unsigned char *page) {
    return kg_load_u64(page);
}

static inline unsigned page_flags(const unsigned char *page) {
    return kg_load_u16(page + 10);
}

static inline unsigned page_lower(const unsigned char *page) {
    return kg_load_u16(page + 12);
}

static inline unsigned page_upper(const unsigned char *page) {
    return kg_load_u16(page + 14);
}

static inline uint32_t page_run(const unsigned char *page) {
    return kg_load_u32(page + 12);
}

static inline unsigned page_nodes(const unsigned char *page) {
    return (page_lower(page) - PAGE_HEADER) / 2;
}

static inline unsigned page_node_at(const unsigned char *page, unsigned i) {
    return kg_load_u16(page + PAGE_HEADER + (size_t)i * 2);
}

static inline uint32_t node_data_size(const unsigned char *node) {
    return kg_load_u32(node);
}

static inline uint64_t node_child(const unsigned char *node) {
    return kg_load_u32(node) | (uint64_t)kg_load_u16(node + 4) << 32;
}

static inline unsigned node_flags(const unsigned char *node) {
    return kg_load_u16(node + 4);
}

static inline unsigned node_key_size(const unsigned char *node) {
    return kg_load_u16(node + 6);
}

static inline kg_str node_key(const unsigned char *node) {
    return (kg_str){(const char *)node + NODE_HEADER, node_key_size(node)};
}

static inline const unsigned char *node_data(const unsigned char *node) {
    return node + NODE_HEADER + node_key_size(node);
}

/* Bytes of a node, its data in it, beyond which a value lies outside its leaf. */
static inline unsigned node_most(uint32_t page_size) {
    return (((page_size - PAGE_HEADER) / 2) & ~1U) - 2;
}

/* Pages that a value of `size` bytes takes when it lies outside its leaf. */
static inline uint64_t overflow_pages(uint64_t size, uint32_t page_size) {
    return (PAGE_HEADER - 1 + size) / page_size + 1;
}

/* What is wrong with the header of a page or the bounds of its nodes, which number `least` or more,
 * in words that stand behind "page N: "; NULL: every node may be read. */
const char *kg_page_fault(const unsigned char *page, uint64_t number, uint32_t page_size,
                          bool branch, unsigned least);

/* Fill *tree from the TREE_SIZE bytes of a tree's record. */
void kg_page_tree_parse(kg_page_tree *tree, const unsigned char *from);

/* Read n bytes, or, *got telling so, as many as there are before the end of the file. */
kg_status kg_page_read(size_t *got, unsigned char *to, size_t n, int fd, uint64_t offset,
                       kg_error *err);

#endif
