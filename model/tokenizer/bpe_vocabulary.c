/* A byte-level BPE made of its parts. */
#include "model/tokenizer/bpe.h"

#include "kgstore/base/hash.h"
#include "kgstore/base/utf8.h"
#include "model/tokenizer/byte_chars.h"

#include <stdlib.h>
#include <string.h>

static kg_status take_tokens(kg_tokenizer *t, const kg_bpe_source *source) {
    kg_status st;
    kg_bpe *bpe = t->bpe;
    for (uint32_t id = 0; id < source->n; id++)
        KG_TRY(st, kg_tokenizer_add_text(t, source->tokens[id]));
    KG_TRY(st, kg_tokenizer_order_texts(t));
    for (uint32_t b = 0; b < 256; b++) {
        char text[4];
        size_t n = kg_utf8_encode(text, kg_byte_char((uint8_t)b));
        bpe->bytes[b] = kg_tokenizer_id(t, (kg_str){text, n});
    }
    return KG_OK;
}

/* ---- Merges ---------------------------------------------------------------------------------- */

static kg_status bad_merge(const kg_bpe_source *source, size_t i, kg_str token, kg_error *err) {
    const kg_bpe_pair *pair = &source->merges[i];
    return kg_error_at(err, KG_ERR_FORMAT, source->merges_name,
                       source->merges_line ? source->merges_line + i : 0,
                       "merge %zu joins \"%.*s\" and \"%.*s\", but the vocabulary has no token "
                       "\"%.*s\"; take merges and vocabulary of the same tokenizer",
                       i, KG_STR_ARG(pair->left), KG_STR_ARG(pair->right), KG_STR_ARG(token));
}

static kg_status resolve(kg_bpe_merge *merge, const kg_tokenizer *t, const kg_bpe_source *source,
                         size_t i, kg_bytes *both, kg_error *err) {
    kg_status st;
    const kg_bpe_pair *pair = &source->merges[i];
    both->len = 0;
    KG_TRY(st, kg_array_append(both, pair->left.data, pair->left.len));
    KG_TRY(st, kg_array_append(both, pair->right.data, pair->right.len));
    kg_str joined = {both->data, both->len};
    *merge = (kg_bpe_merge){kg_tokenizer_id(t, pair->left), kg_tokenizer_id(t, pair->right),
                            kg_tokenizer_id(t, joined)};
    if (merge->left == KG_NO_TOKEN)
        return bad_merge(source, i, pair->left, err);
    if (merge->right == KG_NO_TOKEN)
        return bad_merge(source, i, pair->right, err);
    return merge->joined == KG_NO_TOKEN ? bad_merge(source, i, joined, err) : KG_OK;
}

/* Of equal pairs the last counts, as with Hugging Face. */
static void put_slot(kg_bpe *bpe, uint32_t rank) {
    const kg_bpe_merge *m = &bpe->merges.data[rank];
    size_t i = kg_hash_u64((uint64_t)m->left << 32 | m->right) & (bpe->n_slots - 1);
    while (bpe->slots[i].merge &&
           (bpe->slots[i].left != m->left || bpe->slots[i].right != m->right))
        i = (i + 1) & (bpe->n_slots - 1);
    bpe->slots[i] = (kg_bpe_slot){m->left, m->right, rank + 1};
}

static kg_status take_merges(kg_tokenizer *t, const kg_bpe_source *source, kg_error *err) {
    kg_status st = KG_OK;
    kg_bpe *bpe = t->bpe;
    kg_bytes both = KG_ARRAY_INIT;
    bpe->n_slots = 16;
    while (bpe->n_slots < 2 * source->n_merges)
        bpe->n_slots *= 2;
    bpe->slots = calloc(bpe->n_slots, sizeof *bpe->slots);
    if (!bpe->slots)
        return KG_ERR_MEMORY;
    for (size_t i = 0; i < source->n_merges && st == KG_OK; i++) {
        kg_bpe_merge merge;
        st = resolve(&merge, t, source, i, &both, err);
        if (st == KG_OK)
            st = kg_array_push(&bpe->merges, merge);
        if (st == KG_OK)
            put_slot(bpe, (uint32_t)i);
    }
    kg_array_free(&both);
    return st;
}

size_t kg_bpe_unlike_merge(const kg_bpe *a, const kg_bpe *b) {
    size_t n = a ? a->merges.len : 0, m = b ? b->merges.len : 0;
    for (size_t i = 0; i < n && i < m; i++) {
        const kg_bpe_merge *x = &a->merges.data[i], *y = &b->merges.data[i];
        if (x->left != y->left || x->right != y->right)
            return i;
    }
    return n == m ? SIZE_MAX : n < m ? n : m;
}

/* ---- Added tokens ---------------------------------------------------------------------------- */

static kg_status add_key(kg_trie_builder *builder, kg_str token, uint32_t place) {
    kg_status st = KG_OK;
    KG_ARRAY(uint32_t) codes = KG_ARRAY_INIT;
    for (size_t i = 0; i < token.len && st == KG_OK; i++)
        st = kg_array_push(&codes, (uint32_t)(unsigned char)token.data[i] + 1);
    if (st == KG_OK && codes.len > 0)
        st = kg_trie_add(builder, codes.data, codes.len, place, place);
    kg_array_free(&codes);
    return st;
}

static kg_status build_trie(kg_tokenizer *t, bool late) {
    kg_trie_builder *builder = NULL;
    kg_bpe *bpe = t->bpe;
    bool any = false;
    kg_status st = kg_trie_builder_new(&builder);
    for (uint32_t i = 0; i < bpe->added.len && st == KG_OK; i++) {
        kg_str token = kg_tokenizer_token(t, bpe->added.data[i].id);
        if (bpe->added.data[i].late != late || token.len == 0)
            continue;
        st = add_key(builder, token, i);
        any = true;
    }
    if (st == KG_OK && any)
        st = kg_trie_build(&bpe->tries[late], builder);
    kg_trie_builder_free(builder);
    return st;
}

static kg_status take_added(kg_tokenizer *t, const kg_bpe_source *source) {
    kg_status st;
    KG_TRY(st, kg_array_append(&t->bpe->added, source->added, source->n_added));
    KG_TRY(st, build_trie(t, false));
    return build_trie(t, true);
}

bool kg_bpe_is_special(const kg_bpe *bpe, uint32_t id) {
    for (size_t i = 0; i < bpe->added.len; i++)
        if (bpe->added.data[i].id == id)
            return bpe->added.data[i].special;
    return false;
}

/* ---- Making and freeing ---------------------------------------------------------------------- */

static kg_status make(kg_tokenizer *t, const kg_bpe_source *source, kg_error *err) {
    kg_status st;
    kg_bpe *bpe = t->bpe = calloc(1, sizeof *bpe);
    if (!bpe)
        return KG_ERR_MEMORY;
    t->cased = true;
    t->special = source->special;
    t->joining = source->joining;
    bpe->unknown = source->unknown;
    bpe->fuses_unknown = source->fuses_unknown;
    bpe->prefix_space = source->prefix_space;
    bpe->trim_offsets = source->trim_offsets;
    KG_TRY(st, take_tokens(t, source));
    KG_TRY(st, take_merges(t, source, err));
    return take_added(t, source);
}

kg_status kg_bpe_new(kg_tokenizer **out, const kg_bpe_source *source, kg_error *err) {
    kg_tokenizer *t = calloc(1, sizeof *t);
    kg_status st = t ? make(t, source, err) : KG_ERR_MEMORY;
    *out = st == KG_OK ? t : NULL;
    if (st != KG_OK)
        kg_tokenizer_free(t);
    return st == KG_ERR_MEMORY ? kg_error_set(err, st, "out of memory reading %s", source->name)
                               : st;
}

void kg_bpe_free(kg_bpe *bpe) {
    if (!bpe)
        return;
    kg_array_free(&bpe->merges);
    kg_array_free(&bpe->added);
    free(bpe->slots);
    for (size_t i = 0; i < KG_BPE_PASSES; i++) {
        free((void *)bpe->tries[i].nodes);
        free((void *)bpe->tries[i].values);
    }
    free(bpe);
}
