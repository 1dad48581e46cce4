#include "plugins/host/runlog.h"

#include "kgstore/base/folder.h"
#include "plugins/host/checkpoint.h"
#include "kgstore/base/realtext.h"
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

/* The lines from `size` on are about to be dropped as those of a run that was killed after its
 * checkpoint: they must be of its step or later, or the checkpoint does not belong to this log. */
static kg_status check_tail(const kg_runlog *log, uint64_t step, uint64_t size, uint64_t there,
                            kg_error *err) {
    char line[128];
    uint64_t first = 0;
    if (size > there)
        return kg_error_at(err, KG_ERR_FORMAT, log->path, 0,
                           "has %" PRIu64 " bytes where the checkpoint of step %" PRIu64
                           " had %" PRIu64 "; restore the log, or start over in another folder",
                           there, step, size);
    if (size == there)
        return KG_OK;
    FILE *f = fopen(log->path, "re");
    if (!f)
        return kg_error_errno(err, "open", log->path);
    bool read = fseeko(f, (off_t)size, SEEK_SET) == 0 && fgets(line, sizeof line, f);
    fclose(f);
    /* A line that was cut short by a kill says nothing. */
    if (read && sscanf(line, "{\"step\": %" SCNu64 ",", &first) == 1 && first < step)
        return kg_error_at(err, KG_ERR_FORMAT, log->path, 0,
                           "byte %" PRIu64 " begins a line of step %" PRIu64
                           ", but the checkpoint of step %" PRIu64
                           " says that only later steps follow; resume from another checkpoint",
                           size, first, step);
    return KG_OK;
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
    else
        st = check_tail(log, step, size, (uint64_t)info.st_size, err);
    if (st == KG_OK && (uint64_t)info.st_size > size &&
        ftruncate(fileno(log->lines), (off_t)size) != 0)
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
        double value = metrics->list[i].value;
        kg_real_text(number, value);
        fprintf(log->lines, ", \"%s%s\": %s", prefix, metrics->list[i].name,
                isfinite(value) ? number : "null"); /* JSON has no other */
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
