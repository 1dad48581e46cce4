#include "kgstore/base/utf8.h"

#include <string.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

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

#ifdef __AVX2__

/* What a pair of neighbouring bytes may be guilty of, by Keiser and Lemire, "Validating UTF-8 In
 * Less Than One Instruction Per Byte" (2021): three look-ups by half-bytes, anded. */
enum {
    TOO_SHORT = 1 << 0,      /* a lead byte without its continuation */
    TOO_LONG = 1 << 1,       /* a continuation after ASCII */
    OVERLONG_3 = 1 << 2,     /* E0 80..9F */
    TOO_LARGE = 1 << 3,      /* F4 90..BF, F5.. */
    SURROGATE = 1 << 4,      /* ED A0..BF */
    OVERLONG_2 = 1 << 5,     /* C0, C1 */
    TOO_LARGE_1000 = 1 << 6, /* F5..FF 80..8F */
    OVERLONG_4 = 1 << 6,     /* F0 80..8F */
    TWO_CONTS = 1 << 7,      /* two continuations: right only where a longer lead stands before */
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS
};

#define ROW(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                                        \
    _mm256_setr_epi8((char)(a), (char)(b), (char)(c), (char)(d), (char)(e), (char)(f), (char)(g),  \
                     (char)(h), (char)(i), (char)(j), (char)(k), (char)(l), (char)(m), (char)(n),  \
                     (char)(o), (char)(p), (char)(a), (char)(b), (char)(c), (char)(d), (char)(e),  \
                     (char)(f), (char)(g), (char)(h), (char)(i), (char)(j), (char)(k), (char)(l),  \
                     (char)(m), (char)(n), (char)(o), (char)(p))

/* Non-zero bytes where the block, which follows `before`, is wrong. */
static __m256i block_errors(__m256i block, __m256i before) {
    const __m256i low = _mm256_set1_epi8(0x0F);
    const int large = CARRY | TOO_LARGE | TOO_LARGE_1000;
    const int second = TOO_LONG | OVERLONG_2 | TWO_CONTS;
    __m256i joined = _mm256_permute2x128_si256(before, block, 0x21);
    __m256i back1 = _mm256_alignr_epi8(block, joined, 15);
    __m256i back2 = _mm256_alignr_epi8(block, joined, 14);
    __m256i back3 = _mm256_alignr_epi8(block, joined, 13);
    __m256i first_high = _mm256_shuffle_epi8(
        ROW(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
            TWO_CONTS, TWO_CONTS, TWO_CONTS, TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
            TOO_SHORT | OVERLONG_3 | SURROGATE,
            TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4),
        _mm256_and_si256(_mm256_srli_epi16(back1, 4), low));
    __m256i first_low =
        _mm256_shuffle_epi8(ROW(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4, CARRY | OVERLONG_2,
                                CARRY, CARRY, CARRY | TOO_LARGE, large, large, large, large, large,
                                large, large, large, large | SURROGATE, large, large),
                            _mm256_and_si256(back1, low));
    __m256i second_high = _mm256_shuffle_epi8(
        ROW(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
            second | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4, second | OVERLONG_3 | TOO_LARGE,
            second | SURROGATE | TOO_LARGE, second | SURROGATE | TOO_LARGE, TOO_SHORT, TOO_SHORT,
            TOO_SHORT, TOO_SHORT),
        _mm256_and_si256(_mm256_srli_epi16(block, 4), low));
    __m256i pairs = _mm256_and_si256(_mm256_and_si256(first_high, first_low), second_high);
    /* The third byte of a lead E0.., and the fourth of F0.., must be second continuations. */
    __m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8(0xF0 - 0x80));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(must, pairs);
}

/* Is all of text valid? The zeros after its end show a character cut short. */
static bool all_valid(const char *text, size_t n) {
    __m256i before = _mm256_setzero_si256(), errors = before, block;
    size_t i = 0;
    for (; n - i >= sizeof block; i += sizeof block) {
        block = _mm256_loadu_si256((const __m256i *)(const void *)(text + i));
        errors = _mm256_or_si256(errors, block_errors(block, before));
        before = block;
    }
    block = _mm256_setzero_si256();
    if (n > i)
        memcpy(&block, text + i, n - i);
    errors = _mm256_or_si256(errors, block_errors(block, before));
    return _mm256_testz_si256(errors, errors);
}

#else

/* Slower machines look at one character at a time. */
static bool all_valid(const char *text, size_t n) {
    (void)text;
    return n == 0;
}

#endif

size_t kg_utf8_valid_prefix(const char *text, size_t n) {
    if (all_valid(text, n))
        return n;
    size_t i = 0;
    while (i < n) {
        uint64_t word;
        if (n - i >= sizeof word) {
            memcpy(&word, text + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
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

static size_t valid_text_prefix(kg_str text) {
    const char *nul = text.len ? memchr(text.data, 0, text.len) : NULL;
    return kg_utf8_valid_prefix(text.data, nul ? (size_t)(nul - text.data) : text.len);
}

/* Eight bytes, all ASCII and none of them NUL. In such a word no byte borrows from the next. */
static bool is_plain_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
}

bool kg_text_is_valid(kg_str text) {
    size_t i = 0, n = text.len;
    for (; n - i >= 8; i += 8)
        if (!is_plain_word(text.data + i))
            return valid_text_prefix(text) == n;
    for (; i < n; i++)
        if ((unsigned char)(text.data[i] - 1) >= 0x7F)
            return valid_text_prefix(text) == n;
    return true;
}

kg_status kg_text_check(kg_str text, const char *what, kg_error *err) {
    if (kg_text_is_valid(text))
        return KG_OK;
    size_t valid = valid_text_prefix(text);
    const char *in = what ? " of " : "", *it = what ? "it" : "the file";
    what = what ? what : "";
    unsigned char byte = (unsigned char)text.data[valid];
    if (byte == 0)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "found a NUL at byte %zu%s%s; expected text; remove it", valid + 1, in,
                            what);
    return kg_error_set(err, KG_ERR_FORMAT,
                        "found the byte 0x%02X at byte %zu%s%s, which is not UTF-8; expected UTF-8 "
                        "text; convert %s, for example with iconv",
                        byte, valid + 1, in, what, it);
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

kg_quoted kg_quote(kg_str text) {
    enum { SHOWN = 40 };
    kg_quoted q;
    size_t n = text.len > SHOWN ? SHOWN : text.len;
    n = n ? kg_utf8_valid_prefix(text.data, n) : 0;
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        q.text[at++] = (unsigned char)text.data[i] < 0x20 ? ' ' : text.data[i];
    if (n < text.len) {
        memcpy(q.text + at, "...", 3);
        at += 3;
    }
    q.text[at] = 0;
    return q;
}
