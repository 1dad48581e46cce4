#include "kgstore/base/npy.h"

#include "kgstore/base/byteio.h"
#include "kgstore/base/lines.h"
#include "kgstore/base/outfile.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 4096 };

static kg_status fail(const char *name, kg_error *err, const char *text) {
    kg_error_at(err, KG_ERR_FORMAT, name, 0, "%s", text);
    return KG_ERR_FORMAT;
}

/* The text after "'key':" in the header, past blanks; NULL where there is none. */
static const char *find_key(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    while (*at == ' ')
        at++;
    return at;
}

/* Cut magic, version and header off content into a terminated copy. */
static kg_status take_header(char text[HEADER_MAX], kg_str *content, const char *name,
                             kg_error *err) {
    const char *p = content->data;
    if (content->len < 12 || memcmp(p, "\x93NUMPY", 6) != 0)
        return fail(name, err, "found no .npy header; expected an array that NumPy saved");
    size_t start = p[6] == 1 ? 10 : 12;
    size_t n = p[6] == 1 ? kg_load_u16(p + 8) : kg_load_u32(p + 8);
    if (n >= HEADER_MAX || n > content->len - start)
        return fail(name, err, "the .npy header is longer than expected; is the file whole?");
    memcpy(text, p + start, n);
    text[n] = 0;
    content->data += start + n;
    content->len -= start + n;
    return KG_OK;
}

static kg_status parse_shape(uint64_t *rows, uint64_t *columns, const char *header,
                             const char *name, kg_error *err) {
    const char *at = find_key(header, "'shape':");
    unsigned long long sizes[2];
    char close;
    if (!at || sscanf(at, "(%llu, %llu%c", &sizes[0], &sizes[1], &close) != 3 ||
        (close != ')' && close != ',') || sizes[0] > UINT32_MAX || sizes[1] > UINT32_MAX)
        return fail(name, err,
                    "found an array that has not two dimensions; expected rows and "
                    "columns; save the table as it was trained");
    *rows = sizes[0];
    *columns = sizes[1];
    return KG_OK;
}

/* *wide: the numbers are float64. */
static kg_status parse_header(bool *wide, uint64_t *rows, uint64_t *columns, kg_str *content,
                              const char *name, kg_error *err) {
    kg_status st;
    char header[HEADER_MAX];
    KG_TRY(st, take_header(header, content, name, err));
    const char *type = find_key(header, "'descr':"), *order = find_key(header, "'fortran_order':");
    *wide = type && strncmp(type, "'<f8'", 5) == 0;
    if (!type || (!*wide && strncmp(type, "'<f4'", 5) != 0))
        return kg_error_at(err, KG_ERR_FORMAT, name, 0,
                           "found an array of the type %.*s; expected float32 or float64 ('<f4' or "
                           "'<f8'); save it as float32",
                           type ? (int)strcspn(type, ",}\n") : 4, type ? type : "none");
    if (!order || strncmp(order, "False", 5) != 0)
        return fail(name, err, "the array is in Fortran order; save it in C order");
    return parse_shape(rows, columns, header, name, err);
}

kg_status kg_npy_parse(float **out, uint64_t *rows, uint64_t *columns, kg_str content,
                       const char *name, kg_error *err) {
    bool wide;
    kg_status st;
    *out = NULL;
    KG_TRY(st, parse_header(&wide, rows, columns, &content, name, err));
    uint64_t n = *rows * *columns; /* below 2^64: both are below 2^32 */
    size_t width = wide ? 8 : 4;
    if (n > content.len / width || n * width != content.len)
        return fail(name, err,
                    "the array's bytes are not as many as its shape says; is the file "
                    "whole?");
    float *data = malloc(n ? n * sizeof *data : 1);
    if (!data)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", name);
    if (!wide)
        memcpy(data, content.data, n * sizeof *data);
    for (uint64_t i = 0; wide && i < n; i++)
        data[i] = (float)kg_load_f64(content.data + 8 * i);
    *out = data;
    return KG_OK;
}

kg_status kg_npy_read(float **out, uint64_t *rows, uint64_t *columns, const char *path,
                      kg_error *err) {
    kg_lines *lines;
    kg_str content;
    kg_status st;
    *out = NULL;
    KG_TRY(st, kg_lines_open(&lines, path, 0, err));
    st = kg_lines_rest(&content, lines, SIZE_MAX / 4, err);
    if (st == KG_OK)
        st = kg_npy_parse(out, rows, columns, content, path, err);
    kg_lines_close(lines);
    return st;
}

void kg_npy_header(char header[KG_NPY_HEADER], uint64_t rows, uint64_t columns) {
    enum { START = 10, TEXT = KG_NPY_HEADER - START };
    int used = snprintf(header + START, TEXT,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': (%llu, %llu), }",
                        (unsigned long long)rows, (unsigned long long)columns);
    memset(header + START + used, ' ', TEXT - (size_t)used);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", START); /* version 1.0; 0x76 bytes of text */
    header[KG_NPY_HEADER - 1] = '\n';
}

kg_status kg_npy_write(const char *path, const float *data, uint64_t rows, uint64_t columns,
                       kg_error *err) {
    char header[KG_NPY_HEADER];
    kg_outfile *file;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    kg_npy_header(header, rows, columns);
    fwrite(header, 1, sizeof header, kg_outfile_stream(file));
    fwrite(data, sizeof *data, rows * columns, kg_outfile_stream(file));
    return kg_outfile_commit(file, err);
}
