/* SMedBERT's files, JSON or pickles by their first byte. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/import_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const fuzz_import how = {.format = "smedbert",
                                    .path = "d",
                                    .names = {"d/ent2outRel.json", "d/type_set.json",
                                              "d/global_PageRank.json", "d/ch_entity2id.txt",
                                              "d/ch_relation2id.txt"}};
    return fuzz_import_run(&how, data, size);
}
