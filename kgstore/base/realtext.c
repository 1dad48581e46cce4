#include "kgstore/base/realtext.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of 17 digits, as "%.16e" gives them, the first n, rounded. False: only all of what follows the
 * 17th tells which way, or a 9 is carried. */
static bool round_digits(char to[32], const char *seventeen, int n) {
    const char *first = seventeen + (seventeen[0] == '-');
    const char *exponent = strchr(first, 'e');
    size_t kept = (size_t)(first - seventeen) + (size_t)n + 1; /* a point is among them */
    const char *rest = seventeen + kept;
    size_t dropped = (size_t)(exponent - rest);
    if (rest[0] == '5' && strspn(rest + 1, "0") == dropped - 1)
        return false;
    memcpy(to, seventeen, kept);
    if (rest[0] >= '5') {
        if (to[kept - 1] == '9' || to[kept - 1] == '.')
            return false;
        to[kept - 1]++;
    }
    strcpy(to + kept, exponent);
    return true;
}

/* To print a number takes longer than to read it: where 17 digits are needed, as of most, 15 and 16
 * are tried without printing. */
void kg_real_text(char text[32], double value) {
    char all[32], fewer[32];
    int digits = 15;
    if (!isfinite(value)) {
        snprintf(text, 32, "%g", value);
        return;
    }
    snprintf(all, sizeof all, "%.16e", value);
    while (digits < 17 && round_digits(fewer, all, digits) && strtod(fewer, NULL) != value)
        digits++;
    for (; digits <= 17; ++digits) {
        snprintf(text, 32, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            return;
    }
}
