/* Texts as the model reads them: sequences with their mentions and features, and what is dealt anew
 * in each epoch. */
#include "plugins/smedbert/tasks/texts/text_task.h"

#include "plugins/smedbert/reading/text_reader.h"

#include "kgstore/base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { MATCHES = 5, PLACES = 4, PURPOSE_DEAL = 0x74780001 };

/* How well a token is matched by the other text; SAME_ENTITY stands beside these. */
enum match { NOT_THERE, ALONE, WITH_ONE, WITH_BOTH, SAME_ENTITY };

size_t kg_texts_features(const kg_texts_setup *own, size_t n_types) {
    return (own->match_features ? MATCHES : 0) +
           (own->mention_features ? PLACES * (n_types + 1) : 0);
}

typedef struct builder {
    kg_tune_session *session;
    const kg_texts_setup *own;
    const kg_tune_part *part;
    const kg_texts *texts;
    kg_text_reader reader;
    uint32_t marks[4];
    kg_sparse_keys keys;
    kg_error *err;
} builder;

static kg_status no_memory(builder *b) {
    return kg_error_set(b->err, KG_ERR_MEMORY, "out of memory preparing the data");
}

/* ---- Features -------------------------------------------------------------------------------- */

static kg_status add_feature(kg_tune_pack *to, uint32_t row, size_t feature) {
    return kg_array_push(&to->features, ((kg_tune_feature){row, (uint32_t)feature}));
}

/* Rows [from, to) of a text of the pack. */
typedef struct rows {
    uint32_t from, to;
} rows;

static enum match match_token(const uint32_t *ids, uint32_t i, rows own, rows other) {
    bool there = false, left = false, right = false;
    for (uint32_t j = other.from; j < other.to; j++) {
        if (ids[j] != ids[i])
            continue;
        there = true;
        left |= i > own.from && j > other.from && ids[j - 1] == ids[i - 1];
        right |= i + 1 < own.to && j + 1 < other.to && ids[j + 1] == ids[i + 1];
    }
    return !there ? NOT_THERE : left && right ? WITH_BOTH : left || right ? WITH_ONE : ALONE;
}

static bool in_rows(rows r, uint32_t row) {
    return row >= r.from && row < r.to;
}

/* Mention m of the pack stands in `own`; does one of the same entity stand in `other`? */
static bool match_entity(const kg_token_batch *batch, size_t m, rows other) {
    for (size_t k = 0; k < batch->mention_starts.len; k++)
        if (in_rows(other, batch->mention_starts.data[k]) &&
            batch->mention_entities.data[k] == batch->mention_entities.data[m])
            return true;
    return false;
}

static kg_status put_matches(kg_tune_pack *to, rows own, rows other) {
    kg_status st;
    const kg_token_batch *batch = &to->batch;
    for (uint32_t i = own.from; i < own.to; i++)
        KG_TRY(st, add_feature(to, i, match_token(batch->input_ids.data, i, own, other)));
    for (size_t m = 0; m < batch->mention_starts.len; m++) {
        if (!in_rows(own, batch->mention_starts.data[m]) || !match_entity(batch, m, other))
            continue;
        for (uint32_t i = batch->mention_starts.data[m]; i < batch->mention_ends.data[m]; i++)
            KG_TRY(st, add_feature(to, i, SAME_ENTITY));
    }
    return KG_OK;
}

/* Begin, inside, end or alone: of each token of each mention, by its primary type. */
static kg_status put_types(kg_tune_pack *to, const builder *b, size_t base) {
    kg_status st;
    const kg_token_batch *batch = &to->batch;
    const kg_graph_view *view = b->session->base.reading.view;
    for (size_t m = 0; m < batch->mention_starts.len; m++) {
        uint32_t from = batch->mention_starts.data[m], end = batch->mention_ends.data[m];
        uint32_t entity = batch->mention_entities.data[m], type = view->untyped;
        if (entity < view->entities && view->primary_types &&
            view->primary_types[entity] != KGP_NO_ID)
            type = view->primary_types[entity];
        for (uint32_t i = from; i < end; i++) {
            uint32_t place = i + 1 < end ? (i == from ? 0 : 1) : (i == from ? 3 : 2);
            KG_TRY(st, add_feature(to, i, base + type * PLACES + place));
        }
    }
    return KG_OK;
}

static kg_status put_features(kg_tune_pack *to, builder *b, rows first, rows second) {
    kg_status st;
    if (b->own->match_features) {
        KG_TRY(st, put_matches(to, first, second));
        KG_TRY(st, put_matches(to, second, first));
    }
    if (b->own->mention_features && b->session->setup.kg)
        KG_TRY(st, put_types(to, b, b->own->match_features ? MATCHES : 0));
    kg_tune_pack_sort(to);
    return KG_OK;
}

/* ---- One sequence ---------------------------------------------------------------------------- */

static kg_linked_text text_of(const builder *b, uint32_t i) {
    return (kg_linked_text){.text = kg_texts_text(b->texts, i)};
}

/* Where the texts of the only sequence stand between their separators. */
static void find_texts(rows *first, rows *second, const builder *b, const kg_tune_pack *pack) {
    uint32_t n = kg_token_batch_tokens(&pack->batch), separators = b->reader.joining.separators;
    bool two = b->texts->kind != KG_TEXT && b->texts->kind != KG_TEXT_RELATION;
    *first = (rows){1, two ? b->reader.second - separators : n - 1};
    *second = (rows){two ? b->reader.second : n - 1, n - 1};
}

static kg_status put_tokens(kg_tune_pack *to, builder *b, const kg_text_item *item, bool turned) {
    kg_status st;
    kg_linked_text first = text_of(b, turned ? item->b : item->a);
    kg_linked_text second = text_of(b, turned ? item->a : item->b);
    uint32_t marked[2] = {0, 0};
    if (b->texts->kind == KG_TEXT_RELATION) {
        const kg_text_mark marks[2] = {
            {item->spans[0].start, item->spans[0].end, b->marks[0], b->marks[1]},
            {item->spans[1].start, item->spans[1].end, b->marks[2], b->marks[3]}};
        KG_TRY(st,
               kg_text_reader_add_marked(&to->batch, &b->reader, &first, marks, marked, b->err));
        if (kg_array_push(&to->rows, marked[0]) != KG_OK)
            return no_memory(b);
    } else if (b->texts->kind == KG_TEXT) {
        KG_TRY(st, kg_text_reader_add(&to->batch, &b->reader, &first, b->err));
    } else {
        KG_TRY(st, kg_text_reader_add_pair(&to->batch, &b->reader, &first, &second, b->err));
    }
    return kg_array_push(&to->rows, marked[1]) == KG_OK ? KG_OK : no_memory(b);
}

/* One item as the only sequence of a pack. */
static kg_status put_item(kg_tune_pack *to, builder *b, uint32_t i, bool turned) {
    kg_status st;
    rows first, second;
    KG_TRY(st, put_tokens(to, b, &b->texts->items.data[i], turned));
    to->batch.documents.data[0] = 2 * (uint64_t)i + turned;
    find_texts(&first, &second, b, to);
    if (kg_array_push(&to->items, i) != KG_OK ||
        kg_array_push(&to->gold, b->texts->gold.data[i]) != KG_OK ||
        put_features(to, b, first, second) != KG_OK)
        return no_memory(b);
    return KG_OK;
}

static kg_status put_sparse(kg_tune_pack *to, builder *b, size_t example) {
    kg_status st;
    const uint16_t *gold;
    const kg_sparse_crf *crf = &b->session->sparse;
    if (!b->session->setup.sparse)
        return KG_OK;
    KG_TRY(st, kg_texts_keys(&b->keys, &gold, b->session, b->part, example, b->err));
    if (kg_array_reserve(&to->sparse, crf->tags) != KG_OK)
        return no_memory(b);
    kg_sparse_crf_score(to->sparse.data, crf, &b->keys);
    to->sparse.len = crf->tags;
    /* The chain of one item begins and ends with it: both transitions are its class's bias. */
    const float *first = crf->transitions + crf->tags * crf->tags, *last = first + crf->tags;
    for (size_t k = 0; k < crf->tags; k++)
        to->sparse.data[k] += first[k] + last[k];
    return KG_OK;
}

/* ---- Examples -------------------------------------------------------------------------------- */

/* An item that is a group by itself. */
static kg_status add_pack(kg_tune_packs *to, builder *b, uint32_t example, uint32_t item,
                          bool turned) {
    kg_status st;
    kg_tune_pack *pack = kg_tune_packs_add(to, example);
    if (!pack)
        return no_memory(b);
    KG_TRY(st, put_item(pack, b, item, turned));
    if (b->texts->kind == KG_TEXT_RANK)
        return KG_OK;
    KG_TRY(st, put_sparse(pack, b, example));
    to->pieces += kg_token_batch_tokens(&pack->batch);
    return kg_array_push(&pack->ends, 1) == KG_OK ? KG_OK : no_memory(b);
}

static kg_status add_example(kg_tune_part *part, builder *b, uint32_t example, bool trained) {
    kg_status st;
    kg_texts_part *data = part->data;
    uint32_t first = (uint32_t)kg_texts_first(b->texts, example);
    uint32_t end = b->texts->example_ends.data[example];
    bool ranks = b->texts->kind == KG_TEXT_RANK;
    for (uint32_t i = first; i < end; i++) {
        KG_TRY(st, add_pack(ranks ? &data->single : &part->packs, b, example, i, false));
        if (!ranks && b->own->both_orders)
            KG_TRY(st, add_pack(trained ? &data->single : &part->packs, b, example, i, true));
    }
    return KG_OK;
}

static kg_status find_marks(builder *b) {
    char name[16];
    for (int i = 0; b->texts->kind == KG_TEXT_RELATION && i < 4; i++) {
        snprintf(name, sizeof name, "[unused%d]", i + 1);
        b->marks[i] = kg_tokenizer_id(b->session->base.tokenizer, kg_str_from(name));
        if (b->marks[i] == KG_NO_TOKEN)
            return kg_error_set(b->err, KG_ERR_FORMAT,
                                "the vocabulary lacks %s, which marks the spans of a relation; "
                                "begin from a checkpoint whose vocabulary has [unused1] to "
                                "[unused4]",
                                name);
    }
    return KG_OK;
}

kg_status kg_texts_pack(kg_tune_part *part, kg_tune_session *session, const uint8_t *trained,
                        kg_error *err) {
    kg_status st;
    kg_texts_part *data = part->data;
    builder b = {.session = session,
                 .own = kg_texts_own(session),
                 .part = part,
                 .texts = &data->texts,
                 .err = err};
    data->trained = trained;
    st = kg_text_reader_init(&b.reader, &session->base.reading, session->setup.max_len, err);
    if (st == KG_OK)
        st = find_marks(&b);
    for (uint32_t e = 0; st == KG_OK && e < part->examples; e++)
        st = add_example(part, &b, e, trained && trained[e]);
    if (st == KG_OK && data->texts.kind == KG_TEXT_RANK)
        st = kg_texts_deal(part, session, 0, 0, err);
    part->packs.mentions = b.reader.mentions;
    part->packs.off_edge = b.reader.off_edge;
    kg_text_reader_free(&b.reader);
    kg_sparse_keys_free(&b.keys);
    return st;
}

/* ---- Dealing --------------------------------------------------------------------------------- */

static kg_status add_to_group(kg_tune_pack *to, const kg_texts_part *data, uint32_t item) {
    return kg_tune_pack_append(to, &data->single.packs.data[item]);
}

static kg_status end_group(kg_tune_packs *packs, kg_tune_pack *pack) {
    packs->pieces += kg_token_batch_tokens(&pack->batch);
    return kg_array_push(&pack->ends, (uint32_t)pack->items.len);
}

/* All candidates of a query. */
static kg_status deal_whole(kg_tune_packs *to, const kg_texts_part *data, uint32_t query) {
    kg_status st;
    kg_tune_pack *pack = kg_tune_packs_add(to, query);
    if (!pack)
        return KG_ERR_MEMORY;
    for (uint32_t i = (uint32_t)kg_texts_first(&data->texts, query);
         i < data->texts.example_ends.data[query]; i++)
        KG_TRY(st, add_to_group(pack, data, i));
    return end_group(to, pack);
}

/* Each right candidate of a query with some of the wrong ones, drawn without replacement. */
static kg_status deal_query(kg_tune_packs *to, const kg_texts_part *data, uint32_t query,
                            uint32_t negatives, kg_rng *rng) {
    kg_status st = KG_OK;
    const kg_texts *t = &data->texts;
    uint32_t first = (uint32_t)kg_texts_first(t, query), end = t->example_ends.data[query], n = 0;
    uint32_t *wrong = malloc((end - first) * sizeof *wrong);
    for (uint32_t i = first; wrong && i < end; i++)
        if (!t->gold.data[i])
            wrong[n++] = i;
    for (uint32_t i = first; wrong && st == KG_OK && n > 0 && i < end; i++) {
        if (!t->gold.data[i])
            continue;
        kg_tune_pack *pack = kg_tune_packs_add(to, query);
        st = pack ? add_to_group(pack, data, i) : KG_ERR_MEMORY;
        for (uint32_t k = 0; st == KG_OK && k < negatives && k < n; k++) {
            uint32_t at = k + (uint32_t)kg_rng_below(rng, n - k), drawn = wrong[at];
            wrong[at] = wrong[k];
            wrong[k] = drawn;
            st = add_to_group(pack, data, drawn);
        }
        if (st == KG_OK)
            st = end_group(to, pack);
    }
    free(wrong);
    return wrong ? st : KG_ERR_MEMORY;
}

static kg_status deal_queries(kg_tune_part *part, const kg_texts_setup *own, uint64_t seed,
                              uint64_t epoch) {
    kg_status st = KG_OK;
    kg_texts_part *data = part->data;
    kg_tune_packs *to = &part->packs;
    for (size_t i = 0; i < to->packs.len; i++)
        kg_tune_pack_free(&to->packs.data[i]);
    to->packs.len = to->examples.len = 0;
    to->pieces = 0;
    for (uint32_t q = 0; st == KG_OK && q < part->examples; q++) {
        kg_rng rng = kg_rng_stream(seed, epoch, q, PURPOSE_DEAL);
        st = data->trained && data->trained[q] ? deal_query(to, data, q, own->negatives, &rng)
                                               : deal_whole(to, data, q);
    }
    return st;
}

/* Draw the order of each pair that is trained on. */
static void deal_orders(kg_tune_part *part, uint64_t seed, uint64_t epoch) {
    kg_texts_part *data = part->data;
    size_t other = 0;
    for (size_t i = 0; i < part->packs.packs.len; i++) {
        uint32_t example = part->packs.examples.data[i];
        if (!data->trained || !data->trained[example])
            continue;
        kg_tune_pack *here = &part->packs.packs.data[i], *there = &data->single.packs.data[other++];
        kg_rng rng = kg_rng_stream(seed, epoch, example, PURPOSE_DEAL);
        uint64_t wanted = kg_rng_below(&rng, 2);
        if (here->batch.documents.data[0] % 2 == wanted)
            continue;
        kg_tune_pack kept = *here;
        *here = *there;
        *there = kept;
    }
}

kg_status kg_texts_deal(kg_tune_part *part, const kg_tune_session *session, uint64_t seed,
                        uint64_t epoch, kg_error *err) {
    const kg_texts_setup *own = kg_texts_own(session);
    kg_texts_part *data = part->data;
    if (data->texts.kind == KG_TEXT_RANK) {
        if (deal_queries(part, own, seed, epoch) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory dealing candidates");
    } else if (own->both_orders) {
        deal_orders(part, seed, epoch);
    }
    return KG_OK;
}
