#include "model/weights.h"

#include "model/ops.h"
#include "model/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 160 };

/* name with the ending `from` replaced by `to`; false where it does not end so. */
static bool with_ending(char out[NAME_SIZE], const char *name, const char *from, const char *to) {
    size_t n = strlen(name), m = strlen(from);
    if (n < m || strcmp(name + n - m, from) != 0)
        return false;
    snprintf(out, NAME_SIZE, "%.*s%s", (int)(n - m), name, to);
    return true;
}

/* The name itself or, for a norm, its legacy form. */
static const kg_tensor_info *find_either(const kg_tensor_source *source, const char *name) {
    char legacy[NAME_SIZE];
    const kg_tensor_info *t = kg_tensor_source_find(source, name);
    if (t == NULL &&
        (with_ending(legacy, name, "LayerNorm.weight", "LayerNorm.gamma") ||
         with_ending(legacy, name, "LayerNorm.bias", "LayerNorm.beta") ||
         with_ending(legacy, name, "cls.predictions.bias", "cls.predictions.decoder.bias")))
        t = kg_tensor_source_find(source, legacy);
    return t;
}

static const kg_architecture *architecture_of(const kg_loading *loading) {
    return loading->architecture ? loading->architecture : kg_architecture_find("bert");
}

/* With and without the architecture's prefix. */
static const kg_tensor_info *find_tensor(const kg_tensor_source *source, const kg_loading *loading,
                                         const char *ours) {
    char name[NAME_SIZE];
    const kg_tensor_info *t = NULL;
    for (int with_prefix = 1; with_prefix >= 0 && t == NULL; with_prefix--)
        if (kg_architecture_name(name, sizeof name, architecture_of(loading), ours, with_prefix))
            t = find_either(source, name);
    return t;
}

static void format_shape(char out[64], const uint64_t *shape, uint32_t dimensions) {
    size_t at = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < dimensions; i++)
        at += (size_t)snprintf(out + at, 64 - at, "%s%llu", i ? ", " : "",
                               (unsigned long long)shape[i]);
}

static uint32_t shape_of(uint64_t shape[2], const kg_param *p) {
    shape[0] = p->rows;
    shape[1] = p->columns;
    return p->columns ? 2 : 1;
}

/* The parameter's, with so many rows before its own. */
static bool has_shape(const kg_tensor_info *t, const kg_param *p, uint32_t before) {
    uint64_t shape[2];
    uint32_t dimensions = shape_of(shape, p);
    shape[0] += before;
    return t->dimensions == dimensions && memcmp(t->shape, shape, dimensions * sizeof *shape) == 0;
}

/* A tensor of the authors' SMedBERT, where it has the parameter's shape. */
static const kg_tensor_info *find_upstream(const kg_tensor_source *source, const kg_param *p) {
    char name[NAME_SIZE];
    if (!kg_architecture_name(name, sizeof name, &kg_smedbert_names, p->name, true))
        return NULL;
    const kg_tensor_info *t = kg_tensor_source_find(source, name);
    return t && has_shape(t, p, 0) ? t : NULL;
}

static kg_status check_shape(const kg_tensor_info *t, const kg_param *p, uint32_t before,
                             kg_error *err) {
    char found[64], wanted[64];
    uint64_t shape[2];
    if (has_shape(t, p, before))
        return KG_OK;
    uint32_t dimensions = shape_of(shape, p);
    shape[0] += before;
    format_shape(found, t->shape, t->dimensions);
    format_shape(wanted, shape, dimensions);
    return kg_error_set(err, KG_ERR_FORMAT,
                        "tensor %s has shape (%s), the configuration asks for (%s)", t->name, found,
                        wanted);
}

static kg_status read_one(float *block, const kg_params *params, const kg_param *p,
                          kg_tensor_source *source, const kg_tensor_info *t, kg_error *err) {
    kg_status st;
    KG_TRY(st, check_shape(t, p, 0, err));
    const kg_backend *be = params->backend;
    float *to = block + p->offset, *view = be->map(to, p->count * sizeof *view);
    if (view == NULL)
        return KG_ERR_MEMORY;
    st = kg_tensor_source_read(view, source, t, err);
    be->unmap(to, view, p->count * sizeof *view, st == KG_OK);
    return st;
}

/* The parameter's rows are those of the tensor behind the first `before`; no tensor: zeros. */
static kg_status read_rows(const kg_params *params, const kg_param *p, kg_tensor_source *source,
                           const kg_tensor_info *t, uint32_t before, kg_error *err) {
    kg_status st;
    size_t size = p->count * sizeof(float);
    if (t != NULL)
        KG_TRY(st, check_shape(t, p, before, err));
    float *whole = calloc(t ? t->count : p->count, sizeof *whole);
    float *to = params->values + p->offset, *view = params->backend->map(to, size);
    st = whole && view ? KG_OK : KG_ERR_MEMORY;
    if (st == KG_OK && t != NULL)
        st = kg_tensor_source_read(whole, source, t, err);
    if (st == KG_OK)
        memcpy(view, whole + before * p->columns, size);
    params->backend->unmap(to, view, size, st == KG_OK);
    free(whole);
    return st;
}

/* ---- What is missing, and what is not taken ---- */

/* Names in groups: "bert.encoder.layer.2.* (16), cls.predictions.bias". */
typedef struct listing {
    char text[480];
    const char *name; /* the first of the group at hand */
    size_t length, count;
} listing;

/* Bytes of a name that stand for its group: up to its number, or else its first two parts. */
static size_t group_length(const char *name) {
    size_t at = 0, two = 0;
    for (int part = 1; name[at] != '\0'; part++) {
        size_t n = strcspn(name + at, ".");
        if (n > 0 && strspn(name + at, "0123456789") == n)
            return at + n;
        at += n;
        two = part <= 2 ? at : two;
        at += name[at] == '.';
    }
    return two;
}

static void list_group(listing *l) {
    static const char more[] = ", and more";
    size_t at = strlen(l->text), room = sizeof l->text - sizeof more - at;
    const char *between = at ? ", " : "";
    char group[NAME_SIZE + 32];
    if (l->count == 0)
        return;
    if (l->count == 1)
        snprintf(group, sizeof group, "%s%.*s", between, NAME_SIZE, l->name);
    else
        snprintf(group, sizeof group, "%s%.*s.* (%zu)", between, (int)l->length, l->name, l->count);
    l->count = 0;
    if (strlen(group) < room)
        memcpy(l->text + at, group, strlen(group) + 1);
    else if (strstr(l->text, more) == NULL)
        memcpy(l->text + at, more, sizeof more);
}

static void list_name(listing *l, const char *name) {
    size_t length = group_length(name);
    length = length < NAME_SIZE ? length : NAME_SIZE;
    if (l->count > 0 && l->length == length && strncmp(l->name, name, length) == 0) {
        l->count++;
        return;
    }
    list_group(l);
    l->name = name;
    l->length = length;
    l->count = 1;
}

/* Whether a model without it is none: what stands in the embeddings and layers. */
static bool is_needed(const kg_param *p, const kg_loading *loading) {
    if (loading->missing == NULL)
        return true;
    return !p->of_task && !loading->allow_missing && strncmp(p->name, "bert.", 5) == 0 &&
           strncmp(p->name + 5, "pooler.", 7) != 0;
}

static bool is_segments(const kg_param *p) {
    return strcmp(p->name, "bert.embeddings.token_type_embeddings.weight") == 0;
}

static bool is_zero(const kg_param *p, const kg_loading *loading) {
    return architecture_of(loading)->without_segments && is_segments(p);
}

static kg_status check_missing(const kg_params *params, const kg_tensor_info *const *found,
                               const kg_loading *loading, kg_error *err) {
    listing lacking = {.text = ""};
    size_t n = 0;
    for (size_t i = 0; i < params->table.len; i++) {
        const kg_param *p = &params->table.data[i];
        n += found[i] != NULL;
        if (found[i] == NULL && !is_zero(p, loading) && is_needed(p, loading))
            list_name(&lacking, p->name);
    }
    list_group(&lacking);
    if (n == 0)
        return kg_error_set(err, KG_ERR_NOT_FOUND,
                            "the checkpoint has none of the model's tensors, as %s",
                            params->table.data[0].name);
    if (lacking.text[0] == '\0')
        return KG_OK;
    return kg_error_set(err, KG_ERR_NOT_FOUND, "the checkpoint lacks %s%s", lacking.text,
                        loading->missing ? "; set allow_missing=true to let them begin anew" : "");
}

static void tell_missing(const kg_loading *loading, const kg_param *p, const kg_tensor_info *t) {
    char found[64], shape[68];
    if (t)
        format_shape(found, t->shape, t->dimensions);
    if (t)
        snprintf(shape, sizeof shape, "(%s)", found);
    loading->missing(loading->context, p->name, t ? shape : NULL);
}

/* What is no parameter: places by number, and decoders that are the word embeddings. */
static bool is_no_parameter(const char *name) {
    static const char *const endings[] = {"position_ids", "decoder.weight", "decoder.bias",
                                          "vocab_projector.weight", "lm_head.weight"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(name), m = strlen(endings[i]);
        if (n >= m && strcmp(name + n - m, endings[i]) == 0)
            return true;
    }
    return false;
}

static void tell_unused(const kg_loading *loading, const kg_tensor_source *source,
                        const kg_tensor_info *const *found, size_t n) {
    listing unused = {.text = ""};
    for (size_t i = 0; i < kg_tensor_source_count(source) && loading->unused != NULL; i++) {
        const kg_tensor_info *t = kg_tensor_source_at(source, i);
        size_t k = 0;
        while (k < n && found[k] != t)
            k++;
        if (k == n && !is_no_parameter(t->name))
            list_name(&unused, t->name);
    }
    list_group(&unused);
    if (unused.text[0] != '\0')
        loading->unused(loading->context, unused.text);
}

static kg_status read_all(kg_params *params, kg_tensor_source *source,
                          const kg_tensor_info *const *found, const kg_loading *loading,
                          kg_error *err) {
    kg_status st = KG_OK;
    for (size_t i = 0; i < params->table.len && st == KG_OK; i++) {
        const kg_param *p = &params->table.data[i];
        const kg_tensor_info *t = found[i];
        uint32_t before =
            p->kind == KG_PARAM_POSITION ? architecture_of(loading)->first_position : 0;
        bool begins_anew = t && p->of_task && loading->missing && !has_shape(t, p, 0);
        if (before > 0 && t != NULL)
            st = read_rows(params, p, source, t, before, err);
        else if (t != NULL && !begins_anew)
            st = read_one(params->values, params, p, source, t, err);
        else if (is_zero(p, loading))
            st = read_rows(params, p, source, NULL, 0, err);
        else
            tell_missing(loading, p, t);
    }
    return st;
}

kg_status kg_weights_read(kg_params *params, kg_tensor_source *source, const kg_loading *loading,
                          kg_error *err) {
    size_t n = params->table.len;
    const kg_tensor_info **found = calloc(n + 1, sizeof *found);
    if (found == NULL)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const kg_param *p = &params->table.data[i];
        found[i] = find_tensor(source, loading, p->name);
        if (found[i] == NULL)
            found[i] = find_upstream(source, p);
    }
    kg_status st = check_missing(params, found, loading, err);
    if (st == KG_OK)
        st = read_all(params, source, found, loading, err);
    if (st == KG_OK)
        tell_unused(loading, source, found, n);
    free(found);
    return st;
}

static kg_tensor_out tensor_of(const kg_param *p, const char *name, const float *block) {
    kg_tensor_out out = {.name = name, .data = block + p->offset};
    out.dimensions = shape_of(out.shape, p);
    return out;
}

static float *map_block(const kg_params *params, float *block) {
    return params->backend->map(block, params->total * sizeof *block);
}

static void unmap_block(const kg_params *params, float *block, float *view) {
    params->backend->unmap(block, view, params->total * sizeof *block, false);
}

kg_status kg_weights_write(const kg_params *params, const char *path, kg_error *err) {
    kg_tensor_out *tensors = calloc(params->table.len + 1, sizeof *tensors);
    float *values = map_block(params, params->values);
    kg_status st = KG_ERR_MEMORY;
    if (tensors != NULL && values != NULL) {
        for (size_t i = 0; i < params->table.len; i++)
            tensors[i] = tensor_of(&params->table.data[i], params->table.data[i].name, values);
        st = kg_safetensors_write(path, tensors, params->table.len, err);
    }
    unmap_block(params, params->values, values);
    free(tensors);
    return st;
}

static const char *const moment_names[] = {".first", ".second"};

kg_status kg_moments_write(const kg_params *params, const char *path, kg_error *err) {
    size_t n = params->table.len;
    kg_tensor_out *tensors = calloc(2 * n + 1, sizeof *tensors);
    char(*names)[NAME_SIZE] = calloc(2 * n + 1, NAME_SIZE);
    float *first = map_block(params, params->first), *second = map_block(params, params->second);
    kg_status st = KG_ERR_MEMORY;
    if (tensors == NULL || names == NULL || first == NULL || second == NULL)
        goto out;
    for (size_t i = 0; i < 2 * n; i++) {
        const kg_param *p = &params->table.data[i / 2];
        snprintf(names[i], NAME_SIZE, "%s%s", p->name, moment_names[i % 2]);
        tensors[i] = tensor_of(p, names[i], i % 2 ? second : first);
    }
    st = kg_safetensors_write(path, tensors, 2 * n, err);
out:
    unmap_block(params, params->first, first);
    unmap_block(params, params->second, second);
    free(tensors);
    free(names);
    return st;
}

kg_status kg_moments_read(kg_params *params, const char *path, kg_error *err) {
    kg_tensor_source *source;
    kg_status st;
    KG_TRY(st, kg_tensor_source_open(&source, path, err));
    for (size_t i = 0; i < 2 * params->table.len && st == KG_OK; i++) {
        const kg_param *p = &params->table.data[i / 2];
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%s", p->name, moment_names[i % 2]);
        const kg_tensor_info *t = kg_tensor_source_find(source, name);
        if (t == NULL)
            st = kg_error_set(err, KG_ERR_NOT_FOUND, "%s lacks tensor %s", path, name);
        else
            st = read_one(i % 2 ? params->second : params->first, params, p, source, t, err);
    }
    kg_tensor_source_close(source);
    return st;
}
