#include "plugins/host/events.h"

#include "kgstore/base/array.h"
#include "kgstore/base/byteio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct kg_events {
    FILE *file;
    char *path;
    kg_bytes event, summary, value; /* messages in the making, from the outside in */
};

uint32_t kg_crc32c(const void *data, size_t n) {
    const unsigned char *p = data;
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < n; ++i) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82F63B78) : 0);
    }
    return ~crc;
}

static uint32_t masked(const void *data, size_t n) {
    uint32_t crc = kg_crc32c(data, n);
    return (crc >> 15 | crc << 17) + UINT32_C(0xA282EAD8);
}

/* ---- Protobuf ------------------------------------------------------------------------------- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static kg_status varint(kg_bytes *to, uint64_t x) {
    char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (char)((x & 0x7F) | (x > 0x7F ? 0x80 : 0));
        x >>= 7;
    } while (x);
    return kg_array_append(to, bytes, n);
}

static kg_status field(kg_bytes *to, unsigned number, unsigned type) {
    return varint(to, (uint64_t)number << 3 | type);
}

static kg_status put_varint(kg_bytes *to, unsigned number, uint64_t x) {
    kg_status st;
    KG_TRY(st, field(to, number, VARINT));
    return varint(to, x);
}

static kg_status put_double(kg_bytes *to, unsigned number, double x) {
    kg_status st;
    KG_TRY(st, field(to, number, FIXED64));
    return kg_array_append(to, (const char *)&x, sizeof x);
}

static kg_status put_float(kg_bytes *to, unsigned number, float x) {
    kg_status st;
    KG_TRY(st, field(to, number, FIXED32));
    return kg_array_append(to, (const char *)&x, sizeof x);
}

static kg_status put_bytes(kg_bytes *to, unsigned number, const char *data, size_t n) {
    kg_status st;
    KG_TRY(st, field(to, number, BYTES));
    KG_TRY(st, varint(to, n));
    return kg_array_append(to, data, n);
}

/* ---- Events --------------------------------------------------------------------------------- */

/* Event { double wall_time = 1; int64 step = 2; ... } begun. */
static kg_status begin_event(kg_events *e, uint64_t step) {
    struct timespec t;
    kg_status st;
    clock_gettime(CLOCK_REALTIME, &t);
    e->event.len = 0;
    KG_TRY(st, put_double(&e->event, 1, (double)t.tv_sec + (double)t.tv_nsec * 1e-9));
    return put_varint(&e->event, 2, step);
}

static kg_status write_record(kg_events *e, kg_error *err) {
    char frame[12], tail[4];
    kg_store_u64(frame, e->event.len);
    kg_store_u32(frame + 8, masked(frame, 8));
    kg_store_u32(tail, masked(e->event.data, e->event.len));
    fwrite(frame, 1, sizeof frame, e->file);
    fwrite(e->event.data, 1, e->event.len, e->file);
    fwrite(tail, 1, sizeof tail, e->file);
    errno = 0;
    return fflush(e->file) == 0 && !ferror(e->file) ? KG_OK
                                                    : kg_error_write(err, fileno(e->file), e->path);
}

/* Event.file_version = 3 comes first; Event.session_log = 7 { status = 1: START = 1 } makes the
 * reader drop what it knows of later steps. */
static kg_status write_head(kg_events *e, uint64_t step, kg_error *err) {
    static const char version[] = "brain.Event:2";
    kg_status st;
    KG_TRY(st, begin_event(e, 0));
    KG_TRY(st, put_bytes(&e->event, 3, version, sizeof version - 1));
    KG_TRY(st, write_record(e, err));
    KG_TRY(st, begin_event(e, step + 1));
    e->value.len = 0;
    KG_TRY(st, put_varint(&e->value, 1, 1));
    KG_TRY(st, put_bytes(&e->event, 7, e->value.data, e->value.len));
    return write_record(e, err);
}

kg_status kg_events_open(kg_events **out, const char *folder, uint64_t step, kg_error *err) {
    char host[128] = "localhost";
    *out = NULL;
    kg_events *e = calloc(1, sizeof *e);
    if (!e)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the events of TensorBoard");
    gethostname(host, sizeof host - 1);
    if (asprintf(&e->path, "%s/events.out.tfevents.%010lld.%s", folder, (long long)time(NULL),
                 host) < 0) {
        free(e);
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory opening the events of TensorBoard");
    }
    e->file = fopen(e->path, "ae");
    kg_status st = e->file ? write_head(e, step, err) : kg_error_errno(err, "create", e->path);
    if (st != KG_OK) {
        kg_events_close(e);
        return st;
    }
    *out = e;
    return KG_OK;
}

/* Summary.value = 1 { string tag = 1; float simple_value = 2; } */
static kg_status add_scalar(kg_events *e, const char *prefix, const kg_metric *metric) {
    char tag[2 * KG_METRIC_NAME];
    kg_status st;
    int n = snprintf(tag, sizeof tag, "%s%s", prefix, metric->name);
    e->value.len = 0;
    KG_TRY(st, put_bytes(&e->value, 1, tag, (size_t)n));
    KG_TRY(st, put_float(&e->value, 2, (float)metric->value));
    return put_bytes(&e->summary, 1, e->value.data, e->value.len);
}

kg_status kg_events_write(kg_events *events, uint64_t step, const char *prefix,
                          const kg_metrics *metrics, kg_error *err) {
    kg_status st = begin_event(events, step);
    events->summary.len = 0;
    for (size_t i = 0; i < metrics->len && st == KG_OK; ++i)
        st = add_scalar(events, prefix, &metrics->list[i]);
    if (st == KG_OK)
        st = put_bytes(&events->event, 5, events->summary.data, events->summary.len);
    if (st != KG_OK)
        return kg_error_set(err, st, "out of memory writing %s", events->path);
    return write_record(events, err);
}

void kg_events_close(kg_events *events) {
    if (!events)
        return;
    if (events->file)
        fclose(events->file);
    kg_array_free(&events->event);
    kg_array_free(&events->summary);
    kg_array_free(&events->value);
    free(events->path);
    free(events);
}
