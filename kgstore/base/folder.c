#include "kgstore/base/folder.h"

#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static kg_status no_memory(const char *path, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing the folder %s", path);
}

char *kg_path_join(const char *folder, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

bool kg_folder_used(const char *path) {
    errno = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    bool used = false;
    const struct dirent *entry;
    while (!used && (entry = readdir(folder)))
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return used;
}

/* ---- All that is below ----------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

void kg_tree_remove(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static kg_status sync_file(const char *path, kg_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ELOOP ? KG_OK : kg_error_errno(err, "open", path);
    kg_status st = KG_OK;
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        st = kg_error_errno(err, "sync", path);
    close(fd);
    return st;
}

kg_status kg_tree_sync(const char *path, kg_error *err) {
    DIR *folder = opendir(path);
    if (!folder)
        return kg_error_errno(err, "open", path);
    kg_status st = KG_OK;
    const struct dirent *entry;
    while (st == KG_OK && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *file = kg_path_join(path, entry->d_name);
        st = file ? (entry->d_type == DT_DIR ? kg_tree_sync(file, err) : sync_file(file, err))
                  : no_memory(path, err);
        free(file);
    }
    closedir(folder);
    return st == KG_OK ? kg_sync_folder(path, err) : st;
}

/* ---- A folder written as a whole ------------------------------------------------------------- */

/* Where path is there, it is empty: *target is then what it leads to, and else path itself. */
static kg_status find_target(char **target, const char *path, kg_error *err) {
    struct stat info;
    *target = NULL;
    if (lstat(path, &info) != 0 && errno != ENOENT)
        return kg_error_errno(err, "look at", path);
    bool there = stat(path, &info) == 0;
    if (there && !S_ISDIR(info.st_mode))
        return kg_error_at(err, KG_ERR_EXISTS, path, 0,
                           "is there already, and no folder; name a new folder");
    if (there && kg_folder_used(path))
        return kg_error_at(err, KG_ERR_EXISTS, path, 0,
                           "is there already, and not empty; name a new folder");
    *target = there ? realpath(path, NULL) : strdup(path);
    if (!*target)
        return no_memory(path, err);
    for (size_t n = strlen(*target); n > 1 && (*target)[n - 1] == '/'; n--)
        (*target)[n - 1] = '\0';
    return KG_OK;
}

kg_status kg_outfolder_begin(char **fresh, const char *path, kg_error *err) {
    char *target;
    kg_status st;
    *fresh = NULL;
    KG_TRY(st, find_target(&target, path, err));
    st = kg_name_beside(fresh, target, err);
    free(target);
    if (st == KG_OK && mkdir(*fresh, 0777) != 0) {
        st = kg_error_errno(err, "make the folder", path);
        free(*fresh);
        *fresh = NULL;
    }
    return st;
}

static kg_status put_in_place(const char *fresh, const char *path, kg_error *err) {
    char *target;
    kg_status st;
    KG_TRY(st, kg_tree_sync(fresh, err));
    KG_TRY(st, find_target(&target, path, err));
    if (rename(fresh, target) != 0)
        st = kg_error_errno(err, "rename to", path);
    else
        st = kg_sync_parent(target, err);
    free(target);
    return st;
}

kg_status kg_outfolder_end(char *fresh, const char *path, kg_status st, kg_error *err) {
    if (st == KG_OK)
        st = put_in_place(fresh, path, err);
    if (st != KG_OK)
        kg_tree_remove(fresh); /* no longer there where it is in place */
    free(fresh);
    return st;
}
