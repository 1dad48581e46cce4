#include "plugins/smedbert/pretrain/example.h"

#include "kgstore/base/utf8.h"
#include "plugins/smedbert/pretrain/mask.h"

#include <string.h>

enum {
    SPECIALS = 3,        /* [CLS] and two [SEP] */
    BYTES_A_TOKEN = 256, /* text beyond so many times max_len bytes is not looked at */
};

struct kg_example_builder {
    kg_reading *reading;
    const kg_negatives *negatives;
    kg_example_options options;
    kg_bytes text;               /* without URLs */
    KG_ARRAY(kg_span) cuts;      /* where they stood in the document */
    KG_ARRAY(kgp_mention) given; /* of text already linked, in bytes of text; else empty */
    kg_tokens tokens;
    kg_units mentions;
    kg_mask mask;
    uint32_t n;     /* tokens taken of the document */
    uint32_t split; /* the tail begins here; n: there is none */
    bool swapped;
};

kg_status kg_example_builder_new(kg_example_builder **out, kg_reading *reading,
                                 const kg_negatives *negatives, const kg_example_options *options) {
    kg_example_builder *b = *out = calloc(1, sizeof *b);
    if (!b)
        return KG_ERR_MEMORY;
    b->reading = reading;
    b->negatives = negatives;
    b->options = *options;
    return KG_OK;
}

void kg_example_builder_free(kg_example_builder *builder) {
    if (!builder)
        return;
    kg_array_free(&builder->text);
    kg_array_free(&builder->cuts);
    kg_array_free(&builder->given);
    kg_tokens_free(&builder->tokens);
    kg_array_free(&builder->mentions);
    kg_mask_free(&builder->mask);
    free(builder);
}

static kg_status no_memory(kg_error *err) {
    return kg_error_set(err, KG_ERR_MEMORY, "out of memory building an example");
}

/* ---- The text -------------------------------------------------------------------------------- */

static bool is_ascii_word(char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Bytes of the URL that begins here; 0: none does. */
static size_t url_length(kg_str text, size_t at) {
    static const char *const heads[] = {"http://", "https://", "www."};
    if (at > 0 && is_ascii_word(text.data[at - 1]))
        return 0;
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        size_t n = strlen(heads[k]);
        if (text.len - at < n || strncasecmp(text.data + at, heads[k], n) != 0)
            continue;
        while (at + n < text.len && text.data[at + n] > ' ' && text.data[at + n] < 0x7F)
            n++;
        return n;
    }
    return 0;
}

/* The text without its URLs, and where they were. */
static kg_status drop_urls(kg_example_builder *b, kg_str text) {
    kg_status st;
    size_t kept = 0, i = 0;
    b->text.len = b->cuts.len = 0;
    while (i < text.len) {
        char c = (char)(text.data[i] | 32);
        size_t n = c == 'h' || c == 'w' ? url_length(text, i) : 0;
        if (n > 0) {
            kg_span cut = {(uint32_t)i, (uint32_t)(i + n)};
            KG_TRY(st, kg_array_append(&b->text, text.data + kept, i - kept));
            KG_TRY(st, kg_array_push(&b->cuts, cut));
            kept = i + n;
        }
        i += n ? n : 1;
    }
    return kg_array_append(&b->text, text.data + kept, text.len - kept);
}

/* The mentions that the document came with, where they stand without its URLs; one that a URL
 * touches goes with it. */
static kg_status take_given(kg_example_builder *b, const kg_linked_text *document) {
    kg_status st;
    uint32_t dropped = 0;
    const kg_span *cut = b->cuts.data, *end = cut + b->cuts.len;
    b->given.len = 0;
    for (size_t m = 0; m < document->n_mentions; m++) {
        kgp_mention one = document->mentions[m];
        for (; cut < end && cut->end <= one.byte_start; cut++)
            dropped += cut->end - cut->start;
        if (cut < end && cut->start < one.byte_end)
            continue;
        one.byte_start -= dropped;
        one.byte_end -= dropped;
        KG_TRY(st, kg_array_push(&b->given, one));
    }
    return KG_OK;
}

/* The document without URLs, no longer than could matter. */
static kg_status take_text(kg_str *text, kg_example_builder *b, kg_str document) {
    kg_status st;
    size_t most = (size_t)b->options.max_len * BYTES_A_TOKEN;
    KG_TRY(st, drop_urls(b, document));
    if (b->text.len > most) {
        while (most > 0 && ((unsigned char)b->text.data[most] & 0xC0) == 0x80)
            most--;
        b->text.len = most;
    }
    *text = (kg_str){b->text.data, b->text.len};
    return KG_OK;
}

static bool ends_sentence(kg_str text, const kg_span *token) {
    uint32_t c;
    size_t n = token->end - token->start;
    if (kg_utf8_next(&c, text.data + token->start, n) != n)
        return false;
    if (c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1B) /* ideographic . and ! ? ; */
        return true;
    return (c == '.' || c == '!' || c == '?') && token->end < text.len &&
           text.data[token->end] <= ' ';
}

/* The token to begin at: the first, or one that follows the end of a sentence and leaves at least
 * half of `most`; all are as likely. */
static uint32_t draw_start(const kg_example_builder *b, kg_str text, uint32_t most,
                           const kg_example_key *key) {
    kg_rng rng = kg_example_stream(key, KG_PURPOSE_START);
    uint32_t n = (uint32_t)b->tokens.ids.len, start = 0, seen = 1;
    for (uint32_t i = 1; i + most / 2 <= n; i++)
        if (ends_sentence(text, &b->tokens.spans.data[i - 1]) && kg_rng_below(&rng, ++seen) == 0)
            start = i;
    return start;
}

static void drop_tokens(kg_tokens *tokens, size_t count) {
    size_t left = tokens->ids.len - count;
    memmove(tokens->ids.data, tokens->ids.data + count, left * sizeof *tokens->ids.data);
    memmove(tokens->spans.data, tokens->spans.data + count, left * sizeof *tokens->spans.data);
    memmove(tokens->starts.data, tokens->starts.data + count, left * sizeof *tokens->starts.data);
    tokens->ids.len = tokens->spans.len = tokens->starts.len = left;
}

/* Clean and tokenize; b->n is 0 where that leaves nothing. */
static kg_status take_tokens(kg_str *text, kg_example_note *note, kg_example_builder *b,
                             const kg_example_key *key, kg_str document, kg_error *err) {
    *note = (kg_example_note){0};
    b->n = 0;
    if (take_text(text, b, document) != KG_OK)
        return no_memory(err);
    if (kg_utf8_length(text->data, text->len) < b->options.min_chars) {
        note->too_short = true;
        return KG_OK;
    }
    kg_tokens_clear(&b->tokens);
    if (kg_tokenizer_encode(&b->tokens, b->reading->tokenizer, *text) != KG_OK)
        return no_memory(err);
    size_t n = b->tokens.ids.len, most = b->options.max_len - SPECIALS;
    note->cut = n > most;
    if (note->cut && b->options.random_start) {
        drop_tokens(&b->tokens, draw_start(b, *text, (uint32_t)most, key));
        n = b->tokens.ids.len;
    }
    note->empty = n == 0;
    b->n = (uint32_t)(n > most ? most : n);
    return KG_OK;
}

kg_status kg_example_length(uint32_t *tokens, kg_example_builder *builder,
                            const kg_example_key *key, kg_str text, kg_error *err) {
    kg_status st;
    kg_example_note note;
    kg_str cleaned;
    KG_TRY(st, take_tokens(&cleaned, &note, builder, key, text, err));
    *tokens = builder->n ? builder->n + SPECIALS : 0;
    return KG_OK;
}

/* ---- Mentions -------------------------------------------------------------------------------- */

/* The mentions of the text in tokens; those before or beyond the tokens taken, or whose edges are
 * no token edges, are dropped. */
static kg_status take_mentions(kg_example_note *note, kg_example_builder *b,
                               const kg_linked_text *text, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t count;
    b->mentions.len = 0;
    KG_TRY(st, kg_reading_mentions(&found, &count, b->reading, text, err));
    const kg_span *spans = b->tokens.spans.data;
    uint32_t i = 0, end = 0;
    for (size_t m = 0; m < count; m++) {
        if (found[m].byte_end <= spans[0].start)
            continue;
        bool covered = kg_reading_cover(&i, &end, spans, b->n, &found[m]);
        if (i == b->n)
            break;
        note->mentions++;
        note->off_edge += !covered;
        if (!covered)
            continue;
        kg_unit mention = {i, end, found[m].entity, KG_ROLE_PREDICT};
        if (kg_array_push(&b->mentions, mention) != KG_OK)
            return no_memory(err);
        i = end;
    }
    return KG_OK;
}

/* ---- Two sentences --------------------------------------------------------------------------- */

/* Whether token i lies in a mention; its first token counts only where `at_start`. */
static bool in_mention(const kg_example_builder *b, uint32_t i, bool at_start) {
    for (size_t m = 0; m < b->mentions.len && b->mentions.data[m].first <= i; m++)
        if (i < b->mentions.data[m].end && (at_start || b->mentions.data[m].first < i))
            return true;
    return false;
}

/* Whether the tail may begin with token i, 1 <= i < n. */
static bool may_split(const kg_example_builder *b, uint32_t i, bool strict) {
    return b->tokens.starts.data[i] && !in_mention(b, i, strict);
}

/* The token nearest the middle that starts a word and is outside any mention; where all are inside,
 * the one nearest the middle at which a mention begins; n where there is none either. Of two that
 * are equally near one is drawn, lest the lengths of the sentences give their order away. */
static uint32_t find_split(const kg_example_builder *b, const kg_example_key *key) {
    kg_rng rng = kg_example_stream(key, KG_PURPOSE_SPLIT);
    bool later = kg_rng_below(&rng, 2);
    for (int strict = 1; strict >= 0; strict--) {
        for (uint32_t apart = b->n & 1; apart + 2 <= b->n; apart += 2) {
            uint32_t left = (b->n - apart) / 2, right = (b->n + apart) / 2;
            uint32_t first = later ? right : left, second = later ? left : right;
            if (may_split(b, first, strict))
                return first;
            if (may_split(b, second, strict))
                return second;
        }
    }
    return b->n;
}

/* Where token i of the document stands in the sequence. */
static uint32_t position_of(const kg_example_builder *b, uint32_t i) {
    if (b->split == b->n)
        return i + 1;
    if (!b->swapped)
        return i < b->split ? i + 1 : i + 2;
    return i >= b->split ? i - b->split + 1 : i + (b->n - b->split) + 2;
}

/* ---- Into the batch -------------------------------------------------------------------------- */

static kg_status put_token(kg_token_batch *to, const kg_example_builder *b, uint32_t i,
                           uint8_t segment) {
    kg_status st;
    uint32_t id = b->tokens.ids.data[i];
    if (b->mask.masked.data[i]) {
        KG_TRY(st, kg_array_push(&to->mlm_positions, (uint32_t)to->input_ids.len));
        KG_TRY(st, kg_array_push(&to->mlm_labels, id));
    }
    KG_TRY(st, kg_array_push(&to->input_ids, b->mask.input.data[i]));
    KG_TRY(st, kg_array_push(&to->original_ids, id));
    return kg_array_push(&to->segments, segment);
}

static kg_status put_special(kg_token_batch *to, uint32_t id, uint8_t segment) {
    kg_status st;
    KG_TRY(st, kg_array_push(&to->input_ids, id));
    KG_TRY(st, kg_array_push(&to->original_ids, id));
    return kg_array_push(&to->segments, segment);
}

static kg_status put_sentence(kg_token_batch *to, const kg_example_builder *b, uint32_t first,
                              uint32_t end, uint8_t segment) {
    kg_status st;
    for (uint32_t i = first; i < end; i++)
        KG_TRY(st, put_token(to, b, i, segment));
    return put_special(to, kg_tokenizer_special(b->reading->tokenizer).sep, segment);
}

static kg_status put_sequence(kg_token_batch *to, const kg_example_builder *b,
                              const kg_example_key *key) {
    kg_status st;
    bool whole = b->split == b->n;
    uint32_t first[2] = {b->swapped ? b->split : 0, b->swapped ? 0 : b->split};
    uint32_t end[2] = {b->swapped ? b->n : b->split, b->swapped ? b->split : b->n};
    KG_TRY(st, put_special(to, kg_tokenizer_special(b->reading->tokenizer).cls, 0));
    KG_TRY(st, put_sentence(to, b, first[0], end[0], 0));
    if (!whole)
        KG_TRY(st, put_sentence(to, b, first[1], end[1], 1));
    KG_TRY(st, kg_array_push(&to->documents, key->document));
    KG_TRY(st, kg_array_push(&to->epochs, (uint32_t)key->epoch));
    KG_TRY(st, kg_array_push(&to->sop_labels, (uint8_t)(whole ? KG_SOP_NONE : b->swapped)));
    return kg_array_push(&to->lengths, (uint32_t)to->input_ids.len);
}

static kg_status put_pair(kg_token_batch *to, const kg_example_builder *b, uint32_t positive,
                          kg_rng *rng) {
    kg_status st;
    uint32_t n = b->options.negatives;
    KG_TRY(st, kg_array_push(&to->pair_log_q, kg_negatives_log_q(b->negatives, positive)));
    KG_TRY(st, kg_array_reserve(&to->negatives, n));
    KG_TRY(st, kg_array_reserve(&to->negative_log_q, n));
    kg_negatives_draw(to->negatives.data + to->negatives.len,
                      to->negative_log_q.data + to->negative_log_q.len, n, b->negatives, positive,
                      rng);
    to->negatives.len += n;
    to->negative_log_q.len += n;
    return KG_OK;
}

static kg_status put_mention(kg_token_batch *to, kg_example_builder *b, const kg_unit *mention,
                             kg_rng *rng, kg_error *err) {
    kg_status st;
    uint32_t first = position_of(b, mention->first);
    const kg_placed_mention placed = {first, first + mention->end - mention->first, mention->role,
                                      mention->entity};
    KG_TRY(st, kg_reading_put(to, b->reading, &placed, err));
    for (size_t i = 0; mention->role == KG_ROLE_PREDICT && i < b->reading->found.len; i++)
        if (put_pair(to, b, b->reading->found.data[i].entity, rng) != KG_OK)
            return no_memory(err);
    return KG_OK;
}

/* The mentions in order of the sequence: those of the tail first where it was swapped to the front
 * (none lies across the split). */
static kg_status put_mentions(kg_token_batch *to, kg_example_builder *b, const kg_example_key *key,
                              kg_error *err) {
    kg_status st;
    kg_rng rng = kg_example_stream(key, KG_PURPOSE_NEGATIVES);
    size_t count = b->mentions.len, first_of_tail = 0;
    while (first_of_tail < count && b->mentions.data[first_of_tail].first < b->split)
        first_of_tail++;
    size_t begin = b->swapped ? first_of_tail : 0;
    to->negatives_per_pair = b->options.negatives;
    for (size_t k = 0; k < count; k++)
        KG_TRY(st, put_mention(to, b, &b->mentions.data[(begin + k) % count], &rng, err));
    return KG_OK;
}

kg_status kg_example_build(kg_token_batch *to, kg_example_note *note, kg_example_builder *builder,
                           const kg_example_key *key, const kg_linked_text *document,
                           kg_error *err) {
    kg_status st;
    kg_linked_text cleaned = *document;
    kg_example_builder *b = builder;
    kg_token_batch_clear(to);
    KG_TRY(st, take_tokens(&cleaned.text, note, b, key, document->text, err));
    if (b->n == 0)
        return KG_OK;
    if (take_given(b, document) != KG_OK)
        return no_memory(err);
    cleaned.mentions = b->given.data;
    cleaned.n_mentions = b->given.len;
    KG_TRY(st, take_mentions(note, b, &cleaned, err));
    b->split = find_split(b, key);
    note->unsplit = b->split == b->n;
    kg_rng order = kg_example_stream(key, KG_PURPOSE_ORDER);
    b->swapped = !note->unsplit && kg_rng_uniform(&order) < 0.5;
    if (kg_mask_draw(&b->mask, &b->mentions, &b->tokens, b->n, b->reading->tokenizer, &b->options,
                     key) != KG_OK ||
        put_sequence(to, b, key) != KG_OK)
        return no_memory(err);
    return put_mentions(to, b, key, err);
}
