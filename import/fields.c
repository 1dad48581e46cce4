#include "import/fields.h"

#include <strings.h>

size_t kg_fields_split(kg_str *fields, size_t max, kg_str line, char sep) {
    const char *at = line.data, *end = line.data + line.len;
    size_t n = 0;
    for (;;) {
        const char *stop = at < end ? memchr(at, sep, (size_t)(end - at)) : NULL;
        if (n < max)
            fields[n] = (kg_str){at, (size_t)((stop ? stop : end) - at)};
        n++;
        if (!stop)
            return n;
        at = stop + 1;
    }
}

bool kg_fields_next(kg_str *field, kg_str *rest, char sep) {
    const char *stop = rest->len ? memchr(rest->data, sep, rest->len) : NULL;
    size_t n = stop ? (size_t)(stop - rest->data) : rest->len;
    *field = (kg_str){rest->data, n};
    n += stop != NULL;
    *rest = (kg_str){rest->data + n, rest->len - n};
    return stop != NULL;
}

kg_str kg_str_trim(kg_str text) {
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

bool kg_str_equal_nocase(kg_str a, kg_str b) {
    return a.len == b.len && (a.len == 0 || strncasecmp(a.data, b.data, a.len) == 0);
}
