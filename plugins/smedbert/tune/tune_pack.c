#include "plugins/smedbert/tune/tune_pack.h"

#include <stdlib.h>

void kg_tune_pack_clear(kg_tune_pack *pack) {
    kg_token_batch_clear(&pack->batch);
    pack->rows.len = pack->items.len = pack->gold.len = pack->ends.len = 0;
    pack->features.len = pack->sparse.len = 0;
}

void kg_tune_pack_free(kg_tune_pack *pack) {
    kg_token_batch_free(&pack->batch);
    kg_array_free(&pack->rows);
    kg_array_free(&pack->items);
    kg_array_free(&pack->gold);
    kg_array_free(&pack->ends);
    kg_array_free(&pack->features);
    kg_array_free(&pack->sparse);
}

kg_status kg_tune_pack_append(kg_tune_pack *to, const kg_tune_pack *from) {
    kg_status st;
    uint32_t row = kg_token_batch_tokens(&to->batch), item = (uint32_t)to->items.len;
    KG_TRY(st, kg_token_batch_append(&to->batch, &from->batch));
    KG_TRY(st, kg_array_append(&to->items, from->items.data, from->items.len));
    KG_TRY(st, kg_array_append(&to->gold, from->gold.data, from->gold.len));
    for (size_t i = 0; i < from->rows.len; i++)
        KG_TRY(st, kg_array_push(&to->rows, row + from->rows.data[i]));
    for (size_t i = 0; i < from->ends.len; i++)
        KG_TRY(st, kg_array_push(&to->ends, item + from->ends.data[i]));
    for (size_t i = 0; i < from->features.len; i++) {
        kg_tune_feature feature = from->features.data[i];
        feature.row += row;
        KG_TRY(st, kg_array_push(&to->features, feature));
    }
    return kg_array_append(&to->sparse, from->sparse.data, from->sparse.len);
}

kg_status kg_tune_pack_begin(kg_tune_pack *pack, uint64_t number) {
    kg_status st;
    KG_TRY(st, kg_array_push(&pack->batch.documents, number));
    KG_TRY(st, kg_array_push(&pack->batch.epochs, 0));
    return kg_array_push(&pack->batch.sop_labels, KG_SOP_NONE);
}

kg_status kg_tune_pack_token(kg_tune_pack *pack, uint32_t id, uint8_t segment) {
    kg_status st;
    KG_TRY(st, kg_array_push(&pack->batch.input_ids, id));
    KG_TRY(st, kg_array_push(&pack->batch.original_ids, id));
    return kg_array_push(&pack->batch.segments, segment);
}

kg_status kg_tune_pack_end(kg_tune_pack *pack, uint32_t first_token) {
    return kg_array_push(&pack->batch.lengths, kg_token_batch_tokens(&pack->batch) - first_token);
}

static int compare_features(const void *a, const void *b) {
    const kg_tune_feature *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

void kg_tune_pack_sort(kg_tune_pack *pack) {
    if (pack->features.len > 1)
        qsort(pack->features.data, pack->features.len, sizeof *pack->features.data,
              compare_features);
}

kg_tune_pack *kg_tune_packs_add(kg_tune_packs *packs, uint32_t example) {
    if (kg_array_push(&packs->examples, example) != KG_OK)
        return NULL;
    if (kg_array_push(&packs->packs, ((kg_tune_pack)KG_TUNE_PACK_INIT)) != KG_OK) {
        packs->examples.len--;
        return NULL;
    }
    return &packs->packs.data[packs->packs.len - 1];
}

void kg_tune_packs_free(kg_tune_packs *packs) {
    for (size_t i = 0; i < packs->packs.len; i++)
        kg_tune_pack_free(&packs->packs.data[i]);
    kg_array_free(&packs->packs);
    kg_array_free(&packs->examples);
}
