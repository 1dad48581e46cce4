/* The table of containers. A signature holds bytes that no text has, so that a file of names is
 * never taken for one. */
#include "kgstore/base/container.h"

#include <string.h>

enum { GZIP, BZIP2, XZ, ZSTD, ZIP, SEVEN_ZIP, TAR, PARQUET, LZ4, LZIP, LZMA, LZOP, COMPRESS };
enum { RAR = COMPRESS + 1, ZLIB, SNAPPY, SQLITE, HDF5, AVRO, ARROW, HDT, UTF16 };

static const kg_container containers[] = {
    [GZIP] = {"gzip data", &kg_decoder_gzip, "gzip -dc"},
    [BZIP2] = {"bzip2 data", &kg_decoder_bzip2, "bzip2 -dc"},
    [XZ] = {"xz data", &kg_decoder_xz, "xz -dc --single-stream"},
    [ZSTD] = {"zstd data", &kg_decoder_zstd, "zstd -dc --long=31"},
    [ZIP] = {"a zip archive", NULL, "unzip -p"},
    [SEVEN_ZIP] = {"a 7z archive", NULL, "7z x -so"},
    [TAR] = {"a tar archive", NULL, "tar -xOf"},
    [PARQUET] = {"a Parquet file", NULL, "pandas: read_parquet, then to_csv"},
    [LZ4] = {"lz4 data", NULL, "lz4 -dc"},
    [LZIP] = {"lzip data", NULL, "lzip -dc"},
    [LZMA] = {"lzma data", NULL, "xz -dc --format=lzma"},
    [LZOP] = {"lzop data", NULL, "lzop -dc"},
    [COMPRESS] = {"data of compress", NULL, "zcat"},
    [RAR] = {"a RAR archive", NULL, "unrar p -inul"},
    [ZLIB] = {"zlib data", NULL, "zlib-flate -uncompress"},
    [SNAPPY] = {"snappy data", NULL, "snzip -dc"},
    [SQLITE] = {"an SQLite database", NULL, "sqlite3 -tabs with a SELECT"},
    [HDF5] = {"an HDF5 file", NULL, "pandas: read_hdf, then to_csv"},
    [AVRO] = {"an Avro file", NULL, "avro-tools tojson"},
    [ARROW] = {"an Arrow file", NULL, "pandas: read_feather, then to_csv"},
    [HDT] = {"an HDT file", NULL, "hdt2rdf"},
    [UTF16] = {"text in UTF-16", NULL, "iconv -f UTF-16 -t UTF-8"},
};

static const struct signature {
    const char *bytes;
    size_t n;
    size_t offset;
    int container;
    int loose; /* place of a byte of which the upper half alone counts; -1: none */
} signatures[] = {
    {"\x1F\x8B", 2, 0, GZIP, -1},
    {"BZh91AY&SY", 10, 0, BZIP2, 3},
    {"BZh9\x17\x72\x45\x38\x50\x90", 10, 0, BZIP2, 3},
    {"\xFD"
     "7zXZ\0",
     6, 0, XZ, -1},
    {"\x28\xB5\x2F\xFD", 4, 0, ZSTD, -1},
    {"\x50\x2A\x4D\x18", 4, 0, ZSTD, 0}, /* a frame to skip, as pzstd begins */
    {"PK\3\4", 4, 0, ZIP, -1},
    {"PK\5\6", 4, 0, ZIP, -1},
    {"7z\xBC\xAF\x27\x1C", 6, 0, SEVEN_ZIP, -1},
    {"ustar", 5, 257, TAR, -1},
    {"PAR1\x15", 5, 0, PARQUET, -1},
    {"\x04\x22\x4D\x18", 4, 0, LZ4, -1},
    {"LZIP\1", 5, 0, LZIP, -1},
    {"\x5D\0\0", 3, 0, LZMA, -1},
    {"\x89LZO\0", 5, 0, LZOP, -1},
    {"\x1F\x9D", 2, 0, COMPRESS, -1},
    {"Rar!\x1A\x07", 6, 0, RAR, -1},
    {"x\x9C", 2, 0, ZLIB, -1},
    {"x\xDA", 2, 0, ZLIB, -1},
    {"\xFF\x06\0\0sNaPpY", 10, 0, SNAPPY, -1},
    {"SQLite format 3\0", 16, 0, SQLITE, -1},
    {"\x89HDF\r\n\x1A\n", 8, 0, HDF5, -1},
    {"Obj\1", 4, 0, AVRO, -1},
    {"ARROW1\0", 7, 0, ARROW, -1},
    {"$HDT\1", 5, 0, HDT, -1},
    {"\xFF\xFE", 2, 0, UTF16, -1},
    {"\xFE\xFF", 2, 0, UTF16, -1},
};

/* How many of the n bytes at hand agree with the signature, from its start on. */
static size_t agreeing(const struct signature *s, const unsigned char *data, size_t n) {
    size_t i = 0;
    while (i < s->n && i < n &&
           ((unsigned char)s->bytes[i] ^ data[i]) >> ((int)i == s->loose ? 4 : 0) == 0)
        i++;
    return i;
}

const kg_container *kg_container_of(bool *more, const void *data, size_t n) {
    const unsigned char *bytes = data;
    *more = n == 0;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct signature *s = &signatures[i];
        /* A name and then NUL may be the head of an archive; text has no NUL. */
        if (n < s->offset + s->n && s->offset > 0) {
            *more = *more || (n > 0 && memchr(bytes, 0, n));
            continue;
        }
        size_t same = agreeing(s, bytes + s->offset, n - s->offset);
        if (same == s->n)
            return &containers[s->container];
        *more = *more || same == n - s->offset;
    }
    return NULL;
}
