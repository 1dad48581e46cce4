#include "kgstore/store/metapage.h"

#include "kgstore/base/descriptors.h"
#include "kgstore/store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* Pages that were free when they were last of the file need never have been written, so a whole
 * file may be shorter than its meta says. Then, and that is rare, every page is looked at. */
static kg_status check_length(const kg_page_meta *meta, int fd, const struct stat *info,
                              const char *path, kg_error *err) {
    kg_page_report report;
    kg_problems problems = {NULL, NULL, 0};
    uint64_t pages = (uint64_t)info->st_size / meta->page_size;
    if (meta->last_page < pages)
        return KG_OK;
    kg_status st = kg_pages_check(&report, fd, meta, &problems, err);
    if (st != KG_ERR_CORRUPT)
        return st;
    return kg_error_at(err, st, path, 0,
                       "has %llu pages where its header tells of %llu; it was cut short: restore "
                       "it from a backup",
                       (unsigned long long)pages, (unsigned long long)meta->last_page + 1);
}

static kg_status check_fd(struct stat *info, int fd, const char *path, kg_error *err) {
    kg_page_meta meta;
    kg_problems problems = {NULL, NULL, 0};
    kg_error detail = KG_ERROR_INIT;
    kg_status st = kg_pages_meta(&meta, fd, 0, &problems, &detail);
    if (st != KG_OK)
        return kg_error_at(err, st, path, 0,
                           "is no data file of a store: %s; restore it from a backup", detail.text);
    /* The size after the metas: a writer may be lengthening the file. */
    if (fstat(fd, info) != 0)
        return kg_error_errno(err, "look at", path);
    return check_length(&meta, fd, info, path, err);
}

kg_status kg_metapage_check(struct stat *info, const char *folder, kg_error *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/data.mdb", folder) >= (int)sizeof path)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", folder);
    int fd = kg_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
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
