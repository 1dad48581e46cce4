#include "kgstore/store/generation.h"

#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static kg_status join(char to[PATH_MAX], const char *path, const char *name, kg_error *err) {
    if (snprintf(to, PATH_MAX, "%s/%s", path, name) >= PATH_MAX)
        return kg_error_set(err, KG_ERR_ARGUMENT, "the path %s is too long", path);
    return KG_OK;
}

/* "gen-N" with nothing before or after. */
static bool parse_generation(uint64_t *generation, const char *name) {
    if (strncmp(name, "gen-", 4) != 0 || !isdigit((unsigned char)name[4]) || name[4] == '0')
        return false;
    char *end;
    errno = 0;
    *generation = strtoull(name + 4, &end, 10);
    return *end == '\0' && errno == 0;
}

kg_status kg_current_read(uint64_t *generation, const char *path, kg_error *err) {
    kg_status st;
    char file[PATH_MAX], text[64];
    KG_TRY(st, join(file, path, "CURRENT", err));
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if ((errno == ENOENT || errno == ENOTDIR) && access(path, F_OK) != 0)
            return kg_error_set(err, KG_ERR_NOT_FOUND, "there is no store %s; kg import makes one",
                                path);
        if (errno == ENOENT || errno == ENOTDIR)
            return kg_error_set(err, KG_ERR_NOT_FOUND, "%s is not a store", path);
        return kg_error_errno(err, "open", file);
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    int code = errno;
    close(fd);
    errno = code;
    if (n < 0)
        return kg_error_errno(err, "read", file);
    if (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
    if (!parse_generation(generation, text))
        return kg_error_at(err, KG_ERR_CORRUPT, file, 0,
                           "does not name a generation (gen-N); restore it from a backup");
    return KG_OK;
}

/* Write text to a new file and sync it. */
static kg_status write_synced(const char *file, const char *text, size_t n, kg_error *err) {
    kg_status st = KG_OK;
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return kg_error_errno(err, "create", file);
    errno = ENOSPC; /* what a short write means */
    if (write(fd, text, n) != (ssize_t)n || fsync(fd) != 0)
        st = kg_error_errno(err, "write", file);
    if (close(fd) != 0 && st == KG_OK)
        st = kg_error_errno(err, "write", file);
    return st;
}

/* As kg_outfile_commit, but without allocations: after the rename nothing may fail that need not.
 */
kg_status kg_current_write(const char *path, uint64_t generation, kg_error *err) {
    kg_status st;
    char file[PATH_MAX], temporary[PATH_MAX], name[64];
    snprintf(name, sizeof name, "CURRENT.tmp%ld", (long)getpid());
    KG_TRY(st, join(file, path, "CURRENT", err));
    KG_TRY(st, join(temporary, path, name, err));
    int n = snprintf(name, sizeof name, "gen-%" PRIu64 "\n", generation);
    st = write_synced(temporary, name, (size_t)n, err);
    if (st == KG_OK)
        st = KG_FAILPOINT("current.before-rename", err);
    if (st == KG_OK && rename(temporary, file) != 0)
        st = kg_error_errno(err, "rename to", file);
    if (st != KG_OK) {
        unlink(temporary);
        return st;
    }
    st = KG_FAILPOINT("current.after-rename", err);
    if (st == KG_OK)
        st = kg_sync_folder(path, err);
    return st == KG_OK ? st
                       : kg_error_context(err, st,
                                          "gen-%" PRIu64 " is written and in force, but a power "
                                          "cut now may bring back the one before",
                                          generation);
}

kg_status kg_generation_folder(char to[PATH_MAX], const char *path, uint64_t generation,
                               kg_error *err) {
    char name[32];
    snprintf(name, sizeof name, "gen-%" PRIu64, generation);
    return join(to, path, name, err);
}

/* Call visit with the name of each entry of the folder. */
static kg_status each_entry(const char *path, void (*visit)(void *context, const char *name),
                            void *context, kg_error *err) {
    DIR *folder = opendir(path);
    if (!folder)
        return kg_error_errno(err, "open", path);
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(context, entry->d_name);
    closedir(folder);
    return KG_OK;
}

static void note_greatest(void *context, const char *name) {
    uint64_t *greatest = context, generation;
    if (parse_generation(&generation, name) && generation > *greatest)
        *greatest = generation;
}

kg_status kg_generation_make(uint64_t *generation, const char *path, kg_error *err) {
    kg_status st;
    char folder[PATH_MAX];
    *generation = 0;
    KG_TRY(st, each_entry(path, note_greatest, generation, err));
    ++*generation;
    KG_TRY(st, kg_generation_folder(folder, path, *generation, err));
    if (mkdir(folder, 0777) != 0)
        return kg_error_errno(err, "create", folder);
    return KG_OK;
}

static void remove_in(const char *folder, const char *name) {
    char file[PATH_MAX];
    if (join(file, folder, name, NULL) == KG_OK)
        unlink(file);
}

static void remove_file_of_generation(void *context, const char *name) {
    remove_in(context, name);
}

void kg_generation_remove(const char *path, uint64_t generation) {
    char folder[PATH_MAX];
    if (kg_generation_folder(folder, path, generation, NULL) != KG_OK)
        return;
    /* The data first: what is left is then no environment that could be opened. */
    remove_in(folder, "data.mdb");
    each_entry(folder, remove_file_of_generation, folder, NULL);
    rmdir(folder);
}

typedef struct cleaning {
    const char *path;
    uint64_t keep;
} cleaning;

static bool is_temporary(const char *name) {
    return strncmp(name, "CURRENT.tmp", 11) == 0;
}

static void clean_entry(void *context, const char *name) {
    const cleaning *c = context;
    uint64_t generation;
    if (parse_generation(&generation, name) && generation != c->keep)
        kg_generation_remove(c->path, generation);
    else if (is_temporary(name))
        remove_in(c->path, name);
}

void kg_generations_clean(const char *path, uint64_t keep) {
    cleaning c = {path, keep};
    each_entry(path, clean_entry, &c, NULL);
}

kg_status kg_lock_take(int *lock, const char *path, kg_error *err) {
    kg_status st;
    char file[PATH_MAX];
    *lock = -1;
    KG_TRY(st, join(file, path, "LOCK", err));
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return kg_error_errno(err, "open", file);
    int rc;
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        st = kg_error_errno(err, "lock", file);
        close(fd);
        return st;
    }
    *lock = fd;
    return KG_OK;
}

void kg_lock_release(int lock) {
    if (lock >= 0)
        close(lock);
}

static void note_foreign(void *context, const char *name) {
    uint64_t generation;
    if (!parse_generation(&generation, name) && !is_temporary(name) && strcmp(name, "LOCK") != 0)
        *(bool *)context = true;
}

bool kg_path_is_unborn(const char *path) {
    bool foreign = false;
    return each_entry(path, note_foreign, &foreign, NULL) == KG_OK && !foreign;
}

void kg_path_remove_unborn(const char *path) {
    if (!kg_path_is_unborn(path))
        return;
    kg_generations_clean(path, 0);
    remove_in(path, "LOCK");
    rmdir(path);
}
