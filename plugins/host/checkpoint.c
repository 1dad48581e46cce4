#include "plugins/host/checkpoint.h"

#include "kgstore/base/array.h"
#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *kg_path_join(const char *folder, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static char *checkpoint_path(const char *out, const char *prefix, uint64_t step) {
    char *path = NULL;
    return asprintf(&path, "%s/checkpoints/%s%08" PRIu64, out, prefix, step) < 0 ? NULL : path;
}

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory");
}

kg_status kg_folder_make(const char *path, kg_error *err) {
    char *copy = strdup(path);
    if (!copy)
        return no_memory(err);
    kg_status st = KG_OK;
    for (char *at = copy + 1; st == KG_OK; ++at) {
        bool last = *at == '\0';
        if (*at != '/' && !last)
            continue;
        *at = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            st = kg_error_errno(err, "make the folder", copy);
        if (last)
            break;
        *at = '/';
    }
    free(copy);
    return st;
}

bool kg_folder_used(const char *path) {
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

kg_status kg_json_write(const char *path, const json_t *value, kg_error *err) {
    kg_outfile *file;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    FILE *stream = kg_outfile_stream(file);
    int failed = json_dumpf(value, stream, JSON_INDENT(2));
    fputc('\n', stream);
    if (failed && !ferror(stream)) {
        kg_outfile_discard(file);
        return no_memory(err);
    }
    return kg_outfile_commit(file, err);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

static void remove_tree(const char *path) {
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

kg_status kg_checkpoint_begin(char **folder, const char *out, uint64_t step, kg_error *err) {
    *folder = checkpoint_path(out, ".new-", step);
    if (!*folder)
        return no_memory(err);
    remove_tree(*folder);
    kg_status st = kg_folder_make(*folder, err);
    if (st != KG_OK) {
        free(*folder);
        *folder = NULL;
    }
    return st;
}

void kg_checkpoint_discard(const char *out, uint64_t step) {
    char *folder = checkpoint_path(out, ".new-", step);
    if (folder)
        remove_tree(folder);
    free(folder);
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

/* Sync every file of a folder (plugins write flat ones), and the folder. */
static kg_status sync_tree(const char *path, kg_error *err) {
    DIR *folder = opendir(path);
    if (!folder)
        return kg_error_errno(err, "open", path);
    kg_status st = KG_OK;
    const struct dirent *entry;
    while (st == KG_OK && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *file = kg_path_join(path, entry->d_name);
        st = file ? (entry->d_type == DT_DIR ? sync_tree(file, err) : sync_file(file, err))
                  : no_memory(err);
        free(file);
    }
    closedir(folder);
    return st == KG_OK ? kg_sync_folder(path, err) : st;
}

kg_status kg_checkpoint_link(const char *out, const char *name, uint64_t step, kg_error *err) {
    char target[64], *link = NULL, *fresh = NULL;
    kg_status st = KG_OK;
    snprintf(target, sizeof target, "checkpoints/step-%08" PRIu64, step);
    if (asprintf(&link, "%s/%s", out, name) < 0)
        return no_memory(err);
    if (asprintf(&fresh, "%s/.%s.new", out, name) < 0) {
        free(link);
        return no_memory(err);
    }
    unlink(fresh);
    if (symlink(target, fresh) != 0)
        st = kg_error_errno(err, "make the link", fresh);
    else if (rename(fresh, link) != 0)
        st = kg_error_errno(err, "rename to", link);
    else
        st = kg_sync_folder(out, err);
    free(fresh);
    free(link);
    return st;
}

static kg_status publish(const char *out, const char *from, const char *to, uint64_t step,
                         kg_error *err) {
    kg_status st;
    KG_TRY(st, sync_tree(from, err));
    KG_TRY(st, KG_FAILPOINT("checkpoint.before-rename", err));
    remove_tree(to);
    if (rename(from, to) != 0)
        return kg_error_errno(err, "rename to", to);
    char *folder = kg_path_join(out, "checkpoints");
    if (!folder)
        return no_memory(err);
    st = kg_sync_folder(folder, err);
    free(folder);
    if (st == KG_OK)
        st = KG_FAILPOINT("checkpoint.before-link", err);
    return st == KG_OK ? kg_checkpoint_link(out, "last", step, err) : st;
}

kg_status kg_checkpoint_commit(const char *out, uint64_t step, const json_t *state, kg_error *err) {
    char *from = checkpoint_path(out, ".new-", step), *to = checkpoint_path(out, "step-", step);
    char *file = from ? kg_path_join(from, "state.json") : NULL;
    kg_status st = to && file ? kg_json_write(file, state, err) : no_memory(err);
    if (st == KG_OK && from && to)
        st = publish(out, from, to, step, err);
    free(file);
    free(to);
    free(from);
    if (st != KG_OK)
        kg_checkpoint_discard(out, step);
    return st;
}

typedef KG_ARRAY(uint64_t) steps;

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The steps of the whole checkpoints, ascending. */
static kg_status list_steps(steps *out, const char *run) {
    *out = (steps)KG_ARRAY_INIT;
    char *path = kg_path_join(run, "checkpoints");
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;
    kg_status st = path ? KG_OK : KG_ERR_MEMORY;
    while (folder && st == KG_OK && (entry = readdir(folder))) {
        char *end = NULL;
        if (strncmp(entry->d_name, "step-", 5) != 0)
            continue;
        uint64_t step = strtoull(entry->d_name + 5, &end, 10);
        if (end > entry->d_name + 5 && *end == '\0')
            st = kg_array_push(out, step);
    }
    if (folder)
        closedir(folder);
    free(path);
    if (st == KG_OK && out->len > 1)
        qsort(out->data, out->len, sizeof *out->data, by_value);
    return st;
}

static void remove_unfinished(const char *out) {
    char *path = kg_path_join(out, "checkpoints");
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (strncmp(entry->d_name, ".new-", 5) != 0)
            continue;
        char *one = kg_path_join(path, entry->d_name);
        if (one)
            remove_tree(one);
        free(one);
    }
    if (folder)
        closedir(folder);
    free(path);
}

void kg_checkpoint_prune(const char *out, uint64_t keep, uint64_t best) {
    steps all;
    remove_unfinished(out);
    if (list_steps(&all, out) == KG_OK)
        for (size_t i = 0; i + keep < all.len; ++i) {
            char *path = all.data[i] == best ? NULL : checkpoint_path(out, "step-", all.data[i]);
            if (path)
                remove_tree(path);
            free(path);
        }
    kg_array_free(&all);
}

kg_status kg_checkpoint_find(char **folder, const char *out, const char *name, kg_error *err) {
    *folder = kg_path_join(out, name);
    if (!*folder)
        return no_memory(err);
    if (kg_folder_used(*folder))
        return KG_OK;
    free(*folder);
    *folder = NULL;
    steps all;
    kg_status st = KG_OK;
    if (strcmp(name, "last") == 0) {
        st = list_steps(&all, out);
        if (st == KG_OK && all.len > 0)
            *folder = checkpoint_path(out, "step-", all.data[all.len - 1]);
        if (st != KG_OK || (all.len > 0 && !*folder))
            st = no_memory(err);
        kg_array_free(&all);
    }
    return st;
}
