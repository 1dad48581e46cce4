#include "plugins/host/runlog.h"

#include "plugins/host/checkpoint.h"
#include "plugins/host/events.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct kg_runlog {
    FILE *lines;
    char *path;
    kg_events *events; /* NULL: not wanted */
};

void kg_real_text(char text[32], double value) {
    if (!isfinite(value)) {
        snprintf(text, 32, "null");
        return;
    }
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

kg_status kg_runlog_open(kg_runlog **out, const char *folder, uint64_t step, uint64_t size,
                         bool tensorboard, kg_error *err) {
    *out = NULL;
    kg_runlog *log = calloc(1, sizeof *log);
    if (!log || !(log->path = kg_path_join(folder, "metrics.jsonl"))) {
        kg_runlog_close(log);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the log of %s", folder);
    }
    kg_status st = KG_OK;
    log->lines = fopen(log->path, "ae");
    struct stat info;
    if (!log->lines || fstat(fileno(log->lines), &info) != 0)
        st = kg_error_errno(err, "open", log->path);
    else if ((uint64_t)info.st_size > size && ftruncate(fileno(log->lines), (off_t)size) != 0)
        st = kg_error_errno(err, "cut", log->path);
    if (st == KG_OK && tensorboard)
        st = kg_events_open(&log->events, folder, step, err);
    if (st != KG_OK) {
        kg_runlog_close(log);
        return st;
    }
    *out = log;
    return KG_OK;
}

kg_status kg_runlog_write(kg_runlog *log, uint64_t step, double time, const char *prefix,
                          const kg_metrics *metrics, kg_error *err) {
    char number[32];
    fprintf(log->lines, "{\"step\": %" PRIu64 ", \"time\": %.3f", step, time);
    for (size_t i = 0; i < metrics->len; ++i) {
        kg_real_text(number, metrics->list[i].value);
        fprintf(log->lines, ", \"%s%s\": %s", prefix, metrics->list[i].name, number);
    }
    fputs("}\n", log->lines);
    errno = 0;
    if (fflush(log->lines) != 0 || ferror(log->lines))
        return kg_error_write(err, fileno(log->lines), log->path);
    return log->events ? kg_events_write(log->events, step, prefix, metrics, err) : KG_OK;
}

kg_status kg_runlog_sync(uint64_t *size, kg_runlog *log, kg_error *err) {
    struct stat info;
    if (fsync(fileno(log->lines)) != 0 || fstat(fileno(log->lines), &info) != 0)
        return kg_error_errno(err, "sync", log->path);
    *size = (uint64_t)info.st_size;
    return KG_OK;
}

void kg_runlog_close(kg_runlog *log) {
    if (!log)
        return;
    if (log->lines)
        fclose(log->lines);
    kg_events_close(log->events);
    free(log->path);
    free(log);
}
