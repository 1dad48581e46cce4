/* Preloaded into the program: logs every call that changes files below a folder, with its data, or
 * makes chosen calls fail. Environment:
 *
 *     KG_RECORD_ROOT=FOLDER    what is watched (an absolute path)
 *     KG_RECORD_LOG=FILE       append events there (recording.h)
 *     KG_RECORD_ROOM=BYTES     after so many bytes written, there is no space left on the device
 *     KG_RECORD_READONLY=1     the folder is on a file system that is mounted read-only
 *
 * stdio's own writes do not pass through write(), so a stream opened for writing is one whose
 * write function does. */
#include "tests/crash/recording.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

enum { MAX_FD = 1024, MAX_STREAMS = 16, FOLDER = 1, DURABLE = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched {
    bool is;
    unsigned flags;
    uint64_t inode;
    char path[512];
} watched[MAX_FD];
static struct stream {
    FILE *file;
    int fd;
} streams[MAX_STREAMS];
static uint64_t written;

/* ---- The log --------------------------------------------------------------------------------- */

static void put(int fd, const void *data, size_t n) {
    for (size_t done = 0; done < n;) {
        long part = syscall(SYS_write, fd, (const char *)data + done, n - done);
        if (part <= 0)
            abort();
        done += (size_t)part;
    }
}

static void log_event(event e, const char *path, const char *path2, const struct iovec *data,
                      int parts) {
    const char *log = getenv("KG_RECORD_LOG");
    if (!log)
        return;
    e.path_len = (uint32_t)strlen(path);
    e.path2_len = (uint32_t)strlen(path2);
    uint64_t left = e.kind == EVENT_WRITE ? e.data_len : 0;
    pthread_mutex_lock(&lock);
    int fd =
        (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    put(fd, &e, sizeof e);
    put(fd, path, e.path_len);
    put(fd, path2, e.path2_len);
    for (int i = 0; i < parts && left > 0; i++) {
        size_t n = data[i].iov_len < left ? data[i].iov_len : left;
        put(fd, data[i].iov_base, n);
        left -= n;
    }
    syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
}

/* ---- What is watched ------------------------------------------------------------------------- */

/* An absolute path below the root into `to`. */
static bool is_below(char to[512], const char *path) {
    const char *root = getenv("KG_RECORD_ROOT");
    if (!root)
        return false;
    if (path[0] == '/')
        snprintf(to, 512, "%s", path);
    else {
        char *here = getcwd(NULL, 0);
        snprintf(to, 512, "%s/%s", here ? here : "", path);
        free(here);
    }
    for (size_t end = strlen(to); end > 1 && to[end - 1] == '/'; end--)
        to[end - 1] = '\0';
    size_t n = strlen(root);
    return strncmp(to, root, n) == 0 && (to[n] == '/' || to[n] == '\0');
}

static bool is_read_only(void) {
    if (!getenv("KG_RECORD_READONLY"))
        return false;
    errno = EROFS;
    return true;
}

static bool is_full(size_t n) {
    const char *room = getenv("KG_RECORD_ROOM");
    if (!room || __atomic_add_fetch(&written, n, __ATOMIC_RELAXED) <= strtoull(room, NULL, 10))
        return false;
    errno = ENOSPC;
    return true;
}

static bool is_watched(int fd) {
    return fd >= 0 && fd < MAX_FD && watched[fd].is;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int open_watched(const char *absolute, const char *path, int flags, unsigned mode) {
    struct stat info;
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (writes && is_read_only())
        return -1;
    bool there = stat(absolute, &info) == 0;
    if (!there && (flags & O_CREAT) && is_full(4096))
        return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd < 0 || fd >= MAX_FD || fstat(fd, &info) != 0)
        return fd;
    struct watched *w = &watched[fd];
    w->is = true;
    w->flags = (S_ISDIR(info.st_mode) ? FOLDER : 0) | ((flags & O_DSYNC) ? DURABLE : 0);
    w->inode = info.st_ino;
    snprintf(w->path, sizeof w->path, "%s", absolute);
    event e = {.kind = EVENT_OPEN, .file = info.st_ino, .data_len = !there};
    if (writes)
        log_event(e, absolute, "", NULL, 0);
    if (there && (flags & O_TRUNC))
        log_event((event){.kind = EVENT_TRUNCATE, .file = info.st_ino}, absolute, "", NULL, 0);
    return fd;
}

SHOWN int open(const char *path, int flags, ...) {
    char absolute[512];
    unsigned mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    return is_below(absolute, path) ? open_watched(absolute, path, flags, mode)
                                    : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

SHOWN int close(int fd) {
    if (is_watched(fd))
        watched[fd].is = false;
    return (int)syscall(SYS_close, fd);
}

static void log_write(int fd, uint64_t offset, ssize_t n, const struct iovec *data, int parts) {
    if (n <= 0)
        return;
    event e = {.kind = EVENT_WRITE,
               .flags = (watched[fd].flags & DURABLE) != 0,
               .file = watched[fd].inode,
               .offset = offset,
               .data_len = (uint64_t)n};
    log_event(e, watched[fd].path, "", data, parts);
}

static uint64_t position(int fd) {
    struct stat info;
    int flags = fcntl(fd, F_GETFL);
    if ((flags & O_APPEND) && fstat(fd, &info) == 0)
        return (uint64_t)info.st_size;
    return (uint64_t)lseek(fd, 0, SEEK_CUR);
}

SHOWN int fallocate(int fd, int mode, off_t offset, off_t length) {
    if (is_watched(fd) && is_full((size_t)length))
        return -1;
    return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}

SHOWN ssize_t write(int fd, const void *data, size_t n) {
    struct iovec part = {(void *)(uintptr_t)data, n};
    if (!is_watched(fd))
        return syscall(SYS_write, fd, data, n);
    if (is_full(n))
        return -1;
    uint64_t offset = position(fd);
    ssize_t done = syscall(SYS_write, fd, data, n);
    log_write(fd, offset, done, &part, 1);
    return done;
}

SHOWN ssize_t pwrite(int fd, const void *data, size_t n, off_t offset) {
    struct iovec part = {(void *)(uintptr_t)data, n};
    if (!is_watched(fd))
        return syscall(SYS_pwrite64, fd, data, n, offset);
    if (is_full(n))
        return -1;
    ssize_t done = syscall(SYS_pwrite64, fd, data, n, offset);
    log_write(fd, (uint64_t)offset, done, &part, 1);
    return done;
}

SHOWN ssize_t writev(int fd, const struct iovec *parts, int n) {
    size_t sum = 0;
    if (!is_watched(fd))
        return syscall(SYS_writev, fd, parts, n);
    for (int i = 0; i < n; i++)
        sum += parts[i].iov_len;
    if (is_full(sum))
        return -1;
    uint64_t offset = position(fd);
    ssize_t done = syscall(SYS_writev, fd, parts, n);
    log_write(fd, offset, done, parts, n);
    return done;
}

SHOWN ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t offset) {
    size_t sum = 0;
    if (!is_watched(fd))
        return syscall(SYS_pwritev, fd, parts, n, offset, 0);
    for (int i = 0; i < n; i++)
        sum += parts[i].iov_len;
    if (is_full(sum))
        return -1;
    ssize_t done = syscall(SYS_pwritev, fd, parts, n, offset, 0);
    log_write(fd, (uint64_t)offset, done, parts, n);
    return done;
}

static int sync_with(long call, int fd) {
    int rc = (int)syscall(call, fd);
    if (rc == 0 && is_watched(fd)) {
        bool folder = watched[fd].flags & FOLDER;
        event e = {.kind = folder ? EVENT_SYNC_FOLDER : EVENT_SYNC, .file = watched[fd].inode};
        log_event(e, watched[fd].path, "", NULL, 0);
    }
    return rc;
}

SHOWN int fsync(int fd) {
    return sync_with(SYS_fsync, fd);
}

SHOWN int fdatasync(int fd) {
    return sync_with(SYS_fdatasync, fd);
}

SHOWN int ftruncate(int fd, off_t length) {
    int rc = (int)syscall(SYS_ftruncate, fd, length);
    if (rc == 0 && is_watched(fd)) {
        event e = {.kind = EVENT_TRUNCATE, .file = watched[fd].inode, .offset = (uint64_t)length};
        log_event(e, watched[fd].path, "", NULL, 0);
    }
    return rc;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static int change_name(event_kind kind, long call, const char *path, unsigned mode) {
    char absolute[512];
    bool below = is_below(absolute, path);
    if (below && (is_read_only() || (kind == EVENT_MKDIR && is_full(4096))))
        return -1;
    int rc = (int)syscall(call, path, mode);
    if (rc == 0 && below)
        log_event((event){.kind = kind}, absolute, "", NULL, 0);
    return rc;
}

SHOWN int mkdir(const char *path, mode_t mode) {
    return change_name(EVENT_MKDIR, SYS_mkdir, path, mode);
}

SHOWN int rmdir(const char *path) {
    return change_name(EVENT_RMDIR, SYS_rmdir, path, 0);
}

SHOWN int unlink(const char *path) {
    return change_name(EVENT_UNLINK, SYS_unlink, path, 0);
}

/* The names that a descriptor of a folder goes before. */
static bool is_below_at(char absolute[512], int at, const char *path) {
    char link[64], folder[256], joined[512];
    if (at == AT_FDCWD || path[0] == '/')
        return is_below(absolute, path);
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t n = readlink(link, folder, sizeof folder - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    snprintf(joined, sizeof joined, "%s/%.250s", folder, path);
    return is_below(absolute, joined);
}

SHOWN int unlinkat(int at, const char *path, int flags) {
    char absolute[512];
    bool folder = flags & AT_REMOVEDIR;
    bool below = is_below_at(absolute, at, path);
    if (below && is_read_only())
        return -1;
    int rc = (int)syscall(SYS_unlinkat, at, path, flags);
    if (rc == 0 && below)
        log_event((event){.kind = folder ? EVENT_RMDIR : EVENT_UNLINK}, absolute, "", NULL, 0);
    return rc;
}

SHOWN int rename(const char *from, const char *to) {
    char absolute[512], absolute_to[512];
    bool below = is_below(absolute, from) && is_below(absolute_to, to);
    if (below && is_read_only())
        return -1;
    int rc = (int)syscall(SYS_rename, from, to);
    if (rc == 0 && below)
        log_event((event){.kind = EVENT_RENAME}, absolute, absolute_to, NULL, 0);
    return rc;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static ssize_t stream_write(void *cookie, const char *data, size_t n) {
    ssize_t done = write((int)(intptr_t)cookie, data, n);
    return done < 0 ? 0 : done;
}

static int stream_close(void *cookie) {
    return close((int)(intptr_t)cookie);
}

static FILE *open_stream(int fd) {
    cookie_io_functions_t functions = {.write = stream_write, .close = stream_close};
    FILE *f = fopencookie((void *)(intptr_t)fd, "w", functions);
    for (int i = 0; f && i < MAX_STREAMS; i++)
        if (!streams[i].file) {
            streams[i] = (struct stream){f, fd};
            return f;
        }
    abort();
}

SHOWN FILE *fopen(const char *path, const char *mode) {
    char absolute[512];
    if (mode[0] != 'w' || !is_below(absolute, path))
        return REAL(fopen)(path, mode);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? NULL : open_stream(fd);
}

SHOWN int fileno(FILE *f) {
    for (int i = 0; i < MAX_STREAMS; i++)
        if (streams[i].file == f)
            return streams[i].fd;
    return REAL(fileno)(f);
}

SHOWN int fclose(FILE *f) {
    for (int i = 0; i < MAX_STREAMS; i++)
        if (streams[i].file == f)
            streams[i].file = NULL;
    return REAL(fclose)(f);
}
