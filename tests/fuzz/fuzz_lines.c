/* The line reader, on content that is plain or compressed in any of the ways it reads. */
#include "tests/fuzz/fuzz.h"

#include "kgstore/base/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_lines *lines;
    kg_str content = {(const char *)data, size}, line;
    kg_error err = KG_ERROR_INIT;
    if (kg_lines_from_memory(&lines, content, "input", 1000) != KG_OK)
        return 0;
    bool end = false;
    kg_status st = KG_OK;
    volatile char last = 0;
    while ((st == KG_OK || st == KG_ERR_LIMIT) && !end) {
        st = kg_lines_next(&line, &end, lines, &err);
        if (st == KG_OK && line.len > 0)
            last = line.data[line.len - 1];
    }
    (void)last;
    kg_lines_close(lines);
    return 0;
}
