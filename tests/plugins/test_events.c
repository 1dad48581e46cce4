#include "plugins/host/events.h"

#include "kgstore/base/byteio.h"

#include <stdbool.h>

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_crc32c(void **state) {
    (void)state;
    /* The check value of the Castagnoli polynomial, and two of RFC 3720's examples. */
    unsigned char bytes[32] = {0};
    assert_int_equal(kg_crc32c("123456789", 9), 0xE3069283);
    assert_int_equal(kg_crc32c(bytes, 32), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(kg_crc32c(bytes, 32), 0x62A8AB43);
}

/* A reader of the format, apart from the writer: fields of a message, one after another. */
typedef struct wire {
    const unsigned char *at, *end;
} wire;

static uint64_t varint(wire *w) {
    uint64_t x = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(w->at < w->end && shift < 64);
        x |= (uint64_t)(*w->at & 0x7F) << shift;
        if (!(*w->at++ & 0x80))
            return x;
    }
}

typedef struct part {
    unsigned number, type;
    uint64_t integer; /* types 0, 1, 5: bits */
    wire bytes;       /* type 2 */
} part;

static bool next(part *p, wire *w) {
    if (w->at == w->end)
        return false;
    uint64_t key = varint(w);
    *p = (part){.number = (unsigned)(key >> 3), .type = key & 7};
    size_t n = p->type == 1 ? 8 : p->type == 5 ? 4 : 0;
    if (p->type == 0)
        p->integer = varint(w);
    if (p->type == 2) {
        n = varint(w);
        p->bytes = (wire){w->at, w->at + n};
    }
    assert_true((size_t)(w->end - w->at) >= n);
    if (p->type == 1)
        p->integer = kg_load_u64(w->at);
    if (p->type == 5)
        p->integer = kg_load_u32(w->at);
    w->at += n;
    return true;
}

static uint32_t masked(const void *data, size_t n) {
    uint32_t crc = kg_crc32c(data, n);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

/* The next record of the file, its checksums right; false at the end. */
static bool record(wire *event, wire *file) {
    if (file->at == file->end)
        return false;
    assert_true(file->end - file->at > 16);
    uint64_t n = kg_load_u64(file->at);
    assert_int_equal(kg_load_u32(file->at + 8), masked(file->at, 8));
    assert_true((uint64_t)(file->end - file->at) >= n + 16);
    *event = (wire){file->at + 12, file->at + 12 + n};
    assert_int_equal(kg_load_u32(event->end), masked(event->at, n));
    file->at += n + 16;
    return true;
}

static void check_scalars(wire summary) {
    static const char *const tags[] = {"valid/loss", "valid/mrr"};
    static const float values[] = {1.5F, 0.25F};
    part value, field;
    size_t i = 0;
    while (next(&value, &summary)) {
        wire scalar = value.bytes;
        assert_int_equal(value.number, 1);
        assert_true(next(&field, &scalar) && field.number == 1);
        assert_int_equal(field.bytes.end - field.bytes.at, strlen(tags[i]));
        assert_memory_equal(field.bytes.at, tags[i], strlen(tags[i]));
        assert_true(next(&field, &scalar) && field.number == 2 && field.type == 5);
        float read;
        uint32_t bits = (uint32_t)field.integer;
        memcpy(&read, &bits, sizeof read);
        assert_true(read == values[i++]);
    }
    assert_int_equal(i, 2);
}

static void test_file_reads_back(void **state) {
    (void)state;
    char folder[] = "/tmp/kg-events-XXXXXX", pattern[64], content[4096];
    kg_error err = KG_ERROR_INIT;
    kg_events *events;
    kg_metrics *metrics = calloc(1, sizeof *metrics);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(kg_events_open(&events, folder, 40, &err), KG_OK);
    kg_metrics_begin(metrics);
    kg_metrics_put(metrics, "loss", 1.5);
    kg_metrics_put(metrics, "mrr", 0.25);
    assert_int_equal(kg_events_write(events, 300, "valid/", metrics, &err), KG_OK);
    kg_events_close(events);
    free(metrics);

    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/events.out.tfevents.*", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    FILE *f = fopen(found.gl_pathv[0], "r");
    size_t n = fread(content, 1, sizeof content, f);
    fclose(f);
    wire file = {(unsigned char *)content, (unsigned char *)content + n}, event;
    part p;
    /* Each event: wall time, step, then what it tells. */
    assert_true(record(&event, &file));
    assert_true(next(&p, &event) && p.number == 1 && p.type == 1);
    assert_true(next(&p, &event) && p.number == 2 && p.integer == 0);
    assert_true(next(&p, &event) && p.number == 3);
    assert_memory_equal(p.bytes.at, "brain.Event:2", 13);
    assert_true(record(&event, &file));
    assert_true(next(&p, &event) && next(&p, &event) && p.integer == 41);
    assert_true(next(&p, &event) && p.number == 7);
    wire session = p.bytes;
    assert_true(next(&p, &session) && p.number == 1 && p.integer == 1);
    assert_true(record(&event, &file));
    assert_true(next(&p, &event) && next(&p, &event) && p.integer == 300);
    assert_true(next(&p, &event) && p.number == 5);
    check_scalars(p.bytes);
    assert_false(record(&event, &file));
    remove(found.gl_pathv[0]);
    remove(folder);
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc32c),
        cmocka_unit_test(test_file_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
