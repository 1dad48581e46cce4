/* Input: a flag byte, a vocabulary up to a NUL, then text. Spans must be in the text and in order,
 * ids in the vocabulary. */
#include "tests/fuzz/fuzz.h"

#include "model/tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

static void check(const kg_tokenizer *t, kg_str text) {
    kg_tokens tokens = KG_TOKENS_INIT;
    kg_bytes decoded = KG_ARRAY_INIT;
    uint32_t before = 0;
    if (kg_tokenizer_encode(&tokens, t, text) != KG_OK)
        abort();
    for (size_t i = 0; i < tokens.ids.len; i++) {
        kg_span span = tokens.spans.data[i];
        if (tokens.ids.data[i] >= kg_tokenizer_size(t) || span.start >= span.end ||
            span.end > text.len || span.start < before)
            abort();
        before = span.start;
    }
    if (tokens.ids.len > 0 && !tokens.starts.data[0])
        abort();
    if (kg_tokenizer_decode(&decoded, t, tokens.ids.data, tokens.ids.len) != KG_OK)
        abort();
    kg_array_free(&decoded);
    kg_tokens_free(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *input = (const char *)data;
    if (size < 2)
        return 0;
    const char *nul = memchr(input + 1, '\0', size - 1);
    size_t vocabulary = nul ? (size_t)(nul - input) - 1 : size - 1;
    kg_lines *lines;
    kg_tokenizer *t;
    if (kg_lines_from_memory(&lines, (kg_str){input + 1, vocabulary}, "vocabulary", 0) != KG_OK)
        return 0;
    if (kg_tokenizer_read(&t, lines, data[0] & 1, NULL) == KG_OK) {
        check(t, (kg_str){nul ? nul + 1 : "", nul ? size - vocabulary - 2 : 0});
        kg_tokenizer_free(t);
    }
    kg_lines_close(lines);
    return 0;
}
