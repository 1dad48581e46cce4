#include "plugins/host/corpus.h"

#include "kgstore/base/array.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 32 };

typedef KG_ARRAY(char *) path_list;

static kg_status add_path(path_list *list, const char *path) {
    char *copy = strdup(path);
    if (!copy)
        return KG_ERR_MEMORY;
    kg_status st = kg_array_push(list, copy);
    if (st != KG_OK)
        free(copy);
    return st;
}

/* ---- Folders --------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The paths of what is in a folder, hidden files aside, sorted. */
static kg_status list_folder(path_list *list, const char *path, kg_error *err) {
    kg_status st = KG_OK;
    DIR *folder = opendir(path);
    if (!folder)
        return kg_error_at(err, KG_ERR_IO, path, 0, "the folder cannot be read: %s",
                           strerror(errno));
    const struct dirent *entry;
    while (st == KG_OK && (entry = readdir(folder)) != NULL) {
        char *name;
        if (entry->d_name[0] == '.')
            continue;
        if (asprintf(&name, "%s/%s", path, entry->d_name) < 0)
            st = KG_ERR_MEMORY;
        else if (kg_array_push(list, name) != KG_OK) {
            free(name);
            st = KG_ERR_MEMORY;
        }
    }
    closedir(folder);
    if (st == KG_OK && list->len > 1)
        qsort(list->data, list->len, sizeof *list->data, by_name);
    return st;
}

/* Add a file, or the files in a folder and in those within it. */
static kg_status add_files(path_list *list, const char *path, unsigned depth, kg_error *err) {
    path_list inside = KG_ARRAY_INIT;
    if (!is_folder(path))
        return add_path(list, path);
    if (depth == DEEPEST)
        return kg_error_at(err, KG_ERR_LIMIT, path, 0,
                           "folders lie in one another %d deep; does a link lead back?", DEEPEST);
    kg_status st = list_folder(&inside, path, err);
    for (size_t i = 0; i < inside.len && st == KG_OK; i++)
        st = add_files(list, inside.data[i], depth + 1, err);
    for (size_t i = 0; i < inside.len; i++)
        free(inside.data[i]);
    kg_array_free(&inside);
    return st;
}

static kg_status add_folder(path_list *list, const char *path, kg_error *err) {
    size_t before = list->len;
    kg_status st = add_files(list, path, 0, err);
    if (st == KG_OK && list->len == before)
        st = kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "no file of the corpus is in this folder");
    return st;
}

/* ---- Globs ----------------------------------------------------------------------------------- */

static kg_status add_matches(path_list *list, const char *path, kg_error *err) {
    glob_t found;
    int code = glob(path, GLOB_BRACE | GLOB_TILDE | GLOB_ERR, NULL, &found);
    kg_status st = KG_OK;
    if (code == GLOB_NOMATCH)
        return kg_error_at(err, KG_ERR_NOT_FOUND, path, 0, "no file of the corpus matches this");
    if (code == GLOB_NOSPACE)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory looking for %s", path);
    if (code != 0)
        return kg_error_at(err, KG_ERR_IO, path, 0, "a folder in this path cannot be read");
    for (size_t i = 0; i < found.gl_pathc && st == KG_OK; i++)
        st = add_folder(list, found.gl_pathv[i], err);
    globfree(&found);
    return st;
}

kg_status kg_corpus_expand(char ***out, size_t *n, const char *const *paths, size_t n_paths,
                           kg_error *err) {
    path_list list = KG_ARRAY_INIT;
    kg_status st = KG_OK;
    *out = NULL;
    *n = 0;
    for (size_t i = 0; i < n_paths && st == KG_OK; i++)
        st = strpbrk(paths[i], "*?[{~") ? add_matches(&list, paths[i], err)
                                        : add_folder(&list, paths[i], err);
    size_t count = list.len;
    if (st == KG_OK)
        st = kg_array_push(&list, NULL);
    if (st != KG_OK) {
        for (size_t i = 0; i < list.len; i++)
            free(list.data[i]);
        kg_array_free(&list);
        if (st == KG_ERR_MEMORY)
            kg_error_set(err, st, "out of memory looking for the corpus");
        return st;
    }
    *out = list.data;
    *n = count;
    return KG_OK;
}

void kg_corpus_paths_free(char **paths) {
    for (char **path = paths; path && *path; path++)
        free(*path);
    free(paths);
}
