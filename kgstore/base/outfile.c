/* How a file is replaced: what is written goes to a new file beside it, whose name nobody can guess
 * and which nobody else has open, and that is renamed over it once it is whole and on disk. A link
 * stays: the file that it leads to is replaced, beside itself. What is no regular file (a device, a
 * FIFO, an open descriptor by its name in /proc) cannot be replaced so, and is written to. */
#include "kgstore/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MAX_LINKS = 40, MAX_TRIES = 100 };

struct kg_outfile {
    FILE *stream;
    char *path;      /* as given; NULL: standard output */
    char *target;    /* the file to be replaced; NULL: the stream writes into the place itself */
    char *temporary; /* NULL: there is none */
};

static kg_status no_memory(const char *path, kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
}

/* Length of the folder's part of a path, its last slash included. */
static int folder_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

/* Does the link stand in /proc, where it names an open descriptor? */
static bool is_descriptor(const char *link) {
    struct statfs system;
    int fd = open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    bool is = fd >= 0 && fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
    if (fd >= 0)
        close(fd);
    return is;
}

/* Replace *target, a link, by the path that it leads to. errno tells a failure. */
static bool follow(char **target) {
    char to[4096];
    char *next;
    ssize_t n = readlink(*target, to, sizeof to - 1);
    if (n < 0)
        return false;
    to[n] = '\0';
    if (asprintf(&next, "%.*s%s", to[0] == '/' ? 0 : folder_length(*target), *target, to) < 0) {
        errno = ENOMEM;
        return false;
    }
    free(*target);
    *target = next;
    return true;
}

/* Find what is to be replaced. *mode: of it, 0 where it is not there yet. target becomes NULL where
 * the place is written into. */
static kg_status find_target(kg_outfile *f, mode_t *mode, kg_error *err) {
    struct stat info;
    *mode = 0;
    for (int links = 0; links < MAX_LINKS; links++) {
        if (lstat(f->target, &info) != 0)
            return errno == ENOENT ? KG_OK : kg_error_errno(err, "look at", f->path);
        if (S_ISDIR(info.st_mode))
            return kg_error_at(err, KG_ERR_IO, f->path, 0, "is a folder; expected a file");
        if (S_ISREG(info.st_mode)) {
            *mode = info.st_mode & 07777;
            return KG_OK;
        }
        if (!S_ISLNK(info.st_mode) || is_descriptor(f->target)) {
            free(f->target);
            f->target = NULL;
            return KG_OK;
        }
        if (!follow(&f->target))
            return kg_error_errno(err, "follow the link", f->path);
    }
    errno = ELOOP;
    return kg_error_errno(err, "follow the link", f->path);
}

kg_status kg_name_beside(char **out, const char *path, kg_error *err) {
    uint64_t number;
    int folder = folder_length(path);
    *out = NULL;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return kg_error_errno(err, "name a file beside", path);
    if (asprintf(out, "%.*s.%.100s.%016" PRIx64, folder, path, path + folder, number) < 0) {
        *out = NULL;
        return no_memory(path, err);
    }
    return KG_OK;
}

/* Make a new file beside the target; *fd is open for writing. */
static kg_status make_temporary(int *fd, kg_outfile *f, kg_error *err) {
    kg_status st;
    *fd = -1;
    for (int tries = 0; *fd < 0 && tries < MAX_TRIES; tries++) {
        free(f->temporary);
        KG_TRY(st, kg_name_beside(&f->temporary, f->target, err));
        *fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd < 0 && errno != EEXIST)
            break;
    }
    if (*fd >= 0)
        return KG_OK;
    st = kg_error_errno(err, "create", f->path);
    free(f->temporary);
    f->temporary = NULL;
    return st;
}

static kg_status open_stream(kg_outfile *f, kg_error *err) {
    kg_status st;
    mode_t mode;
    int fd;
    KG_TRY(st, find_target(f, &mode, err));
    if (f->target)
        KG_TRY(st, make_temporary(&fd, f, err));
    else
        fd = open(f->path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || (mode && fchmod(fd, mode) != 0) || !(f->stream = fdopen(fd, "w"))) {
        st = kg_error_errno(err, "open", f->path);
        if (fd >= 0)
            close(fd);
    }
    return st;
}

kg_status kg_outfile_open(kg_outfile **out, const char *path, kg_error *err) {
    *out = NULL;
    kg_outfile *f = calloc(1, sizeof *f);
    if (!f)
        return no_memory(path, err);
    if (strcmp(path, "-") == 0) {
        f->stream = stdout;
        *out = f;
        return KG_OK;
    }
    f->path = strdup(path);
    f->target = strdup(path);
    kg_status st = f->path && f->target ? open_stream(f, err) : no_memory(path, err);
    if (st != KG_OK) {
        kg_outfile_discard(f);
        return st;
    }
    *out = f;
    return KG_OK;
}

FILE *kg_outfile_stream(kg_outfile *file) {
    return file->stream;
}

kg_status kg_sync_folder(const char *path, kg_error *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return kg_error_errno(err, "open", path);
    kg_status st = KG_OK;
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        st = kg_error_errno(err, "sync", path);
    close(fd);
    return st;
}

kg_status kg_sync_parent(const char *path, kg_error *err) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    char *folder = n ? strndup(path, n) : strdup(".");
    if (!folder)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory syncing %s", path);
    kg_status st = kg_sync_folder(folder, err);
    free(folder);
    return st;
}

/* Close what was written beside the target, on disk, and put it in place. */
static kg_status replace(kg_outfile *f, kg_error *err) {
    bool failed = f->temporary && fsync(fileno(f->stream)) != 0;
    failed |= fclose(f->stream) != 0;
    f->stream = NULL;
    if (failed)
        return kg_error_errno(err, "write", f->path);
    if (!f->temporary)
        return KG_OK;
    if (rename(f->temporary, f->target) != 0)
        return kg_error_errno(err, "rename to", f->path);
    free(f->temporary);
    f->temporary = NULL;
    return kg_sync_parent(f->target, err);
}

kg_status kg_outfile_commit(kg_outfile *file, kg_error *err) {
    kg_status st = KG_OK;
    errno = 0;
    if (ferror(file->stream) || fflush(file->stream) != 0) {
        st = kg_error_write(err, fileno(file->stream), file->path ? file->path : "standard output");
    } else if (file->path) {
        st = replace(file, err);
    }
    kg_outfile_discard(file);
    return st;
}

void kg_outfile_discard(kg_outfile *file) {
    if (!file)
        return;
    if (file->stream && file->path)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->target);
    free(file->path);
    free(file);
}

kg_status kg_outfile_write_line(const char *path, const char *text, kg_error *err) {
    kg_outfile *file;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    fprintf(kg_outfile_stream(file), "%s\n", text);
    return kg_outfile_commit(file, err);
}
