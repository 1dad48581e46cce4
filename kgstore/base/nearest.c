#include "kgstore/base/nearest.h"

#include <stdint.h>
#include <string.h>

#define MAX_NAME 63

size_t kg_edit_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    size_t row[3][MAX_NAME + 1]; /* rows i-2, i-1 and i of the table, turning */
    if (n > MAX_NAME || m > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; ++j)
        row[0][j] = j;
    for (size_t i = 1; i <= n; ++i) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; ++j) {
            size_t d = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < d)
                d = last[j] + 1;
            if (now[j - 1] + 1 < d)
                d = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < d)
                d = before[j - 2] + 1;
            now[j] = d;
        }
    }
    return row[n % 3][m];
}

kg_nearest kg_nearest_begin(const char *word) {
    return (kg_nearest){word, NULL, strlen(word) / 3 + 2};
}

void kg_nearest_consider(kg_nearest *nearest, const char *name) {
    size_t d = kg_edit_distance(nearest->word, name);
    if (d < nearest->distance) {
        nearest->distance = d;
        nearest->best = name;
    }
}
