#include "plugins/smedbert/pretrain/mask.h"

#include <math.h>

void kg_mask_free(kg_mask *mask) {
    kg_array_free(&mask->masked);
    kg_array_free(&mask->input);
    kg_array_free(&mask->in_mention);
    kg_array_free(&mask->words);
    kg_array_free(&mask->order);
}

/* What stays the same through one draw. */
typedef struct draw {
    kg_mask *mask;
    const kg_tokenizer *tokenizer;
    const uint32_t *ids;
    uint32_t left; /* of the budget */
    kg_rng replace;
} draw;

static bool has_special(const draw *d, const kg_unit *unit) {
    for (uint32_t i = unit->first; i < unit->end; i++)
        if (kg_tokenizer_is_special(d->tokenizer, d->ids[i]))
            return true;
    return false;
}

static uint32_t random_token(draw *d) {
    uint32_t size = kg_tokenizer_size(d->tokenizer), id;
    do
        id = (uint32_t)kg_rng_below(&d->replace, size);
    while (kg_tokenizer_is_special(d->tokenizer, id));
    return id;
}

/* One draw a unit: [MASK] 80 %, random tokens 10 %, as it was 10 %. */
static void mask_unit(draw *d, const kg_unit *unit) {
    double u = kg_rng_uniform(&d->replace);
    for (uint32_t i = unit->first; i < unit->end; i++) {
        d->mask->masked.data[i] = 1;
        if (u < 0.8)
            d->mask->input.data[i] = kg_tokenizer_special(d->tokenizer).mask;
        else if (u < 0.9)
            d->mask->input.data[i] = random_token(d);
    }
    d->left -= unit->end - unit->first;
}

/* A random permutation of 0..n-1 (Fisher and Yates). */
static kg_status shuffle(kg_mask *mask, size_t n, kg_rng rng) {
    kg_status st;
    mask->order.len = 0;
    KG_TRY(st, kg_array_reserve(&mask->order, n));
    for (size_t i = 0; i < n; i++) {
        size_t k = kg_rng_below(&rng, i + 1);
        mask->order.data[i] = mask->order.data[k];
        mask->order.data[k] = (uint32_t)i;
    }
    mask->order.len = n;
    return KG_OK;
}

static kg_status mask_mentions(draw *d, kg_units *mentions, double share,
                               const kg_example_key *key) {
    kg_status st;
    uint32_t taken = 0;
    KG_TRY(st, shuffle(d->mask, mentions->len, kg_example_stream(key, KG_PURPOSE_MENTIONS)));
    for (size_t i = 0; i < mentions->len; i++) {
        kg_unit *mention = &mentions->data[d->mask->order.data[i]];
        if (taken + 1 > share * (double)mentions->len)
            break;
        if (mention->end - mention->first > d->left || has_special(d, mention))
            continue;
        mask_unit(d, mention);
        mention->role = KG_ROLE_INFUSE;
        taken++;
    }
    return KG_OK;
}

/* The whole words outside mentions and without special tokens. */
static kg_status gather_words(draw *d, const kg_tokens *tokens, uint32_t n) {
    kg_status st;
    kg_mask *mask = d->mask;
    mask->words.len = 0;
    for (uint32_t i = 0; i < n;) {
        kg_unit word = {i, i + 1, 0, KG_ROLE_PREDICT};
        bool free_of_mentions = !mask->in_mention.data[i];
        for (; word.end < n && !tokens->starts.data[word.end]; word.end++)
            free_of_mentions = free_of_mentions && !mask->in_mention.data[word.end];
        i = word.end;
        if (free_of_mentions && !has_special(d, &word))
            KG_TRY(st, kg_array_push(&mask->words, word));
    }
    return KG_OK;
}

static kg_status mask_words(draw *d, const kg_tokens *tokens, uint32_t n,
                            const kg_example_key *key) {
    kg_status st;
    KG_TRY(st, gather_words(d, tokens, n));
    KG_TRY(st, shuffle(d->mask, d->mask->words.len, kg_example_stream(key, KG_PURPOSE_WORDS)));
    for (size_t i = 0; i < d->mask->words.len && d->left > 0; i++) {
        const kg_unit *word = &d->mask->words.data[d->mask->order.data[i]];
        if (word->end - word->first <= d->left)
            mask_unit(d, word);
    }
    return KG_OK;
}

static void give_roles(kg_units *mentions, double context_share, const kg_example_key *key) {
    kg_rng rng = kg_example_stream(key, KG_PURPOSE_ROLES);
    for (size_t i = 0; i < mentions->len; i++) {
        double u = kg_rng_uniform(&rng);
        if (mentions->data[i].role != KG_ROLE_INFUSE)
            mentions->data[i].role = u < context_share ? KG_ROLE_CONTEXT : KG_ROLE_PREDICT;
    }
}

static kg_status begin(draw *d, kg_units *mentions, const kg_example_options *options, uint32_t n) {
    kg_status st;
    kg_mask *mask = d->mask;
    uint32_t maskable = 0;
    mask->masked.len = mask->input.len = mask->in_mention.len = 0;
    KG_TRY(st, kg_array_reserve(&mask->masked, n));
    KG_TRY(st, kg_array_reserve(&mask->in_mention, n));
    KG_TRY(st, kg_array_append(&mask->input, d->ids, n));
    for (uint32_t i = 0; i < n; i++) {
        mask->masked.data[i] = mask->in_mention.data[i] = 0;
        maskable += !kg_tokenizer_is_special(d->tokenizer, d->ids[i]);
    }
    for (size_t m = 0; m < mentions->len; m++) {
        mentions->data[m].role = KG_ROLE_PREDICT;
        for (uint32_t i = mentions->data[m].first; i < mentions->data[m].end; i++)
            mask->in_mention.data[i] = 1;
    }
    d->left = (uint32_t)lround(options->mask_rate * maskable);
    if (d->left > options->max_predictions)
        d->left = options->max_predictions;
    return KG_OK;
}

kg_status kg_mask_draw(kg_mask *mask, kg_units *mentions, const kg_tokens *tokens, uint32_t n,
                       const kg_tokenizer *tokenizer, const kg_example_options *options,
                       const kg_example_key *key) {
    kg_status st;
    draw d = {mask, tokenizer, tokens->ids.data, 0, kg_example_stream(key, KG_PURPOSE_REPLACE)};
    KG_TRY(st, begin(&d, mentions, options, n));
    KG_TRY(st, mask_mentions(&d, mentions, options->mention_share, key));
    KG_TRY(st, mask_words(&d, tokens, n, key));
    give_roles(mentions, options->context_share, key);
    return KG_OK;
}
