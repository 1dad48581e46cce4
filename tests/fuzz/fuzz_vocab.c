/* Input: a byte of options, then lines of text. Of them a vocabulary is learnt twice, the second
 * time with the lines in the other order: the same must come, no larger than asked for, no token
 * twice, and a tokenizer can be made of it. */
#include "tests/fuzz/fuzz.h"

#include "model/tokenizer/learn.h"
#include "model/tokenizer/tokenizer.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 64 };

static kg_status take(void *context, kg_str token) {
    kg_bytes *to = context;
    if (token.len == 0 || memchr(token.data, '\n', token.len))
        abort();
    kg_status st;
    KG_TRY(st, kg_array_append(to, token.data, token.len));
    return kg_array_push(to, '\n');
}

static void learn(kg_bytes *vocabulary, const kg_vocab_options *options, const kg_str *lines,
                  size_t n, int reversed) {
    kg_vocab_learner *learner;
    if (kg_vocab_learner_new(&learner, options) != KG_OK)
        abort();
    for (size_t i = 0; i < n; i++)
        if (kg_vocab_learner_add(learner, lines[reversed ? n - 1 - i : i]) != KG_OK)
            abort();
    if (kg_vocab_learner_finish(learner, take, vocabulary) != KG_OK)
        abort();
    kg_vocab_learner_free(learner);
}

/* Each token has the id of its line. */
static void check(const kg_bytes *vocabulary, const kg_vocab_options *options) {
    kg_tokenizer *t;
    kg_lines *lines;
    if (kg_lines_from_memory(&lines, (kg_str){vocabulary->data, vocabulary->len}, "learnt", 0) !=
            KG_OK ||
        kg_tokenizer_read(&t, lines, options->cased, NULL) != KG_OK)
        abort();
    uint32_t n = kg_tokenizer_size(t);
    if (n > options->size)
        abort();
    for (uint32_t i = 0; i < n; i++)
        if (kg_tokenizer_id(t, kg_tokenizer_token(t, i)) != i)
            abort();
    kg_lines_close(lines);
    kg_tokenizer_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_str lines[MOST_LINES];
    size_t n = 0, at = 1;
    kg_bytes forward = KG_ARRAY_INIT, backward = KG_ARRAY_INIT;
    if (size < 1)
        return 0;
    kg_vocab_options options = {.size = 5 + (data[0] & 31U) * 4,
                                .min_count = 1 + (data[0] >> 5 & 3U),
                                .cased = data[0] >> 7};
    while (at < size && n < MOST_LINES) {
        const uint8_t *newline = memchr(data + at, '\n', size - at);
        size_t end = newline ? (size_t)(newline - data) : size;
        lines[n++] = (kg_str){(const char *)data + at, end - at};
        at = end + 1;
    }
    learn(&forward, &options, lines, n, 0);
    if (size % 256 == 0) {
        learn(&backward, &options, lines, n, 1);
        if (forward.len != backward.len || memcmp(forward.data, backward.data, forward.len) != 0)
            abort();
        check(&forward, &options);
    }
    kg_array_free(&forward);
    kg_array_free(&backward);
    return 0;
}
