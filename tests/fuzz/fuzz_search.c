/* Input: text to be searched for among a fixed list of names; behind an empty line, if there is
 * one, names of its own, a line each. The search must find what the naive one finds. */
#include "tests/fuzz/fuzz.h"

#include "tests/kgstore/search/naive_search.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static const char fixed[] =
    "caf\u00e9\ncafe\nnu\ncat\nCAT scan\n\u7cd6\u5c3f\u75c5\n\u7cd6\u5c3f\n\u7cd6\n\u03a3\u03a3\n"
    "stra\u00dfe\n\u0130x\n\ufb03x\na b\nab\nba\n12\n\u1100\u1161\n\u00e5\u0323\nxx\ntype 2 "
    "diabetes";

/* The first line of *rest, which goes on behind it. */
static kg_str take_line(kg_str *rest) {
    const char *newline = memchr(rest->data, '\n', rest->len);
    kg_str line = {rest->data, newline ? (size_t)(newline - rest->data) : rest->len};
    size_t taken = line.len + (newline ? 1 : 0);
    *rest = (kg_str){rest->data + taken, rest->len - taken};
    return line;
}

static void search(kg_str text, kg_str lines) {
    static const double weights[] = {0, 2, 1, 2, 0, 1};
    enum { N_WEIGHTS = sizeof weights / sizeof *weights };
    naive_name names[MOST];
    kg_name_table table = {0};
    kg_hits got = KG_ARRAY_INIT, want = KG_ARRAY_INIT;
    size_t n = 0;
    for (; n < MOST && lines.len > 0; n++) {
        names[n] = (naive_name){take_line(&lines), (kg_id)(n * 2 / 3)};
        if (kg_name_table_add(&table, names[n].text, names[n].entity) != KG_OK)
            abort();
    }
    uint32_t k = text.len % 2 ? 3 : MOST;
    if (kg_name_table_search(&got, &table, text, weights, N_WEIGHTS, k) != KG_OK)
        abort();
    naive_search(&want, names, n, text, weights, N_WEIGHTS, k);
    if (got.len != want.len)
        abort();
    for (size_t i = 0; i < got.len; i++)
        if (got.data[i].name != want.data[i].name || got.data[i].match != want.data[i].match ||
            got.data[i].distance != want.data[i].distance)
            abort();
    kg_array_free(&got);
    kg_array_free(&want);
    kg_name_table_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str rest = {(const char *)data, size < 1024 ? size : 1024};
    const char *gap = memmem(rest.data, rest.len, "\n\n", 2);
    size_t length = gap ? (size_t)(gap - rest.data) : rest.len;
    kg_str own = {rest.data + length, rest.len - length};
    if (gap) {
        take_line(&own);
        take_line(&own);
    }
    search((kg_str){rest.data, length}, own.len > 0 ? own : kg_str_from(fixed));
    return 0;
}
