/* Growable arrays: {data, len, cap} of any plain type.
 *
 *     KG_ARRAY(uint32_t) ids = KG_ARRAY_INIT;
 *     KG_TRY(st, kg_array_push(&ids, 7));
 *     kg_array_free(&ids);
 *
 * Growth is by half again; on KG_ERR_MEMORY the array is as it was. */
#ifndef KG_BASE_ARRAY_H
#define KG_BASE_ARRAY_H

#include "kgstore/base/status.h"

#include <stddef.h>
#include <stdlib.h>

#define KG_ARRAY(type)                                                                             \
    struct {                                                                                       \
        type *data;                                                                                \
        size_t len, cap;                                                                           \
    }

#define KG_ARRAY_INIT                                                                              \
    { NULL, 0, 0 }

/* A named array type, for structs and parameters. */
typedef KG_ARRAY(char) kg_bytes;

/* Make room for at least `extra` more elements. */
#define kg_array_reserve(array, extra)                                                             \
    kg_array_reserve_(&(array)->data, (array)->len, &(array)->cap, (extra), sizeof *(array)->data)

/* Append one element. */
#define kg_array_push(array, element)                                                              \
    (kg_array_reserve((array), 1) == KG_OK ? ((array)->data[(array)->len++] = (element), KG_OK)    \
                                           : KG_ERR_MEMORY)

/* Append n elements from a pointer. */
#define kg_array_append(array, from, n)                                                            \
    kg_array_append_(&(array)->data, &(array)->len, &(array)->cap, (from), (n),                    \
                     sizeof *(array)->data)

#define kg_array_free(array)                                                                       \
    do {                                                                                           \
        free((array)->data);                                                                       \
        (array)->data = NULL;                                                                      \
        (array)->len = (array)->cap = 0;                                                           \
    } while (0)

kg_status kg_array_grow_(void *data, size_t len, size_t *cap, size_t extra, size_t size);

/* `data` is the address of the array's data pointer, whatever its type. */
static inline kg_status kg_array_reserve_(void *data, size_t len, size_t *cap, size_t extra,
                                          size_t size) {
    return *cap - len >= extra ? KG_OK : kg_array_grow_(data, len, cap, extra, size);
}

kg_status kg_array_append_(void *data, size_t *len, size_t *cap, const void *from, size_t n,
                           size_t size);

#endif
