#include "cli/serve/requestlog.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

kg_status kg_request_log_open(kg_request_log *log, const char *path, kg_error *err) {
    enum { ROOM = 64 << 10 };
    *log = (kg_request_log){.path = path};
    if (strcmp(path, "none") == 0)
        return KG_OK;
    if (strcmp(path, "-") == 0) {
        int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        log->to = fd < 0 ? NULL : fdopen(fd, "a");
    } else {
        log->to = fopen(path, "ae");
    }
    if (!log->to)
        return kg_error_errno(err, "write", path);
    setvbuf(log->to, NULL, _IOFBF, ROOM);
    return KG_OK;
}

/* What was asked for, as it may stand in a line: a client chose it. */
static void put_safe(char *to, size_t room, const char *text) {
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (; *text && n + 5 < room; text++) {
        unsigned char c = (unsigned char)*text;
        if (c > 0x20 && c < 0x7F && c != '"' && c != '\\') {
            to[n++] = *text;
            continue;
        }
        memcpy(to + n, "\\x", 2);
        to[n + 2] = hex[c >> 4];
        to[n + 3] = hex[c & 15];
        n += 4;
    }
    to[n] = '\0';
}

void kg_request_log_add(kg_request_log *log, const kg_http_exchange *x, unsigned status,
                        uint64_t sent, double seconds) {
    char target[1024], method[32], when[32];
    struct timespec now;
    struct tm parts;
    if (!log->to)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &parts);
    put_safe(target, sizeof target, x->target);
    put_safe(method, sizeof method, x->method);
    fprintf(log->to, "%s.%03ldZ %s %s %s %u %llu %.6f\n", when, now.tv_nsec / 1000000, x->peer,
            method, target, status, (unsigned long long)sent, seconds);
}

void kg_request_log_flush(kg_request_log *log) {
    if (log->to)
        fflush(log->to);
}

void kg_request_log_reopen(kg_request_log *log) {
    if (!log->to || strcmp(log->path, "-") == 0)
        return;
    fflush(log->to);
    int fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return; /* the old one stays */
    dup3(fd, fileno(log->to), O_CLOEXEC);
    close(fd);
}

void kg_request_log_close(kg_request_log *log) {
    if (log->to)
        fclose(log->to);
    log->to = NULL;
}
