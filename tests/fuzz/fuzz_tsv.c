/* A table of triples in any order, with nodes and aliases beside. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "tsv",
                                    .path = "g",
                                    .names = {"g", "nodes", "aliases"},
                                    .nodes = true,
                                    .aliases = true};
    return fuzz_import_run(&how, data, size);
}
