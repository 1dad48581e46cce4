#include "plugins/host/corpus.h"

#include "kgstore/base/array.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

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
        st = add_path(list, found.gl_pathv[i]);
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
                                        : add_path(&list, paths[i]);
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
