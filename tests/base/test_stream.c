/* Compressed files: each kind whole, in members, padded, cut, damaged and with something behind. */
#include "kgstore/base/container.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/stream.h"
#include "tests/support/alloc_fail.h"

#include <bzlib.h>
#include <lzma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <cmocka.h>

enum { ROOM = 1 << 16 };

static size_t pack_gzip(unsigned char *to, const char *text, size_t n) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (unsigned)n;
    z.next_out = to;
    z.avail_out = ROOM;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return ROOM - z.avail_out;
}

static size_t pack_bzip2(unsigned char *to, const char *text, size_t n) {
    unsigned size = ROOM;
    assert_int_equal(
        BZ2_bzBuffToBuffCompress((char *)to, &size, (char *)(uintptr_t)text, (unsigned)n, 1, 0, 0),
        BZ_OK);
    return size;
}

static size_t pack_xz(unsigned char *to, const char *text, size_t n) {
    size_t size = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text, n,
                                             to, &size, ROOM),
                     LZMA_OK);
    return size;
}

static size_t pack_zstd(unsigned char *to, const char *text, size_t n) {
    ZSTD_CCtx *z = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    size_t size = ZSTD_compress2(z, to, ROOM, text, n);
    ZSTD_freeCCtx(z);
    assert_false(ZSTD_isError(size));
    return size;
}

static const struct packer {
    const char *name;
    size_t (*pack)(unsigned char *to, const char *text, size_t n);
} packers[] = {{"gzip", pack_gzip}, {"bzip2", pack_bzip2}, {"xz", pack_xz}, {"zstd", pack_zstd}};

enum { PACKERS = sizeof packers / sizeof *packers };

/* What n bytes read as, line by line, each followed by '|'. */
static kg_status read_lines(char *out, const void *data, size_t n, kg_error *err) {
    kg_lines *lines;
    kg_str line;
    bool end = false;
    *out = 0;
    kg_status st = kg_lines_from_memory(&lines, (kg_str){data, n}, "f", 0);
    if (st != KG_OK)
        return st;
    while ((st = kg_lines_next(&line, &end, lines, err)) == KG_OK && !end) {
        strncat(out, line.data, line.len);
        strcat(out, "|");
    }
    kg_status again = kg_lines_next(&line, &end, lines, err);
    kg_lines_close(lines);
    return st == KG_OK ? again : st;
}

static void expect_fault(const void *data, size_t n, const char *text) {
    char out[256];
    kg_error err = KG_ERROR_INIT;
    assert_int_equal(read_lines(out, data, n, &err), KG_ERR_FORMAT);
    if (!strstr(err.text, text))
        fail_msg("said \"%s\", expected \"%s\"", err.text, text);
}

static void test_members_and_padding(void **state) {
    (void)state;
    static const char A[] = "a\nb", B[] = "c\nd\n";
    for (size_t i = 0; i < PACKERS; i++) {
        unsigned char data[2 * ROOM];
        char out[256];
        size_t n = packers[i].pack(data, A, sizeof A - 1);
        assert_int_equal(read_lines(out, data, n, NULL), KG_OK);
        assert_string_equal(out, "a|b|");
        n += packers[i].pack(data + n, "", 0);
        n += packers[i].pack(data + n, B, sizeof B - 1);
        assert_int_equal(read_lines(out, data, n, NULL), KG_OK);
        assert_string_equal(out, "a|bc|d|");
        memset(data + n, 0, 512);
        assert_int_equal(read_lines(out, data, n + 512, NULL), KG_OK);
        assert_string_equal(out, "a|bc|d|");
        memcpy(data + n + 8, "rest", 4);
        expect_fault(data, n + 12, "found something else behind the");
        expect_fault(data, n + 9, packers[i].name);
    }
}

static void test_cut_and_damaged(void **state) {
    (void)state;
    static const char TEXT[] = "one line of text\nand another line of text\n";
    for (size_t i = 0; i < PACKERS; i++) {
        unsigned char data[ROOM];
        char out[256];
        size_t n = packers[i].pack(data, TEXT, sizeof TEXT - 1);
        for (size_t cut = 11; cut < n; cut++)
            expect_fault(data, cut, " stream is cut short");
        size_t refused = 0;
        for (size_t at = 10; at < n; at++) {
            data[at] ^= 0xFF;
            refused += read_lines(out, data, n, NULL) == KG_ERR_FORMAT;
            data[at] ^= 0xFF;
        }
        assert_true(refused > n / 2);
    }
}

static void test_a_fault_is_told_again(void **state) {
    (void)state;
    unsigned char data[ROOM];
    size_t n = pack_bzip2(data, "a\n", 2);
    kg_stream *s;
    kg_error err = KG_ERROR_INIT;
    char to[64];
    size_t got;
    assert_int_equal(kg_stream_from_memory(&s, (kg_str){(char *)data, n - 1}, "f"), KG_OK);
    while (kg_stream_read(&got, s, to, sizeof to, NULL) == KG_OK)
        assert_true(got > 0);
    assert_int_equal(kg_stream_read(&got, s, to, sizeof to, &err), KG_ERR_FORMAT);
    assert_string_equal(err.text, "the bzip2 stream is cut short");
    kg_stream_close(s);
}

static void test_a_megabyte_of_each(void **state) {
    (void)state;
    static char text[1 << 20];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 100 == 99 ? '\n' : (char)('a' + i / 1000 % 26);
    for (size_t i = 0; i < PACKERS; i++) {
        unsigned char data[ROOM];
        kg_lines *lines;
        kg_str rest;
        kg_str packed = {(char *)data, packers[i].pack(data, text, sizeof text)};
        assert_int_equal(kg_lines_from_memory(&lines, packed, "f", 0), KG_OK);
        assert_int_equal(kg_lines_rest(&rest, lines, sizeof text, NULL), KG_OK);
        assert_int_equal(rest.len, sizeof text);
        assert_memory_equal(rest.data, text, sizeof text);
        kg_lines_close(lines);
    }
}

static void test_what_needs_too_much_memory(void **state) {
    (void)state;
    /* A frame whose header asks for a window of 2 GB. */
    static const unsigned char window[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 1, 0, 0};
    expect_fault(window, sizeof window, "needs more memory");
}

static void test_packed_twice_and_other_containers(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *says;
    } cases[] = {
        {"PK\3\4....", 8, "found a zip archive, expected text"},
        {"7z\xBC\xAF\x27\x1C", 6, "a 7z archive"},
        {"\x04\x22\x4D\x18", 4, "lz4 -dc"},
        {"PAR1\x15\4", 6, "a Parquet file"},
        {"\xFF\xFE"
         "a\0",
         4, "iconv -f UTF-16"},
        {"]\0\0\x80", 4, "lzma data"},
    };
    unsigned char data[2 * ROOM];
    char tar[512] = "graph.tsv", out[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_fault(cases[i].bytes, cases[i].n, cases[i].says);
        size_t n = pack_zstd(data, cases[i].bytes, cases[i].n);
        expect_fault(data, n, cases[i].says);
    }
    memcpy(tar + 257, "ustar", 5);
    expect_fault(tar, sizeof tar, "a tar archive");
    expect_fault(data, pack_gzip(data, tar, sizeof tar), "a tar archive");
    size_t n = pack_gzip(data, "a\n", 2);
    n = pack_xz(data + ROOM, (char *)data, n);
    expect_fault(data + ROOM, n, "found gzip data inside compressed data");
    /* Text that begins as a container's name does. */
    assert_int_equal(read_lines(out, "PAR1\tr\tb\nBZh91A\n", 16, NULL), KG_OK);
    assert_string_equal(out, "PAR1\tr\tb|BZh91A|");
    assert_int_equal(read_lines(out, "PK", 2, NULL), KG_OK);
    assert_string_equal(out, "PK|");
}

static kg_status read_packed(void *context) {
    const kg_str *packed = context;
    char out[256];
    kg_error err = KG_ERROR_INIT;
    return read_lines(out, packed->data, packed->len, &err);
}

static void test_allocations(void **state) {
    (void)state;
    for (size_t i = 0; i < PACKERS; i++) {
        unsigned char data[ROOM];
        kg_str packed = {(char *)data, packers[i].pack(data, "a\nb\n", 4)};
        alloc_fail_each(read_packed, &packed, false, 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_and_padding),
        cmocka_unit_test(test_cut_and_damaged),
        cmocka_unit_test(test_a_fault_is_told_again),
        cmocka_unit_test(test_a_megabyte_of_each),
        cmocka_unit_test(test_what_needs_too_much_memory),
        cmocka_unit_test(test_packed_twice_and_other_containers),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
