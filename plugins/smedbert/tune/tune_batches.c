#include "plugins/smedbert/tune/tune_batches.h"

#include "model/epoch_order.h"

#include <stdlib.h>

static const kg_tune_pack *pack_at(const kg_tune_batches *b, size_t i) {
    return &b->packs->packs.data[b->order.data[i]];
}

static size_t pieces_of(const kg_tune_pack *pack) {
    return kg_token_batch_tokens(&pack->batch);
}

/* The packs to train on, in the order of the data; order has room for them. */
static void list_packs(kg_tune_batches *b) {
    b->order.len = 0;
    for (uint32_t i = 0; i < b->packs->packs.len; i++)
        if (!b->held[b->packs->examples.data[i]])
            b->order.data[b->order.len++] = i;
}

/* The packs of an epoch, in the order of the data, and their pieces. */
static kg_status begin_epoch(kg_tune_batches *b, uint64_t epoch, kg_error *err) {
    kg_status st;
    if (b->deal)
        KG_TRY(st, b->deal(b->context, epoch, err));
    b->epoch = epoch;
    list_packs(b);
    b->pieces = 0;
    for (size_t i = 0; i < b->order.len; i++)
        b->pieces += pieces_of(pack_at(b, i));
    return KG_OK;
}

kg_status kg_tune_batches_begin(kg_tune_batches *b, kg_error *err) {
    kg_status st;
    if (kg_array_reserve(&b->order, b->packs->packs.len) != KG_OK ||
        kg_array_reserve(&b->taken, b->ranks) != KG_OK)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
    b->taken.len = b->ranks;
    KG_TRY(st, begin_epoch(b, 0, err));
    if (b->order.len == 0)
        return kg_error_set(err, KG_ERR_ARGUMENT,
                            "dev_split leaves nothing to train on; make it smaller");
    b->count = (b->pieces + b->tokens_per_batch - 1) / b->tokens_per_batch;
    b->begins = calloc(b->count + 1, sizeof *b->begins);
    if (!b->begins)
        return kg_error_set(err, KG_ERR_MEMORY, "out of memory splitting the training data");
    b->epoch = UINT64_MAX;
    return KG_OK;
}

void kg_tune_batches_free(kg_tune_batches *b) {
    for (size_t i = 0; i < b->micro.len; i++)
        kg_tune_pack_free(&b->micro.data[i]);
    kg_array_free(&b->micro);
    kg_array_free(&b->order);
    kg_array_free(&b->taken);
    free(b->begins);
    b->begins = NULL;
}

/* A batch is the packs whose middle lies in its share of the epoch's pieces. */
static void divide(kg_tune_batches *b) {
    uint64_t at = 0, batch = 0;
    for (size_t i = 0; i < b->order.len; i++) {
        uint64_t length = pieces_of(pack_at(b, i));
        while (at + length / 2 >= b->pieces * (batch + 1) / b->count)
            b->begins[++batch] = i;
        at += length;
    }
    while (batch < b->count)
        b->begins[++batch] = b->order.len;
}

static kg_status shuffle(kg_tune_batches *b, uint64_t epoch, kg_error *err) {
    kg_status st;
    if (b->epoch == epoch)
        return KG_OK;
    KG_TRY(st, begin_epoch(b, epoch, err));
    kg_epoch_shuffle(b->order.data, b->order.len, b->seed, epoch);
    divide(b);
    return KG_OK;
}

static kg_status next_micro(kg_tune_batches *b) {
    kg_status st;
    if (b->used == b->micro.len)
        KG_TRY(st, kg_array_push(&b->micro, ((kg_tune_pack)KG_TUNE_PACK_INIT)));
    kg_tune_pack_clear(&b->micro.data[b->used++]);
    return KG_OK;
}

/* A pack goes to the rank that has the fewest pieces (the first of equals), there into the
 * micro-batch at hand while it fits. */
static kg_status deal(kg_tune_batches *b, const kg_tune_pack *pack) {
    kg_status st;
    size_t pieces = pieces_of(pack);
    uint32_t rank = 0;
    for (uint32_t r = 1; r < b->ranks; r++)
        if (b->taken.data[r] < b->taken.data[rank])
            rank = r;
    b->taken.data[rank] += pieces;
    b->step_pieces += pieces;
    b->step_count += kg_tune_losses(b->shape, pack);
    if (rank != b->rank)
        return KG_OK;
    bool full = b->used > 0 && b->tokens_per_micro > 0 &&
                pieces_of(&b->micro.data[b->used - 1]) + pieces > b->tokens_per_micro;
    if (b->used == 0 || full)
        KG_TRY(st, next_micro(b));
    return kg_tune_pack_append(&b->micro.data[b->used - 1], pack);
}

kg_status kg_tune_batches_fill(kg_tune_batches *b, uint64_t step, kg_error *err) {
    kg_status st;
    uint64_t epoch = step / b->count, index = step % b->count;
    KG_TRY(st, shuffle(b, epoch, err));
    b->used = b->step_pieces = b->step_count = 0;
    for (uint32_t r = 0; r < b->ranks; r++)
        b->taken.data[r] = 0;
    for (size_t i = b->begins[index]; i < b->begins[index + 1]; i++)
        if (deal(b, pack_at(b, i)) != KG_OK)
            return kg_error_set(err, KG_ERR_MEMORY, "out of memory filling a batch");
    for (size_t m = 0; m < b->used; m++)
        for (size_t s = 0; s < b->micro.data[m].batch.epochs.len; s++)
            b->micro.data[m].batch.epochs.data[s] = (uint32_t)epoch;
    return KG_OK;
}
