/* Wikidata5M's folder. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "wikidata5m",
                                    .path = "dir",
                                    .names = {"dir/wikidata5m_entity.txt",
                                              "dir/wikidata5m_relation.txt",
                                              "dir/wikidata5m_inductive_train.txt"}};
    return fuzz_import_run(&how, data, size);
}
