#include "kgstore/base/utf8.h"

#include <string.h>

static bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

size_t kg_utf8_decode(uint32_t *code_point, bool *valid, const char *text, size_t n) {
    const unsigned char *s = (const unsigned char *)text;
    *valid = true;
    if (s[0] < 0x80) {
        *code_point = s[0];
        return 1;
    }
    if (n >= 3 && (s[0] & 0xF0) == 0xE0 && is_continuation(s[1]) && is_continuation(s[2])) {
        uint32_t c = (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);
        if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
            *code_point = c;
            return 3;
        }
    } else if (n >= 2 && (s[0] & 0xE0) == 0xC0 && is_continuation(s[1])) {
        uint32_t c = (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
        if (c >= 0x80) {
            *code_point = c;
            return 2;
        }
    } else if (n >= 4 && (s[0] & 0xF8) == 0xF0 && is_continuation(s[1]) && is_continuation(s[2]) &&
               is_continuation(s[3])) {
        uint32_t c = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 |
                     (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);
        if (c >= 0x10000 && c <= 0x10FFFF) {
            *code_point = c;
            return 4;
        }
    }
    *valid = false;
    *code_point = 0xFFFD;
    return 1;
}

size_t kg_utf8_encode(char out[4], uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Bytes of the characters U+1000..U+CFFF (lead bytes E1 to EC: most of CJK, valid whatever follows
 * in their continuation bytes) that a word begins with: 0, 3 or 6. */
static size_t leading_three_byte(uint64_t word) {
    if ((word & 0xC0C0F0) != 0x8080E0 || (word & 0xF) - 1 > 0xB)
        return 0;
    word >>= 24;
    return (word & 0xC0C0F0) != 0x8080E0 || (word & 0xF) - 1 > 0xB ? 3 : 6;
}

size_t kg_utf8_valid_prefix(const char *text, size_t n) {
    size_t i = 0;
    while (i < n) {
        uint64_t word;
        if (n - i >= sizeof word) {
            memcpy(&word, text + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
                continue;
            }
            size_t three = leading_three_byte(word);
            if (three > 0) {
                i += three;
                continue;
            }
        }
        uint32_t code_point;
        bool valid;
        size_t length = kg_utf8_decode(&code_point, &valid, text + i, n - i);
        if (!valid)
            return i;
        i += length;
    }
    return n;
}

size_t kg_utf8_length(const char *text, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; count++) {
        uint32_t code_point;
        bool valid;
        i += kg_utf8_decode(&code_point, &valid, text + i, n - i);
    }
    return count;
}
