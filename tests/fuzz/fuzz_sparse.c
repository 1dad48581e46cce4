/* Input: a byte, how many tags (1 to 16), then a file of sparse features' weights. What is read
 * must hold together. */
#include "tests/fuzz/fuzz.h"

#include "plugins/smedbert/tune/sparse_crf.h"

#include <stdlib.h>

static void require(bool truth) {
    if (!truth)
        abort();
}

static void check(const kg_sparse_crf *crf) {
    size_t keys = crf->keys.len, weights = crf->weights.len;
    require(crf->transitions && crf->ends.len == keys && crf->of_tags.len == weights);
    require(keys == 0 ? weights == 0 : crf->ends.data[keys - 1] == weights);
    for (size_t k = 0; k < keys; k++) {
        require(k == 0 || crf->keys.data[k] > crf->keys.data[k - 1]);
        require(crf->ends.data[k] > (k ? crf->ends.data[k - 1] : 0));
    }
    for (size_t w = 0; w < weights; w++)
        require(crf->of_tags.data[w] < crf->tags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_lines *lines;
    kg_sparse_crf crf;
    kg_error err = KG_ERROR_INIT;
    if (size == 0)
        return 0;
    size_t tags = 1 + data[0] % 16;
    kg_str content = {(const char *)data + 1, size - 1};
    if (kg_lines_from_memory(&lines, content, "input", 0) != KG_OK)
        return 0;
    if (kg_sparse_crf_read_lines(&crf, lines, tags, &err) == KG_OK)
        check(&crf);
    kg_sparse_crf_free(&crf);
    kg_lines_close(lines);
    return 0;
}
