/* A graph schema, and triples that pass it. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "tsv",
                                    .path = "triples",
                                    .names = {"schema", "triples"},
                                    .columns = "head,head_type,relation,tail,tail_type",
                                    .schema = true};
    return fuzz_import_run(&how, data, size);
}
