#include "plugins/smedbert/reading/text_reader.h"

enum { MARKS = 2 };

kg_status kg_text_reader_init(kg_text_reader *r, kg_reading *reading, uint32_t max_len,
                              kg_error *err) {
    *r = (kg_text_reader){.reading = reading, .max_len = max_len};
    kg_special_tokens special = kg_tokenizer_special(reading->tokenizer);
    if (special.cls == KG_NO_TOKEN || special.sep == KG_NO_TOKEN)
        return kg_error_set(err, KG_ERR_FORMAT,
                            "the vocabulary has no [CLS] or no [SEP] (<s> or </s> of RoBERTa)");
    r->joining = kg_tokenizer_joining(reading->tokenizer);
    return KG_OK;
}

void kg_text_reader_free(kg_text_reader *r) {
    kg_tokens_free(&r->tokens);
    kg_tokens_free(&r->other);
    kg_array_free(&r->rows);
    *r = (kg_text_reader){.reading = NULL};
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static kg_status put_token(kg_token_batch *b, uint32_t id, uint8_t segment) {
    kg_status st;
    KG_TRY(st, kg_array_push(&b->input_ids, id));
    KG_TRY(st, kg_array_push(&b->original_ids, id));
    return kg_array_push(&b->segments, segment);
}

static kg_status begin_sequence(kg_token_batch *b, const kg_text_reader *r) {
    kg_status st;
    KG_TRY(st, kg_array_push(&b->documents, b->lengths.len));
    KG_TRY(st, kg_array_push(&b->epochs, 0));
    KG_TRY(st, kg_array_push(&b->sop_labels, KG_SOP_NONE));
    KG_TRY(st, kg_array_push(&b->lengths, 0));
    return put_token(b, kg_tokenizer_special(r->reading->tokenizer).cls, 0);
}

static void end_sequence(kg_token_batch *b, uint32_t first) {
    b->lengths.data[b->lengths.len - 1] = kg_token_batch_tokens(b) - first;
}

static kg_status put_separator(kg_token_batch *b, const kg_text_reader *r, uint8_t segment) {
    return put_token(b, kg_tokenizer_special(r->reading->tokenizer).sep, segment);
}

/* The first n of r->tokens, and the separator. */
static kg_status put_text(kg_token_batch *b, kg_text_reader *r, uint32_t n, uint8_t segment) {
    kg_status st;
    r->rows.len = 0;
    for (uint32_t i = 0; i < r->tokens.ids.len; i++) {
        KG_TRY(st, kg_array_push(&r->rows, i < n ? kg_token_batch_tokens(b) : KG_NO_ROW));
        if (i < n)
            KG_TRY(st, put_token(b, r->tokens.ids.data[i], segment));
    }
    return put_separator(b, r, segment);
}

/* ---- Mentions -------------------------------------------------------------------------------- */

/* Whether the tokens [first, end) stand in the batch, side by side. */
static bool stand_together(const kg_text_reader *r, uint32_t first, uint32_t end) {
    uint32_t row = r->rows.data[first], last = r->rows.data[end - 1];
    return row != KG_NO_ROW && last != KG_NO_ROW && last - row == end - 1 - first;
}

static kg_status put_mentions(kg_token_batch *b, kg_text_reader *r, const kg_linked_text *text,
                              kg_error *err) {
    const kgp_mention *mentions;
    size_t count;
    kg_status st;
    uint32_t first = 0, end, n = (uint32_t)r->tokens.ids.len;
    KG_TRY(st, kg_reading_mentions(&mentions, &count, r->reading, text, err));
    r->mentions += count;
    for (size_t i = 0; i < count; i++) {
        if (!kg_reading_cover(&first, &end, r->tokens.spans.data, n, &mentions[i]) ||
            !stand_together(r, first, end)) {
            r->off_edge++;
            continue;
        }
        uint32_t row = r->rows.data[first];
        const kg_placed_mention mention = {row, row + (end - first), KG_ROLE_CONTEXT,
                                           mentions[i].entity};
        KG_TRY(st, kg_reading_put(b, r->reading, &mention, err));
        first = end;
    }
    return KG_OK;
}

/* ---- One text, and two ----------------------------------------------------------------------- */

static kg_status encode(kg_tokens *to, const kg_text_reader *r, const kg_linked_text *text) {
    kg_tokens_clear(to);
    return kg_tokenizer_encode(to, r->reading->tokenizer, text->text);
}

kg_status kg_text_reader_add(kg_token_batch *b, kg_text_reader *r, const kg_linked_text *text,
                             kg_error *err) {
    kg_status st;
    KG_TRY(st, encode(&r->tokens, r, text));
    uint32_t n = (uint32_t)r->tokens.ids.len, first = kg_token_batch_tokens(b);
    KG_TRY(st, begin_sequence(b, r));
    KG_TRY(st, put_text(b, r, n + 2 > r->max_len ? r->max_len - 2 : n, 0));
    end_sequence(b, first);
    return put_mentions(b, r, text, err);
}

/* How many tokens two texts of n keep: together they fit `room`. */
static void share_room(uint32_t n[2], uint32_t room) {
    uint32_t shorter = n[0] < n[1] ? 0 : 1, half = room / 2;
    if (n[0] + n[1] <= room)
        return;
    if (n[shorter] > half)
        n[shorter] = half;
    n[1 - shorter] = room - n[shorter];
}

static void swap_tokens(kg_text_reader *r) {
    kg_tokens kept = r->tokens;
    r->tokens = r->other;
    r->other = kept;
}

kg_status kg_text_reader_add_pair(kg_token_batch *b, kg_text_reader *r, const kg_linked_text *a,
                                  const kg_linked_text *second, kg_error *err) {
    kg_status st;
    uint32_t first = kg_token_batch_tokens(b);
    KG_TRY(st, encode(&r->other, r, second));
    KG_TRY(st, encode(&r->tokens, r, a));
    uint32_t n[2] = {(uint32_t)r->tokens.ids.len, (uint32_t)r->other.ids.len};
    share_room(n, r->max_len - kg_joining_tokens(r->joining));
    KG_TRY(st, begin_sequence(b, r));
    KG_TRY(st, put_text(b, r, n[0], 0));
    KG_TRY(st, put_mentions(b, r, a, err));
    swap_tokens(r);
    for (uint32_t i = 1; i < r->joining.separators; i++)
        KG_TRY(st, put_separator(b, r, r->joining.second_type));
    r->second = kg_token_batch_tokens(b);
    KG_TRY(st, put_text(b, r, n[1], r->joining.second_type));
    end_sequence(b, first);
    return put_mentions(b, r, second, err);
}

/* ---- Marks ----------------------------------------------------------------------------------- */

/* Which tokens are kept, where there is room for so many: [from[0], to[0]) and [from[1], to[1]). */
typedef struct kept_tokens {
    uint32_t from[2], to[2];
} kept_tokens;

/* A mark around tokens [first, end). */
typedef struct placed_mark {
    uint32_t first, end;
} placed_mark;

static placed_mark place_mark(const kg_tokens *tokens, const kg_text_mark *mark) {
    uint32_t n = (uint32_t)tokens->ids.len, first = 0;
    while (first < n && tokens->spans.data[first].end <= mark->start)
        first++;
    uint32_t end = first;
    while (end < n && tokens->spans.data[end].start < mark->end)
        end++;
    return (placed_mark){first, end};
}

/* All tokens where they fit; else those from `low` to `high`, the edges of both marks, with as much
 * on either side; else the first and the last of these. */
static kept_tokens keep_near(uint32_t n, uint32_t low, uint32_t high, uint32_t room) {
    uint32_t wide = high - low;
    if (n <= room)
        return (kept_tokens){{0, n}, {n, n}};
    if (wide > room)
        return (kept_tokens){{low, high - room / 2}, {low + room - room / 2, high}};
    uint32_t before = (room - wide) / 2, from = low > before ? low - before : 0;
    if (from + room > n)
        from = n - room;
    return (kept_tokens){{from, n}, {from + room, n}};
}

static bool is_kept(const kept_tokens *k, uint32_t i) {
    return (i >= k->from[0] && i < k->to[0]) || (i >= k->from[1] && i < k->to[1]);
}

/* The marks that stand before token i: those that end there, then those that begin. */
static kg_status put_marks(kg_token_batch *b, const kg_text_mark *marks, const placed_mark *placed,
                           uint32_t i, uint32_t *rows) {
    kg_status st;
    for (int m = 0; m < MARKS; m++)
        if (placed[m].end == i && placed[m].first < i)
            KG_TRY(st, put_token(b, marks[m].close, 0));
    for (int m = 0; m < MARKS; m++) {
        if (placed[m].first != i)
            continue;
        rows[m] = kg_token_batch_tokens(b);
        KG_TRY(st, put_token(b, marks[m].open, 0));
        if (placed[m].end == i)
            KG_TRY(st, put_token(b, marks[m].close, 0));
    }
    return KG_OK;
}

static kg_status put_marked(kg_token_batch *b, kg_text_reader *r, const kg_text_mark *marks,
                            uint32_t *rows) {
    kg_status st;
    uint32_t n = (uint32_t)r->tokens.ids.len;
    placed_mark placed[MARKS];
    for (int m = 0; m < MARKS; m++)
        placed[m] = place_mark(&r->tokens, &marks[m]);
    uint32_t low = placed[0].first < placed[1].first ? placed[0].first : placed[1].first;
    uint32_t high = placed[0].end > placed[1].end ? placed[0].end : placed[1].end;
    kept_tokens kept = keep_near(n, low, high, r->max_len - 2 - 2 * MARKS);
    r->rows.len = 0;
    for (uint32_t i = 0; i < n; i++) {
        KG_TRY(st, put_marks(b, marks, placed, i, rows));
        bool is = is_kept(&kept, i);
        KG_TRY(st, kg_array_push(&r->rows, is ? kg_token_batch_tokens(b) : KG_NO_ROW));
        if (is)
            KG_TRY(st, put_token(b, r->tokens.ids.data[i], 0));
    }
    KG_TRY(st, put_marks(b, marks, placed, n, rows));
    return put_separator(b, r, 0);
}

kg_status kg_text_reader_add_marked(kg_token_batch *b, kg_text_reader *r,
                                    const kg_linked_text *text, const kg_text_mark marks[2],
                                    uint32_t rows[2], kg_error *err) {
    kg_status st;
    uint32_t first = kg_token_batch_tokens(b);
    KG_TRY(st, encode(&r->tokens, r, text));
    KG_TRY(st, begin_sequence(b, r));
    KG_TRY(st, put_marked(b, r, marks, rows));
    end_sequence(b, first);
    return put_mentions(b, r, text, err);
}
