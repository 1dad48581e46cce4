/* The pages of an LMDB data file (format of 0.9.x), verified with plain reads.
 *
 * LMDB has no page checksums and follows the page numbers and offsets that it finds, so a damaged
 * file crashes it. This verifier believes nothing: it reads with pread, and looks at every field
 * that LMDB would act on. What it accepts, LMDB can walk without leaving the file.
 *
 * Verified: both metas (magic, version, page size, that their transactions are neighbours), and of
 * the newer all the rest; from it every page of every tree: number, flags, bounds of its free
 * space, of each node and overflow run, keys in order and within what the parents say, depth and
 * counts as recorded; each page reached once; free pages in range, listed once and reached by no
 * tree. */
#ifndef KG_STORE_PAGES_H
#define KG_STORE_PAGES_H

#include "kgstore/store/problems.h"

/* Meta fields at both ends of a tree. */
typedef struct kg_page_tree {
    uint32_t pad; /* of the tree of free pages: the page size */
    uint16_t flags, depth;
    uint64_t branches, leaves, overflows, entries, root;
} kg_page_tree;

typedef struct kg_page_meta {
    uint64_t map_size, last_page, transaction;
    uint32_t page_size, version;
    kg_page_tree free_tree, main_tree;
} kg_page_meta;

typedef struct kg_page_report {
    uint64_t pages; /* up to the last one used, metas included */
    uint64_t branches, leaves, overflows, free;
    uint64_t unaccounted; /* neither reached nor free: lost room, no damage */
} kg_page_report;

/* Read and verify the metas, which is all that opening a store needs; *meta is the newest, or,
 * where transaction is not 0, that of this transaction. Damage is told to problems.
 * KG_ERR_CORRUPT: damaged. KG_ERR_VERSION: of another LMDB. KG_ERR_NOT_FOUND: neither meta is of
 * that transaction (any more). KG_ERR_IO. */
kg_status kg_pages_meta(kg_page_meta *meta, int fd, uint64_t transaction, kg_problems *problems,
                        kg_error *err);

/* Verify every page that belongs to *meta. Pages are stable while a reader holds its transaction
 * or no writer works. KG_ERR_CORRUPT: damaged. KG_ERR_IO, KG_ERR_MEMORY. */
kg_status kg_pages_check(kg_page_report *report, int fd, const kg_page_meta *meta,
                         kg_problems *problems, kg_error *err);

/* Verify the tree of free pages alone, which a writer takes its pages from: some pages at most.
 * Statuses as of kg_pages_check. */
kg_status kg_pages_check_free(int fd, const kg_page_meta *meta, kg_error *err);

/* Verify the pages that a change of the record of `key` in the tree of that name changes in the
 * state of *meta: whatever LMDB then does with it stays within them. integers: the tree's keys are
 * integers of 4 or 8 bytes. Statuses as of kg_pages_check. */
kg_status kg_pages_check_path(int fd, const kg_page_meta *meta, const char *tree, kg_str key,
                              bool integers, kg_error *err);

#endif
