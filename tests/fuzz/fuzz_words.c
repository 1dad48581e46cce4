/* Lines of the shell, split into words. */
#include "tests/fuzz/fuzz.h"

#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_words words;
    kg_error err = KG_ERROR_INIT;
    kg_str line = {(const char *)data, size};
    kg_status st = kg_words_split(&words, line, &err);
    size_t bytes = 0;
    for (size_t i = 0; i < words.words.len; ++i)
        bytes += strlen(words.words.data[i]);
    if (bytes > size || (st != KG_OK && st != KG_ERR_ARGUMENT))
        abort();
    kg_words_free(&words);
    return 0;
}
