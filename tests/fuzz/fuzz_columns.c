/* A table of triples with types, held to a schema. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "tsv",
                                    .path = "g",
                                    .names = {"g", "schema"},
                                    .schema = true,
                                    .columns = "head,head_type,relation,tail,tail_type"};
    return fuzz_import_run(&how, data, size);
}
