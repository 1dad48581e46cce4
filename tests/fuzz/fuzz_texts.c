/* Input: a byte that chooses the task and whether classes are given, then a data set of texts; or,
 * for bytes from 128 on, a file of outcomes. What is read must hold together. */
#include "tests/fuzz/fuzz.h"

#include "plugins/smedbert/tasks/texts/outcomes.h"

#include <stdlib.h>

static void require(bool truth) {
    if (!truth)
        abort();
}

static void check_item(const kg_texts *t, size_t i) {
    const kg_text_item *item = &t->items.data[i];
    kg_str a = kg_texts_text(t, item->a);
    require(item->a < t->ends.len && item->b < t->ends.len && item->id < t->ends.len);
    for (int s = 0; t->kind == KG_TEXT_RELATION && s < 2; s++)
        require(item->spans[s].start < item->spans[s].end && item->spans[s].end <= a.len);
    if (t->kind == KG_TEXT_RANK)
        require(t->gold.data[i] <= 1);
    else
        require(t->labels.types.len == 0 || t->gold.data[i] < t->labels.types.len);
}

static void check(const kg_texts *t) {
    size_t examples = t->example_ends.len;
    require(t->items.len > 0 && t->gold.len == t->items.len);
    require(examples > 0 && t->example_ends.data[examples - 1] == t->items.len);
    for (size_t e = 0; e < examples; e++)
        require(t->example_ends.data[e] > kg_texts_first(t, e));
    for (size_t i = 0; i < t->items.len; i++)
        check_item(t, i);
}

static void read_outcomes(kg_lines *lines) {
    kg_outcomes o;
    double values[KG_OUTCOME_FIGURES];
    kg_error err = KG_ERROR_INIT;
    if (kg_outcomes_read_lines(&o, lines, &err) == KG_OK)
        require(kg_outcomes_judge(values, &o, NULL, 0) == KG_OK);
    else
        require(err.text[0] != '\0');
    kg_outcomes_free(&o);
}

static void read_texts(kg_lines *lines, uint8_t how) {
    kg_texts t;
    kg_error err = KG_ERROR_INIT;
    const kg_texts_options options = {.kind = (kg_text_kind)(how % 4),
                                      .unlabeled = how / 4 % 2,
                                      .negatives = how / 8 % 2 ? -1 : 1};
    if (kg_texts_read_lines(&t, lines, &options, &err) == KG_OK)
        check(&t);
    else
        require(err.text[0] != '\0');
    kg_texts_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kg_lines *lines;
    if (size == 0)
        return 0;
    kg_str content = {(const char *)data + 1, size - 1};
    if (kg_lines_from_memory(&lines, content, "input", 0) != KG_OK)
        return 0;
    if (data[0] >= 128)
        read_outcomes(lines);
    else
        read_texts(lines, data[0]);
    kg_lines_close(lines);
    return 0;
}
