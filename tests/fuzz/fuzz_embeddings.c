/* Embeddings: OpenKE's JSON, or a .npy file where it begins as one. */
#include "import/embeddings.h"
#include "kgstore/base/npy.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str content = {(const char *)data, size};
    kg_error err = KG_ERROR_INIT;
    if (size > 0 && data[0] == 0x93) {
        float *matrix;
        uint64_t rows, columns;
        kg_npy_parse(&matrix, &rows, &columns, content, "input", &err);
        free(matrix);
        return 0;
    }
    kg_embeddings e = {0};
    kg_embeddings_parse_openke(&e, content, "input", &err);
    kg_embeddings_free(&e);
    return 0;
}
