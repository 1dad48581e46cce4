#include "import/iri.h"

#include "kgstore/base/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

static const kg_str OURS = {"urn:kg:", 7};

bool kg_iri_is_own(kg_str iri) {
    return iri.len >= OURS.len && memcmp(iri.data, OURS.data, OURS.len) == 0;
}

/* ---- What RFC 3987 allows ---------------------------------------------------------------------
 */

/* "ucschar": no controls, nothing for private use, no noncharacters. */
static bool is_letter_beyond_ascii(uint32_t c) {
    if (c < 0x10000)
        return c >= 0xA0 && c <= 0xFFEF && (c < 0xD800 || c > 0xF8FF) && (c < 0xFDD0 || c > 0xFDEF);
    return c < 0xE0000 ? (c & 0xFFFF) <= 0xFFFD : c >= 0xE1000 && c <= 0xEFFFD;
}

/* May the character stand in a path? Brackets, '%' and '#' are looked at where they stand. */
static bool is_allowed(uint32_t c) {
    if (c >= 0x80)
        return is_letter_beyond_ascii(c);
    return c > 0x20 && c != 0x7F && !strchr("<>\"{}|^`\\[]", (int)c);
}

static bool is_escape(kg_str name, size_t i) {
    return i + 2 < name.len && isxdigit((unsigned char)name.data[i + 1]) &&
           isxdigit((unsigned char)name.data[i + 2]);
}

/* "[::1]"; what an address may be in full is not looked at: it is left as it is or it is not. */
static size_t address_length(kg_str host) {
    size_t n = 1;
    if (host.len == 0 || host.data[0] != '[')
        return 0;
    while (n < host.len && (isxdigit((unsigned char)host.data[n]) || strchr(":.", host.data[n])))
        n++;
    return n > 2 && n < host.len && host.data[n] == ']' ? n + 1 : 0;
}

/* Of "//user@host:port": at most one '@', no ':' in the host and digits in the port. The bytes up
 * to where other characters are allowed again; *good tells whether it is one. */
static size_t authority_length(bool *good, kg_str rest) {
    size_t n = 2, host = 2, ats = 0;
    *good = true;
    if (rest.len < 2 || rest.data[0] != '/' || rest.data[1] != '/')
        return 0;
    for (; n < rest.len && !strchr("/?#", rest.data[n]); n++) {
        if (rest.data[n] == '@') {
            host = n + 1;
            ats++;
        }
    }
    size_t address = address_length((kg_str){rest.data + host, n - host});
    size_t port = host + address;
    while (address == 0 && port < n && rest.data[port] != ':')
        port++;
    *good = ats <= 1 && (port == n || rest.data[port] == ':');
    for (size_t i = port + 1; i < n; i++)
        *good = *good && isdigit((unsigned char)rest.data[i]);
    return address ? host + address : 0;
}

static bool is_absolute(kg_str name) {
    size_t n = 0, marks = 0;
    bool good;
    while (n < name.len && (isalnum((unsigned char)name.data[n]) || strchr("+-.", name.data[n])))
        n++;
    if (n == 0 || n == name.len || name.data[n] != ':' || !isalpha((unsigned char)name.data[0]))
        return false;
    n++;
    n += authority_length(&good, (kg_str){name.data + n, name.len - n});
    while (good && n < name.len) {
        uint32_t c;
        size_t size = kg_utf8_next(&c, name.data + n, name.len - n);
        marks += c == '#';
        good = is_allowed(c) && marks <= 1 && (c != '%' || is_escape(name, n));
        n += size;
    }
    return good && !kg_iri_is_own(name);
}

/* ---- Both ways --------------------------------------------------------------------------------
 */

kg_status kg_iri_encode_own(kg_bytes *out, kg_str name, const char *also) {
    kg_status st;
    char hex[4];
    KG_TRY(st, kg_array_append(out, OURS.data, OURS.len));
    for (size_t i = 0, size; i < name.len; i += size) {
        uint32_t c;
        size = kg_utf8_next(&c, name.data + i, name.len - i);
        if (is_allowed(c) && c != '%' && c != '#' && (c >= 0x80 || !strchr(also, (int)c))) {
            KG_TRY(st, kg_array_append(out, name.data + i, size));
            continue;
        }
        for (size_t k = i; k < i + size; k++) {
            snprintf(hex, sizeof hex, "%%%02X", (unsigned char)name.data[k]);
            KG_TRY(st, kg_array_append(out, hex, 3));
        }
    }
    return KG_OK;
}

kg_status kg_iri_encode(kg_bytes *out, kg_str name) {
    return is_absolute(name) ? kg_array_append(out, name.data, name.len)
                             : kg_iri_encode_own(out, name, "");
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

kg_status kg_iri_decode(kg_bytes *out, kg_str iri) {
    kg_status st;
    if (!kg_iri_is_own(iri))
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

kg_status kg_iri_name(kg_str *out, kg_arena *arena, kg_str iri) {
    kg_bytes name = KG_ARRAY_INIT;
    *out = iri;
    if (!kg_iri_is_own(iri))
        return KG_OK;
    kg_status st = kg_iri_decode(&name, iri);
    const kg_str decoded = {name.data, name.len};
    if (st == KG_OK && kg_text_is_valid(decoded)) {
        *out = (kg_str){kg_arena_copy(arena, decoded), name.len};
        st = out->data ? KG_OK : KG_ERR_MEMORY;
    }
    kg_array_free(&name);
    return st;
}
