#include "import/npyfile.h"

#include "kgstore/base/byteio.h"

#include <stdio.h>
#include <stdlib.h>

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

static kg_status parse_shape(kg_matrix *m, const char *header, const char *name, kg_error *err) {
    const char *at = find_key(header, "'shape':");
    unsigned long long rows, columns;
    char close;
    if (!at || sscanf(at, "(%llu, %llu%c", &rows, &columns, &close) != 3 ||
        (close != ')' && close != ',') || rows > UINT32_MAX || columns > UINT32_MAX)
        return fail(name, err,
                    "found an array that has not two dimensions; expected rows and "
                    "columns; save the table as it was trained");
    m->rows = rows;
    m->columns = columns;
    return KG_OK;
}

kg_status kg_npy_parse(kg_matrix *out, kg_str content, const char *name, kg_error *err) {
    kg_status st;
    char header[HEADER_MAX];
    *out = (kg_matrix){0, 0, NULL};
    KG_TRY(st, take_header(header, &content, name, err));
    const char *type = find_key(header, "'descr':"), *order = find_key(header, "'fortran_order':");
    bool wide = type && strncmp(type, "'<f8'", 5) == 0;
    if (!type || (!wide && strncmp(type, "'<f4'", 5) != 0))
        return fail(name, err, "the array's type is not <f4 or <f8; save it as float32");
    if (!order || strncmp(order, "False", 5) != 0)
        return fail(name, err, "the array is in Fortran order; save it in C order");
    KG_TRY(st, parse_shape(out, header, name, err));
    uint64_t n = out->rows * out->columns; /* below 2^64: both are below 2^32 */
    size_t width = wide ? 8 : 4;
    if (n > content.len / width || n * width != content.len)
        return fail(name, err,
                    "the array's bytes are not as many as its shape says; is the file "
                    "whole?");
    out->data = malloc(n ? n * sizeof *out->data : 1);
    if (!out->data)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory reading %s", name);
    if (!wide)
        memcpy(out->data, content.data, n * sizeof *out->data);
    for (uint64_t i = 0; wide && i < n; i++)
        out->data[i] = (float)kg_load_f64(content.data + 8 * i);
    return KG_OK;
}

void kg_npy_header(char header[128], size_t *n, uint64_t rows, uint64_t columns) {
    int used = snprintf(header + 10, 118,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': (%llu, %llu), }",
                        (unsigned long long)rows, (unsigned long long)columns);
    memset(header + 10 + used, ' ', 118 - (size_t)used);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    header[127] = '\n';
    *n = 128;
}
