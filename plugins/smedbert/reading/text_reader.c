#include "plugins/smedbert/reading/text_reader.h"

kg_status kg_text_reader_init(kg_text_reader *r, kg_reading *reading, uint32_t max_len,
                              kg_error *err) {
    *r = (kg_text_reader){.reading = reading, .max_len = max_len};
    kg_special_tokens special = kg_tokenizer_special(reading->tokenizer);
    if (special.cls == KG_NO_TOKEN || special.sep == KG_NO_TOKEN)
        return kg_error_set(err, KG_ERR_FORMAT, "the vocabulary has no [CLS] or no [SEP]");
    return KG_OK;
}

void kg_text_reader_free(kg_text_reader *r) {
    kg_tokens_free(&r->tokens);
    *r = (kg_text_reader){.reading = NULL};
}

static kg_status put_token(kg_token_batch *b, uint32_t id) {
    kg_status st;
    KG_TRY(st, kg_array_push(&b->input_ids, id));
    KG_TRY(st, kg_array_push(&b->original_ids, id));
    return kg_array_push(&b->segments, 0);
}

static kg_status put_sequence(kg_token_batch *b, const kg_text_reader *r, uint32_t n) {
    kg_status st;
    kg_special_tokens special = kg_tokenizer_special(r->reading->tokenizer);
    KG_TRY(st, kg_array_push(&b->documents, b->lengths.len));
    KG_TRY(st, kg_array_push(&b->epochs, 0));
    KG_TRY(st, kg_array_push(&b->sop_labels, KG_SOP_NONE));
    KG_TRY(st, kg_array_push(&b->lengths, n + 2));
    KG_TRY(st, put_token(b, special.cls));
    for (uint32_t i = 0; i < n; i++)
        KG_TRY(st, put_token(b, r->tokens.ids.data[i]));
    return put_token(b, special.sep);
}

static kg_status put_mentions(kg_token_batch *b, const kg_text_reader *r,
                              const kg_linked_text *text, uint32_t offset, uint32_t n,
                              kg_error *err) {
    const kgp_mention *mentions;
    size_t count;
    kg_status st;
    uint32_t first = 0, end;
    KG_TRY(st, kg_reading_mentions(&mentions, &count, r->reading, text, err));
    for (size_t i = 0; i < count; i++) {
        if (!kg_reading_cover(&first, &end, r->tokens.spans.data, n, &mentions[i]))
            continue;
        const kg_placed_mention mention = {offset + first, offset + end, KG_ROLE_CONTEXT,
                                           mentions[i].entity};
        KG_TRY(st, kg_reading_put(b, r->reading, &mention, err));
        first = end;
    }
    return KG_OK;
}

kg_status kg_text_reader_add(kg_token_batch *b, kg_text_reader *r, const kg_linked_text *text,
                             kg_error *err) {
    kg_status st;
    kg_tokens_clear(&r->tokens);
    KG_TRY(st, kg_tokenizer_encode(&r->tokens, r->reading->tokenizer, text->text));
    uint32_t n = (uint32_t)r->tokens.ids.len, offset = kg_token_batch_tokens(b) + 1;
    if (n + 2 > r->max_len)
        n = r->max_len - 2;
    KG_TRY(st, put_sequence(b, r, n));
    return put_mentions(b, r, text, offset, n, err);
}
