/* The two metas of a data file: the first pages, of which each commit overwrites the older.
 *
 * Of the older nothing is used but what its page begins with and its transaction: when the write of
 * a meta fails, LMDB puts the old transaction back but leaves the roots of the new one beside it.
 */
#include "kgstore/store/pages.h"

#include "kgstore/store/pageformat.h"

#include <errno.h>
#include <unistd.h>

/* What is looked at of a meta's page, and how large that is unless the first one says otherwise. */
enum { META_END = PAGE_HEADER + META_SIZE, USUAL_PAGE = 4096, ATTEMPTS = 8 };

void kg_page_tree_parse(kg_page_tree *tree, const unsigned char *from) {
    tree->pad = kg_load_u32(from);
    tree->flags = kg_load_u16(from + 4);
    tree->depth = kg_load_u16(from + 6);
    tree->branches = kg_load_u64(from + 8);
    tree->leaves = kg_load_u64(from + 16);
    tree->overflows = kg_load_u64(from + 24);
    tree->entries = kg_load_u64(from + 32);
    tree->root = kg_load_u64(from + 40);
}

kg_status kg_page_read(size_t *got, unsigned char *to, size_t n, int fd, uint64_t offset,
                       kg_error *err) {
    *got = 0;
    while (*got < n) {
        ssize_t part = pread(fd, to + *got, n - *got, (off_t)(offset + *got));
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return kg_error_errno(err, "read", "the data file");
        if (part == 0)
            break;
        *got += (size_t)part;
    }
    return KG_OK;
}

static bool is_root(uint64_t root, uint64_t last_page) {
    return root == NO_PAGE || (root >= 2 && root <= last_page);
}

/* What LMDB wants of both metas. */
static bool parse_meta(kg_page_meta *meta, const unsigned char *page, unsigned which,
                       kg_problems *problems) {
    const unsigned char *at = page + PAGE_HEADER;
    if (page_number(page) != which || page_flags(page) != PAGE_META) {
        kg_problems_add(problems, "meta %u: the page is not a meta page", which);
        return false;
    }
    if (kg_load_u32(at) != META_MAGIC) {
        kg_problems_add(problems, "meta %u: the magic number is %08x, not %08x", which,
                        kg_load_u32(at), META_MAGIC);
        return false;
    }
    meta->version = kg_load_u32(at + 4);
    if (meta->version != META_VERSION) {
        kg_problems_add(problems, "meta %u: data version %u, not %u", which, meta->version,
                        META_VERSION);
        return false;
    }
    meta->map_size = kg_load_u64(at + 16);
    kg_page_tree_parse(&meta->free_tree, at + 24);
    kg_page_tree_parse(&meta->main_tree, at + 72);
    meta->last_page = kg_load_u64(at + 120);
    meta->transaction = kg_load_u64(at + 128);
    meta->page_size = meta->free_tree.pad;
    if (meta->page_size < MIN_PAGE_SIZE || meta->page_size > MAX_PAGE_SIZE ||
        (meta->page_size & (meta->page_size - 1)) != 0) {
        kg_problems_add(problems, "meta %u: the page size is %u", which, meta->page_size);
        return false;
    }
    return true;
}

/* What LMDB wants of the meta that it goes by. */
static bool is_sound(const kg_page_meta *meta, unsigned which, kg_problems *problems) {
    if (meta->last_page < 1 || meta->last_page >= meta->map_size / meta->page_size) {
        kg_problems_add(problems, "meta %u: the last page, %llu, lies beyond the map", which,
                        (unsigned long long)meta->last_page);
        return false;
    }
    if (!is_root(meta->free_tree.root, meta->last_page) ||
        !is_root(meta->main_tree.root, meta->last_page)) {
        kg_problems_add(problems, "meta %u: a tree begins beyond the last page", which);
        return false;
    }
    return true;
}

/* Commits take the metas in turn, so their transactions differ by one, and the even one is in page
 * 0; a file never committed to has 0 in both. */
static bool metas_agree(const kg_page_meta metas[2], kg_problems *problems) {
    uint64_t a = metas[0].transaction, b = metas[1].transaction;
    if (metas[0].page_size != metas[1].page_size) {
        kg_problems_add(problems, "the metas give page sizes %u and %u", metas[0].page_size,
                        metas[1].page_size);
        return false;
    }
    if (!(a == 0 && b == 0) && (a % 2 != 0 || (a + 1 != b && b + 1 != a))) {
        kg_problems_add(problems, "the metas are of transactions %llu and %llu",
                        (unsigned long long)a, (unsigned long long)b);
        return false;
    }
    return true;
}

/* got: the bytes there are of the page. */
static kg_status take_meta(kg_page_meta *meta, const unsigned char *page, size_t got,
                           unsigned which, kg_problems *problems, kg_error *err) {
    if (got < META_END) {
        kg_problems_add(problems, "meta %u: the file ends before it", which);
        return kg_error_set(err, KG_ERR_CORRUPT, "the data file is cut short");
    }
    meta->version = META_VERSION;
    if (parse_meta(meta, page, which, problems))
        return KG_OK;
    return meta->version == META_VERSION
               ? kg_error_set(err, KG_ERR_CORRUPT, "meta %u is damaged", which)
               : kg_error_set(err, KG_ERR_VERSION,
                              "the data has version %u; this program reads version %u",
                              meta->version, META_VERSION);
}

/* One read brings both metas where pages are of the usual size: opening a store waits for it. */
static kg_status read_metas(kg_page_meta metas[2], int fd, kg_problems *problems, kg_error *err) {
    kg_status st;
    unsigned char start[USUAL_PAGE + META_END], *second = start;
    size_t got;
    KG_TRY(st, kg_page_read(&got, start, sizeof start, fd, 0, err));
    KG_TRY(st, take_meta(&metas[0], start, got, 0, problems, err));
    size_t page = metas[0].page_size;
    if (page <= USUAL_PAGE) {
        second = start + page;
        got = got > page ? got - page : 0;
    } else {
        KG_TRY(st, kg_page_read(&got, start, META_END, fd, page, err));
    }
    KG_TRY(st, take_meta(&metas[1], second, got, 1, problems, err));
    if (!metas_agree(metas, problems))
        return kg_error_set(err, KG_ERR_CORRUPT, "the two metas disagree");
    unsigned newest = metas[1].transaction > metas[0].transaction;
    return is_sound(&metas[newest], newest, problems)
               ? KG_OK
               : kg_error_set(err, KG_ERR_CORRUPT, "meta %u is damaged", newest);
}

kg_status kg_pages_meta(kg_page_meta *meta, int fd, uint64_t transaction, kg_problems *problems,
                        kg_error *err) {
    kg_page_meta metas[2] = {{0}};
    kg_problems quiet = {NULL, NULL, 0};
    /* A writer may commit between the reads of the two: what is wrong then is right soon. */
    kg_status st = KG_ERR_CORRUPT;
    for (int i = 0; i < ATTEMPTS && st == KG_ERR_CORRUPT; i++)
        st = read_metas(metas, fd, &quiet, err);
    if (st != KG_OK)
        KG_TRY(st, read_metas(metas, fd, problems, err));
    unsigned newest = metas[1].transaction > metas[0].transaction;
    if (transaction == 0) {
        *meta = metas[newest];
        return KG_OK;
    }
    for (unsigned which = 0; which < 2; which++)
        if (metas[which].transaction == transaction) {
            *meta = metas[which];
            return is_sound(meta, which, problems)
                       ? KG_OK
                       : kg_error_set(err, KG_ERR_CORRUPT, "meta %u is damaged", which);
        }
    return kg_error_set(err, KG_ERR_NOT_FOUND, "transaction %llu has been overwritten",
                        (unsigned long long)transaction);
}
