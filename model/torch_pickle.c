#include "model/torch_pickle.h"

#include "kgstore/base/pickle.h"

#include <string.h>

/* The names of torch that a checkpoint's pickle has. */
enum { REBUILD_TENSOR, REBUILD_TENSOR_2, REBUILD_PARAMETER, SIZE, STORAGES };

static const kg_pickle_name names[] = {[REBUILD_TENSOR] = {"torch._utils", "_rebuild_tensor"},
                                       [REBUILD_TENSOR_2] = {"torch._utils", "_rebuild_tensor_v2"},
                                       [REBUILD_PARAMETER] = {"torch._utils", "_rebuild_parameter"},
                                       [SIZE] = {"torch", "Size"},
                                       [STORAGES] = {"torch", "DoubleStorage"},
                                       {"torch", "FloatStorage"},
                                       {"torch", "HalfStorage"},
                                       {"torch", "BFloat16Storage"},
                                       {"torch", "LongStorage"},
                                       {"torch", "IntStorage"},
                                       {"torch", "ShortStorage"},
                                       {"torch", "CharStorage"},
                                       {"torch", "ByteStorage"},
                                       {"torch", "BoolStorage"}};

/* By name, from STORAGES on. */
static const char *const dtypes[] = {"F64", "F32", "F16", "BF16", "I64",
                                     "I32", "I16", "I8",  "U8",   "BOOL"};

typedef struct reading {
    kg_torch_pickle *p;
    const char *path;
    kg_error *err;
} reading;

static kg_status bad(const reading *r, const char *text) {
    return kg_error_at(r->err, KG_ERR_FORMAT, r->path, 0, "not a checkpoint of PyTorch: %s", text);
}

static kg_status number_of(uint64_t *out, const reading *r, const kg_datum *d) {
    if (d->kind != KG_DATUM_INTEGER || d->as.integer < 0)
        return bad(r, "a size or offset is not a number from 0");
    *out = (uint64_t)d->as.integer;
    return KG_OK;
}

/* The items of a tuple, or of torch.Size of one. */
static const kg_datum *tuple_of(const kg_datum *d) {
    if (d->kind == KG_DATUM_CALL && d->name == SIZE && d->n == 1)
        d = d->as.items[0];
    return d->kind == KG_DATUM_LIST ? d : NULL;
}

/* ('storage', class, key, location, count), and in old files a view's place, which is None. */
static kg_status storage_of(uint32_t *number, const reading *r, const kg_datum *id) {
    kg_status st;
    kg_torch_storage s;
    const kg_datum *t = id->kind == KG_DATUM_CALL && id->name == KG_PICKLE_PERSISTENT && id->n == 1
                            ? tuple_of(id->as.items[0])
                            : NULL;
    if (!t || t->n < 5 || t->as.items[0]->kind != KG_DATUM_TEXT ||
        !kg_str_equal(t->as.items[0]->as.text, KG_STR("storage")) ||
        t->as.items[1]->kind != KG_DATUM_NAME || t->as.items[1]->as.integer < STORAGES ||
        t->as.items[2]->kind != KG_DATUM_TEXT ||
        (t->n > 5 && t->as.items[5]->kind != KG_DATUM_NONE))
        return bad(r, "a tensor's storage is not told as torch.save tells it");
    s.dtype = dtypes[t->as.items[1]->as.integer - STORAGES];
    KG_TRY(st, number_of(&s.count, r, t->as.items[4]));
    KG_TRY(st, kg_nameset_add(number, &r->p->keys, t->as.items[2]->as.text));
    if (*number == r->p->storages.len)
        return kg_array_push(&r->p->storages, s);
    const kg_torch_storage *known = &r->p->storages.data[*number];
    return known->count == s.count && strcmp(known->dtype, s.dtype) == 0
               ? KG_OK
               : bad(r, "one storage is told of in two ways");
}

/* Count the elements: none lies outside the storage, and there are not more of them than it has. */
static kg_status count_elements(const reading *r, kg_torch_tensor *t, uint64_t stored) {
    t->info.count = 1;
    for (uint32_t i = 0; i < t->info.dimensions; i++)
        if (t->info.shape[i] == 0)
            t->info.count = 0;
    if (t->info.count == 0)
        return KG_OK;
    if (t->offset >= stored)
        return bad(r, "a tensor reaches beyond its storage");
    uint64_t room = stored - 1 - t->offset; /* behind the last element */
    for (uint32_t i = 0; i < t->info.dimensions; i++) {
        uint64_t size = t->info.shape[i], stride = t->strides[i];
        if (t->info.count > stored / size)
            return bad(r, "a tensor has more elements than its storage");
        if (size > 1 && stride > room / (size - 1))
            return bad(r, "a tensor reaches beyond its storage");
        t->info.count *= size;
        room -= size > 1 ? stride * (size - 1) : 0;
    }
    return KG_OK;
}

static kg_status add_tensor(const reading *r, kg_str name, const kg_datum *call) {
    kg_status st;
    kg_torch_tensor t = {0};
    const kg_datum *shape = call->n >= 4 ? tuple_of(call->as.items[2]) : NULL;
    const kg_datum *strides = shape ? tuple_of(call->as.items[3]) : NULL;
    if (!strides || strides->n != shape->n)
        return bad(r, "a tensor lacks its shape or its strides");
    KG_TRY(st, storage_of(&t.storage, r, call->as.items[0]));
    KG_TRY(st, number_of(&t.offset, r, call->as.items[1]));
    if (shape->n > KG_TENSOR_DIMENSIONS)
        return bad(r, "a tensor has more than four dimensions");
    for (; t.info.dimensions < shape->n; t.info.dimensions++) {
        uint32_t i = t.info.dimensions;
        KG_TRY(st, number_of(&t.info.shape[i], r, shape->as.items[i]));
        KG_TRY(st, number_of(&t.strides[i], r, strides->as.items[i]));
    }
    KG_TRY(st, count_elements(r, &t, r->p->storages.data[t.storage].count));
    t.info.name = kg_arena_copy(&r->p->arena, name);
    if (!t.info.name)
        return KG_ERR_MEMORY;
    t.info.dtype = r->p->storages.data[t.storage].dtype;
    return kg_array_push(&r->p->tensors, t);
}

/* A tensor as it stands, or within a parameter; NULL for what is none. */
static const kg_datum *tensor_of(const kg_datum *d) {
    if (d->kind == KG_DATUM_CALL && d->name == REBUILD_PARAMETER && d->n >= 1)
        d = d->as.items[0];
    return d->kind == KG_DATUM_CALL && (d->name == REBUILD_TENSOR || d->name == REBUILD_TENSOR_2)
               ? d
               : NULL;
}

static const kg_datum *member(const kg_datum *dict, kg_str name) {
    for (size_t i = 0; i < dict->n; i++)
        if (dict->as.items[2 * i]->kind == KG_DATUM_TEXT &&
            kg_str_equal(dict->as.items[2 * i]->as.text, name))
            return dict->as.items[2 * i + 1];
    return NULL;
}

static kg_status add_tensors(const reading *r, const kg_datum *top) {
    kg_status st;
    if (top->kind != KG_DATUM_DICT)
        return bad(r, "it holds no dict of tensors; save model.state_dict()");
    const kg_datum *inner = member(top, KG_STR("state_dict"));
    const kg_datum *dict = inner && inner->kind == KG_DATUM_DICT ? inner : top;
    for (size_t i = 0; i < dict->n; i++) {
        const kg_datum *key = dict->as.items[2 * i], *tensor = tensor_of(dict->as.items[2 * i + 1]);
        if (tensor && key->kind == KG_DATUM_TEXT)
            KG_TRY(st, add_tensor(r, key->as.text, tensor));
    }
    return KG_OK;
}

kg_status kg_torch_pickle_read(kg_torch_pickle *p, kg_str content, const char *path,
                               kg_error *err) {
    const kg_pickle_names known = {names, sizeof names / sizeof *names};
    const reading r = {p, path, err};
    const kg_datum *top;
    kg_arena arena = KG_ARENA_INIT;
    kg_status st = kg_pickle_read(&top, &p->length, &arena, content, &known, path, err);
    if (st == KG_OK)
        st = add_tensors(&r, top);
    kg_arena_free(&arena);
    return st;
}

void kg_torch_pickle_free(kg_torch_pickle *p) {
    kg_arena_free(&p->arena);
    kg_nameset_free(&p->keys);
    kg_array_free(&p->storages);
    kg_array_free(&p->tensors);
}
