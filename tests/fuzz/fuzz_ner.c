/* Input: a byte of the format (odd: a file of predictions, with two tags a line; then whether a
 * column is asked for, nesting, offsets), then a data set of named-entity recognition: lines, JSON
 * or PubTator. What is read must hold together. */
#include "tests/fuzz/fuzz.h"

#include "plugins/smedbert/tasks/ner/ner_data.h"

#include <stdlib.h>

static void require(bool truth) {
    if (!truth)
        abort();
}

static void check_sequence(const kg_ner_data *data, size_t sequence) {
    size_t first = kg_ner_sequence_start(data, sequence);
    size_t n = data->sequence_ends.data[sequence] - first;
    kg_bytes text = KG_ARRAY_INIT;
    kg_ner_spans spans = KG_ARRAY_INIT;
    uint32_t *starts = malloc((n + 1) * sizeof *starts);
    require(n > 0 && starts);
    require(kg_ner_sequence_text(&text, starts, data, sequence) == KG_OK);
    for (size_t i = 0; i < n; i++)
        require(starts[i] + kg_ner_token(data, first + i).len <= text.len);
    for (int c = 0; c < KG_CONVENTIONS; c++) {
        spans.len = 0;
        require(kg_tags_spans(&spans, data->tags.data + first, n, (kg_convention)c) == KG_OK);
        for (size_t s = 0; s < spans.len; s++)
            require(spans.data[s].start < spans.data[s].end && spans.data[s].end <= n &&
                    spans.data[s].type < data->set.types.len);
    }
    kg_array_free(&text);
    kg_array_free(&spans);
    free(starts);
}

static void check(const kg_ner_data *data, bool predictions) {
    size_t tokens = data->tags.len, sequences = data->sequence_ends.len;
    require(tokens > 0 && data->token_ends.len == tokens && data->lines.len == tokens);
    require(data->predicted.len == (predictions ? tokens : 0));
    require(data->sequence_ends.data[sequences - 1] == tokens);
    for (size_t i = 0; i < tokens; i++) {
        require(kg_ner_token(data, i).len <= data->text.len);
        require(data->tags.data[i] < kg_tagset_tags(&data->set));
        require(!predictions || data->predicted.data[i] < kg_tagset_tags(&data->set));
    }
    for (size_t s = 0; s < sequences; s++)
        check_sequence(data, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_lines *lines;
    kg_ner_data read;
    kg_error err = KG_ERROR_INIT;
    if (size == 0)
        return 0;
    bool predictions = data[0] % 2;
    kg_ner_format format = {.predictions = predictions};
    if (data[0] & 2)
        format.tag_column = 1 + data[0] / 64;
    format.nested = (kg_ner_nesting)(data[0] / 4 % 3);
    format.offsets = (kg_ner_offsets)(data[0] / 16 % 4);
    kg_str content = {(const char *)data + 1, size - 1};
    if (kg_lines_from_memory(&lines, content, "input", 0) != KG_OK)
        return 0;
    if (kg_ner_data_read_lines(&read, lines, &format, &err) == KG_OK)
        check(&read, predictions);
    kg_ner_data_free(&read);
    kg_lines_close(lines);
    return 0;
}
