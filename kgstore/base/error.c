#include "kgstore/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Cut a string that filled its buffer back to a whole UTF-8 character. */
static void trim_partial_character(char *text, size_t size) {
    size_t n = strlen(text);
    if (n + 1 < size)
        return;
    size_t start = n;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0)
        text[start - 1] = '\0';
}

static void set_file(kg_error *err, const char *file) {
    size_t n = file ? strlen(file) : 0;
    size_t room = sizeof err->file - 1;
    const char *from = n > room ? file + (n - room) : file;
    if (n > 0)
        memcpy(err->file, from, n > room ? room : n);
    err->file[n > room ? room : n] = '\0';
}

__attribute__((format(printf, 5, 0))) static kg_status fill(kg_error *err, kg_status status,
                                                            const char *file, uint64_t line,
                                                            const char *format, va_list args) {
    if (!err)
        return status;
    err->status = status;
    err->line = line;
    set_file(err, file);
    vsnprintf(err->text, sizeof err->text, format, args);
    trim_partial_character(err->text, sizeof err->text);
    return status;
}

kg_status kg_error_set(kg_error *err, kg_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(err, status, NULL, 0, format, args);
    va_end(args);
    return status;
}

kg_status kg_error_at(kg_error *err, kg_status status, const char *file, uint64_t line,
                      const char *format, ...) {
    va_list args;
    va_start(args, format);
    fill(err, status, file, line, format, args);
    va_end(args);
    return status;
}

kg_status kg_error_context(kg_error *err, kg_status status, const char *format, ...) {
    char before[sizeof err->text];
    va_list args;
    if (!err)
        return status;
    memcpy(before, err->text, sizeof before);
    const char *text = before[0] ? before : kg_strerror(status);
    err->status = status;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    size_t n = strlen(err->text);
    snprintf(err->text + n, sizeof err->text - n, ": %s", text);
    trim_partial_character(err->text, sizeof err->text);
    return status;
}

kg_status kg_error_errno(kg_error *err, const char *action, const char *file) {
    int code = errno;
    kg_status status = KG_ERR_IO;
    if (code == ENOSPC || code == EDQUOT)
        status = KG_ERR_FULL;
    else if (code == ENOMEM)
        status = KG_ERR_MEMORY;
    return kg_error_set(err, status, "cannot %s %s: %s", action, file, strerror(code));
}

bool kg_disk_is_full(int fd) {
    enum { HARDLY_ANY = 16 }; /* blocks that a file system may keep back */
    struct stat info;
    struct statvfs disk;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || fstatvfs(fd, &disk) != 0)
        return false;
    return (geteuid() == 0 ? disk.f_bfree : disk.f_bavail) < HARDLY_ANY;
}

kg_status kg_error_write(kg_error *err, int fd, const char *file) {
    int code = errno;
    if (code == 0 || code == EIO)
        code = kg_disk_is_full(fd) ? ENOSPC : EIO;
    errno = code;
    return kg_error_errno(err, "write", file);
}

const char *kg_error_format(char *buffer, unsigned long size, const kg_error *err) {
    const char *text = err->text[0] ? err->text : kg_strerror(err->status);
    if (err->file[0] && err->line)
        snprintf(buffer, size, "%s:%llu: %s", err->file, (unsigned long long)err->line, text);
    else if (err->file[0])
        snprintf(buffer, size, "%s: %s", err->file, text);
    else
        snprintf(buffer, size, "%s", text);
    return buffer;
}
