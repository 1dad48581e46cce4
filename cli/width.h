/* Columns that text takes on a terminal. */
#ifndef KG_CLI_WIDTH_H
#define KG_CLI_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* 2 for East Asian wide and fullwidth characters and emoji, 0 for combining marks and controls,
 * else 1. Does not depend on the locale. */
unsigned kg_width_of(uint32_t code_point);

/* Sum over n bytes of UTF-8; an invalid byte counts 1. */
size_t kg_width(const char *text, size_t n);

#endif
