#include "kgstore/base/unicode.h"

#include "kgstore/base/utf8.h"

#include <stdio.h>
#include <utf8proc.h>

kg_char_category kg_char_category_of(uint32_t code_point) {
    switch (utf8proc_category((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return KG_CHAR_LETTER;
    case UTF8PROC_CATEGORY_MN:
        return KG_CHAR_ACCENT;
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return KG_CHAR_MARK;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return KG_CHAR_NUMBER;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return KG_CHAR_PUNCTUATION;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return KG_CHAR_SYMBOL;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return KG_CHAR_SPACE;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return KG_CHAR_CONTROL;
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
        break;
    }
    return KG_CHAR_OTHER;
}

uint32_t kg_char_lower(uint32_t code_point) {
    if (code_point < 0x80)
        return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
    if (code_point > 0x10FFFF)
        return code_point;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code_point);
}

uint32_t kg_char_upper(uint32_t code_point) {
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)code_point);
}

size_t kg_char_decompose(uint32_t out[KG_CHAR_MAX_DECOMPOSED], uint32_t code_point) {
    utf8proc_int32_t parts[KG_CHAR_MAX_DECOMPOSED];
    int boundary = 0;
    utf8proc_ssize_t n = -1;
    if (code_point <= 0x10FFFF)
        n = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts, KG_CHAR_MAX_DECOMPOSED,
                                    UTF8PROC_DECOMPOSE, &boundary);
    if (n < 1 || n > KG_CHAR_MAX_DECOMPOSED) {
        out[0] = code_point;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)parts[i];
    return (size_t)n;
}

int kg_char_width(uint32_t code_point) {
    if (code_point >= 0x20 && code_point < 0x7F)
        return 1;
    return code_point > 0x10FFFF ? 1 : utf8proc_charwidth((utf8proc_int32_t)code_point);
}

bool kg_char_is_word(uint32_t c) {
    /* Blocks that hold the letters of the three scripts, and of no other; categories take the rest
     * (signs, marks, numerals) out. */
    static const uint32_t ranges[][2] = {
        {0x00AA, 0x00AA}, {0x00BA, 0x00BA}, {0x00C0, 0x02B8},   {0x02E0, 0x02E4}, {0x0370, 0x0373},
        {0x0375, 0x03E1}, {0x03F0, 0x052F}, {0x1C80, 0x1C88},   {0x1D00, 0x1DBF}, {0x1E00, 0x1FFF},
        {0x2071, 0x2071}, {0x207F, 0x207F}, {0x2090, 0x209C},   {0x2126, 0x2126}, {0x212A, 0x212B},
        {0x2132, 0x2132}, {0x214E, 0x214E}, {0x2183, 0x2184},   {0x2C60, 0x2C7F}, {0xA640, 0xA69F},
        {0xA722, 0xA787}, {0xA78B, 0xA7FF}, {0xAB30, 0xAB5A},   {0xAB5C, 0xAB69}, {0xFB00, 0xFB06},
        {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A}, {0x1DF00, 0x1DF2F},
    };
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    size_t low = 0, high = sizeof ranges / sizeof *ranges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle][1])
            low = middle + 1;
        else if (c < ranges[middle][0])
            high = middle;
        else
            return kg_char_category_of(c) == KG_CHAR_LETTER;
    }
    return false;
}

bool kg_char_is_digit(uint32_t code_point) {
    return utf8proc_category((utf8proc_int32_t)code_point) == UTF8PROC_CATEGORY_ND;
}

kg_status kg_text_lower(kg_bytes *to, kg_str text) {
    kg_status st;
    for (size_t i = 0; i < text.len;) {
        uint32_t code_point;
        bool valid;
        char encoded[4];
        size_t n = kg_utf8_decode(&code_point, &valid, text.data + i, text.len - i);
        if (valid) {
            size_t m = kg_utf8_encode(encoded, kg_char_lower(code_point));
            KG_TRY(st, kg_array_append(to, encoded, m));
        } else {
            KG_TRY(st, kg_array_append(to, text.data + i, n));
        }
        i += n;
    }
    return KG_OK;
}

/* Of the two great blocks: most of Chinese text, each folded to itself. */
static bool is_ideograph(uint32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF);
}

bool kg_char_continues(uint32_t c) {
    if (c < 0x300 || is_ideograph(c))
        return false;
    if (c >= 0x1160 && c <= 0x11FF)
        return true;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default:
        return false;
    }
}

static bool is_ascii(char byte) {
    return (unsigned char)byte < 0x80;
}

void kg_text_fold_next(kg_folded *out, kg_str text) {
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD;
    uint32_t first, c;
    bool valid;
    out->characters = 1;
    if (is_ascii(text.data[0]) && (text.len == 1 || is_ascii(text.data[1]))) {
        out->bytes = out->n = 1;
        out->points[0] = (int32_t)kg_char_lower((unsigned char)text.data[0]);
        return;
    }
    out->bytes = kg_utf8_decode(&first, &valid, text.data, text.len);
    while (valid && out->bytes < text.len && out->characters < KG_CLUSTER_MAX) {
        size_t n = kg_utf8_decode(&c, &valid, text.data + out->bytes, text.len - out->bytes);
        if (!valid || !kg_char_continues(c))
            break;
        out->bytes += n;
        out->characters++;
    }
    if (out->characters == 1 && (first < 0x80 || is_ideograph(first))) {
        out->points[0] = (int32_t)kg_char_lower(first);
        out->n = 1;
        return;
    }
    utf8proc_ssize_t n =
        utf8proc_decompose((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)out->bytes,
                           out->points, KG_FOLDED_MAX, options);
    if (n > 0 && n <= KG_FOLDED_MAX)
        n = utf8proc_normalize_utf32(out->points, n, options);
    if (n < 1 || n > KG_FOLDED_MAX) {
        out->points[0] = 0xFFFD;
        n = 1;
    }
    out->n = (size_t)n;
}

static bool turns_direction(uint32_t c) {
    return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

size_t kg_text_show_next(kg_bytes *to, kg_str text) {
    uint32_t c;
    bool valid;
    char escape[16];
    size_t n = kg_utf8_decode(&c, &valid, text.data, text.len);
    kg_str shown = {text.data, n};
    int length = 0;
    if (!valid || c < 0x20 || c == 0x7F)
        length = snprintf(escape, sizeof escape, "\\x%02x", valid ? c : (unsigned char)*text.data);
    else if ((c >= 0x80 && c < 0xA0) || turns_direction(c))
        length = snprintf(escape, sizeof escape, "\\u%04x", c);
    if (length > 0)
        shown = (kg_str){escape, (size_t)length};
    return kg_array_append(to, shown.data, shown.len) == KG_OK ? n : 0;
}

kg_status kg_text_show(kg_bytes *to, kg_str text) {
    for (size_t at = 0, n; at < text.len; at += n) {
        n = kg_text_show_next(to, (kg_str){text.data + at, text.len - at});
        if (n == 0)
            return KG_ERR_MEMORY;
    }
    return KG_OK;
}

size_t kg_text_width(kg_str text) {
    size_t width = 0;
    for (size_t i = 0; i < text.len;) {
        uint32_t code_point;
        bool valid;
        i += kg_utf8_decode(&code_point, &valid, text.data + i, text.len - i);
        width += (size_t)kg_char_width(code_point);
    }
    return width;
}
