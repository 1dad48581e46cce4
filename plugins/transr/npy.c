#include "plugins/transr/npy.h"

#include "kgstore/base/byteio.h"
#include "kgstore/base/outfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};

/* A header is padded so that the data begins at a multiple of this. */
enum { ALIGNMENT = 64, MOST_HEADER = 65535, MAGIC = sizeof magic };

kg_status transr_npy_write(const char *path, const float *data, uint64_t rows, uint64_t columns,
                           kg_error *err) {
    char header[256];
    int text =
        snprintf(header, sizeof header,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRIu64 ", %" PRIu64 "), }",
                 rows, columns);
    size_t n = (size_t)text + 1, rest = (MAGIC + 2 + n) % ALIGNMENT;
    size_t length = n + (rest ? ALIGNMENT - rest : 0);
    memset(header + text, ' ', length - (size_t)text);
    header[length - 1] = '\n';
    unsigned char size[2];
    kg_store_u16(size, (uint16_t)length);
    kg_outfile *file = NULL;
    kg_status st;
    KG_TRY(st, kg_outfile_open(&file, path, err));
    FILE *stream = kg_outfile_stream(file);
    fwrite(magic, 1, MAGIC, stream);
    fwrite(size, 1, sizeof size, stream);
    fwrite(header, 1, length, stream);
    fwrite(data, sizeof *data, rows * columns, stream);
    return kg_outfile_commit(file, err);
}

/* The text after "'key':" in a header; NULL where it is not there. */
static const char *value_of(const char *header, const char *key) {
    const char *at = strstr(header, key);
    at = at ? strchr(at + strlen(key), ':') : NULL;
    if (!at)
        return NULL;
    do
        at++;
    while (*at == ' ');
    return at;
}

/* "(3, 4)" or "(3,)"; false where it is neither, or the product is beyond 2^40. */
static bool parse_shape(uint64_t *rows, uint64_t *columns, const char *at) {
    uint64_t sizes[2] = {0, 1};
    size_t n = 0;
    if (!at || *at++ != '(')
        return false;
    while (*at != ')') {
        char *end = NULL;
        unsigned long long size = strtoull(at, &end, 10);
        if (end == at || size > UINT64_C(1) << 40)
            return false;
        sizes[n > 0] = n > 0 ? sizes[1] * size : size;
        n++;
        at = end + strspn(end, ", ");
    }
    *rows = sizes[0];
    *columns = sizes[1];
    return n > 0 && (*columns == 0 || *rows <= (UINT64_C(1) << 40) / *columns);
}

static kg_status read_header(uint64_t *rows, uint64_t *columns, FILE *file, const char *path,
                             kg_error *err) {
    unsigned char start[MAGIC + 2];
    if (fread(start, 1, sizeof start, file) != sizeof start || memcmp(start, magic, 7) != 0)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0, "expected a .npy file of version 1");
    size_t length = kg_load_u16(start + MAGIC);
    char *header = malloc(length + 1);
    if (!header)
        return KG_ERR_MEMORY;
    bool whole = fread(header, 1, length, file) == length;
    header[whole ? length : 0] = 0;
    const char *type = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'");
    bool fits = type && strncmp(type, "'<f4'", 5) == 0 && order &&
                strncmp(order, "False", 5) == 0 &&
                parse_shape(rows, columns, value_of(header, "'shape'"));
    free(header);
    return fits ? KG_OK
                : kg_error_at(err, KG_ERR_FORMAT, path, 0,
                              "expected a matrix of little-endian float32 in C order");
}

static kg_status read_data(float **out, uint64_t n, FILE *file, const char *path, kg_error *err) {
    long at = ftell(file);
    if (at < 0 || fseek(file, 0, SEEK_END) != 0)
        return kg_error_errno(err, "read", path);
    long end = ftell(file);
    if (end < at || (uint64_t)(end - at) != n * sizeof(float))
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "the header says %" PRIu64 " numbers, the file holds %ld bytes of them",
                           n, end - at);
    *out = malloc(n * sizeof(float) + 1);
    if (!*out)
        return KG_ERR_MEMORY;
    if (fseek(file, at, SEEK_SET) == 0 && fread(*out, sizeof(float), n, file) == n)
        return KG_OK;
    free(*out);
    *out = NULL;
    return kg_error_errno(err, "read", path);
}

kg_status transr_npy_read(float **out, uint64_t *rows, uint64_t *columns, const char *path,
                          kg_error *err) {
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        kg_error_errno(err, "open", path);
        return errno == ENOENT ? KG_ERR_NOT_FOUND : KG_ERR_IO;
    }
    kg_status st = read_header(rows, columns, file, path, err);
    if (st == KG_OK)
        st = read_data(out, *rows * *columns, file, path, err);
    fclose(file);
    return st;
}
