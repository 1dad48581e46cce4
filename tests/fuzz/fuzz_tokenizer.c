/* Input: a flag byte, where it is 0 or 16 (and the length a multiple of 128: to make a tokenizer
 * takes a thousand times as long as to run one) a vocabulary up to a NUL, then text. Spans must be
 * in the text and in order, ids in the vocabulary. */
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

static const char fixed[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n病\n毒\nab\n##c\n##ab\na\n,\ne\nᄀ\n##ᅡ\n";

/* Made once for each case. */
static kg_tokenizer *fixed_tokenizer(bool cased) {
    static kg_tokenizer *made[2];
    kg_lines *lines;
    if (made[cased])
        return made[cased];
    if (kg_lines_from_memory(&lines, kg_str_from(fixed), "vocabulary", 0) != KG_OK ||
        kg_tokenizer_read(&made[cased], lines, cased, NULL) != KG_OK)
        abort();
    kg_lines_close(lines);
    return made[cased];
}

static void check_vocabulary(kg_str vocabulary, kg_str text, bool cased) {
    kg_lines *lines;
    kg_tokenizer *t;
    if (kg_lines_from_memory(&lines, vocabulary, "vocabulary", 0) != KG_OK)
        return;
    if (kg_tokenizer_read(&t, lines, cased, NULL) == KG_OK) {
        check(t, text);
        kg_tokenizer_free(t);
    }
    kg_lines_close(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *input = (const char *)data;
    if (size < 2)
        return 0;
    const char *nul = memchr(input + 1, '\0', size - 1);
    if (!nul || (data[0] & ~16) != 0 || size % 128 != 0) {
        check(fixed_tokenizer(data[0] & 1), (kg_str){input + 1, size - 1});
        return 0;
    }
    size_t vocabulary = (size_t)(nul - input) - 1;
    check_vocabulary((kg_str){input + 1, vocabulary}, (kg_str){nul + 1, size - vocabulary - 2},
                     data[0] & 16);
    return 0;
}
