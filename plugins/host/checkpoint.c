#include "plugins/host/checkpoint.h"

#include "kgstore/base/array.h"
#include "kgstore/base/failpoint.h"
#include "kgstore/base/folder.h"
#include "kgstore/base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the names of folders begin with: a checkpoint, one being written, one about to be replaced.
 */
#define WHOLE "step-"
#define UNFINISHED ".new-"
#define ASIDE ".old-"

static char *checkpoint_path(const char *out, const char *prefix, uint64_t step) {
    char *path = NULL;
    return asprintf(&path, "%s/checkpoints/%s%08" PRIu64, out, prefix, step) < 0 ? NULL : path;
}

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory writing a checkpoint");
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

kg_status kg_checkpoint_begin(char **folder, const char *out, uint64_t step, kg_error *err) {
    *folder = checkpoint_path(out, UNFINISHED, step);
    if (!*folder)
        return no_memory(err);
    kg_tree_remove(*folder);
    kg_status st = kg_folder_make(*folder, err);
    if (st != KG_OK) {
        free(*folder);
        *folder = NULL;
    }
    return st;
}

void kg_checkpoint_discard(const char *out, uint64_t step) {
    char *folder = checkpoint_path(out, UNFINISHED, step);
    if (folder)
        kg_tree_remove(folder);
    free(folder);
}

/* Put a whole new folder in the place of an old one, if there is one, with no moment between in
 * which neither is there: the two change names. A file system that cannot exchange names has the
 * old one set aside; settle_aside takes it back where that is all that is left. */
static kg_status replace_folder(const char *from, const char *to, const char *aside,
                                kg_error *err) {
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
        return KG_OK;
    if (errno == ENOENT)
        return rename(from, to) == 0 ? KG_OK : kg_error_errno(err, "rename to", to);
    kg_tree_remove(aside);
    kg_status st = rename(to, aside) == 0 ? KG_OK : kg_error_errno(err, "rename to", aside);
    if (st == KG_OK)
        st = KG_FAILPOINT("checkpoint.aside", err);
    if (st == KG_OK && rename(from, to) != 0)
        st = kg_error_errno(err, "rename to", to);
    if (st == KG_OK)
        kg_tree_remove(aside);
    return st;
}

/* ---- last and best --------------------------------------------------------------------------- */

static char *hidden_path(const char *out, const char *name, const char *ending) {
    char *path = NULL;
    return asprintf(&path, "%s/.%s%s", out, name, ending) < 0 ? NULL : path;
}

static bool is_folder(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Make the folder `to` of hard links to the files of `from`. 0, or an errno. */
static int link_files(const char *from, const char *to) {
    DIR *folder = mkdir(to, 0777) == 0 ? opendir(from) : NULL;
    const struct dirent *entry;
    int failed = folder ? 0 : errno;
    while (folder && failed == 0 && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *one = kg_path_join(from, entry->d_name), *own = kg_path_join(to, entry->d_name);
        if (!one || !own)
            failed = ENOMEM;
        else if (is_folder(one))
            failed = link_files(one, own);
        else if (link(one, own) != 0)
            failed = errno;
        free(one);
        free(own);
    }
    if (folder)
        closedir(folder);
    return failed;
}

/* A folder of hard links: it takes no room, and whoever copies it alone has the whole checkpoint.
 * Where the file system has none, a symbolic link. */
static kg_status make_link(const char *fresh, const char *out, uint64_t step, kg_error *err) {
    char target[64], *whole = checkpoint_path(out, WHOLE, step);
    if (!whole)
        return no_memory(err);
    kg_tree_remove(fresh);
    int failed = link_files(whole, fresh);
    free(whole);
    if (failed == 0)
        return kg_sync_folder(fresh, err);
    kg_tree_remove(fresh);
    errno = failed;
    if (failed != EPERM && failed != EOPNOTSUPP && failed != EMLINK && failed != EXDEV)
        return kg_error_errno(err, "make the folder", fresh);
    snprintf(target, sizeof target, "checkpoints/" WHOLE "%08" PRIu64, step);
    return symlink(target, fresh) == 0 ? KG_OK : kg_error_errno(err, "make the link", fresh);
}

kg_status kg_checkpoint_link(const char *out, const char *name, uint64_t step, kg_error *err) {
    char *to = kg_path_join(out, name), *fresh = hidden_path(out, name, ".new");
    char *aside = hidden_path(out, name, ".old");
    kg_status st = to && fresh && aside ? make_link(fresh, out, step, err) : no_memory(err);
    if (st == KG_OK)
        st = replace_folder(fresh, to, aside, err);
    if (st == KG_OK)
        st = kg_sync_folder(out, err);
    if (fresh)
        kg_tree_remove(fresh); /* what was there before */
    free(aside);
    free(fresh);
    free(to);
    return st;
}

/* ---- Committing ------------------------------------------------------------------------------ */

static kg_status publish(const char *out, const char *from, const char *to, uint64_t step,
                         kg_error *err) {
    kg_status st;
    KG_TRY(st, kg_tree_sync(from, err));
    KG_TRY(st, KG_FAILPOINT("checkpoint.before-rename", err));
    char *aside = checkpoint_path(out, ASIDE, step);
    st = aside ? replace_folder(from, to, aside, err) : no_memory(err);
    free(aside);
    if (st != KG_OK)
        return st;
    KG_TRY(st, KG_FAILPOINT("checkpoint.renamed", err));
    kg_tree_remove(from); /* what was there before */
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
    char *from = checkpoint_path(out, UNFINISHED, step), *to = checkpoint_path(out, WHOLE, step);
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

/* Call visit for each entry of OUT/checkpoints whose name is PREFIX and a number. */
static kg_status each_checkpoint(const char *out, const char *prefix,
                                 kg_status (*visit)(void *context, const char *path, uint64_t step),
                                 void *context) {
    char *path = kg_path_join(out, "checkpoints");
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;
    kg_status st = path ? KG_OK : KG_ERR_MEMORY;
    size_t n = strlen(prefix);
    while (folder && st == KG_OK && (entry = readdir(folder))) {
        char *end = NULL;
        if (strncmp(entry->d_name, prefix, n) != 0)
            continue;
        uint64_t step = strtoull(entry->d_name + n, &end, 10);
        if (end == entry->d_name + n || *end != '\0')
            continue;
        char *one = kg_path_join(path, entry->d_name);
        st = one ? visit(context, one, step) : KG_ERR_MEMORY;
        free(one);
    }
    if (folder)
        closedir(folder);
    free(path);
    return st;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static kg_status note_step(void *context, const char *path, uint64_t step) {
    steps *all = context;
    (void)path;
    return kg_array_push(all, step);
}

/* The steps of the whole checkpoints, ascending. */
static kg_status list_steps(steps *all, const char *out) {
    *all = (steps)KG_ARRAY_INIT;
    kg_status st = each_checkpoint(out, WHOLE, note_step, all);
    if (st == KG_OK && all->len > 1)
        qsort(all->data, all->len, sizeof *all->data, by_value);
    return st;
}

static kg_status remove_one(void *context, const char *path, uint64_t step) {
    (void)context;
    (void)step;
    kg_tree_remove(path);
    return KG_OK;
}

/* A checkpoint set aside belongs where it was, unless another has taken its place. */
static kg_status settle_one(void *context, const char *path, uint64_t step) {
    char *whole = checkpoint_path(context, WHOLE, step);
    if (!whole)
        return KG_ERR_MEMORY;
    if (kg_folder_used(whole))
        kg_tree_remove(path);
    else
        rename(path, whole);
    free(whole);
    return KG_OK;
}

static void settle_name(const char *out, const char *name) {
    char *to = kg_path_join(out, name), *aside = hidden_path(out, name, ".old");
    if (to && aside && kg_folder_used(aside) && !kg_folder_used(to))
        rename(aside, to);
    free(aside);
    free(to);
}

static void settle_aside(const char *out) {
    each_checkpoint(out, ASIDE, settle_one, (void *)out);
    settle_name(out, "last");
    settle_name(out, "best");
}

void kg_checkpoint_prune(const char *out, uint64_t keep, uint64_t best) {
    steps all;
    each_checkpoint(out, UNFINISHED, remove_one, NULL);
    settle_aside(out);
    if (list_steps(&all, out) == KG_OK)
        for (size_t i = 0; i + keep < all.len; ++i) {
            char *path = all.data[i] == best ? NULL : checkpoint_path(out, WHOLE, all.data[i]);
            if (path)
                kg_tree_remove(path);
            free(path);
        }
    kg_array_free(&all);
}

/* Of which checkpoint the files are that a name has. */
typedef struct twin {
    struct stat file; /* state.json */
    char *folder;     /* NULL: of none */
} twin;

static kg_status compare_files(void *context, const char *path, uint64_t step) {
    twin *t = context;
    struct stat info;
    char *file = kg_path_join(path, "state.json");
    (void)step;
    bool same = file && stat(file, &info) == 0 && info.st_ino == t->file.st_ino &&
                info.st_dev == t->file.st_dev;
    free(file);
    if (same && !t->folder)
        t->folder = strdup(path);
    return KG_OK;
}

/* By the name of the checkpoint itself, where it is there, which tells its step. */
static void prefer_twin(char **folder, const char *out) {
    twin t = {.folder = NULL};
    char *file = kg_path_join(*folder, "state.json");
    if (file && stat(file, &t.file) == 0)
        each_checkpoint(out, WHOLE, compare_files, &t);
    free(file);
    if (!t.folder)
        return;
    free(*folder);
    *folder = t.folder;
}

kg_status kg_checkpoint_find(char **folder, const char *out, const char *name, kg_error *err) {
    settle_aside(out);
    *folder = kg_path_join(out, name);
    if (!*folder)
        return no_memory(err);
    if (kg_folder_used(*folder)) {
        prefer_twin(folder, out);
        return KG_OK;
    }
    if (errno != ENOENT && errno != 0) { /* what cannot be read may be there */
        kg_status unread = kg_error_errno(err, "open", *folder);
        free(*folder);
        *folder = NULL;
        return unread;
    }
    free(*folder);
    *folder = NULL;
    steps all;
    kg_status st = KG_OK;
    if (strcmp(name, "last") == 0) {
        st = list_steps(&all, out);
        if (st == KG_OK && all.len > 0)
            *folder = checkpoint_path(out, WHOLE, all.data[all.len - 1]);
        if (st != KG_OK || (all.len > 0 && !*folder))
            st = no_memory(err);
        kg_array_free(&all);
    }
    return st;
}
