#include "plugins/host/corpus_check.h"

#include "kgstore/base/utf8.h"
#include "plugins/host/corpus_source.h"

#include <string.h>
#include <sys/stat.h>

enum { FAULTY_IN = 100 }; /* one document in so many may be faulty */

/* ---- Encodings ------------------------------------------------------------------------------- */

/* Whether all bytes above ASCII come in pairs as of GBK, most of them of its common characters. */
static bool is_gbk(kg_str text) {
    size_t pairs = 0, common = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char lead = (unsigned char)text.data[i];
        if (lead < 0x80)
            continue;
        if (++i == text.len)
            break;
        unsigned char trail = (unsigned char)text.data[i];
        if (lead == 0x80 || lead == 0xFF || trail < 0x40 || trail == 0x7F || trail == 0xFF)
            return false;
        pairs++;
        common += lead >= 0xA1 && lead < 0xF8 && trail >= 0xA1;
    }
    return pairs > 0 && common * 2 > pairs;
}

const char *kg_encoding_guess(kg_str text) {
    size_t controls = 0, high = 0, valid = 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t c;
        bool is_valid;
        size_t n = kg_utf8_decode(&c, &is_valid, text.data + i, text.len - i);
        unsigned char byte = (unsigned char)text.data[i];
        valid += n > 1;
        high += !is_valid;
        controls += !is_valid && byte < 0xA0;
        i += n;
    }
    if (valid > high)
        return NULL; /* UTF-8 with damage */
    if (is_gbk(text))
        return "GBK";
    return controls == 0 ? "ISO-8859-1" : high > 4 * controls ? "CP1252" : NULL;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* What is known of the file being read. */
typedef struct file_seen {
    const char *path;
    const char *encoding; /* of the first document of it that is not UTF-8 */
    uint64_t documents;
    kg_corpus_faults faults;
} file_seen;

static const char *unpacker(const char *path) {
    static const char *const packed[][2] = {
        {".gz", "gzip"}, {".bz2", "bzip2"}, {".xz", "xz"}, {".zst", "zstd"}};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        size_t k = strlen(packed[i][0]);
        if (n > k && strcmp(path + n - k, packed[i][0]) == 0)
            return packed[i][1];
    }
    return "cat";
}

static kg_status refuse(const file_seen *f, kg_error *err) {
    unsigned long long documents = f->documents, invalid = f->faults.invalid;
    const char *unpack = unpacker(f->path);
    bool packed = strcmp(unpack, "cat") != 0;
    if (!f->encoding)
        return kg_error_at(err, KG_ERR_FORMAT, f->path, f->faults.first_invalid,
                           "%llu of %llu documents are not UTF-8, and their encoding cannot be "
                           "told; find it out and convert the file: iconv -f ENCODING -t UTF-8",
                           invalid, documents);
    return kg_error_at(err, KG_ERR_FORMAT, f->path, f->faults.first_invalid,
                       "%llu of %llu documents are not UTF-8; it looks like %s; convert the file: "
                       "%s%s%siconv -f %s -t UTF-8%s%s > utf8.txt",
                       invalid, documents, f->encoding, packed ? unpack : "", packed ? " -dc " : "",
                       packed ? f->path : "", f->encoding, packed ? "" : " ",
                       packed ? "" : f->path);
}

/* At the end of a file, or of what is looked at. */
static kg_status end_file(kg_corpus_survey *out, const file_seen *f, kg_error *err) {
    out->invalid += f->faults.invalid;
    out->too_long += f->faults.too_long;
    return f->faults.invalid * FAULTY_IN > f->documents ? refuse(f, err) : KG_OK;
}

/* ---- The corpus ------------------------------------------------------------------------------ */

static bool are_files(char *const *paths, size_t n) {
    struct stat info;
    for (size_t i = 0; i < n; i++)
        if (strcmp(paths[i], "-") == 0 || (stat(paths[i], &info) == 0 && !S_ISREG(info.st_mode)))
            return false;
    return true;
}

static void see_item(kg_corpus_survey *out, const kg_corpus_item *item,
                     const kg_corpus_source *source, uint32_t min_chars) {
    out->bytes += item->text.len;
    if (item->part > 0)
        return;
    out->documents++;
    out->too_short += item->last && source->format != KG_CORPUS_LINKED &&
                      item->text.len < (size_t)min_chars * 4 &&
                      kg_utf8_length(item->text.data, item->text.len) < min_chars;
}

static kg_status survey(kg_corpus_survey *out, kg_corpus_source *source, uint32_t min_chars,
                        uint64_t most_bytes, kg_error *err) {
    kg_status st;
    file_seen file = {.path = NULL};
    while (out->bytes < most_bytes) {
        kg_corpus_item item;
        KG_TRY(st, kg_corpus_source_next(&item, &out->whole, source, err));
        if (out->whole)
            break;
        if (item.path != file.path) {
            if (file.path)
                KG_TRY(st, end_file(out, &file, err));
            file = (file_seen){.path = item.path};
        }
        file.documents = source->documents;
        file.faults = source->faults;
        if (!file.encoding && source->sample.len > 0)
            file.encoding = kg_encoding_guess((kg_str){source->sample.data, source->sample.len});
        see_item(out, &item, source, min_chars);
    }
    return file.path ? end_file(out, &file, err) : KG_OK;
}

kg_status kg_corpus_check(kg_corpus_survey *out, const kg_corpus_options *options,
                          uint32_t min_chars, uint64_t most_bytes, kg_error *err) {
    kg_status st;
    char **paths;
    kg_corpus_source source = {
        .format = options->format, .part = options->part_bytes, .beginnings = options->beginnings};
    *out = (kg_corpus_survey){0};
    KG_TRY(st, kg_corpus_expand(&paths, &source.n_paths, options->paths, options->n_paths, err));
    source.paths = paths;
    if (are_files(paths, source.n_paths))
        st = survey(out, &source, min_chars, most_bytes, err);
    kg_corpus_source_free(&source);
    kg_corpus_paths_free(paths);
    return st;
}
