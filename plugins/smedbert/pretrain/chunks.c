#include "plugins/smedbert/pretrain/chunks.h"

#include "plugins/common/sentence.h"

bool kg_tokens_end_sentence(const kg_tokens *tokens, kg_str text, uint32_t i) {
    return kg_sentence_ends(text, tokens->spans.data[i - 1].end, tokens->spans.data[i].start);
}

/* The end of the chunk that begins at `first`, before token `limit`. *reached counts mentions that
 * begin before the limit: it moves on with it. */
static uint32_t find_end(size_t *reached, uint32_t first, uint32_t limit, const kg_tokens *tokens,
                         kg_str text, const kg_units *mentions) {
    uint32_t word = 0, token = 0;
    size_t before = *reached; /* mentions that begin before token i */
    while (before < mentions->len && mentions->data[before].first < limit)
        before++;
    *reached = before;
    for (uint32_t i = limit; i > first; i--) {
        while (before > 0 && mentions->data[before - 1].first >= i)
            before--;
        if (before > 0 && i < mentions->data[before - 1].end)
            continue;
        if (kg_tokens_end_sentence(tokens, text, i))
            return i;
        if (word == 0 && tokens->starts.data[i])
            word = i;
        if (token == 0)
            token = i;
    }
    return word ? word : token ? token : limit;
}

kg_status kg_chunks_cut(kg_chunks *to, const kg_tokens *tokens, kg_str text,
                        const kg_units *mentions, uint32_t most) {
    kg_status st;
    uint32_t n = (uint32_t)tokens->ids.len;
    size_t reached = 0;
    for (uint32_t first = 0; first < n;) {
        uint32_t end =
            n - first <= most ? n : find_end(&reached, first, first + most, tokens, text, mentions);
        kg_chunk chunk = {first, end};
        KG_TRY(st, kg_array_push(to, chunk));
        first = end;
    }
    return KG_OK;
}
