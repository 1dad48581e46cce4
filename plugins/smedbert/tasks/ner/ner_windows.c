#include "plugins/smedbert/tasks/ner/ner_windows.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/unicode.h"
#include "kgstore/base/utf8.h"

#include <stdlib.h>
#include <string.h>

size_t kg_ner_feature_rows(const kg_ner_window_options *options, size_t n_types) {
    size_t names =
        options->mention_features ? kg_ner_name_features(n_types, options->all_names) : 0;
    return names + options->bigrams;
}

typedef struct builder {
    kg_tune_packs *out;
    const kg_ner_data *data;
    kg_reading *reading;
    const kg_ner_window_options *options;
    kg_error *err;
    kg_special_tokens special;
    /* Of the sequence at hand. */
    uint32_t sequence;
    size_t first, count;       /* tokens of data */
    kg_tokens token;           /* pieces of one of them */
    KG_ARRAY(uint32_t) pieces; /* of all of them */
    KG_ARRAY(uint32_t) begin;  /* count + 1: first piece of each token */
    kg_ner_names names;
    kg_sparse_keys keys;    /* of all tokens */
    KG_ARRAY(float) scores; /* (count, L): the sparse CRF's */
} builder;

static kg_status no_memory(builder *b) {
    return kg_error_set(b->err, KG_ERR_MEMORY, "out of memory preparing the data");
}

/* A token without pieces, as a white space, is unknown: every token has at least one. None has more
 * than fit a window; what is beyond says little. */
static kg_status cut_tokens(builder *b) {
    size_t most = (size_t)b->options->max_len - 2;
    b->pieces.len = b->begin.len = 0;
    for (size_t i = 0; i < b->count; i++) {
        kg_tokens_clear(&b->token);
        if (kg_array_push(&b->begin, (uint32_t)b->pieces.len) != KG_OK ||
            kg_tokenizer_encode_word(&b->token, b->reading->tokenizer,
                                     kg_ner_token(b->data, b->first + i)) != KG_OK)
            return no_memory(b);
        size_t n = b->token.ids.len < most ? b->token.ids.len : most;
        const uint32_t *ids = n ? b->token.ids.data : &b->special.unk;
        if (kg_array_append(&b->pieces, ids, n ? n : 1) != KG_OK)
            return no_memory(b);
    }
    return kg_array_push(&b->begin, (uint32_t)b->pieces.len) == KG_OK ? KG_OK : no_memory(b);
}

static kg_status add_feature(kg_tune_pack *to, uint32_t row, size_t feature) {
    return kg_array_push(&to->features, ((kg_tune_feature){row, (uint32_t)feature}));
}

/* The features of the names that tokens [first, end) stand in, for each piece of theirs. */
static kg_status put_name_features(builder *b, kg_tune_pack *to, size_t first, size_t end) {
    for (size_t i = 0; i < b->names.features.len; i++) {
        const kg_ner_name_feature *f = &b->names.features.data[i];
        bool told = i > 0 && f[-1].token == f->token && f[-1].feature == f->feature;
        if (told || f->token < first || f->token >= end)
            continue;
        uint32_t offset = b->begin.data[first];
        for (uint32_t p = b->begin.data[f->token]; p < b->begin.data[f->token + 1]; p++)
            if (add_feature(to, 1 + p - offset, f->feature) != KG_OK)
                return no_memory(b);
    }
    return KG_OK;
}

static uint32_t neighbors_of(const kg_reading *reading) {
    return reading->view ? reading->view->options.neighbors : 0;
}

/* The mentions that lie in tokens [first, end) of the sequence. */
static kg_status put_mentions(builder *b, kg_tune_pack *to, size_t first, size_t end) {
    kg_status st;
    for (size_t i = 0; i < b->names.longest.len; i++) {
        const kg_ner_mention *m = &b->names.longest.data[i];
        if (m->first < first || m->end > end)
            continue;
        uint32_t row = 1 + b->begin.data[m->first] - b->begin.data[first];
        uint32_t stop = 1 + b->begin.data[m->end] - b->begin.data[first];
        const kg_placed_mention mention = {row, stop, KG_ROLE_CONTEXT, m->entity};
        KG_TRY(st, kg_reading_put(&to->batch, b->reading, &mention, b->err));
    }
    return KG_OK;
}

/* Each piece's pair with the one before and with the one after. */
static kg_status put_bigrams(builder *b, kg_tune_pack *to, size_t offset) {
    const uint32_t *ids = to->batch.input_ids.data;
    for (uint32_t r = 1; r + 1 < kg_token_batch_tokens(&to->batch); r++) {
        uint64_t before = (uint64_t)ids[r - 1] << 32 | ids[r],
                 after = (uint64_t)ids[r] << 32 | ids[r + 1];
        uint64_t n = b->options->bigrams;
        if (add_feature(to, r, offset + kg_hash_u64(before) % n) != KG_OK ||
            add_feature(to, r, offset + kg_hash_u64(~after) % n) != KG_OK)
            return no_memory(b);
    }
    return KG_OK;
}

static kg_status put_pieces(builder *b, kg_tune_pack *to, size_t first, size_t end) {
    kg_status st;
    KG_TRY(st, kg_tune_pack_begin(to, b->first + first));
    KG_TRY(st, kg_tune_pack_token(to, b->special.cls, 0));
    for (size_t i = first; i < end; i++) {
        KG_TRY(st, kg_array_push(&to->rows, kg_token_batch_tokens(&to->batch)));
        KG_TRY(st, kg_array_push(&to->items, (uint32_t)(b->first + i)));
        KG_TRY(st, kg_array_push(&to->gold, b->data->tags.data[b->first + i]));
        for (uint32_t p = b->begin.data[i]; p < b->begin.data[i + 1]; p++)
            KG_TRY(st, kg_tune_pack_token(to, b->pieces.data[p], 0));
    }
    KG_TRY(st, kg_tune_pack_token(to, b->special.sep, 0));
    KG_TRY(st, kg_array_push(&to->ends, (uint32_t)to->items.len));
    return kg_tune_pack_end(to, 0);
}

/* One window: tokens [first, end) of the sequence. */
static kg_status put_window(builder *b, size_t first, size_t end) {
    kg_status st;
    kg_tune_pack *to = kg_tune_packs_add(b->out, b->sequence);
    if (!to)
        return no_memory(b);
    if (put_pieces(b, to, first, end) != KG_OK)
        return no_memory(b);
    b->out->pieces += kg_token_batch_tokens(&to->batch);
    if (neighbors_of(b->reading) > 0)
        KG_TRY(st, put_mentions(b, to, first, end));
    if (b->options->mention_features)
        KG_TRY(st, put_name_features(b, to, first, end));
    size_t tags = b->options->sparse ? b->options->sparse->tags : 0;
    if (kg_array_append(&to->sparse, b->scores.data + first * tags, (end - first) * tags) != KG_OK)
        return no_memory(b);
    size_t names =
        kg_ner_feature_rows(b->options, b->reading->view ? b->reading->view->untyped : 0) -
        b->options->bigrams;
    if (b->options->bigrams)
        KG_TRY(st, put_bigrams(b, to, names));
    kg_tune_pack_sort(to);
    return KG_OK;
}

static bool is_punctuation(const builder *b, size_t i) {
    uint32_t c;
    kg_str token = kg_ner_token(b->data, b->first + i);
    kg_utf8_next(&c, token.data, token.len);
    return kg_char_category_of(c) == KG_CHAR_PUNCTUATION;
}

/* Whether token i may begin a window: not within an entity, where training may know, nor else
 * within a name that links. */
static bool may_begin(const builder *b, size_t i) {
    uint16_t tag = b->data->tags.data[b->first + i];
    if (b->options->trained && b->options->trained[b->sequence])
        return tag == 0 || tag % 2 == 1;
    for (size_t m = 0; m < b->names.longest.len && b->names.longest.data[m].first < i; m++)
        if (i < b->names.longest.data[m].end)
            return false;
    return true;
}

/* The window that begins at `first` ends before the token returned: the last of its second half
 * that may begin another and follows punctuation; else the last that may; else the last that fits.
 */
static size_t window_end(const builder *b, size_t first) {
    uint32_t room = b->options->max_len - 2;
    size_t end = first + 1, fair = 0;
    while (end < b->count && b->begin.data[end + 1] - b->begin.data[first] <= room)
        end++;
    if (end == b->count)
        return end;
    for (size_t cut = end; cut > first + (end - first) / 2; cut--) {
        if (!may_begin(b, cut))
            continue;
        if (is_punctuation(b, cut - 1))
            return cut;
        fair = fair ? fair : cut;
    }
    return fair ? fair : end;
}

static kg_status score_tokens(builder *b, size_t sequence) {
    b->scores.len = 0;
    if (kg_ner_sparse_keys(&b->keys, b->data, sequence, &b->names) != KG_OK ||
        kg_array_reserve(&b->scores, b->count * b->options->sparse->tags) != KG_OK)
        return no_memory(b);
    kg_sparse_crf_score(b->scores.data, b->options->sparse, &b->keys);
    return KG_OK;
}

static kg_status cut_sequence(builder *b, size_t sequence) {
    kg_status st;
    b->sequence = (uint32_t)sequence;
    b->first = kg_ner_sequence_start(b->data, sequence);
    b->count = b->data->sequence_ends.data[sequence] - b->first;
    KG_TRY(st, cut_tokens(b));
    KG_TRY(st, kg_ner_names_find(&b->names, b->data, sequence, b->reading, b->options->all_names,
                                 b->err));
    if (b->options->sparse)
        KG_TRY(st, score_tokens(b, sequence));
    for (size_t first = 0, end; first < b->count; first = end) {
        end = window_end(b, first);
        KG_TRY(st, put_window(b, first, end));
    }
    return KG_OK;
}

kg_status kg_ner_windows_make(kg_tune_packs *out, const kg_ner_data *data, kg_reading *reading,
                              const kg_ner_window_options *options, kg_error *err) {
    kg_status st = KG_OK;
    *out = (kg_tune_packs)KG_TUNE_PACKS_INIT;
    builder *b = calloc(1, sizeof *b);
    if (!b)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory preparing the data");
    b->out = out;
    b->data = data;
    b->reading = reading;
    b->options = options;
    b->err = err;
    b->special = kg_tokenizer_special(reading->tokenizer);
    if (b->special.cls == KG_NO_TOKEN || b->special.sep == KG_NO_TOKEN)
        st = kg_error_set(err, KG_ERR_FORMAT,
                          "the vocabulary lacks [CLS] or [SEP] (<s> or </s> of RoBERTa)");
    for (size_t s = 0; st == KG_OK && s < data->sequence_ends.len; s++)
        st = cut_sequence(b, s);
    kg_tokens_free(&b->token);
    kg_array_free(&b->pieces);
    kg_array_free(&b->begin);
    out->mentions = b->names.linked;
    out->off_edge = b->names.off_edge;
    kg_ner_names_free(&b->names);
    kg_sparse_keys_free(&b->keys);
    kg_array_free(&b->scores);
    free(b);
    return st;
}
