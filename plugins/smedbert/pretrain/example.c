#include "plugins/smedbert/pretrain/example.h"

#include "kgstore/base/utf8.h"
#include "plugins/smedbert/pretrain/chunks.h"

#include <string.h>

struct kg_example_builder {
    kg_reading *reading;
    const kg_negatives *negatives;
    kg_example_options options;
    kg_joining joining;          /* of two sentences */
    uint32_t specials;           /* tokens of an example that are neither's */
    kg_bytes text;               /* without URLs */
    KG_ARRAY(kg_span) cuts;      /* where they stood in the document */
    KG_ARRAY(kgp_mention) given; /* of text already linked, in bytes of text; else empty */
    kg_tokens all;               /* of the document */
    kg_units found;
    kg_chunks chunks;

    /* Of one chunk. */
    kg_tokens tokens;
    kg_units mentions;
    kg_mask mask;
    uint32_t n;     /* its tokens */
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
    b->joining = kg_tokenizer_joining(reading->tokenizer);
    b->specials = kg_joining_tokens(b->joining);
    return KG_OK;
}

void kg_example_builder_free(kg_example_builder *builder) {
    if (!builder)
        return;
    kg_array_free(&builder->text);
    kg_array_free(&builder->cuts);
    kg_array_free(&builder->given);
    kg_tokens_free(&builder->all);
    kg_array_free(&builder->found);
    kg_array_free(&builder->chunks);
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

/* The document without URLs, no longer than could matter where it gives one example. */
static kg_status take_text(kg_str *text, kg_example_builder *b, kg_str document) {
    kg_status st;
    size_t most = (size_t)b->options.max_len * KG_BYTES_A_TOKEN;
    KG_TRY(st, drop_urls(b, document));
    if (b->options.documents != KG_DOCUMENTS_CHUNKS && b->text.len > most) {
        while (most > 0 && ((unsigned char)b->text.data[most] & 0xC0) == 0x80)
            most--;
        b->text.len = most;
    }
    *text = (kg_str){b->text.data, b->text.len};
    return KG_OK;
}

/* The token to begin at: the first, or one that follows the end of a sentence and leaves at least
 * half of `most`; all are as likely. */
static uint32_t draw_start(const kg_example_builder *b, kg_str text, uint32_t most,
                           const kg_example_key *key) {
    kg_rng rng = kg_example_stream(key, KG_PURPOSE_START);
    uint32_t n = (uint32_t)b->all.ids.len, start = 0, seen = 1;
    for (uint32_t i = 1; i + most / 2 <= n; i++)
        if (kg_tokens_end_sentence(&b->all, text, i) && kg_rng_below(&rng, ++seen) == 0)
            start = i;
    return start;
}

/* Clean and tokenize; *taken are the tokens that examples are made of, none where there is
 * nothing to make one of. */
static kg_status take_tokens(kg_str *text, kg_chunk *taken, kg_example_note *note,
                             kg_example_builder *b, const kg_example_key *key,
                             const kg_example_text *document, kg_error *err) {
    *note = (kg_example_note){0};
    *taken = (kg_chunk){0, 0};
    kg_tokens_clear(&b->all);
    if (take_text(text, b, document->text.text) != KG_OK)
        return no_memory(err);
    if (document->part == 0 && kg_utf8_length(text->data, text->len) < b->options.min_chars) {
        note->too_short = true;
        return KG_OK;
    }
    if (kg_tokenizer_encode(&b->all, b->reading->tokenizer, *text) != KG_OK)
        return no_memory(err);
    uint32_t n = (uint32_t)b->all.ids.len, most = b->options.max_len - b->specials;
    note->cut = n > most;
    note->empty = n == 0;
    taken->end = n;
    if (!note->cut || b->options.documents == KG_DOCUMENTS_CHUNKS)
        return KG_OK;
    if (b->options.documents == KG_DOCUMENTS_RANDOM)
        taken->first = draw_start(b, *text, most, key);
    taken->end = n - taken->first > most ? taken->first + most : n;
    return KG_OK;
}

/* ---- Mentions -------------------------------------------------------------------------------- */

/* The mentions among the tokens taken; those whose edges are no token edges are dropped. */
static kg_status take_mentions(kg_example_note *note, kg_example_builder *b,
                               const kg_linked_text *text, const kg_chunk *taken, kg_error *err) {
    kg_status st;
    const kgp_mention *found;
    size_t count;
    KG_TRY(st, kg_reading_mentions(&found, &count, b->reading, text, err));
    const kg_span *spans = b->all.spans.data;
    uint32_t i = taken->first, end = 0;
    for (size_t m = 0; m < count; m++) {
        if (found[m].byte_end <= spans[taken->first].start)
            continue;
        bool covered = kg_reading_cover(&i, &end, spans, taken->end, &found[m]);
        if (i == taken->end)
            break;
        note->mentions++;
        note->off_edge += !covered;
        if (!covered)
            continue;
        kg_unit mention = {i, end, found[m].entity, KG_ROLE_PREDICT};
        if (kg_array_push(&b->found, mention) != KG_OK)
            return no_memory(err);
        i = end;
    }
    return KG_OK;
}

kg_status kg_example_read(kg_example_note *note, kg_example_builder *builder,
                          const kg_example_key *key, const kg_example_text *document,
                          kg_error *err) {
    kg_status st;
    kg_example_builder *b = builder;
    kg_linked_text cleaned = document->text;
    kg_chunk taken;
    b->chunks.len = b->found.len = 0;
    KG_TRY(st, take_tokens(&cleaned.text, &taken, note, b, key, document, err));
    if (taken.end == taken.first)
        return KG_OK;
    if (take_given(b, &document->text) != KG_OK)
        return no_memory(err);
    cleaned.mentions = b->given.data;
    cleaned.n_mentions = b->given.len;
    KG_TRY(st, take_mentions(note, b, &cleaned, &taken, err));
    if (b->options.documents == KG_DOCUMENTS_CHUNKS)
        st = kg_chunks_cut(&b->chunks, &b->all, cleaned.text, &b->found,
                           b->options.max_len - b->specials);
    else
        st = kg_array_push(&b->chunks, taken);
    note->chunks = (uint32_t)b->chunks.len;
    return st == KG_OK ? st : no_memory(err);
}

uint32_t kg_example_length(const kg_example_builder *builder, uint32_t chunk) {
    const kg_chunk *c = &builder->chunks.data[chunk];
    return c->end - c->first + builder->specials;
}

/* The tokens and mentions of a chunk, by themselves. */
static kg_status take_chunk(kg_example_builder *b, const kg_chunk *chunk) {
    kg_status st;
    uint32_t first = chunk->first;
    b->n = chunk->end - first;
    b->mentions.len = 0;
    kg_tokens_clear(&b->tokens);
    KG_TRY(st, kg_array_append(&b->tokens.ids, b->all.ids.data + first, b->n));
    KG_TRY(st, kg_array_append(&b->tokens.spans, b->all.spans.data + first, b->n));
    KG_TRY(st, kg_array_append(&b->tokens.starts, b->all.starts.data + first, b->n));
    size_t low = 0, high = b->found.len; /* the first mention that begins in the chunk */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->found.data[middle].first < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < b->found.len && b->found.data[low].end <= chunk->end; low++) {
        kg_unit mention = b->found.data[low];
        mention.first -= first;
        mention.end -= first;
        KG_TRY(st, kg_array_push(&b->mentions, mention));
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
    uint32_t before = 1 + b->joining.separators; /* special tokens before the second sentence */
    if (!b->swapped)
        return i < b->split ? i + 1 : i + before;
    return i >= b->split ? i - b->split + 1 : i + (b->n - b->split) + before;
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
    kg_special_tokens special = kg_tokenizer_special(b->reading->tokenizer);
    uint8_t type = b->joining.second_type;
    KG_TRY(st, put_special(to, special.cls, 0));
    KG_TRY(st, put_sentence(to, b, first[0], end[0], 0));
    for (uint32_t i = 1; !whole && i < b->joining.separators; i++)
        KG_TRY(st, put_special(to, special.sep, type));
    if (!whole)
        KG_TRY(st, put_sentence(to, b, first[1], end[1], type));
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
                           const kg_example_key *key, uint32_t chunk, kg_error *err) {
    kg_example_builder *b = builder;
    const kg_example_key own = {key->seed, key->epoch,
                                key->document | (uint64_t)chunk << KG_CHUNK_SHIFT};
    kg_token_batch_clear(to);
    if (take_chunk(b, &b->chunks.data[chunk]) != KG_OK)
        return no_memory(err);
    b->split = find_split(b, &own);
    note->unsplit += b->split == b->n;
    kg_rng order = kg_example_stream(&own, KG_PURPOSE_ORDER);
    b->swapped = b->split < b->n && kg_rng_uniform(&order) < 0.5;
    if (kg_mask_draw(&b->mask, &b->mentions, &b->tokens, b->n, b->reading->tokenizer, &b->options,
                     &own) != KG_OK ||
        put_sequence(to, b, &own) != KG_OK)
        return no_memory(err);
    return put_mentions(to, b, &own, err);
}
