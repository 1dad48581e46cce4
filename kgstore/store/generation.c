/* CURRENT, the folders of generations, and LOCK.
 *
 * What is removed is only what this program makes: regular files of the names it gives, in a real
 * folder that holds nothing else, reached by descriptors and never through a link. */
#include "kgstore/store/generation.h"

#include "kgstore/base/clock.h"
#include "kgstore/base/descriptors.h"
#include "kgstore/base/failpoint.h"
#include "kgstore/base/outfile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
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
    char file[PATH_MAX], text[64] = "";
    KG_TRY(st, join(file, path, "CURRENT", err));
    /* A FIFO in its place is empty, rather than waited for. */
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
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
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return kg_error_errno(err, "create", file);
    errno = ENOSPC; /* what a short write means */
    if (write(fd, text, n) != (ssize_t)n || fsync(fd) != 0)
        st = kg_error_errno(err, "write", file);
    if (close(fd) != 0 && st == KG_OK)
        st = kg_error_errno(err, "write", file);
    return st;
}

/* As kg_outfile_commit, by a name that nobody can guess too, but without allocations: after the
 * rename nothing may fail that need not. */
kg_status kg_current_write(const char *path, uint64_t generation, kg_error *err) {
    kg_status st;
    char file[PATH_MAX], temporary[PATH_MAX], name[64];
    uint64_t number;
    KG_TRY(st, join(file, path, "CURRENT", err));
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return kg_error_errno(err, "name a file beside", file);
    snprintf(name, sizeof name, "CURRENT.tmp%016" PRIx64, number);
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

/* Call visit with the name of each entry of the folder, which is open as `at`. */
static kg_status each_entry(const char *path,
                            void (*visit)(void *context, int at, const char *name), void *context,
                            kg_error *err) {
    DIR *folder = opendir(path);
    if (!folder)
        return kg_error_errno(err, "open", path);
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(context, dirfd(folder), entry->d_name);
    closedir(folder);
    return KG_OK;
}

kg_status kg_generation_make(uint64_t *generation, const char *path, kg_error *err) {
    char folder[PATH_MAX];
    uint64_t in_force = 0;
    kg_status st = kg_current_read(&in_force, path, err);
    if (st != KG_OK && st != KG_ERR_NOT_FOUND)
        return st;
    /* A number that something else bears is passed over. */
    for (*generation = in_force + 1; *generation != 0; ++*generation) {
        KG_TRY(st, kg_generation_folder(folder, path, *generation, err));
        if (mkdir(folder, 0777) == 0)
            return KG_OK;
        if (errno != EEXIST)
            return kg_error_errno(err, "create", folder);
    }
    return kg_error_set(err, KG_ERR_LIMIT,
                        "%s: no number is left after gen-%" PRIu64
                        "; make a new store of it (kg export, kg import)",
                        path, in_force);
}

/* ---- Removing -------------------------------------------------------------------------------- */

static bool is_regular_at(int at, const char *name) {
    struct stat info;
    return fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode);
}

/* The data first: what is left is then no environment that could be opened. `run`: of a load that
 * died while it made a file to sort in. */
static const char *const FILES[] = {"data.mdb", "lock.mdb", "run"};

enum { N_FILES = sizeof FILES / sizeof *FILES };

static bool is_file_of_generation(int at, const char *name) {
    for (int i = 0; i < N_FILES; i++)
        if (strcmp(name, FILES[i]) == 0)
            return is_regular_at(at, name);
    return false;
}

/* Open a folder that holds nothing but a generation's files; -1: it is none of ours. */
static int open_generation(int at, const char *name) {
    bool ours = true;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int again = fd < 0 ? -1 : dup(fd);
    DIR *folder = again < 0 ? NULL : fdopendir(again);
    const struct dirent *entry;
    while (folder && ours && (entry = readdir(folder)))
        ours = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
               is_file_of_generation(fd, entry->d_name);
    if (folder && ours) {
        closedir(folder);
        return fd;
    }
    if (folder)
        closedir(folder);
    else if (again >= 0)
        close(again);
    if (fd >= 0)
        close(fd);
    return -1;
}

static void remove_generation(int at, const char *name) {
    int fd = open_generation(at, name);
    if (fd < 0)
        return;
    for (int i = 0; i < N_FILES; i++)
        unlinkat(fd, FILES[i], 0);
    close(fd);
    unlinkat(at, name, AT_REMOVEDIR);
}

void kg_generation_remove(const char *path, uint64_t generation) {
    char name[32];
    snprintf(name, sizeof name, "gen-%" PRIu64, generation);
    int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return;
    remove_generation(at, name);
    close(at);
}

static bool is_temporary(int at, const char *name) {
    return strncmp(name, "CURRENT.tmp", 11) == 0 && is_regular_at(at, name);
}

typedef struct cleaning {
    const char *path;
    uint64_t keep;
    kg_status synced;
    bool asked; /* whether it is synced */
} cleaning;

static bool is_safe(cleaning *c) {
    if (!c->asked && c->keep != 0)
        c->synced = kg_sync_folder(c->path, NULL);
    c->asked = true;
    return c->synced == KG_OK;
}

static void clean_entry(void *context, int at, const char *name) {
    cleaning *c = context;
    uint64_t generation;
    if (parse_generation(&generation, name) && generation != c->keep && is_safe(c))
        remove_generation(at, name);
    else if (is_temporary(at, name))
        unlinkat(at, name, 0);
}

void kg_generations_clean(const char *path, uint64_t keep) {
    cleaning c = {.path = path, .keep = keep, .synced = KG_OK};
    each_entry(path, clean_entry, &c, NULL);
}

/* ---- A path that is no store yet ------------------------------------------------------------- */

typedef struct contents {
    bool foreign, lock, generation;
} contents;

static void note_entry(void *context, int at, const char *name) {
    contents *c = context;
    uint64_t number;
    if (strcmp(name, "LOCK") == 0 && is_regular_at(at, name)) {
        c->lock = true;
    } else if (parse_generation(&number, name)) {
        int fd = open_generation(at, name);
        c->generation = true;
        c->foreign |= fd < 0;
        if (fd >= 0)
            close(fd);
    } else {
        c->foreign |= !is_temporary(at, name);
    }
}

/* Whoever makes a store takes its lock before anything else. */
kg_path_state kg_path_look(const char *path) {
    contents c = {false, false, false};
    if (each_entry(path, note_entry, &c, NULL) != KG_OK || c.foreign || (c.generation && !c.lock))
        return KG_PATH_FOREIGN;
    return c.lock ? KG_PATH_UNBORN : KG_PATH_EMPTY;
}

void kg_path_remove_unborn(const char *path, bool folder) {
    char file[PATH_MAX];
    if (kg_path_look(path) != KG_PATH_UNBORN)
        return;
    kg_generations_clean(path, 0);
    if (join(file, path, "LOCK", NULL) == KG_OK)
        unlink(file);
    if (folder)
        rmdir(path);
}

/* ---- LOCK ------------------------------------------------------------------------------------ */

/* LOCK holds a line for whoever waits: "PID PROGRAM", always as long, so that it is written at
 * once. That it is locked is told by flock alone. */
enum { HOLDER_BYTES = 128, SHORTEST_SLEEP_MS = 1, LONGEST_SLEEP_MS = 20 };

static const double SAY_AFTER = 1; /* seconds of waiting */

/* The first two words of this process's command line, as far as they are plain. */
static void name_program(char *to, size_t size) {
    char words[256] = "";
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, words, sizeof words - 1);
    if (fd >= 0)
        close(fd);
    words[n < 0 ? 0 : n] = '\0';
    const char *slash = strrchr(words, '/'), *first = slash ? slash + 1 : words;
    const char *second = n > 0 ? words + strlen(words) + 1 : words;
    bool told = second < words + n && *second != '-' && *second != '/';
    snprintf(to, size, "%s%s%s", first, told ? " " : "", told ? second : "");
    for (char *c = to; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
}

static void sign(int fd) {
    char program[HOLDER_BYTES - 24], line[HOLDER_BYTES + 1];
    name_program(program, sizeof program);
    int n = snprintf(line, sizeof line, "%ld %s", (long)getpid(), program);
    memset(line + n, ' ', (size_t)(HOLDER_BYTES - n));
    line[HOLDER_BYTES - 1] = '\n';
    (void)!pwrite(fd, line, HOLDER_BYTES, 0); /* on a full disk nobody is told */
}

static void name_holder(char to[HOLDER_BYTES + 32], int fd) {
    char line[HOLDER_BYTES + 1], *program;
    ssize_t n = pread(fd, line, HOLDER_BYTES, 0);
    for (; n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\n'); n--)
        ;
    line[n < 0 ? 0 : n] = '\0';
    long pid = strtol(line, &program, 10);
    bool plain = pid > 0 && *program == ' ';
    for (const char *c = line; *c; c++)
        plain = plain && *c >= ' ' && *c <= '~';
    if (plain && (kill((pid_t)pid, 0) == 0 || errno == EPERM))
        snprintf(to, HOLDER_BYTES + 32, "process %ld (%s)", pid, program + 1);
    else
        snprintf(to, HOLDER_BYTES + 32, "another process");
}

/* KG_OK: the lock is ours. */
static kg_status wait_for(int fd, const char *path, const kg_wait *wait, kg_error *err) {
    char holder[HOLDER_BYTES + 32];
    double began = kg_clock();
    bool said = false;
    for (unsigned ms = SHORTEST_SLEEP_MS; flock(fd, LOCK_EX | LOCK_NB) != 0;) {
        double waited = kg_clock() - began;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return kg_error_errno(err, "lock", path);
        name_holder(holder, fd);
        if (wait->limited && waited >= wait->seconds)
            return kg_error_set(err, KG_ERR_BUSY, "%s is being written to by %s; try again later",
                                path, holder);
        if (wait->cancelled && wait->cancelled(wait->context))
            return kg_error_set(err, KG_ERR_CANCELLED, "canceled while %s was writing to %s",
                                holder, path);
        if (!said && wait->waiting && waited >= SAY_AFTER) {
            wait->waiting(wait->context, path, holder);
            said = true;
        }
        nanosleep(&(struct timespec){0, (long)ms * 1000000}, NULL);
        ms = ms < LONGEST_SLEEP_MS ? ms + 1 : ms;
    }
    return KG_OK;
}

static bool is_regular(int fd) {
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

kg_status kg_lock_take(int *lock, const char *path, const kg_wait *wait, kg_error *err) {
    static const kg_wait for_ever = {.limited = false};
    kg_status st;
    char file[PATH_MAX];
    *lock = -1;
    KG_TRY(st, join(file, path, "LOCK", err));
    int fd = kg_open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0 && errno != ELOOP)
        return kg_error_errno(err, "open", file);
    if (fd < 0 || !is_regular(fd))
        st = kg_error_at(err, KG_ERR_CORRUPT, file, 0, "is not a regular file; remove it");
    else
        st = wait_for(fd, path, wait ? wait : &for_ever, err);
    if (st != KG_OK) {
        kg_lock_release(fd);
        return st;
    }
    sign(fd);
    *lock = fd;
    return KG_OK;
}

void kg_lock_release(int lock) {
    if (lock >= 0)
        close(lock);
}
