#include "import/iri.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

static const kg_str OURS = {"urn:kg:", 7};

/* RFC 3987 leaves these out of IRIs, at least in N-Triples' reading of it. */
static bool is_forbidden(char c) {
    return (unsigned char)c <= 0x20 || c == 0x7F || strchr("<>\"{}|^`\\", c) != NULL;
}

static bool is_absolute(kg_str name) {
    size_t n = 0;
    while (n < name.len && (isalnum((unsigned char)name.data[n]) || strchr("+-.", name.data[n])))
        n++;
    if (n == 0 || n == name.len || name.data[n] != ':' || !isalpha((unsigned char)name.data[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (is_forbidden(name.data[i]))
            return false;
    return name.len < OURS.len || memcmp(name.data, OURS.data, OURS.len) != 0;
}

kg_status kg_iri_encode(kg_bytes *out, kg_str name) {
    kg_status st;
    char hex[4];
    if (is_absolute(name))
        return kg_array_append(out, name.data, name.len);
    KG_TRY(st, kg_array_append(out, OURS.data, OURS.len));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (is_forbidden(c) || c == '%') {
            snprintf(hex, sizeof hex, "%%%02X", (unsigned char)c);
            KG_TRY(st, kg_array_append(out, hex, 3));
        } else {
            KG_TRY(st, kg_array_push(out, c));
        }
    }
    return KG_OK;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

kg_status kg_iri_decode(kg_bytes *out, kg_str iri) {
    kg_status st;
    if (iri.len < OURS.len || memcmp(iri.data, OURS.data, OURS.len) != 0)
        return kg_array_append(out, iri.data, iri.len);
    for (size_t i = OURS.len; i < iri.len; i++) {
        char c = iri.data[i];
        int high = c == '%' && i + 2 < iri.len ? hex_digit(iri.data[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(iri.data[i + 2]) : -1;
        if (low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        KG_TRY(st, kg_array_push(out, c));
    }
    return KG_OK;
}
