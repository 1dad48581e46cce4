#include "plugins/host/runlog.h"

#include "kgstore/base/lines.h"
#include "kgstore/base/outfile.h"
#include "plugins/host/checkpoint.h"
#include "plugins/host/events.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The step that a line of metrics.jsonl tells of; false for one that is broken off. */
static bool step_of(uint64_t *step, kg_str line) {
    json_t *object = json_loadb(line.data, line.len, 0, NULL);
    const json_t *value = json_object_get(object, "step");
    bool there = json_is_integer(value);
    *step = there ? (uint64_t)json_integer_value(value) : 0;
    json_decref(object);
    return there;
}

static kg_status copy_until(FILE *to, const char *path, uint64_t last, kg_error *err) {
    kg_lines *lines;
    kg_str line;
    bool end = false;
    kg_status st;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    for (;;) {
        uint64_t step;
        st = kg_lines_next(&line, &end, lines, err);
        if (st != KG_OK || end)
            break;
        if (step_of(&step, line) && step <= last)
            fprintf(to, "%.*s\n", KG_STR_ARG(line));
    }
    kg_lines_close(lines);
    return st;
}

static kg_status drop_beyond(const char *path, uint64_t step, kg_error *err) {
    if (access(path, F_OK) != 0)
        return KG_OK;
    kg_outfile *file;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    st = copy_until(kg_outfile_stream(file), path, step, err);
    if (st == KG_OK)
        return kg_outfile_commit(file, err);
    kg_outfile_discard(file);
    return st;
}

kg_status kg_runlog_open(kg_runlog **out, const char *folder, uint64_t step, bool tensorboard,
                         kg_error *err) {
    *out = NULL;
    kg_runlog *log = calloc(1, sizeof *log);
    if (!log || !(log->path = kg_path_join(folder, "metrics.jsonl"))) {
        kg_runlog_close(log);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the log of %s", folder);
    }
    kg_status st = drop_beyond(log->path, step, err);
    if (st == KG_OK) {
        log->lines = fopen(log->path, "ae");
        if (!log->lines)
            st = kg_error_errno(err, "open", log->path);
    }
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
    if (fflush(log->lines) != 0 || ferror(log->lines))
        return kg_error_errno(err, "write", log->path);
    return log->events ? kg_events_write(log->events, step, prefix, metrics, err) : KG_OK;
}

kg_status kg_runlog_sync(kg_runlog *log, kg_error *err) {
    return fsync(fileno(log->lines)) == 0 ? KG_OK : kg_error_errno(err, "sync", log->path);
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
