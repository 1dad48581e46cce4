#include "kgstore/base/array.h"

#include <stdint.h>
#include <string.h>

kg_status kg_array_grow_(void *data, size_t len, size_t *cap, size_t extra, size_t size) {
    if (extra > SIZE_MAX / size - len)
        return KG_ERR_MEMORY;
    size_t need = len + extra;
    size_t next = *cap + *cap / 2;
    if (next < need || next > SIZE_MAX / size)
        next = need;
    if (next < 8)
        next = 8;
    void *old;
    memcpy(&old, data, sizeof old);
    void *grown = realloc(old, next * size);
    if (!grown)
        return KG_ERR_MEMORY;
    memcpy(data, &grown, sizeof grown);
    *cap = next;
    return KG_OK;
}

kg_status kg_array_append_(void *data, size_t *len, size_t *cap, const void *from, size_t n,
                           size_t size) {
    kg_status st;
    if (n == 0)
        return KG_OK;
    KG_TRY(st, kg_array_reserve_(data, *len, cap, n, size));
    char *base;
    memcpy(&base, data, sizeof base);
    memcpy(base + *len * size, from, n * size);
    *len += n;
    return KG_OK;
}
