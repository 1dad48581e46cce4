/* Byte-level BPE writes each byte as a character that can be seen: printable bytes of Latin-1 as
 * themselves, the others in their order from U+0100. Private to the tokenizer. */
#ifndef KG_MODEL_BYTE_CHARS_H
#define KG_MODEL_BYTE_CHARS_H

#include <stdint.h>

/* 0 to 0x20, 0x7F to 0xA0 and 0xAD are not printable. */
static inline uint32_t kg_byte_char(uint8_t byte) {
    if (byte <= 0x20)
        return 0x100u + byte;
    if (byte >= 0x7F && byte <= 0xA0)
        return 0x121u + byte - 0x7F;
    return byte == 0xAD ? 0x143 : byte;
}

/* The byte that a character stands for; -1: none. */
static inline int kg_char_byte(uint32_t c) {
    if (c >= 0x100 && c <= 0x120)
        return (int)c - 0x100;
    if (c >= 0x121 && c <= 0x142)
        return (int)c - 0x121 + 0x7F;
    if (c == 0x143)
        return 0xAD;
    return c < 0x100 && kg_byte_char((uint8_t)c) == c ? (int)c : -1;
}

#endif
