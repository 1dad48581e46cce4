/* PyTorch's own files, as torch.save writes them. Since 1.6: a zip of ROOT/data.pkl, a pickle of
 * the tensors, and a file ROOT/data/KEY a storage, none of them compressed. Before: pickles of a
 * magic number, of a version, of the machine, of the tensors and of the storages' keys; then each
 * storage in the order of those keys: a u64 count of elements and the elements. */
#include "kgstore/base/array.h"
#include "kgstore/base/byteio.h"
#include "kgstore/base/pickle.h"
#include "model/tensor_dtype.h"
#include "model/torch_pickle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

/* A pickle of more is refused: one of a thousand tensors has 0.3 MB. */
enum { PICKLE_MOST = 4 << 20, NAME_SIZE = 512 };

typedef struct torch_file {
    char *path;
    uint64_t size; /* of the file */
    kg_torch_pickle pickle;
    KG_ARRAY(uint64_t) places; /* of the storages: an entry of the zip, or a byte of the file */
    zip_t *zip;                /* NULL: the old format */
    int fd;                    /* of the old format, or -1 */
    unsigned char *held;       /* the storage that was read last, and its number */
    uint32_t held_number;
} torch_file;

static kg_status bad(const torch_file *f, kg_error *err, const char *text) {
    return kg_error_at(err, KG_ERR_FORMAT, f->path, 0, "not a checkpoint of PyTorch: %s", text);
}

/* ---- The zip ----------------------------------------------------------------------------------*/

/* All of an entry, which is the caller's to free. Its size is that of a part of the file: nothing
 * compressed is taken, so that no small file asks for much memory. */
static kg_status read_entry(unsigned char **out, uint64_t *size, const torch_file *f,
                            uint64_t entry, kg_error *err) {
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    zip_stat_t info;
    char more;
    if (zip_stat_index(f->zip, entry, 0, &info) != 0 || (info.valid & needed) != needed)
        return bad(f, err, "the zip does not tell the size of an entry");
    if (info.comp_method != ZIP_CM_STORE || info.encryption_method != ZIP_EM_NONE)
        return bad(f, err, "an entry of the zip is compressed; torch.save compresses none");
    if (info.size > f->size)
        return bad(f, err, "an entry of the zip is larger than the file; copy it again");
    zip_file_t *file = zip_fopen_index(f->zip, entry, 0);
    unsigned char *bytes = malloc(info.size + 1);
    uint64_t at = 0;
    zip_int64_t n = 1;
    while (file && bytes && at < info.size && n > 0) {
        n = zip_fread(file, bytes + at, info.size - at);
        at += n > 0 ? (uint64_t)n : 0;
    }
    /* At the end the checksum is compared. */
    bool whole = file && bytes && at == info.size && zip_fread(file, &more, 1) == 0;
    if (file)
        zip_fclose(file);
    if (whole) {
        *out = bytes;
        *size = info.size;
        return KG_OK;
    }
    bool memory = bytes == NULL;
    free(bytes);
    return memory ? KG_ERR_MEMORY
                  : bad(f, err, "an entry of the zip is damaged or cut short; copy the file again");
}

/* Length of ROOT/ in the name of the entry ROOT/data.pkl, which is *entry; 0: there is none. */
static size_t find_pickle(uint64_t *entry, const torch_file *f) {
    static const char name[] = "/data.pkl";
    zip_int64_t n = zip_get_num_entries(f->zip, 0);
    for (zip_int64_t i = 0; i < n; i++) {
        const char *found = zip_get_name(f->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        size_t length = found ? strlen(found) : 0;
        if (length < sizeof name || strcmp(found + length - (sizeof name - 1), name) != 0)
            continue;
        *entry = (uint64_t)i;
        return length - (sizeof name - 1) + 1;
    }
    return 0;
}

/* The entry ROOT/NAME; -1: there is none. */
static int64_t locate(const torch_file *f, const char *root, size_t root_length, const char *folder,
                      kg_str name) {
    char path[NAME_SIZE];
    int n =
        snprintf(path, sizeof path, "%.*s%s%.*s", (int)root_length, root, folder, KG_STR_ARG(name));
    return n > 0 && n < NAME_SIZE ? zip_name_locate(f->zip, path, ZIP_FL_ENC_RAW) : -1;
}

static kg_status check_byte_order(const torch_file *f, const char *root, size_t root_length,
                                  kg_error *err) {
    kg_status st;
    unsigned char *text;
    uint64_t size;
    int64_t entry = locate(f, root, root_length, "", KG_STR("byteorder"));
    if (entry < 0) /* before 2.0 it is not told */
        return KG_OK;
    KG_TRY(st, read_entry(&text, &size, f, (uint64_t)entry, err));
    bool little = size >= 6 && memcmp(text, "little", 6) == 0;
    free(text);
    return little ? KG_OK
                  : kg_error_at(err, KG_ERR_UNSUPPORTED, f->path, 0,
                                "the file is of a big-endian machine; save it again on another");
}

static kg_status find_storages(torch_file *f, const char *root, size_t root_length, kg_error *err) {
    kg_status st;
    for (size_t i = 0; i < f->pickle.storages.len; i++) {
        int64_t entry = locate(f, root, root_length, "data/", f->pickle.keys.names.data[i]);
        if (entry < 0)
            return bad(f, err, "the zip lacks a storage that its pickle names; copy it again");
        KG_TRY(st, kg_array_push(&f->places, (uint64_t)entry));
    }
    return KG_OK;
}

static kg_status open_zip(torch_file *f, kg_error *err) {
    kg_status st;
    int code;
    unsigned char *pickle;
    uint64_t entry, size;
    f->zip = zip_open(f->path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    if (f->zip == NULL)
        return code == ZIP_ER_MEMORY
                   ? KG_ERR_MEMORY
                   : bad(f, err, "its zip is damaged or cut short; copy it again");
    size_t root_length = find_pickle(&entry, f);
    if (root_length == 0)
        return bad(f, err, "the zip has no data.pkl");
    const char *root = zip_get_name(f->zip, entry, ZIP_FL_ENC_RAW);
    KG_TRY(st, check_byte_order(f, root, root_length, err));
    KG_TRY(st, read_entry(&pickle, &size, f, entry, err));
    st = size > PICKLE_MOST
             ? bad(f, err, "its pickle has more than 4 MiB")
             : kg_torch_pickle_read(&f->pickle, (kg_str){(char *)pickle, size}, f->path, err);
    free(pickle);
    return st == KG_OK ? find_storages(f, root, root_length, err) : st;
}

/* ---- The old format ---------------------------------------------------------------------------*/

/* 0x1950a86a20f9469cfc6c, pickled. */
static const unsigned char magic[] = {0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                      0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

/* Skip the pickle that *rest begins with; the dict of the machine must say that it is
 * little-endian, where it says so. */
static kg_status skip_pickle(kg_str *rest, const torch_file *f, kg_error *err) {
    kg_status st;
    const kg_datum *value;
    kg_arena arena = KG_ARENA_INIT;
    size_t length = 0;
    st = kg_pickle_read(&value, &length, &arena, *rest, NULL, f->path, err);
    for (size_t i = 0; st == KG_OK && value->kind == KG_DATUM_DICT && i < value->n; i++) {
        const kg_datum *key = value->as.items[2 * i], *told = value->as.items[2 * i + 1];
        if (key->kind == KG_DATUM_TEXT && kg_str_equal(key->as.text, KG_STR("little_endian")) &&
            told->kind == KG_DATUM_BOOL && told->as.integer == 0)
            st = kg_error_at(err, KG_ERR_UNSUPPORTED, f->path, 0,
                             "the file is of a big-endian machine; save it again on another");
    }
    kg_arena_free(&arena);
    *rest = (kg_str){rest->data + length, rest->len - length};
    return st;
}

/* Where the storage of key lies: `at` tells of its count, and *at goes on behind it. */
static kg_status place_storage(torch_file *f, const kg_datum *key, uint64_t *at, kg_error *err) {
    unsigned char count[8];
    uint32_t number = key->kind == KG_DATUM_TEXT ? kg_nameset_find(&f->pickle.keys, key->as.text)
                                                 : KG_NAMESET_NONE;
    if (number == KG_NAMESET_NONE)
        return bad(f, err, "a storage is of no tensor that is read; save model.state_dict() alone");
    const kg_torch_storage *s = &f->pickle.storages.data[number];
    uint64_t size = kg_dtype_size(s->dtype);
    if (pread(f->fd, count, sizeof count, (off_t)*at) != sizeof count ||
        kg_load_u64(count) != s->count || s->count > (f->size - *at - sizeof count) / size)
        return bad(f, err,
                   "it ends within a storage, or a storage has another size than its "
                   "tensors tell; copy it again");
    f->places.data[number] = *at + sizeof count;
    *at += sizeof count + s->count * size;
    return KG_OK;
}

static kg_status place_storages(torch_file *f, kg_str rest, uint64_t at, kg_error *err) {
    kg_status st;
    const kg_datum *keys;
    kg_arena arena = KG_ARENA_INIT;
    size_t length;
    for (size_t i = 0; i < f->pickle.storages.len; i++)
        KG_TRY(st, kg_array_push(&f->places, UINT64_MAX));
    st = kg_pickle_read(&keys, &length, &arena, rest, NULL, f->path, err);
    if (st == KG_OK && (keys->kind != KG_DATUM_LIST || keys->n != f->pickle.storages.len))
        st = bad(f, err, "it does not list the storages of its tensors");
    at += st == KG_OK ? length : 0;
    for (size_t i = 0; st == KG_OK && i < keys->n; i++)
        st = place_storage(f, keys->as.items[i], &at, err);
    kg_arena_free(&arena);
    for (size_t i = 0; st == KG_OK && i < f->places.len; i++)
        if (f->places.data[i] == UINT64_MAX)
            st = bad(f, err, "it does not list the storages of its tensors");
    return st;
}

static kg_status open_old(torch_file *f, kg_error *err) {
    kg_status st = KG_OK;
    size_t most = f->size < PICKLE_MOST ? f->size : PICKLE_MOST;
    char *head = malloc(most + 1);
    if (head == NULL)
        return KG_ERR_MEMORY;
    ssize_t n = pread(f->fd, head, most, 0);
    kg_str rest = {head, n > 0 ? (size_t)n : 0};
    if (n < 0)
        st = kg_error_errno(err, "read", f->path);
    else if (rest.len < sizeof magic || memcmp(head, magic, sizeof magic) != 0)
        st = bad(f, err, "it has not torch.save's magic number");
    if (st == KG_OK) {
        rest = (kg_str){head + sizeof magic, rest.len - sizeof magic};
        st = skip_pickle(&rest, f, err);
    }
    if (st == KG_OK)
        st = skip_pickle(&rest, f, err);
    if (st == KG_OK)
        st = kg_torch_pickle_read(&f->pickle, rest, f->path, err);
    if (st == KG_OK) {
        rest = (kg_str){rest.data + f->pickle.length, rest.len - f->pickle.length};
        st = place_storages(f, rest, (uint64_t)(rest.data - head), err);
    }
    free(head);
    return st;
}

/* ---- The file ---------------------------------------------------------------------------------*/

static void close_file(void *file) {
    torch_file *f = file;
    if (f == NULL)
        return;
    if (f->zip)
        zip_discard(f->zip);
    if (f->fd >= 0)
        close(f->fd);
    kg_torch_pickle_free(&f->pickle);
    kg_array_free(&f->places);
    free(f->held);
    free(f->path);
    free(f);
}

static kg_status open_file(void **out, const char *path, kg_error *err) {
    struct stat info;
    unsigned char first = 0;
    kg_status st = KG_ERR_MEMORY;
    *out = NULL;
    torch_file *f = calloc(1, sizeof *f);
    if (f == NULL)
        return st;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &info) != 0 || pread(f->fd, &first, 1, 0) < 0)
        st = kg_error_errno(err, "open", path);
    else if ((f->path = strdup(path)) != NULL) {
        f->size = (uint64_t)info.st_size;
        st = first == 'P' ? open_zip(f, err) : open_old(f, err);
    }
    if (st == KG_OK)
        *out = f;
    else
        close_file(f);
    return st;
}

static size_t count_tensors(const void *file) {
    return ((const torch_file *)file)->pickle.tensors.len;
}

static const kg_tensor_info *tensor_at(const void *file, size_t i) {
    return &((const torch_file *)file)->pickle.tensors.data[i].info;
}

/* Let f->held be the storage. */
static kg_status hold(torch_file *f, uint32_t number, kg_error *err) {
    kg_status st;
    const kg_torch_storage *s = &f->pickle.storages.data[number];
    uint64_t size = s->count * kg_dtype_size(s->dtype), found;
    if (f->held && f->held_number == number)
        return KG_OK;
    free(f->held);
    f->held = NULL;
    if (f->zip) {
        KG_TRY(st, read_entry(&f->held, &found, f, f->places.data[number], err));
    } else {
        if ((f->held = malloc(size + 1)) == NULL)
            return KG_ERR_MEMORY;
        ssize_t n = pread(f->fd, f->held, size, (off_t)f->places.data[number]);
        found = n < 0 ? 0 : (uint64_t)n;
    }
    f->held_number = number;
    if (found == size)
        return KG_OK;
    free(f->held);
    f->held = NULL;
    return bad(f, err, "a storage has another size than its tensors tell; copy the file again");
}

static bool is_row_major(const kg_torch_tensor *t) {
    uint64_t stride = 1;
    for (uint32_t d = t->info.dimensions; d-- > 0; stride *= t->info.shape[d])
        if (t->info.shape[d] > 1 && t->strides[d] != stride)
            return false;
    return true;
}

static void gather(float *to, const kg_torch_tensor *t, const unsigned char *storage) {
    uint64_t index[KG_TENSOR_DIMENSIONS] = {0};
    size_t size = kg_dtype_size(t->info.dtype);
    if (is_row_major(t)) {
        kg_dtype_convert(to, t->info.dtype, storage + t->offset * size, t->info.count);
        return;
    }
    for (uint64_t i = 0; i < t->info.count; i++) {
        uint64_t at = t->offset;
        for (uint32_t d = 0; d < t->info.dimensions; d++)
            at += index[d] * t->strides[d];
        kg_dtype_convert(to + i, t->info.dtype, storage + at * size, 1);
        for (uint32_t d = t->info.dimensions; d-- > 0 && ++index[d] == t->info.shape[d];)
            index[d] = 0;
    }
}

static kg_status read_tensor(float *to, void *file, size_t i, kg_error *err) {
    kg_status st;
    torch_file *f = file;
    const kg_torch_tensor *t = &f->pickle.tensors.data[i];
    KG_TRY(st, kg_dtype_check(&t->info, f->path, err));
    KG_TRY(st, hold(f, t->storage, err));
    if (t->info.count > 0)
        gather(to, t, f->held);
    return kg_tensor_check_finite(to, &t->info, f->path, err);
}

const kg_tensor_format kg_torch_format = {open_file, close_file, count_tensors, tensor_at,
                                          read_tensor};
