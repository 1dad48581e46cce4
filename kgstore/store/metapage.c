#include "kgstore/store/metapage.h"

#include "kgstore/base/byteio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* A meta page of LMDB's data version 1 on a 64-bit machine: a page header of 16 bytes, magic,
 * version, address, map size, the records of the free list and of the main database (the first
 * field of the former is the page size), last page, transaction id. */
enum {
    META_BYTES = 152,
    AT_FLAGS = 10,
    AT_MAGIC = 16,
    AT_VERSION = 20,
    AT_PAGE_SIZE = 40,
    AT_FREE_ROOT = 80,
    AT_MAIN_ROOT = 128,
    AT_LAST_PAGE = 136,
    AT_TXNID = 144,
    META_FLAG = 0x08
};

static const uint32_t MAGIC = 0xBEEFC0DE;
static const uint64_t NO_PAGE = UINT64_MAX;

typedef struct meta {
    uint32_t page_size;
    uint64_t last_page, txnid;
} meta;

static bool is_root(uint64_t root, uint64_t last_page) {
    return root == NO_PAGE || (root >= 2 && root <= last_page);
}

static kg_status read_meta(meta *out, int fd, off_t at, const char *path, kg_error *err) {
    unsigned char page[META_BYTES];
    ssize_t got = pread(fd, page, sizeof page, at);
    if (got < 0)
        return kg_error_errno(err, "read", path);
    if (got < META_BYTES || kg_load_u32(page + AT_MAGIC) != MAGIC ||
        !(kg_load_u16(page + AT_FLAGS) & META_FLAG))
        return kg_error_at(err, KG_ERR_CORRUPT, path, 0,
                           "is not a data file of a store; restore it from a backup");
    uint32_t version = kg_load_u32(page + AT_VERSION);
    if (version != 1)
        return kg_error_at(err, KG_ERR_VERSION, path, 0,
                           "has data version %" PRIu32 "; this program reads version 1", version);
    out->page_size = kg_load_u32(page + AT_PAGE_SIZE);
    out->last_page = kg_load_u64(page + AT_LAST_PAGE);
    out->txnid = kg_load_u64(page + AT_TXNID);
    bool size_ok = out->page_size >= 512 && out->page_size <= 65536 &&
                   (out->page_size & (out->page_size - 1)) == 0;
    if (!size_ok || !is_root(kg_load_u64(page + AT_FREE_ROOT), out->last_page) ||
        !is_root(kg_load_u64(page + AT_MAIN_ROOT), out->last_page))
        return kg_error_at(err, KG_ERR_CORRUPT, path, 0,
                           "has a damaged header; restore it from a backup");
    return KG_OK;
}

static kg_status check_fd(struct stat *info, int fd, const char *path, kg_error *err) {
    kg_status st;
    meta metas[2];
    KG_TRY(st, read_meta(&metas[0], fd, 0, path, err));
    KG_TRY(st, read_meta(&metas[1], fd, metas[0].page_size, path, err));
    /* The size after the metas: a writer may be lengthening the file. */
    if (fstat(fd, info) != 0)
        return kg_error_errno(err, "look at", path);
    const meta *newer = &metas[metas[1].txnid > metas[0].txnid];
    uint64_t pages = (uint64_t)info->st_size / newer->page_size;
    if (metas[0].page_size != metas[1].page_size || newer->last_page >= pages)
        return kg_error_at(err, KG_ERR_CORRUPT, path, 0,
                           "has %" PRIu64 " pages where its header tells of %" PRIu64
                           "; it was cut short: restore it from a backup",
                           pages, newer->last_page + 1);
    return KG_OK;
}

kg_status kg_metapage_check(struct stat *info, const char *folder, kg_error *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/data.mdb", folder) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        kg_status st = kg_error_errno(err, "open", path);
        if (missing && err)
            err->status = KG_ERR_NOT_FOUND;
        return missing ? KG_ERR_NOT_FOUND : st;
    }
    kg_status st = check_fd(info, fd, path, err);
    close(fd);
    return st;
}
