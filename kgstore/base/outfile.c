#include "kgstore/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kg_outfile {
    FILE *stream;
    char *path;      /* NULL: standard output */
    char *temporary; /* NULL: standard output */
};

kg_status kg_outfile_open(kg_outfile **out, const char *path, kg_error *err) {
    *out = NULL;
    kg_outfile *f = calloc(1, sizeof *f);
    if (!f)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    if (strcmp(path, "-") == 0) {
        f->stream = stdout;
        *out = f;
        return KG_OK;
    }
    f->path = strdup(path);
    if (!f->path || asprintf(&f->temporary, "%s.tmp%ld", path, (long)getpid()) < 0) {
        f->temporary = NULL;
        kg_outfile_discard(f);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening %s", path);
    }
    f->stream = fopen(f->temporary, "we");
    if (!f->stream) {
        kg_status st = kg_error_errno(err, "create", path);
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

kg_status kg_outfile_commit(kg_outfile *file, kg_error *err) {
    kg_status st = KG_OK;
    const char *name = file->path ? file->path : "standard output";
    errno = 0;
    if (ferror(file->stream) || fflush(file->stream) != 0) {
        st = kg_error_write(err, fileno(file->stream), name);
    } else if (file->path) {
        int failed = fsync(fileno(file->stream)) != 0;
        failed |= fclose(file->stream) != 0;
        file->stream = NULL;
        if (failed)
            st = kg_error_errno(err, "write", name);
        else if (rename(file->temporary, file->path) != 0)
            st = kg_error_errno(err, "rename to", name);
        else {
            free(file->temporary);
            file->temporary = NULL;
            st = kg_sync_parent(file->path, err);
        }
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
    free(file->path);
    free(file);
}
