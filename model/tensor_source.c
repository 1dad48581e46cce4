#include "model/tensor_source.h"

#include "kgstore/base/array.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct tensor_file {
    const kg_tensor_format *format;
    void *file;
} tensor_file;

typedef struct entry {
    const kg_tensor_info *info;
    uint32_t file, index; /* index of the tensor in its file */
} entry;

struct kg_tensor_source {
    KG_ARRAY(tensor_file) files;
    KG_ARRAY(entry) tensors; /* by name */
};

static int compare_names(const void *a, const void *b) {
    return strcmp(((const entry *)a)->info->name, ((const entry *)b)->info->name);
}

void kg_tensor_source_close(kg_tensor_source *s) {
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->files.len; i++)
        s->files.data[i].format->close(s->files.data[i].file);
    kg_array_free(&s->files);
    kg_array_free(&s->tensors);
    free(s);
}

/* ---- Formats ----------------------------------------------------------------------------------*/

/* A zip (PyTorch since 1.6), a pickle (before), or else safetensors, which says so itself where it
 * is none. */
static kg_status format_of(const kg_tensor_format **format, const char *path, kg_error *err) {
    unsigned char head[4] = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return kg_error_errno(err, "open", path);
    size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    if (n == 4 && memcmp(head, "\x89HDF", 4) == 0)
        return kg_error_at(err, KG_ERR_UNSUPPORTED, path, 0,
                           "this is TensorFlow's HDF5; expected safetensors or PyTorch's file");
    size_t length = strlen(path);
    bool torch = n >= 2 && ((n == 4 && memcmp(head, "PK\x03\x04", 4) == 0) ||
                            (head[0] == 0x80 && head[1] >= 2 && head[1] <= 5 && head[2] != 0));
    if (!torch && length > 4 && strcmp(path + length - 4, ".bin") == 0)
        return kg_error_at(err, KG_ERR_FORMAT, path, 0,
                           "not a checkpoint of PyTorch: it is neither a zip nor a pickle");
    *format = torch ? &kg_torch_format : &kg_safetensors_format;
    return KG_OK;
}

static kg_status add_file(kg_tensor_source *s, const char *path, kg_error *err) {
    kg_status st;
    tensor_file f = {0};
    KG_TRY(st, format_of(&f.format, path, err));
    KG_TRY(st, f.format->open(&f.file, path, err));
    st = kg_array_push(&s->files, f);
    if (st != KG_OK) {
        f.format->close(f.file);
        return st;
    }
    for (size_t i = 0; i < f.format->count(f.file); i++) {
        entry e = {f.format->at(f.file, i), (uint32_t)s->files.len - 1, (uint32_t)i};
        KG_TRY(st, kg_array_push(&s->tensors, e));
    }
    return KG_OK;
}

/* Sort the tensors by name and refuse one that is there twice. */
static kg_status finish(kg_tensor_source *s, const char *path, kg_error *err) {
    if (s->tensors.len > 0)
        qsort(s->tensors.data, s->tensors.len, sizeof *s->tensors.data, compare_names);
    for (size_t i = 1; i < s->tensors.len; i++)
        if (compare_names(&s->tensors.data[i - 1], &s->tensors.data[i]) == 0)
            return kg_error_at(err, KG_ERR_FORMAT, path, 0, "tensor %s is there twice",
                               s->tensors.data[i].info->name);
    return KG_OK;
}

kg_status kg_tensor_source_open(kg_tensor_source **out, const char *path, kg_error *err) {
    kg_tensor_source *s = *out = calloc(1, sizeof *s);
    if (s == NULL)
        return KG_ERR_MEMORY;
    kg_status st = add_file(s, path, err);
    if (st == KG_OK)
        st = finish(s, path, err);
    if (st != KG_OK) {
        kg_tensor_source_close(s);
        *out = NULL;
    }
    return st;
}

/* ---- Folders ----------------------------------------------------------------------------------*/

enum { PATH_SIZE = 4096 };

static kg_status path_of(char path[PATH_SIZE], const char *folder, const char *name,
                         kg_error *err) {
    int n = snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return n > 0 && n < PATH_SIZE
               ? KG_OK
               : kg_error_set(err, KG_ERR_ARGUMENT, "the path of %s is too long", name);
}

/* The files that an index's weight_map names, each once; they lie beside it. */
static kg_status add_shards(kg_tensor_source *s, const char *folder, const char *index,
                            kg_error *err) {
    kg_status st = KG_OK;
    json_error_t fault;
    json_t *object = json_load_file(index, JSON_REJECT_DUPLICATES, &fault), *shard;
    json_t *map = json_object_get(object, "weight_map"), *seen = json_object();
    const char *tensor;
    if (object == NULL)
        st = kg_error_at(err, KG_ERR_FORMAT, index, fault.line > 0 ? (uint64_t)fault.line : 0,
                         "not an index of a checkpoint: %s", fault.text);
    else if (json_object_size(map) == 0)
        st = kg_error_at(err, KG_ERR_FORMAT, index, 0,
                         "expected \"weight_map\", an object that gives each tensor's file");
    json_object_foreach(map, tensor, shard) {
        char path[PATH_SIZE];
        const char *name = json_string_value(shard);
        if (st == KG_OK && (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL))
            st = kg_error_at(err, KG_ERR_FORMAT, index, 0,
                             "the file of tensor %s is no name of a file beside the index", tensor);
        if (st != KG_OK || json_object_get(seen, name) != NULL)
            continue;
        st = json_object_set_new(seen, name, json_true()) == 0 ? KG_OK : KG_ERR_MEMORY;
        if (st == KG_OK)
            st = path_of(path, folder, name, err);
        if (st == KG_OK)
            st = add_file(s, path, err);
    }
    if (st == KG_OK)
        st = finish(s, index, err);
    json_object_foreach(map, tensor, shard) {
        if (st == KG_OK && kg_tensor_source_find(s, tensor) == NULL)
            st = kg_error_at(err, KG_ERR_FORMAT, index, 0,
                             "tensor %s is not in %s, where the index says it is; copy the files "
                             "again",
                             tensor, json_string_value(shard));
    }
    json_decref(seen);
    json_decref(object);
    return st;
}

/* What a folder may hold, in the order in which it is looked for. */
static const struct {
    const char *name;
    bool index;
} known[] = {{"model.safetensors", false},
             {"model.safetensors.index.json", true},
             {"pytorch_model.bin", false},
             {"pytorch_model.bin.index.json", true}};

/* Others' files, and the argument that makes transformers convert them. */
static const struct {
    const char *name, *argument;
} foreign[] = {{"tf_model.h5", "from_tf=True"},
               {"bert_model.ckpt.index", "from_tf=True"},
               {"model.ckpt.index", "from_tf=True"},
               {"flax_model.msgpack", "from_flax=True"}};

static kg_status none_found(const char *folder, kg_error *err) {
    kg_status st;
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        KG_TRY(st, path_of(path, folder, foreign[i].name, err));
        if (access(path, F_OK) == 0)
            return kg_error_set(
                err, KG_ERR_UNSUPPORTED,
                "%s is not read; convert it once: python3 -c 'from transformers import "
                "AutoModelForPreTraining as M; M.from_pretrained(\"%s\", "
                "%s).save_pretrained(\"%s\")'",
                path, folder, foreign[i].argument, folder);
    }
    return kg_error_set(err, KG_ERR_NOT_FOUND,
                        "%s has no checkpoint: expected model.safetensors or pytorch_model.bin, or "
                        "an index of several such files",
                        folder);
}

kg_status kg_tensor_source_open_folder(kg_tensor_source **out, const char *folder, kg_error *err) {
    kg_status st;
    char path[PATH_SIZE];
    *out = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        KG_TRY(st, path_of(path, folder, known[i].name, err));
        if (access(path, F_OK) != 0 && errno == ENOENT)
            continue;
        if (!known[i].index)
            return kg_tensor_source_open(out, path, err);
        kg_tensor_source *s = calloc(1, sizeof *s);
        if (s == NULL)
            return KG_ERR_MEMORY;
        st = add_shards(s, folder, path, err);
        if (st == KG_OK)
            *out = s;
        else
            kg_tensor_source_close(s);
        return st;
    }
    return none_found(folder, err);
}

/* ---- Tensors ----------------------------------------------------------------------------------*/

size_t kg_tensor_source_count(const kg_tensor_source *s) {
    return s->tensors.len;
}

const kg_tensor_info *kg_tensor_source_at(const kg_tensor_source *s, size_t i) {
    return s->tensors.data[i].info;
}

static const entry *find(const kg_tensor_source *s, const char *name) {
    kg_tensor_info wanted = {.name = name};
    entry key = {.info = &wanted};
    return s->tensors.len == 0 ? NULL
                               : bsearch(&key, s->tensors.data, s->tensors.len,
                                         sizeof *s->tensors.data, compare_names);
}

const kg_tensor_info *kg_tensor_source_find(const kg_tensor_source *s, const char *name) {
    const entry *e = find(s, name);
    return e ? e->info : NULL;
}

kg_status kg_tensor_source_read(float *to, kg_tensor_source *s, const kg_tensor_info *tensor,
                                kg_error *err) {
    const entry *e = find(s, tensor->name);
    const tensor_file *f = &s->files.data[e->file];
    return f->format->read(to, f->file, e->index, err);
}
