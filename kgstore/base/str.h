/* A borrowed string: bytes with a length, not terminated, usually UTF-8. */
#ifndef KG_BASE_STR_H
#define KG_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct kg_str {
    const char *data; /* may be NULL when len is 0 */
    size_t len;       /* bytes */
} kg_str;

/* For printf's "%.*s". */
#define KG_STR_ARG(s) (int)(s).len, (s).data

/* A literal as a kg_str, usable in initialisers. */
#define KG_STR(literal) ((kg_str){"" literal, sizeof(literal) - 1})

static inline kg_str kg_str_from(const char *terminated) {
    return (kg_str){terminated, terminated ? strlen(terminated) : 0};
}

static inline bool kg_str_equal(kg_str a, kg_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool kg_str_begins(kg_str text, kg_str prefix) {
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

/* Order by bytes, a prefix before what it begins. */
static inline int kg_str_compare(kg_str a, kg_str b) {
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.data, b.data, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
